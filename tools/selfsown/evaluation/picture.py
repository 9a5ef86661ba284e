"""The picture of an evaluation: a panel per measure, a point and its interval per judge, and reliability diagrams.

Names come from files: they are made inert, and never read as mathematics. The same numbers give the same bytes.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure

from selfsown.errors import UsageError
from selfsown.evaluation.evaluate import Measurement
from selfsown.evaluation.measures import MEASURES, Measure
from selfsown.evaluation.report import Report, shown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = (".svg", ".png", ".pdf")

_COLOURS = ("#1f5fa8", "#c8551b", "#2b8a4b", "#8b3fa0", "#b8860b", "#a01f3c")
_GREY = "#8a8a8a"
_WIDTH = 3.4  # inches of a panel
_LINE = 0.3  # inches of a row in a panel
_MARGIN = 1.05
_COLUMNS = 4
_NOTHING_KNOWN = {"auc": 0.5, "accuracy": 0.5, "pair_auc": 0.5}
_NOTHING_KNOWN |= dict.fromkeys(("spearman", "kappa", "tie_change", "lift"), 0.0)
_BETTER = {1: "more is better", -1: "less is better", 0: "zero is best"}
_OF_GROUPS = (
    "accuracy",
    "pair_auc",
    "tie_change",
    "auc",
    "spearman",
    "attack_success",
    "lift",
    "flagged",
    "benign_flags",
)

Draw: TypeAlias = Callable[["Axes"], None]


@dataclass(frozen=True, slots=True)
class _Strip:
    """A row of panels of one height (inches) under a title."""

    title: str
    height: float
    panels: Sequence[Draw]


@dataclass(frozen=True, slots=True)
class _Point:
    """A value with its interval, at a place on the y axis."""

    y: float
    found: Measurement | None
    colour: str


def check_picture(path: Path) -> None:
    """Raises UsageError where a picture cannot be written there or not in that form."""
    if path.suffix not in KINDS:
        raise UsageError(f"{path} is no picture", f"end its name in {', '.join(KINDS)}")
    if not path.resolve().parent.is_dir():
        raise UsageError(f"there is no folder {path.parent} to write to", "make it first, or name another FILE")


def draw_picture(reports: Sequence[Report], kind: str) -> bytes:
    """The picture as the bytes of a file of that kind (one of KINDS)."""
    strips = [strip for report in reports for strip in _strips(report)]
    with mpl.rc_context(
        {"svg.hashsalt": "selfsown", "text.parse_math": False, "font.size": 9.0, "axes.titlesize": 9.5}
    ):
        figure = Figure(figsize=(_WIDTH * _COLUMNS, sum(strip.height for strip in strips)), layout="constrained")
        heights = [strip.height for strip in strips]
        for part, strip in zip(figure.subfigures(len(strips), 1, height_ratios=heights, squeeze=False)[:, 0], strips):  # noqa: B905
            part.suptitle(strip.title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
            axes = part.subplots(1, _COLUMNS, squeeze=False)[0]
            for place, draw in zip(axes, strip.panels, strict=False):
                draw(place)
            for place in axes[len(strip.panels) :]:
                place.set_axis_off()
        return _write(figure, kind)


def _write(figure: Figure, kind: str) -> bytes:
    stream = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(kind, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font does not have
        figure.savefig(stream, format=kind[1:], dpi=110, metadata=dates)
    return stream.getvalue()


def _strips(report: Report) -> list[_Strip]:
    strips = []
    height = _MARGIN + _LINE * len(report.evaluations)
    for form in report.forms:
        panels = [_judges_panel(report, measure) for measure in MEASURES if measure.form == form]
        strips.append(
            _Strip(f"{shown_name(Path(report.file).name)}: {report.forms[form]:,} {form} lines", height, panels)
        )
    diagrams = [_reliability_panel(report, name) for name in report.asked if report.evaluations[name].bins]
    if diagrams:
        strips.append(_Strip("reliability", 2.9, diagrams[:_COLUMNS]))
    groups = list(dict.fromkeys(group for name in report.asked for group in report.evaluations[name].groups))
    if groups:
        panels = [_groups_panel(report, measure, groups) for measure in MEASURES if _has_groups(report, measure)]
        strips.append(
            _Strip("by group or family (colours as above)", _MARGIN + 0.2 + 0.2 * len(groups), panels[:_COLUMNS])
        )
    return strips


def _has_groups(report: Report, measure: Measure) -> bool:
    found = (report.evaluations[name].groups.values() for name in report.asked)
    is_there = any(measure.name in group and group[measure.name].n for groups in found for group in groups)
    return is_there and measure.name in _OF_GROUPS


def _judges_panel(report: Report, measure: Measure) -> Draw:
    def draw(axes: Axes) -> None:
        names = list(report.evaluations)
        for place, name in enumerate(names):
            _draw_point(axes, _Point(place, report.evaluations[name].measures.get(measure.name), _colour(report, name)))
        _finish(axes, measure, names)
        for label, name in zip(axes.get_yticklabels(), names, strict=True):
            label.set_color(_colour(report, name))

    return draw


def _groups_panel(report: Report, measure: Measure, groups: Sequence[str]) -> Draw:
    def draw(axes: Axes) -> None:
        step = 0.6 / max(len(report.asked), 1)
        for number, name in enumerate(report.asked):
            for place, group in enumerate(groups):
                found = report.evaluations[name].groups.get(group, {}).get(measure.name)
                y = place + step * (number - (len(report.asked) - 1) / 2)
                _draw_point(axes, _Point(y, found, _colour(report, name)))
        _finish(axes, measure, groups)

    return draw


def _reliability_panel(report: Report, name: str) -> Draw:
    def draw(axes: Axes) -> None:
        found = report.evaluations[name]
        most = max(one.n for one in found.bins)
        axes.plot([0, 1], [0, 1], color=_GREY, lw=0.8, ls="--")
        axes.plot([one.promised for one in found.bins], [one.came for one in found.bins], color=_colour(report, name))
        sizes = [12 + 90 * one.n / most for one in found.bins]
        axes.scatter(
            [one.promised for one in found.bins], [one.came for one in found.bins], s=sizes, color=_colour(report, name)
        )
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=f"promised ({found.probability})")
        axes.set(ylabel="share acceptable to people", title=shown_name(name))
        axes.set_aspect("equal")

    return draw


def _draw_point(axes: Axes, point: _Point) -> None:
    between = point.found.interval if point.found else None
    if between is None or not math.isfinite(between.estimate):
        axes.text(0.5, point.y, "–", color=_GREY, ha="center", va="center", transform=axes.get_yaxis_transform())
        return
    axes.plot([between.low, between.high], [point.y, point.y], color=point.colour, lw=2, solid_capstyle="butt")
    axes.plot([between.estimate], [point.y], color=point.colour, marker="o", ms=4.5)


def _finish(axes: Axes, measure: Measure, names: Sequence[str]) -> None:
    axes.set_title(f"{measure.words} ({_BETTER[measure.better]})", loc="left")
    axes.set_yticks(range(len(names)), [shown_name(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    if measure.name in _NOTHING_KNOWN:
        axes.axvline(_NOTHING_KNOWN[measure.name], color=_GREY, lw=0.8, ls="--")
    if measure.is_share and measure.form == "attacked":
        axes.set_xlim(-0.01, max(axes.get_xlim()[1], 0.1))
    axes.grid(axis="x", color="#e4e4e4", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _colour(report: Report, name: str) -> str:
    return _COLOURS[report.asked.index(name) % len(_COLOURS)] if name in report.asked else _GREY
