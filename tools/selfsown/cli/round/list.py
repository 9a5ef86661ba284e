"""`selfsown round list`: every round, oldest first, and which one is live."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from selfsown.cli.console import out, say, write_json
from selfsown.cli.place import open_repository
from selfsown.cli.status_ import rounds_table
from selfsown.round import Round, read_promoted, read_rounds

HELP = "List the rounds: how far each has come, what the gate measured, and which one is live."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object")


def run(args: argparse.Namespace) -> int:
    """Always 0, unless the tool failed."""
    with open_repository() as repository:
        schema = repository.rulebook("HEAD").schemas["round"]
        rounds, live = read_rounds(repository.root, schema), read_promoted(repository.root, schema)
    if args.format == "json":
        write_json(describe(rounds, live))
    elif not rounds:
        say("there is no round yet: `selfsown train` makes the first")
    else:
        out.print(rounds_table(tuple(rounds)))
        say(f"live: round {live.name}" if live else "no round is live yet")
    return 0


def describe(rounds: Sequence[Round], live: Round | None) -> dict[str, Any]:
    """For machines: what tells rounds apart; the whole of one is in its file."""
    return {
        "format": 1,
        "live": live.number if live else None,
        "rounds": [
            {
                "number": entry.number,
                "state": str(entry.state),
                "created": entry.created,
                "parent": entry.parent,
                "commit": entry.plan["corpus"]["commit"],
                "conversations": entry.plan["corpus"]["conversations"],
                "recipe": entry.plan["recipe"]["name"],
                "adapter": (entry.adapter or {}).get("digest"),
                "decision": (entry.gate or {}).get("decision"),
            }
            for entry in rounds
        ],
    }
