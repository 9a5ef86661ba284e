"""The exact change that takes records out of a shard. A shard's name is its content's, so less content is a new name.

Nothing is changed here. Only paths that are those of shards to the letter become part of a command.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from selfsown.shard import SHARD_PATH, shard_path
from selfsown.submission import Submission


@dataclass(frozen=True, slots=True)
class Drop:
    """Take `lines` (from 1) out of the shard at `old`, which is then `new`; None where no record is left."""

    old: str
    lines: tuple[int, ...]
    new: str | None

    @property
    def commands(self) -> tuple[str, ...]:
        """For a shell in the branch's clone."""
        if self.new is None:
            return (f"git rm --quiet {self.old}",)
        numbers = ";".join(f"{line}d" for line in self.lines)
        return (
            f"mkdir -p {self.new.rsplit('/', 1)[0]}",
            f"git mv {self.old} {self.new}",
            f"sed -i.old '{numbers}' {self.new} && rm {self.new}.old",
            f"git add {self.new}",
        )


def decide_drop(submission: Submission, path: str, lines: Set[int]) -> Drop | None:
    """The change, or None where the path is no plain shard path or the submission does not add that file as one."""
    match = SHARD_PATH.fullmatch(path)
    change = next((change for change in submission.changes if change.path == path), None)
    if match is None or change is None or change.status != "A" or change.content is None:
        return None
    records = change.content.splitlines(keepends=True)
    if not lines or not lines <= set(range(1, len(records) + 1)):
        return None
    kept = b"".join(record for line, record in enumerate(records, 1) if line not in lines)
    new = shard_path(match["kind"], match["month"], match["source"], kept) if kept else None
    return Drop(path, tuple(sorted(lines)), new)
