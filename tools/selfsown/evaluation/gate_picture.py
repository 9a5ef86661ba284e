"""The picture of a gate: each check's difference with its interval, beside the line it has to keep to.

One panel per unit. The side on which a check fails is shaded; what passed, failed or decides nothing differs in colour and
in form. The background is transparent and ink is a grey that reads on light and dark. The same gate gives the same bytes.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from selfsown.errors import UsageError
from selfsown.render.inert import visible
from selfsown.round import Round

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Check: TypeAlias = Mapping[str, Any]

_INK = "#7d7d7d"
# Blue and orange are told apart by everybody (Okabe & Ito 2008); the marks differ as well.
_LOOKS = {"passed": ("#2b7bba", "o"), "failed": ("#d55e00", "X"), "told": (_INK, "D")}
_WIDTH, _ROW, _MARGIN = 8.6, 0.34, 0.95  # inches
_MOST_CHECKS = 60
_NAME = 40  # characters


def render_gate_picture(entry: Round) -> str:
    """The picture as SVG text, from the round's file alone. Raises UsageError where the gate has not decided."""
    return draw_gate(entry, ".svg").decode()


def draw_gate(entry: Round, kind: str) -> bytes:
    """The picture as the bytes of a file of that kind (.svg, .png or .pdf). Raises UsageError without a verdict."""
    if entry.gate is None:
        raise UsageError(f"the gate has not decided on round {entry.name} yet", f"`selfsown gate {entry.number}` first")
    panels = _by_unit(entry.gate["checks"][:_MOST_CHECKS])
    heights = [_MARGIN + _ROW * len(checks) for _, checks in panels]
    look: Any = {"svg.hashsalt": "selfsown", "text.parse_math": False, "font.size": 9.0, "text.color": _INK}
    look |= {f"{place}.color": _INK for place in ("xtick", "ytick")} | {"axes.labelcolor": _INK, "axes.edgecolor": _INK}
    with mpl.rc_context(look):
        figure = Figure(figsize=(_WIDTH, sum(heights) + 0.6), layout="constrained", facecolor="none")
        rows = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (unit, checks) in zip(rows, panels, strict=True):
            _draw_panel(axes, unit, checks)
        figure.suptitle(_title(entry, entry.gate), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
        figure.legend(handles=_legend(), loc="outside lower left", ncols=4, frameon=False, labelcolor=_INK)
        return _write(figure, kind)


def _title(entry: Round, gate: Mapping[str, Any]) -> str:
    beside = f"round {gate['incumbent']:04d}" if gate["incumbent"] else "the bare base"
    return f"Round {entry.name} beside {beside}: {'passed' if gate['decision'] == 'pass' else 'refused'}"


def _by_unit(checks: Sequence[Check]) -> list[tuple[str, list[Check]]]:
    """The checks by unit; what the verdict rests on first stands alone, or a wide guard would flatten it."""
    found: dict[tuple[str, bool], list[Check]] = {}
    for check in checks:
        found.setdefault((check.get("unit", "share"), check.get("role") == "primary"), []).append(check)
    return [(unit, together) for (unit, _), together in found.items()]


def _draw_panel(axes: Axes, unit: str, checks: Sequence[Check]) -> None:
    axes.set_facecolor("none")
    ends = [check[name] for check in checks for name in ("low", "high", "threshold")]
    room = 0.08 * ((max(*ends, 0.0) - min(*ends, 0.0)) or 1.0)
    left, right = min(*ends, 0.0) - room, max(*ends, 0.0) + room
    for place, check in enumerate(checks):
        _draw_check(axes, place, check, (left, right))
    axes.axvline(0, color=_INK, lw=0.8, alpha=0.6)
    axes.set(xlim=(left, right), ylim=(len(checks) - 0.4, -0.6), xlabel=f"new − old, {unit}")
    axes.set_yticks(range(len(checks)), [f"{visible(check['name'], _NAME)}  (n {check['n']})" for check in checks])
    axes.grid(axis="x", color=_INK, lw=0.5, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_check(axes: Axes, place: int, check: Check, ends: tuple[float, float]) -> None:
    colour, mark = _LOOKS[_look(check)]
    threshold = check["threshold"]
    if check["decides"]:
        worst = ends[0] if check.get("better", "more") == "more" else ends[1]
        axes.fill_betweenx([place - 0.4, place + 0.4], threshold, worst, color=_INK, alpha=0.13, lw=0)
    axes.plot([threshold, threshold], [place - 0.4, place + 0.4], color=_INK, lw=1.4)
    axes.plot([check["low"], check["high"]], [place, place], color=colour, lw=2.2, solid_capstyle="butt")
    axes.plot([check["difference"]], [place], color=colour, marker=mark, ms=6)


def _look(check: Check) -> str:
    if not check["decides"]:
        return "told"
    return "passed" if check["passed"] else "failed"


def _legend() -> list[Line2D]:
    words = {"passed": "passed", "failed": "failed", "told": "told, decides nothing"}
    marks = [
        Line2D([], [], color=colour, marker=mark, lw=2.2, ms=6, label=words[name])
        for name, (colour, mark) in _LOOKS.items()
    ]
    return [*marks, Line2D([], [], color=_INK, lw=6, alpha=0.25, label="the side of harm, from the threshold on")]


def _write(figure: Figure, kind: str) -> bytes:
    target = io.BytesIO()
    told = {".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font does not have
        figure.savefig(target, format=kind.removeprefix("."), metadata=told.get(kind), dpi=150)
    return target.getvalue()
