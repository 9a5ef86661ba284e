"""One branch with one commit and one pull request from it, however often it is tried and whatever answers are lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from selfsown.host import Host, Refused
from selfsown.pull.pace import Pace, persist

_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pull request that shall be there: its branch, the one commit on `parent` (None removes a file), its words."""

    branch: str
    parent: str
    files: Mapping[str, bytes | None]
    message: str
    title: str
    body: str


def open_once(host: Host, wanted: Wanted, pace: Pace | None = None) -> int:
    """Open the pull request, or find it there, open or closed; return its number. It looks before it repeats.

    Raises Refused where the host says no, Unsure or Busy where it gave no answer in `pace.tries` tries.
    """
    return persist(lambda: _attempt(host, wanted), pace or Pace())


def _attempt(host: Host, wanted: Wanted) -> int:
    there = host.pulls_from(wanted.branch)
    if there:
        return there[0].number
    if host.branch_sha(wanted.branch) is None:
        try:
            host.commit_files(wanted.branch, wanted.parent, wanted.files, wanted.message)
        except Refused as error:
            if error.code != _UNPROCESSABLE or host.branch_sha(wanted.branch) is None:
                raise
    try:
        return host.open_pull(wanted.branch, wanted.title, wanted.body)
    except Refused as error:
        # GitHub takes one pull request from a branch at a time: it may be there, and the list may have lagged.
        there = host.pulls_from(wanted.branch) if error.code == _UNPROCESSABLE else []
        if not there:
            raise
        return there[0].number
