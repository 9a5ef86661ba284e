"""One batch at the host: where its branch belongs, whether it is there already, and how it becomes one pull request.

The branch is named after the content, so whatever was sent before an answer was lost is found again. Before anything is
created two readings some seconds apart agree that it is not there, because the host's lists may lag. Before every write
the outbox is asked whether somebody has withdrawn in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selfsown.host import Host, Pull, Refused, Unsure
from selfsown.pull.pace import Pace
from selfsown.pull.present import is_me
from selfsown.submit import Batch

_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Place:
    """Where branches are made: `door` is the repository itself (`owner` ""), or our fork of it."""

    door: Host
    owner: str = ""

    def head(self, branch: str) -> str:
        """What the host calls a branch of this place."""
        return f"{self.owner}:{branch}" if self.owner else branch


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: the batch, the commit it goes on, and the words of the pull request."""

    batch: Batch
    parent: str
    title: str
    body: str

    @property
    def files(self) -> Mapping[str, bytes]:
        """Path to content."""
        return {shard.path: shard.content for shard in (*self.batch.source_files, *self.batch.shards)}


class NoLongerWanted(Exception):
    """Somebody has withdrawn a conversation of the batch: what is there is taken back, and a smaller batch is made."""


def find_place(host: Host) -> Place:
    """The repository where we may push, else our fork, made where there is none. Raises Unsure while it is filled."""
    if host.can_push():
        return Place(host)
    name = host.fork()
    door = host.at(name)
    if door.branch_sha(door.default_branch()) is None:
        raise Unsure(f"the fork {name} is not ready yet", "try again in a minute")
    return Place(door, name.partition("/")[0])


def find_pull(host: Host, place: Place, branch: str, pace: Pace) -> Pull | None:
    """The pull request of a branch of ours, merged, open or closed; None only where two readings agree."""
    first = _look(host, place, branch)
    if first is not None:
        return first
    pace.sleep(pace.settle)
    return _look(host, place, branch)


def _look(host: Host, place: Place, branch: str) -> Pull | None:
    found = list(host.pulls_from(place.head(branch)))
    if not any(pull.is_open for pull in found):  # it may have come from elsewhere: our rights may have changed
        me = host.me()
        found += [pull for pull in host.pulls() if pull.head_branch == branch and is_me(pull.author, me)]
    return max(found, key=lambda pull: (pull.merged_as is not None, pull.is_open, pull.number), default=None)


def send(host: Host, place: Place, parcel: Parcel, is_wanted: Callable[[], bool], pace: Pace) -> int:
    """Open the pull request of a batch that has none; return its number. One attempt: may be run again after a fault.

    Raises NoLongerWanted, and what the host raises.
    """
    branch = parcel.batch.branch
    there = find_pull(host, place, branch, pace)
    if there is not None:
        return there.number
    if place.door.branch_sha(branch) is None:
        _need(is_wanted)
        try:
            place.door.commit_files(branch, parcel.parent, parcel.files, parcel.title)
        except Refused as error:
            if error.code != _UNPROCESSABLE or place.door.branch_sha(branch) is None:
                raise
    _need(is_wanted)
    try:
        return host.open_pull(place.head(branch), parcel.title, parcel.body)
    except Refused as error:
        # GitHub takes one pull request from a branch at a time: it may be there, and the lists may have lagged.
        there = find_pull(host, place, branch, pace) if error.code == _UNPROCESSABLE else None
        if there is not None:
            return there.number
        if error.code == _UNPROCESSABLE and "already exists" in error.message:
            raise Unsure(error.message, "run it again: the host's lists lag behind") from error
        raise


def _need(is_wanted: Callable[[], bool]) -> None:
    if not is_wanted():
        raise NoLongerWanted
