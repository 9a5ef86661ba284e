"""What `selfsown train --plan` shows: the next round, what it would train on, and what that would cost here."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from selfsown.cli.console import err, say, write_json

_GIB = 1 << 30


def show_cost(workshop: Any, data: Any, found: Any, *, as_json: bool) -> None:
    """For people on stderr, or as one JSON object on stdout."""
    cost, recipe = found.cost, workshop.recipe
    if as_json:
        write_json(describe_cost(recipe, data, found))
        return
    table = Table(title=f"recipe {recipe.name} on {recipe.base.model or 'a base that is built here'}", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("", justify="right")
    about = "" if found.is_counted else "about "
    for name, value in (
        ("conversations that train, held out", f"{len(data.train):,}, {len(data.held_out):,}"),
        ("rows that fit the window", f"{found.rows_used:,} of {found.rows:,}"),
        ("tokens, all passes", f"{about}{cost.tokens:,}"),
        ("steps", f"{cost.steps:,}"),
        ("weights of the base, of the adapter", f"{cost.parameters:,}, {cost.trained:,}"),
        ("memory", f"{about}{cost.peak / _GIB:.2f} GiB"),
        ("tokens a second", f"about {cost.tokens_a_second:,.0f}"),
        ("time of the training", f"about {render_time(cost.seconds)}"),
    ):
        table.add_row(name, value)
    err.print(table)
    for reason, count in sorted(data.left_out.items()):
        say(f"  {count} left out: {reason}")
    if not found.is_counted:
        say("the base cannot be reached from here: its shape is that of the recipe, and its tokens are guessed")
    say("measured on one layer and two of the base's widths; making a base, the judge and the gate are not in it")
    say(f"nothing was written: `selfsown train {recipe.name}` does it", style="bold")


def describe_cost(recipe: Any, data: Any, found: Any) -> dict[str, Any]:
    """The same, for machines."""
    cost = found.cost
    return {
        "recipe": recipe.name,
        "base": recipe.base.model,
        "conversations": len(data.train),
        "held_out": len(data.held_out),
        "left_out": data.left_out,
        "rows": found.rows,
        "rows_used": found.rows_used,
        "is_counted": found.is_counted,
        "tokens": cost.tokens,
        "steps": cost.steps,
        "parameters": cost.parameters,
        "trained": cost.trained,
        "peak_bytes": cost.peak,
        "seconds": round(cost.seconds, 1),
    }


def render_time(seconds: float) -> str:
    """A duration in the unit that reads best."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 90 * 60 else f"{seconds / 3600:.1f} hours"
