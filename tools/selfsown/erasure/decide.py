"""From what goes to the commits that take it out: each replaces a few shards and adds the tombstones. Pure.

What stays in a replaced shard stays byte for byte, in its order; less content is another name. What has a tombstone already
and stands beside what goes, goes with it. The same withdrawal of the same corpus gives the same branch.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from selfsown.corpus import line_id
from selfsown.erasure.find import Found
from selfsown.removal import lines_of
from selfsown.shard import SHARD_PATH, Shard, shard_path
from selfsown.tombstone import Tombstone

PREFIX = "withdraw/"
MOST_SHARDS = 12  # of one commit: a submission is read up to sixteen times the size of a shard
MOST_TOMBSTONES = 1000  # of one commit: GitHub lists at most 3,000 files of a pull request


@dataclass(frozen=True, slots=True)
class Erasure:
    """One commit: `removed` are the paths that go, `kept` the shards that come, with the tombstones.

    `records` counts what it takes out of the tree, `moved` what stands elsewhere from then on.
    """

    removed: tuple[str, ...]
    kept: tuple[Shard, ...]
    tombstones: tuple[Tombstone, ...]
    records: int
    moved: int

    @property
    def branch(self) -> str:
        """`withdraw/<digest12>` over what is removed and what is withdrawn."""
        names = sorted([*self.removed, *(stone.id for stone in self.tombstones)])
        return f"{PREFIX}{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:12]}"

    @property
    def added(self) -> tuple[Shard, ...]:
        """Every file that comes: tombstones and shards."""
        return (*(Shard(stone.path, stone.render()) for stone in self.tombstones), *self.kept)

    @property
    def files(self) -> dict[str, bytes | None]:
        """The commit as a host takes it: what comes, and None for what goes."""
        gone: dict[str, bytes | None] = dict.fromkeys(self.removed)
        return gone | {shard.path: shard.content for shard in self.added}

    @property
    def message(self) -> str:
        """The commit message: numbers and fixed words."""
        return f"Withdraw {self.records} record" + ("" if self.records == 1 else "s")


def decide_erasures(
    found: Found, buried: Set[str], read_shard: Callable[[str], bytes | None], reason: str, today: str
) -> tuple[Erasure, ...]:
    """The commits, in an order that the corpus decides; none where nothing is left to do. `buried` have a tombstone."""
    by_path: dict[str, set[str]] = defaultdict(set)
    for name, path in found.records.items():
        by_path[path].add(name)
    bare = sorted(found.conversations - found.records.keys() - buried)
    parts = list(_part(by_path))
    erasures = []
    for number, paths in enumerate(parts):
        names = {name for path in paths for name in by_path[path]} - buried
        # A text that only ratings carried has no record of its own; its tombstone goes with the first commit.
        names |= set(bare) if number == 0 else set()
        stones = tuple(Tombstone(name, reason, today, found.sketches.get(name, ())) for name in sorted(names))
        erasures.append(_erase(paths, {path: by_path[path] | buried for path in paths}, read_shard, stones))
    return tuple(erasures)


def _part(by_path: Mapping[str, Set[str]]) -> Iterator[list[str]]:
    """Groups of paths, within what one commit may take."""
    group: list[str] = []
    for path in sorted(by_path):
        stones = sum(len(by_path[one]) for one in [*group, path])
        if group and (len(group) == MOST_SHARDS or stones > MOST_TOMBSTONES):
            yield group
            group = []
        group.append(path)
    if group:
        yield group


def _erase(
    paths: Sequence[str],
    goes: Mapping[str, Set[str]],
    read_shard: Callable[[str], bytes | None],
    stones: tuple[Tombstone, ...],
) -> Erasure:
    kept: dict[str, Shard] = {}
    records = moved = 0
    for path in paths:
        lines = lines_of(read_shard(path) or b"")
        rest = [line for line in lines if line_id(line) not in goes[path]]
        records, moved = records + len(lines) - len(rest), moved + len(rest)
        match = SHARD_PATH.fullmatch(path)
        if rest and match:
            content = b"".join(rest)
            new = shard_path(match["kind"], match["month"], match["source"], content)
            kept[new] = Shard(new, content)
    return Erasure(tuple(paths), tuple(kept.values()), stones, records, moved)
