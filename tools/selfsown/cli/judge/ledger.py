"""`selfsown judge ledger`: what the live judge, a frozen one and each round's own said, round by round."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.box import SIMPLE_HEAD
from rich.table import Table

from selfsown.cli.console import out, say, write_machine
from selfsown.cli.place import open_repository
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.render.inert import visible
from selfsown.round import Round, read_promoted, read_rounds
from selfsown.shard import write_atomically
from selfsown.vote import decide_vote, render_vote

HELP = "Show whether the judge drifts and how it agrees with people, round by round."

_MOST_ID = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="a table, or one JSON object a round"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it, too: FILE.svg, FILE.png or FILE.pdf")


def run(args: argparse.Namespace) -> int:
    """Always 0, unless the tool failed."""
    if args.picture:
        need("selfsown.evaluation.picture", "evaluate").check_picture(args.picture)
    with open_repository() as repository:
        schema = repository.rulebook("HEAD").schemas["round"]
        rounds = read_rounds(repository.root, schema)
        live = read_promoted(repository.root, schema)
    if args.picture:
        if not any(entry.judging for entry in rounds):
            raise UsageError(
                "no round has a page of the ledger yet: there is nothing to draw", "`selfsown gate` writes it"
            )
        draw = need("selfsown.evaluation.series_picture", "evaluate").draw_series
        write_atomically(args.picture.resolve(), draw(rounds, args.picture.suffix))
    if args.format == "json":
        for entry in rounds:
            write_machine(orjson.dumps(page_of(entry)).decode())
    else:
        show(rounds, live)
    return 0


def page_of(entry: Round) -> dict[str, Any]:
    """A round's page for machines."""
    vote = decide_vote(entry)
    return {
        "round": entry.number,
        "state": str(entry.state),
        "vote": vote.to_json() if vote else None,
        "judging": dict(entry.judging) if entry.judging else None,
    }


def show(rounds: Sequence[Round], live: Round | None) -> None:
    """The table, who the judges are, and whether the live one has a vote."""
    if not any(entry.judging for entry in rounds):
        say("the ledger is empty: `selfsown gate` writes a page for each round")
        return
    out.print(pages_table(rounds))
    newest = next(entry.judging for entry in reversed(rounds) if entry.judging)
    for name in ("live", "frozen", "own"):
        out.print(f"{name:7} {visible(newest[name], _MOST_ID)}", markup=False)
    for entry in rounds:
        if entry.judging and entry.judging["restarted"]:
            before = visible(entry.judging["restarted"], _MOST_ID)
            say(f"round {entry.name}: another frozen judge than before ({before}); a new series begins")
    vote = decide_vote(live) if live else None
    say(render_vote(vote) if vote else "No round is live, so the features are the judge.", style="bold")


def pages_table(rounds: Sequence[Round]) -> Table:
    """One line per round that the gate has measured: the vote, drift, agreement; below each value its interval."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("round")
    table.add_column("vote")
    for heading in (
        "live ~\nfrozen",
        "live ~\nratings",
        "frozen ~\nratings",
        "own ~\nratings",
        "live ~\nmerges",
        "asked",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in rounds:
        vote = decide_vote(entry)
        if vote is None:
            continue
        said = "yes" if vote.has_vote else f"no:\n{vote.against}" if vote.against else "no"
        table.add_row(entry.name, said, *_cells(entry.judging))
    return table


def _cells(page: Mapping[str, Any] | None) -> list[str]:
    if page is None:
        return [""] * 6
    agreement = page["agreement"]
    is_same = page["live"] == page["frozen"]
    return [
        "the same\njudge" if is_same else _shown(page["drift"]["frozen"]),
        *(_shown(agreement[name]["ratings"]) for name in ("live", "frozen", "own")),
        _shown(agreement["live"]["decisions"]),
        str(page["n"]),
    ]


def _shown(found: Mapping[str, float] | None) -> str:
    return "–" if found is None else f"{found['value']:.2f}\n{found['low']:.2f}…{found['high']:.2f}"
