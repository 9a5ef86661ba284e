"""The picture of the ledger: drift and agreement with people over the rounds. The same rounds give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from selfsown.round import Round

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Page: TypeAlias = tuple[int, Mapping[str, Any]]

_SERIES: Mapping[str, tuple[str, ...]] = {
    "Kendall's tau of the live judge with": ("frozen", "own"),
    "pair accuracy with ratings": ("live", "frozen", "own"),
    "AUC, merged above declined": ("live", "frozen", "own"),
}
_COLOURS = {"live": "#1f5fa8", "frozen": "#8a8a8a", "own": "#c8551b"}
_SHIFT = {"live": -0.12, "frozen": 0.0, "own": 0.12}  # intervals of one round stand side by side
_WIDTH, _HEIGHT = 8.0, 2.4  # inches of a panel


def draw_series(rounds: Sequence[Round], kind: str) -> bytes:
    """The picture as the bytes of a file of that kind (.svg, .png or .pdf); rounds without a page are left out."""
    pages = [(entry.number, entry.judging) for entry in rounds if entry.judging is not None]
    with mpl.rc_context({"svg.hashsalt": "selfsown", "text.parse_math": False, "font.size": 9.0}):
        figure = Figure(figsize=(_WIDTH, _HEIGHT * len(_SERIES)), layout="constrained")
        panels = figure.subplots(len(_SERIES), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (title, names) in zip(panels, _SERIES.items(), strict=True):
            axes.set_title(title, loc="left")
            for name in names:
                for part in _parts(pages) if name == "frozen" else [pages]:
                    _draw_line(axes, name, [(number, _figure_of(page, title, name)) for number, page in part])
            for part in _parts(pages)[1:]:
                axes.axvline(part[0][0] - 0.5, color=_COLOURS["frozen"], linestyle=":")
            axes.grid(axis="y", alpha=0.3)
            marks = [Line2D([], [], color=_COLOURS[name], marker="o", markersize=4, label=name) for name in names]
            axes.legend(handles=marks, loc="lower right", bbox_to_anchor=(1, 1), frameon=False, ncols=len(names))
        panels[-1].set_xlabel("round (a dotted line: another frozen judge begins)")
        panels[-1].set_xticks([number for number, _ in pages])
        target = io.BytesIO()
        told = {".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(target, format=kind.removeprefix("."), metadata=told.get(kind), dpi=150)
    return target.getvalue()


def _parts(pages: Sequence[_Page]) -> list[list[_Page]]:
    """The pages, cut where another frozen judge begins."""
    parts: list[list[_Page]] = [[]]
    for number, page in pages:
        if page["restarted"] and parts[-1]:
            parts.append([])
        parts[-1].append((number, page))
    return parts


def _figure_of(page: Mapping[str, Any], title: str, name: str) -> Mapping[str, float] | None:
    found: Mapping[str, float] | None
    if title.startswith("Kendall"):
        found = page["drift"][name]
    else:
        found = page["agreement"][name]["ratings" if title.startswith("pair") else "decisions"]
    return found


def _draw_line(axes: Axes, name: str, points: Sequence[tuple[int, Mapping[str, float] | None]]) -> None:
    known = [(number + _SHIFT[name], found) for number, found in points if found is not None]
    values = [found["value"] for _, found in known]
    below = [found["value"] - found["low"] for _, found in known]
    above = [found["high"] - found["value"] for _, found in known]
    axes.errorbar(
        [place for place, _ in known],
        values,
        yerr=[[max(0.0, length) for length in side] for side in (below, above)],
        color=_COLOURS[name],
        marker="o",
        markersize=4,
        capsize=2,
        linewidth=1,
    )
