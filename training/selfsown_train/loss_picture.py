"""The loss of a training by step, as a picture for the card of its round. The same numbers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

_BLUE, _GREY = "#3b82c4", "#8a8a8a"  # both are told apart on white and on a dark page
_WINDOW = 20  # a mean over a twentieth of the steps


def draw_loss(curve: Sequence[float]) -> str:
    """SVG, without a background, of the loss of each step and of its running mean."""
    width = max(len(curve) // _WINDOW, 1)
    steps = range(1, len(curve) + 1)
    means = [sum(curve[max(0, at - width) : at]) / min(width, at) for at in steps]
    with mpl.rc_context({"svg.hashsalt": "selfsown", "font.size": 9.0, "text.color": _GREY, "axes.labelcolor": _GREY}):
        figure = Figure(figsize=(6.0, 2.6), layout="constrained")
        axes = figure.subplots()
        axes.plot(steps, curve, color=_GREY, lw=0.6, alpha=0.7, label="step")
        axes.plot(steps, means, color=_BLUE, lw=1.8, label=f"mean of {width} steps")
        axes.set(xlabel="step", ylabel="training loss (nats per token)")
        axes.tick_params(colors=_GREY)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_GREY)
        axes.legend(frameon=False, labelcolor=_GREY)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    return stream.getvalue()
