"""`selfsown round influence`: train a round again without a source or a contributor, and compare it with the round."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from selfsown.cli.console import err, say, write_json, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.round.reproduce import warn
from selfsown.cli.training import alone, choose_round, reopen_workshop, reporting
from selfsown.effect import render_change
from selfsown.extras import need
from selfsown.render.inert import visible

HELP = "Train a round again without a source or a contributor, in a folder of its own, and compare the held-out losses."

_FOLDER = Path(".selfsown") / "influence"
_MOST = 60  # characters of a name
_WORDS = {
    "helps": ("the round is better with it: without it the held-out loss is higher beyond doubt", "bold green"),
    "harms": ("the round is worse with it: without it the held-out loss is lower beyond doubt", "bold red"),
    "unclear": ("no difference beyond what two trainings differ by anyhow", "bold"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--without", metavar="SOURCE", help="leave out everything that came by this source")
    whom.add_argument("--without-contributor", metavar="NAME", help="leave out what names this contributor")
    parser.add_argument("--fresh", action="store_true", help="begin anew instead of going on with what broke off")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object")


def run(args: argparse.Namespace) -> int:
    """0 measured, whatever came out."""
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        workshop = reopen_workshop(repository, entry)
        influence = need("selfsown_train.influence", "train")
        without = influence.Without(args.without, args.without_contributor)
        folder = repository.root / _FOLDER / entry.name
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            work = folder / without.key
            if args.fresh:
                shutil.rmtree(work, ignore_errors=True)
            announce(entry.name, args.without or args.without_contributor, is_begun=work.is_dir())
            warn(need("selfsown_train.reproduction", "train").compare_conditions(entry))
            with reporting() as report:
                found = influence.measure_influence(workshop, entry, without, work, report)
    show(found, entry.name)
    if args.format == "json":
        facts = {"left_out": found.left_out, "overall": found.overall, "neighbours": found.neighbours}
        whom = {"source": args.without, "contributor": args.without_contributor}
        write_json({"format": 1, "round": entry.number, **whom, "verdict": found.verdict, **facts})
    else:
        write_result(found.verdict)
    return 0


def announce(name: str, whom: str, *, is_begun: bool) -> None:
    """What is about to happen."""
    words = "goes on where it broke off" if is_begun else "is trained again"
    say(f"round {name} without {visible(whom, _MOST)} {words}; the round itself stays as it is")


def show(found: Any, name: str) -> None:
    """What was left out, both losses, and what follows."""
    counts = ", ".join(f"{count} {kind}" for kind, count in found.left_out.items() if count)
    say(f"left out of what trained: {counts}")
    table = Table(title="held-out loss, nats per token", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", "without", f"round {name}", "change (95 % interval)", "n"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=bool(heading))
    for words, pair in (("all of it", found.overall), ("most like what was left out", found.neighbours)):
        if pair is not None:
            change = pair["difference"]
            table.add_row(
                words, f"{pair['before']:.3f}", f"{pair['after']:.3f}", render_change(change), str(change["n"])
            )
    err.print(table)
    words, style = _WORDS[found.verdict]
    say(f"{words} (a change counts beyond ±{found.margin:g})", style=style)
