"""`selfsown round show`: the whole provenance of one round, readable; its file as it is for machines."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from selfsown.cli import gate_
from selfsown.cli.console import out, say, write_machine
from selfsown.cli.place import open_repository
from selfsown.cli.training import choose_round
from selfsown.effect import read_effects, summarise_effects
from selfsown.extras import need
from selfsown.provenance import find_curve, lay_out
from selfsown.render.inert import visible
from selfsown.round import ROUNDS, Round, read_promoted, render_round

HELP = "Show a round: what it was made from, how its training went, and what the gate measured."

_MOST = 300  # characters of a value
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 60  # bars


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or the round file as it is")
    parser.add_argument(
        "--picture", metavar="FILE", type=Path, help="draw the losses of its trainings: .svg, .png or .pdf"
    )


def run(args: argparse.Namespace) -> int:
    """Always 0, unless the tool failed."""
    if args.picture:
        need("selfsown.evaluation.picture", "evaluate").check_picture(args.picture)
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        live = read_promoted(repository.root, repository.rulebook("HEAD").schemas["round"])
    if args.picture:
        drawn: bytes = need("selfsown.evaluation.loss_picture", "evaluate").draw_losses(entry, args.picture.suffix)
        args.picture.write_bytes(drawn)
        say(f"wrote {args.picture}")
    if args.format == "json":
        write_machine(render_round(entry).decode().rstrip("\n"))
    else:
        show(entry, is_live=live is not None and live.number == entry.number)
    return 0


def show(entry: Round, *, is_live: bool) -> None:
    """The round for people: a line of what it is, a table of each section, the curve of the loss, the gate."""
    parent = "from no live round" if entry.parent is None else f"while round {entry.parent:04d} was live"
    state = f"{entry.state}, live" if is_live else str(entry.state)
    out.print(f"round {entry.name}: {state}; planned {entry.created}, {parent}", style="bold", markup=False)
    for name, values in lay_out(entry).items():
        out.print(render_section(name, values))
    curve = find_curve(entry)
    if curve:
        out.print(f"training loss  {curve[0]:.3f} {render_curve(curve)} {curve[-1]:.3f}", markup=False)
    if entry.gate is not None:
        gate_.show(entry)
    for line in summarise_effects(read_effects(entry)):
        out.print(line, markup=False)
    say(f"all of it: {ROUNDS / entry.name}.json, or --format json")


def render_section(title: str, values: Mapping[str, Any]) -> Table:
    """Names and values of one section."""
    table = Table(title=title.replace("_", " "), title_justify="left", box=SIMPLE_HEAD, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in values.items():
        table.add_row(Text(visible(name, _MOST)), Text(render_value(value)))
    return table


def render_value(value: Any) -> str:
    """A value of a round file in a word or a line, inert."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return visible(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value), _MOST)


def render_curve(losses: Sequence[float]) -> str:
    """A loss by step as a row of bars: high is a high loss."""
    step = max(1, -(-len(losses) // _WIDTH))
    means = [sum(losses[at : at + step]) / len(losses[at : at + step]) for at in range(0, len(losses), step)]
    low, span = min(means), max(means) - min(means)
    return "".join(_BARS[round((mean - low) / span * (len(_BARS) - 1)) if span else 0] for mean in means)
