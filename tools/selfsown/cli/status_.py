"""`selfsown status`: where the loop stands and what it waits for."""

from __future__ import annotations

import argparse

import orjson
from rich.table import Table
from rich.text import Text

from selfsown.cli.console import out, say, write_machine
from selfsown.cli.judge.ledger import pages_table
from selfsown.cli.place import open_repository
from selfsown.render.inert import visible
from selfsown.round import Round
from selfsown.standing import Standing, Waiting, read_standing
from selfsown.vote import render_vote

HELP = "Say where the loop stands and what it waits for."

_MOST_REASON = 200  # characters
_MOST_PAGES = 5  # `selfsown judge ledger` shows all


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object")


def run(args: argparse.Namespace) -> int:
    """Always 0, unless the tool failed."""
    with open_repository() as repository:
        standing = read_standing(repository, repository.rulebook("HEAD").schemas["round"])
    if args.format == "json":
        write_machine(orjson.dumps(standing.to_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        show(standing)
    return 0


def show(standing: Standing) -> None:
    """Where the loop stands, for people."""
    kinds = {"original": "conversations", "rework": "reworks", "ratings": "ratings"}
    counts = [f"{count} {kinds[kind]}" for kind, count in standing.corpus.items() if kind in kinds]
    out.print(f"corpus       {', '.join(counts) or 'empty'} (at HEAD of {visible(standing.branch, 80)})", markup=False)
    out.print(f"submissions  {len(standing.submissions)} branches not merged yet", markup=False)
    for name in standing.submissions:
        out.print(f"             {visible(name, 100)}", markup=False)
    out.print(f"outbox       {render_waiting(standing.outbox)}", markup=False)
    out.print(f"live round   {standing.live.name if standing.live else 'none yet'}", markup=False)
    if standing.rounds:
        out.print(rounds_table(standing.rounds))
    if any(entry.judging for entry in standing.rounds[-_MOST_PAGES:]):
        out.print(pages_table(standing.rounds[-_MOST_PAGES:]))
    if standing.vote:
        out.print(Text(render_vote(standing.vote)))
    say(f"the loop waits for {standing.waits_for}", style="bold")


def render_waiting(waiting: Waiting) -> str:
    """The outbox in a line: the states that hold something, and since when."""
    held = ", ".join(f"{count} {state}" for state, count in waiting.counts.items() if count)
    return f"{held or 'empty'}{f' (the oldest text is of {waiting.oldest[:10]})' if waiting.oldest else ''}"


def rounds_table(rounds: tuple[Round, ...]) -> Table:
    """One line per round."""
    table = Table()
    for heading in ("round", "state", "day", "trained on", "held-out loss", "why"):
        table.add_column(heading)
    for entry in rounds:
        checks = (entry.gate or {}).get("checks", [])
        loss = next((f"{check['candidate']:.3f} ({check['difference']:+.3f})" for check in checks), "")
        count = str(entry.plan["corpus"]["conversations"])
        reason = visible((entry.gate or {}).get("reason", ""), _MOST_REASON)
        table.add_row(entry.name, str(entry.state), entry.created, count, loss, Text(reason))
    return table
