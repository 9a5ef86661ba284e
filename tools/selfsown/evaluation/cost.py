"""What a judge costs: seconds of its own, and the most memory it takes beyond what the process held before.

Seconds are those inside the judge, without reading and without what the cache knew. Memory is the peak of the resident
set, weights included where the judge was opened after `watch_memory`. On systems other than Linux the peak cannot be
begun anew: a judge that takes less than another before it shows as nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from selfsown.conversation import Conversation
from selfsown.judge import BATCH, Judge
from selfsown.judgement import Judgement, Rubric, Unjudged

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


@dataclass(slots=True)
class TimedJudge:
    """A judge, and how many conversations each call judged in how many seconds."""

    judge_within: Judge
    calls: list[tuple[int, float]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """That of the judge."""
        return self.judge_within.id

    @property
    def batch(self) -> int:
        """How many conversations it is asked about at a time."""
        return int(getattr(self.judge_within, "batch", BATCH))

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """What the judge says."""
        start = time.perf_counter()
        answers = self.judge_within.judge(conversations, rubric)
        self.calls.append((len(conversations), time.perf_counter() - start))
        return answers


def watch_memory() -> int:
    """Begin the peak anew; the bytes that the process holds now."""
    try:
        _RESET.write_text(_RESET_PEAK)
    except OSError:
        return peak_memory()
    return _read_status("VmRSS")


def peak_memory() -> int:
    """The most bytes that the process has held since `watch_memory`; 0 where the system does not say."""
    if _STATUS.is_file():
        return _read_status("VmHWM")
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _read_status(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
