"""The reliability diagram of a calibration, with its bands: what was promised beside what people accepted.

The same calibration gives the same bytes. Needs the extra `evaluate`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from selfsown.calibration.record import Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _GREEN, _RED, _GREY = "#1f5fa8", "#2b8a4b", "#a01f3c", "#8a8a8a"
_AREA = 600.0  # of all bins together, in square points


def draw_reliability(calibration: Calibration, kind: str) -> bytes:
    """The picture as the bytes of a file of that kind (`.svg`, `.png`, `.pdf`)."""
    with mpl.rc_context({"svg.hashsalt": "selfsown", "text.parse_math": False, "font.size": 9.0}):
        figure = Figure(figsize=(5.2, 5.2), layout="constrained")
        place = figure.subplots()
        _draw_bands(place, calibration)
        _draw_bins(place, calibration)
        place.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        place.set_xlabel("acceptance, as promised for conversations that were left out")
        place.set_ylabel("share that people accepted")
        place.set_title(f"{calibration.judge}, {calibration.curve.method}", fontsize=9.5)
        place.legend(loc="upper left", frameon=False)
        stream = io.BytesIO()
        dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(kind, {})
        figure.savefig(stream, format=kind[1:], dpi=110, metadata=dates)
    return stream.getvalue()


def _draw_bands(place: Axes, calibration: Calibration) -> None:
    place.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8, linestyle="--", label="exactly as promised")
    if calibration.accept:
        place.axvspan(calibration.accept.threshold, 1, color=_GREEN, alpha=0.12, label="accepting band")
    if calibration.decline:
        place.axvspan(0, calibration.decline.threshold, color=_RED, alpha=0.12, label="declining band")


def _draw_bins(place: Axes, calibration: Calibration) -> None:
    measured = calibration.measured
    if measured is None:
        place.axhline(calibration.positives / calibration.n, color=_BLUE, label="base rate: too few ratings for more")
        return
    promised, came = [it.promised for it in measured.bins], [it.accepted for it in measured.bins]
    place.plot(promised, came, color=_BLUE, linewidth=1.2, label=f"what came of it: ECE {measured.ece:.3f}")
    sizes = [_AREA * entry.n / calibration.n for entry in measured.bins]
    place.scatter(promised, came, s=sizes, color=_BLUE, label=f"{len(measured.bins)} bins, as large as they are")
