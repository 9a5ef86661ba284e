"""The pictures of the card, drawn from the results alone: the same results give the same bytes."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure

from selfsown.evaluation.report import shown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Part: TypeAlias = Mapping[str, Any]

NAMES = ("human.svg", "learning.svg", "reliability.svg")

_COLOURS = ("#1f5fa8", "#c8551b", "#2b8a4b", "#8b3fa0")
_GREY = "#8a8a8a"
_WIDTH, _HEIGHT = 3.6, 2.6  # inches of a panel
_MOST_PANELS = 4
_LEAST_PANELS = 1.6  # of room, so that a legend finds some
_NOTHING_KNOWN = {"auc": 0.5, "accuracy": 0.5, "spearman": 0.0}
_WORDS = {"auc": "AUC", "accuracy": "pair accuracy", "spearman": "Spearman"}


def draw_pictures(results: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """(name, SVG) of each picture that there is something for."""
    names = list(results["judges"])
    for part, draw in (("human", _human), ("learning", _learning), ("calibration", _reliability)):
        found = results["parts"].get(part)
        if found and "left_out" not in found:
            panels = draw(found, names)
            if panels:
                yield f"{'reliability' if part == 'calibration' else part}.svg", _paint(panels)


def _paint(panels: Sequence[Callable[[Axes], None]]) -> bytes:
    with (
        mpl.rc_context({"svg.hashsalt": "selfsown", "text.parse_math": False, "font.size": 9.0, "axes.titlesize": 9.5}),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a name in a script that the font does not have
        figure = Figure(figsize=(_WIDTH * max(len(panels), _LEAST_PANELS), _HEIGHT), layout="constrained")
        for axes, draw in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            draw(axes)
            axes.spines[["top", "right"]].set_visible(False)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def _human(part: Part, names: Sequence[str]) -> list[Callable[[Axes], None]]:
    return [_set_panel(one, names) for one in part["sets"][:_MOST_PANELS]]


def _set_panel(one: Part, names: Sequence[str]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        specs, measure = list(one["judges"]), one["measure"]
        for place, spec in enumerate(specs):
            value = one["judges"][spec].get(measure, {})
            colour = _colour(spec, names)
            if value.get("estimate") is not None and value.get("low") is not None:
                axes.plot([value["low"], value["high"]], [place, place], color=colour, lw=2, solid_capstyle="butt")
            if value.get("estimate") is not None:
                axes.plot([value["estimate"]], [place], color=colour, marker="o", ms=4.5)
        axes.axvline(_NOTHING_KNOWN[measure], color=_GREY, lw=0.8, ls="--")
        axes.set_yticks(range(len(specs)), [shown_name(spec) for spec in specs])
        axes.set_ylim(len(specs) - 0.4, -0.6)
        axes.set_title(f"{shown_name(one['name'])}: {_WORDS[measure]}", loc="left")

    return draw


def _learning(part: Part, _: Sequence[str]) -> list[Callable[[Axes], None]]:
    def draw(axes: Axes) -> None:
        for colour, (split, points) in zip(_COLOURS, part["splits"].items(), strict=False):
            places = [math.sqrt(point["ratings"]) for point in points]
            means, spreads = ([point[name] for point in points] for name in ("mean", "spread"))
            axes.errorbar(places, means, yerr=spreads, color=colour, marker="o", ms=4, capsize=2, lw=1, label=split)
        counts = sorted({point["ratings"] for points in part["splits"].values() for point in points})
        axes.set_xticks([math.sqrt(count) for count in counts], [str(count) for count in counts])
        axes.set(xlabel=f"ratings of {shown_name(part['set'])}", ylabel="AUC on the other half")
        axes.grid(axis="y", color="#e4e4e4", lw=0.6)
        axes.legend(frameon=False, loc="upper left")

    return [draw]


def _reliability(part: Part, names: Sequence[str]) -> list[Callable[[Axes], None]]:
    known = [name for name in names if (part["judges"].get(name) or {}).get("measured")]
    return [_reliability_panel(part["judges"][name]["measured"]["bins"], name, names) for name in known[:_MOST_PANELS]]


def _reliability_panel(bins: Sequence[Part], name: str, names: Sequence[str]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_GREY, lw=0.8, ls="--")
        promised, accepted = ([one[key] for one in bins] for key in ("promised", "accepted"))
        axes.plot(promised, accepted, color=_colour(name, names), marker="o", ms=4)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="promised P(accept)", ylabel="share accepted")
        axes.set_title(shown_name(name), loc="left")
        axes.set_aspect("equal")

    return draw


def _colour(name: str, names: Sequence[str]) -> str:
    return _COLOURS[names.index(name) % len(_COLOURS)] if name in names else _GREY
