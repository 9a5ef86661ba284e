"""What a judge costs: seconds and bytes per 1,000 conversations of our own corpus, keeping nothing from before."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

import orjson

from selfsown.card.bench import Json, Show
from selfsown.conversation import Conversation
from selfsown.evaluation.cost import TimedJudge, peak_memory, watch_memory
from selfsown.judge import Judge, judge_all
from selfsown.judgement import Rubric

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "transformers")


def measure_cost(
    specs: Sequence[str],
    open_fresh: Callable[[str], Judge],
    conversations: Sequence[Conversation],
    rubric: Rubric,
    show: Show,
) -> Json:
    """Each judge is opened here, so that its weights count; `open_fresh` gives one that remembers nothing."""
    judges = {}
    for spec in specs:
        before = watch_memory()
        judge = TimedJudge(open_fresh(spec))
        answers = list(judge_all(show(conversations, f"cost: {spec}", len(conversations)), rubric, judge))
        seconds, size = sum(time for _, time in judge.calls), sum(len(orjson.dumps(one.to_json())) for one in answers)
        judges[spec] = {
            "seconds_per_1000": round(1000 * seconds / len(answers), 3),
            "peak_bytes": max(peak_memory() - before, 0),
            "answer_bytes_per_1000": round(1000 * size / len(answers)),
        }
    return {"conversations": len(conversations), "judges": judges}


def describe_machine() -> Json:
    """Where it was measured, without a name of the machine."""
    libraries = {}
    for name in _LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": cores,
        "libraries": libraries,
    }
