"""`selfsown round diff`: what differs between two rounds, in what they were made from and in what they came to."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from selfsown.cli.console import out, say, write_json
from selfsown.cli.place import open_repository
from selfsown.cli.round.show import render_value
from selfsown.errors import SelfsownError
from selfsown.extras import need
from selfsown.provenance import compare_checks, compare_rounds, count_changes
from selfsown.render.inert import visible
from selfsown.repo import Repository
from selfsown.round import Round, read_round

HELP = "Hold two rounds side by side: data that came and went, recipe, libraries, base, and what was measured."

_MOST = 60  # characters of a name


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("old", type=int, metavar="NNNN", help="the one round")
    parser.add_argument("new", type=int, metavar="NNNN", help="the other")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object")


def run(args: argparse.Namespace) -> int:
    """Always 0, unless the tool failed."""
    with open_repository() as repository:
        schema = repository.rulebook("HEAD").schemas["round"]
        old, new = (read_round(repository.root, number, schema) for number in (args.old, args.new))
        changes = read_changes(repository, old, new)
    if args.format == "json":
        compared = {
            "rounds": [old.number, new.number],
            "data": changes,
            "differences": compare_rounds(old, new),
            "measured": compare_checks(old, new),
        }
        write_json({"format": 1, **compared})
    else:
        show(old, new, changes)
    return 0


def read_changes(repository: Repository, old: Round, new: Round) -> dict[str, Any] | None:
    """What came and went among what trains, by source; None, said on stderr, where this clone cannot tell."""
    try:
        before, after = (_read_sources(repository, entry) for entry in (old, new))
    except SelfsownError as error:
        say(f"which conversations came and went is not known here: {visible(error.message, 300)}")
        return None
    return {kind: count_changes(before[kind], after[kind]) for kind in before}


def _read_sources(repository: Repository, entry: Round) -> dict[str, dict[str, str]]:
    """Id and source of everything that trains, by kind."""
    recipe = need("selfsown_train.recipe", "train").recipe_of_round(entry.plan["recipe"]["values"], entry.name)
    data = need("selfsown_train.corpus", "train").read_round_data(
        repository, entry.plan["corpus"]["commit"], recipe.data
    )
    return {
        "conversations": {one.id: one.source for one in data.train},
        "held-out conversations": {one.id: one.source for one in data.held_out},
        "ratings": {one.rating.id: one.rating.source for one in (*data.train_ratings, *data.held_out_ratings)},
    }


def show(old: Round, new: Round, changes: Mapping[str, Any] | None) -> None:
    """Both for people; what is the same is not shown."""
    out.print(f"round {old.name} ({old.state}) and round {new.name} ({new.state})", style="bold", markup=False)
    for kind, found in (changes or {}).items():
        out.print(
            Text(
                f"{kind}: {_count(found['added'], 'came')}, {_count(found['removed'], 'went')}, {found['kept']} stayed"
            )
        )
    differences = compare_rounds(old, new)
    if not differences and old.state == new.state:
        out.print("they are the same in everything")
    for name, values in differences.items():
        out.print(render_differences(name, values, old, new))
    checks = compare_checks(old, new)
    if checks:
        out.print(render_differences("measured by the gate of each", checks, old, new))


def _count(by_source: Mapping[str, int], verb: str) -> str:
    named = ", ".join(f"{count} of {visible(source, _MOST)}" for source, count in by_source.items())
    return f"{sum(by_source.values())} {verb}" + (f" ({named})" if named else "")


def render_differences(title: str, values: Mapping[str, tuple[Any, Any]], old: Round, new: Round) -> Table:
    """One section, the two rounds side by side."""
    table = Table(title=title.replace("_", " "), title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", old.name, new.name):
        table.add_column(heading)
    for name, pair in values.items():
        table.add_row(Text(visible(name, _MOST)), *(Text(render_value(value)) for value in pair))
    return table
