"""Numbers, tables and sentences of the card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from selfsown.render.inert import visible

VERDICTS = {True: "met", False: "not met"}
NOTHING = "–"


def render_number(value: float | None, places: int = 3, *, signed: bool = False) -> str:
    """A number of fixed places; a dash where there is none. What rounds to zero has no sign."""
    if value is None:
        return NOTHING
    shown = round(value, places) + 0.0
    return f"{shown:+,.{places}f}" if signed and shown else f"{shown:,.{places}f}"


def render_value(found: Mapping[str, Any] | None, *, signed: bool = False, with_n: bool = False) -> str:
    """`estimate (low … high)`, with the number it rests on where asked for."""
    if not found or found.get("estimate") is None:
        return NOTHING
    estimate, low, high = (render_number(found[name], signed=signed) for name in ("estimate", "low", "high"))
    between = "" if found["low"] is None else f" ({low} … {high})"
    return f"{estimate}{between}" + (f", n {found['n']:,}" if with_n else "")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A Markdown table; the first `left` columns are texts, the others are aligned to the right."""
    rule = [*["---"] * left, *["--:"] * (len(headings) - left)]
    lines = [headings, rule, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def paragraph(text: str) -> str:
    """One line."""
    return " ".join(text.split())


def code(name: str) -> str:
    """A name in a code span, inert."""
    return f"`{visible(name, 60).replace('`', chr(39))}`"
