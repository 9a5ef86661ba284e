"""The picture of how the trainings of a round went: a panel for each, its loss by step.

From the round's file alone, for its card and for `selfsown round show --picture`. The background is transparent and ink is a grey
that reads on light and dark. The same round gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from selfsown.errors import UsageError
from selfsown.round import Round

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points: TypeAlias = Sequence[tuple[int, float]]

_INK, _LINE = "#7d7d7d", "#2b7bba"
_WIDTH, _HEIGHT = 3.4, 2.5  # inches of a panel
_COLUMNS = 2
_FEWEST = 2  # points of a curve
_MEAN_OF = 8  # points: batches are of like length, so that losses jump from step to step


def render_loss_picture(entry: Round) -> str:
    """The picture as SVG text. Raises UsageError where the round's file has no losses."""
    return draw_losses(entry, ".svg").decode()


def draw_losses(entry: Round, kind: str) -> bytes:
    """The picture as the bytes of a file of that kind (.svg, .png or .pdf). Raises UsageError without losses."""
    curves = find_losses(entry)
    if not curves:
        raise UsageError(
            f"round {entry.name} has no losses to draw", f"`selfsown round show {entry.number}` says how far it is"
        )
    columns = min(len(curves), _COLUMNS)
    rows = -(-len(curves) // columns)
    look: Any = {"svg.hashsalt": "selfsown", "font.size": 9.0, "axes.titlesize": 9.5, "text.color": _INK}
    look |= {f"{place}.color": _INK for place in ("xtick", "ytick")}
    look |= {f"axes.{part}color": _INK for part in ("label", "edge", "title")}
    with mpl.rc_context(look):
        size = (max(_WIDTH * columns, 1.4 * _WIDTH), _HEIGHT * rows)
        figure = Figure(figsize=size, layout="constrained", facecolor="none")
        places = figure.subplots(rows, columns, squeeze=False).ravel()
        for place, (words, points) in zip(places, curves.items(), strict=False):
            _draw(place, words, points)
        for place in places[len(curves) :]:
            place.set_axis_off()
        stream = io.BytesIO()
        told = {".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(stream, format=kind.removeprefix("."), metadata=told.get(kind), dpi=150)
    return stream.getvalue()


def find_losses(entry: Round) -> dict[str, Points]:
    """(step, loss) of each training that the round's file tells of, in their order, by what was trained."""
    base: Mapping[str, Any] = (entry.base or {}).get("made_from") or {}
    training: Mapping[str, Any] = entry.training or {}
    judge: Mapping[str, Any] = (entry.judge_adapter or {}).get("losses") or {}
    found = {
        "base": base.get("losses"),
        "adapter": training.get("losses"),
        "preference pairs": (training.get("preference") or {}).get("losses"),
        "judge": judge.get("curve"),
    }
    return {words: points for words, points in found.items() if points and len(points) >= _FEWEST}


def _draw(axes: Axes, words: str, points: Points) -> None:
    axes.set_facecolor("none")
    steps, losses = [step for step, _ in points], [loss for _, loss in points]
    axes.plot(steps, losses, color=_INK, lw=0.8, alpha=0.7)
    axes.plot(steps, _means(losses), color=_LINE, lw=1.8)
    axes.set_title(f"{words}: {losses[0]:.3g} to {losses[-1]:.3g} in {steps[-1]:,} steps", loc="left")
    axes.set(xlabel="step", ylabel="training loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.grid(axis="y", color=_INK, lw=0.5, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _means(losses: Sequence[float]) -> list[float]:
    """The mean of each point and those before it, so that the trend is seen."""
    starts = (max(0, place + 1 - _MEAN_OF) for place in range(len(losses)))
    return [sum(losses[start : place + 1]) / (place + 1 - start) for place, start in enumerate(starts)]
