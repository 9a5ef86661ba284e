"""`selfsown round reproduce`: train a round again from its file, beside the checkout, and see whether the same comes out."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from selfsown.cli.console import err, say, write_json, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.round.show import render_value
from selfsown.cli.training import alone, choose_round, reopen_workshop, reporting
from selfsown.extras import need

HELP = "Train a round again from its file, in a folder of its own, and compare the adapters."

_FOLDER = Path(".selfsown") / "reproduced"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    parser.add_argument(
        "--keep-base", action="store_true", help="use the base of the cache instead of building it again"
    )
    parser.add_argument("--judge", action="store_true", help="train the judge of the round again, too")
    parser.add_argument("--fresh", action="store_true", help="begin anew instead of going on with what broke off")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object")


def run(args: argparse.Namespace) -> int:
    """0 the same came out, 1 something else did."""
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        workshop = reopen_workshop(repository, entry)
        reproduction = need("selfsown_train.reproduction", "train")
        folder = repository.root / _FOLDER / entry.name
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            work = folder / "work"
            if args.fresh:
                shutil.rmtree(work, ignore_errors=True)
            announce(entry.name, folder, is_begun=work.is_dir())
            warn(reproduction.compare_conditions(entry))
            with reporting() as report:
                made = reproduction.reproduce_round(
                    workshop, entry, work, report, keep_base=args.keep_base, judge=args.judge
                )
    if args.format == "json":
        facts = {"results": made.results, "conditions": made.conditions, "restored": made.restored}
        write_json({"format": 1, "round": entry.number, "same": made.is_same, **facts})
    else:
        write_result("same" if made.is_same else "differs")
    show(made, entry.name, work)
    return 0 if made.is_same else 1


def announce(name: str, folder: Path, *, is_begun: bool) -> None:
    """What is about to happen."""
    words = "goes on where it broke off" if is_begun else "is trained again from its file"
    say(f"round {name} {words}, in {folder.relative_to(folder.parents[2])}")


def warn(conditions: dict[str, tuple[Any, Any]]) -> None:
    """What is not as it was, before time is spent on it."""
    if conditions:
        say("not as it was then: another adapter may come out", style="bold yellow")
        err.print(render_pairs(conditions, "then", "here"))


def show(made: Any, name: str, work: Path) -> None:
    """What came out, beside what the round file says."""
    err.print(render_pairs(made.results, "the round file", "trained again"))
    if made.is_same:
        say(f"the same: round {name} is what its file says", style="bold green")
        for part in made.restored:
            say(f"  the {part} was missing here, and is in its place now")
        return
    say("something else came out", style="bold red")
    named, found = made.results["base"]
    if named != found:
        say("  it begins with the base: its weights are others already")
    elif made.conditions:
        say("  libraries or machine are not those of then (see above): that alone can change bits")
    else:
        say("  the machine and the libraries are the same: the code that trains is not; see `git log` since the round")
    say(f"  what came out lies in {work}; --fresh removes it and begins anew")


def render_pairs(pairs: dict[str, tuple[Any, Any]], named: str, found: str) -> Table:
    """By name, one value beside the other."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("", named, found):
        table.add_column(heading)
    for name, values in pairs.items():
        table.add_row(Text(name), *(Text(render_value(value)[:40]) for value in values))
    return table
