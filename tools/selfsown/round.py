"""Rounds: what was trained from what, one file each, and the pointer to the one that is live.

`planned → trained → gated → promoted | rejected`. A round file is written whole or not at all; what it says of a step
is there only once the step is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from selfsown.errors import BadConfig, UsageError
from selfsown.schemas import Schema
from selfsown.shard import remove_old, write_atomically

FORMAT = 1
ROUNDS = Path("training/rounds")
POINTER = Path("training/promoted.json")
_WORKING = Path(".selfsown")


class State(StrEnum):
    """How far a round has come."""

    PLANNED = "planned"
    TRAINED = "trained"
    GATED = "gated"
    PROMOTED = "promoted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Round:
    """One round with its provenance.

    `plan` is everything that decides the result: corpus commit, digests of the ids that train and are held out, recipe
    with every value, base, libraries, seed, threads. `training`, `adapter` and `gate` are empty until their step is done;
    `judge_adapter` stays empty where the round chats and judges with one adapter. `judging` is what judges said of what
    people decided since the parent round: see selfsown.ledger. `effects` is what became of the data of each merge since
    then: see selfsown.effect. `registry` is where its adapters were pushed: place to commit.
    """

    number: int
    state: State
    created: str
    parent: int | None
    plan: Mapping[str, Any]
    base: Mapping[str, Any] | None = None
    adapter: Mapping[str, Any] | None = None
    training: Mapping[str, Any] | None = None
    gate: Mapping[str, Any] | None = None
    judge_adapter: Mapping[str, Any] | None = None
    judging: Mapping[str, Any] | None = None
    effects: Sequence[Mapping[str, Any]] | None = None
    registry: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """The number as files have it: 0007."""
        return f"{self.number:04d}"

    def to_json(self) -> dict[str, Any]:
        """As schema/round.schema.json has it; what a round may lack is left out."""
        optional = {"judge_adapter": self.judge_adapter, "judging": self.judging, "registry": self.registry}
        return {
            "format": FORMAT,
            "number": self.number,
            "state": str(self.state),
            "created": self.created,
            "parent": self.parent,
            "plan": dict(self.plan),
            "base": self.base and dict(self.base),
            "adapter": self.adapter and dict(self.adapter),
            "training": self.training and dict(self.training),
            "gate": self.gate and dict(self.gate),
            **{name: dict(value) for name, value in optional.items() if value is not None},
            **({} if self.effects is None else {"effects": [dict(entry) for entry in self.effects]}),
        }


def read_round(root: Path, number: int, schema: Schema) -> Round:
    """Read a round file. Raises UsageError where there is none and BadConfig where it does not read."""
    path = root / ROUNDS / f"{number:04d}.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no round {number:04d}", "`selfsown status` lists the rounds") from error
    return parse_round(content, str(path), schema)


def parse_round(content: bytes, place: str, schema: Schema) -> Round:
    """A round from the bytes of its file; `place` names them in an error. Raises BadConfig."""
    try:
        record = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadConfig(f"{place}: {error}", "restore the file from git") from error
    if not schema.accepts(record):
        problem = next(schema.problems(record))
        raise BadConfig(f"{place}: {problem.field}: {problem.message}", "restore the file from git")
    fields = {name: value for name, value in record.items() if name not in ("format", "state")}
    return Round(state=State(record["state"]), **fields)


def read_rounds(root: Path, schema: Schema) -> list[Round]:
    """Every round, oldest first."""
    numbers = sorted(int(path.stem) for path in (root / ROUNDS).glob("[0-9][0-9][0-9][0-9].json"))
    return [read_round(root, number, schema) for number in numbers]


def write_round(root: Path, entry: Round) -> Path:
    """Write a round file, readable in a diff: indented, keys sorted."""
    path = root / ROUNDS / f"{entry.name}.json"
    _write(root, path, render_round(entry))
    return path


def _write(root: Path, path: Path, content: bytes) -> None:
    """Whole or not at all. What a killed process leaves lies where git does not look, and goes with a later write."""
    staging = root / _WORKING
    for folder in (staging, path.parent):
        folder.mkdir(parents=True, exist_ok=True)
    remove_old(staging.glob(f".{path.name}.*"))
    is_one_disk = staging.stat().st_dev == path.parent.stat().st_dev
    write_atomically(path, content, staging=staging if is_one_disk else None)


def render_round(entry: Round) -> bytes:
    """A round as its file has it."""
    return orjson.dumps(entry.to_json(), option=_READABLE)


_READABLE = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def read_promoted(root: Path, schema: Schema) -> Round | None:
    """The live round, or None where none was promoted yet. Raises BadConfig where the pointer does not read."""
    path = root / POINTER
    number = parse_pointer(path.read_bytes()) if path.is_file() else None
    return None if number is None else read_round(root, number, schema)


def parse_pointer(content: bytes) -> int | None:
    """The number of the live round from the bytes of the pointer; None where none is live. Raises BadConfig."""
    try:
        number = orjson.loads(content)["round"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadConfig(f"{POINTER}: not a pointer to a round", "restore the file from git") from error
    if number is not None and type(number) is not int:
        raise BadConfig(f"{POINTER}: {number!r} is no number of a round", "restore the file from git")
    return number


def write_promoted(root: Path, entry: Round) -> Round:
    """Point at a gated round and mark it promoted: first its file, then the pointer, so a crash between leaves the old one live.

    Raises UsageError where the gate has not passed it.
    """
    if entry.state not in (State.GATED, State.PROMOTED):
        raise UsageError(f"round {entry.name} is {entry.state}, not gated", _next_step(entry))
    promoted = replace(entry, state=State.PROMOTED)
    write_round(root, promoted)
    write_pointer(root, entry.number)
    return promoted


def write_pointer(root: Path, number: int | None) -> None:
    """Make a promoted round the live one, or none."""
    _write(root, root / POINTER, orjson.dumps({"format": FORMAT, "round": number}, option=_READABLE))


def decide_previous(rounds: Sequence[Round], live: Round) -> Round | None:
    """The round that was live before this one: what its gate compared it with, else its parent. None where none was.

    Not the next lower number: that may be a round which was rolled back from.
    """
    known = {entry.number: entry for entry in rounds if entry.state is State.PROMOTED and entry.number != live.number}
    beside = ((live.gate or {}).get("incumbent"), live.parent)
    return next((known[number] for number in beside if number in known), None)


def _next_step(entry: Round) -> str:
    if entry.state is State.REJECTED:
        return "the gate refused it; train another round"
    return f"`selfsown {'train' if entry.state is State.PLANNED else 'gate'}` first"


def how_to_get(entry: Round) -> str:
    """A tip for whoever lacks the adapter of a round."""
    again = f"`selfsown round reproduce {entry.number}` trains it again"
    if entry.registry:
        return f"`selfsown round pull {entry.number}` brings it from {next(iter(entry.registry))}; or {again}"
    return f"`selfsown round pull {entry.number} --from PLACE` brings it from where it was pushed; or {again}"
