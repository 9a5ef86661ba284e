"""The commits of a withdrawal on their way: local branches, or pull requests, each made once however often it is tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from selfsown.erasure.decide import Erasure
from selfsown.erasure.told import count, render_words
from selfsown.host import Host
from selfsown.pull.once import Wanted, open_once
from selfsown.pull.pace import Pace
from selfsown.repo import Repository


def write_branches(repository: Repository, base: str, erasures: Sequence[Erasure]) -> list[tuple[Erasure, bool]]:
    """A local branch per commit; return each with whether it is new."""
    written = []
    for erasure in erasures:
        is_new = not repository.branch_exists(erasure.branch)
        if is_new:
            repository.write_submission(base, erasure.branch, erasure.added, erasure.message, erasure.removed)
        written.append((erasure, is_new))
    return written


def open_pulls(
    host: Host, base: str, erasures: Sequence[Erasure], reason: str, pace: Pace | None = None
) -> Iterator[tuple[Erasure, int]]:
    """Each commit with the number of its pull request. `base` is a commit that the host has. Raises what the host raises."""
    for number, erasure in enumerate(erasures, 1):
        part = f" ({number} of {len(erasures)})" if len(erasures) > 1 else ""
        title = f"Withdraw {count(erasure.records, 'record')}{part}"
        words = render_words(erasure, reason)
        files = erasure.files
        yield erasure, open_once(host, Wanted(erasure.branch, base, files, erasure.message, title, words), pace)
