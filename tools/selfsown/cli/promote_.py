"""`selfsown promote`: make a round that passed the gate the live one."""

from __future__ import annotations

import argparse

from selfsown.cli.console import say, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.training import choose_round
from selfsown.round import POINTER, ROUNDS, Round, read_promoted, write_promoted

HELP = "Make a round that passed the gate the live one."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")


def run(args: argparse.Namespace) -> int:
    """0 it is live; UsageError where the gate has not passed it."""
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        schema = repository.rulebook("HEAD").schemas["round"]
        live = read_promoted(repository.root, schema)
        if live is not None and live.number == entry.number:
            say(f"round {entry.name} is live already")
        else:
            show(live, entry, write_promoted(repository.root, entry))
    write_result(entry.name)
    return 0


def show(live: Round | None, entry: Round, promoted: Round) -> None:
    """What changed, and what is next. `entry` is the round as it was before."""
    say(f"round {entry.name} is live" + (f", after round {live.name}" if live else ""), style="bold green")
    if entry.state is not promoted.state:
        say(f"  {ROUNDS / entry.name}.json: {entry.state} → {promoted.state}")
    say(f"  {POINTER}: {live.name if live else 'none'} → {promoted.name}")
    if live is not None:
        say(
            f"what it learned from and what was measured, side by side: `selfsown round diff {live.number} {entry.number}`"
        )
    say(
        f"commit {ROUNDS / entry.name}.json and {POINTER}, then `selfsown chat` talks to it; `selfsown rollback` undoes it"
    )
