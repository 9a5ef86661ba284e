"""`selfsown rollback`: the round that was live before is live again. Only the pointer moves; no round file changes.

Without a number, the round meant is the one before that of the last commit. So a rollback that is repeated before it was
committed, or that was cut off, does not go back further.
"""

from __future__ import annotations

import argparse

from selfsown.cli.console import say, write_result
from selfsown.cli.place import open_repository
from selfsown.errors import UsageError
from selfsown.repo import Repository
from selfsown.round import (
    POINTER,
    Round,
    State,
    decide_previous,
    how_to_get,
    parse_pointer,
    read_promoted,
    read_round,
    read_rounds,
    write_pointer,
)
from selfsown.schemas import Schema

HELP = "Make an earlier promoted round the live one again."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "round", nargs="?", type=int, metavar="NNNN", help="the round (default: the one that was live before)"
    )
    which.add_argument("--none", action="store_true", help="let no round be live")


def run(args: argparse.Namespace) -> int:
    """0 it is live (now or before); UsageError where there is none to go back to, or it was never promoted."""
    with open_repository() as repository:
        schema = repository.rulebook("HEAD").schemas["round"]
        live = read_promoted(repository.root, schema)
        wanted = None if args.none else choose(repository, schema, live, args.round)
        if wanted == live:
            say(f"round {wanted.name} is live already" if wanted else "no round is live already")
        else:
            write_pointer(repository.root, wanted.number if wanted else None)
            show(live, wanted)
    write_result(wanted.name if wanted else "")
    return 0


def choose(repository: Repository, schema: Schema, live: Round | None, number: int | None) -> Round:
    """The round to go back to. Raises UsageError."""
    if number is not None:
        entry = read_round(repository.root, number, schema)
        if entry.state is not State.PROMOTED:
            raise UsageError(
                f"round {entry.name} is {entry.state}, and was never live", "`selfsown round list` shows which were"
            )
        return entry
    if live is None:
        raise UsageError("no round is live", "`selfsown promote` makes one live; `selfsown round list` shows them")
    rounds = read_rounds(repository.root, schema)
    if (committed := _read_committed(repository, rounds)) and decide_previous(rounds, committed) == live:
        return live
    previous = decide_previous(rounds, live)
    if previous is None:
        raise UsageError(
            f"no round was live before round {live.name}", "`selfsown rollback --none` lets no round be live"
        )
    return previous


def _read_committed(repository: Repository, rounds: list[Round]) -> Round | None:
    content = repository.read_file("HEAD", POINTER.as_posix())
    number = None if content is None else parse_pointer(content)
    return next((entry for entry in rounds if entry.number == number), None)


def show(live: Round | None, wanted: Round | None) -> None:
    """What changed, and what is next."""
    before = live.name if live else "none"
    say(f"round {wanted.name} is live again" if wanted else "no round is live now", style="bold green")
    say(f"  {POINTER}: {before} → {wanted.name if wanted else 'none'}")
    kept = f"; what round {live.name} learned from still trains" if live else ""
    say(f"commit {POINTER} to make it hold for everybody{kept}")
    if wanted:
        say(f"`selfsown chat` talks to it where its adapter is; where it is not: {how_to_get(wanted)}")
