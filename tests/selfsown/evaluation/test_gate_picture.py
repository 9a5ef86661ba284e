from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from selfsown.errors import UsageError
from selfsown.evaluation.gate_picture import draw_gate, render_gate_picture
from selfsown.round import Round, State

CHECK = {
    "name": "held-out loss", "candidate": 2.1, "incumbent": 3.2, "difference": -1.1, "low": -1.5, "high": -0.7, "n": 42,
    "threshold": -0.005, "passed": True, "decides": True, "role": "primary", "better": "less", "unit": "nats per token",
}  # fmt: skip
GUARD = CHECK | {"name": "answers preferred", "role": "guard", "better": "more", "unit": "share", "passed": False}
TOLD = GUARD | {"name": "judge against <script>$x$\u202e", "role": "told", "decides": False}
GATE = {"decision": "refuse", "reason": "", "incumbent": 2, "judge": "j", "checks": [CHECK, GUARD, TOLD]}
ROUND = Round(3, State.REJECTED, "2026-01-01", 2, {}, gate=GATE)


def colours(svg: str) -> set[str]:
    return {colour for colour in ("#2b7bba", "#d55e00") if colour in svg}


def test_the_picture_is_svg_with_every_check_and_the_verdict_in_colours_of_their_own():
    svg = render_gate_picture(ROUND)
    ET.fromstring(svg)  # noqa: S314 - our own
    for words in ("Round 0003 beside round 0002: refused", "held-out loss  (n 42)", "answers preferred"):
        assert f"<!-- {words}" in svg
    assert colours(svg) == {"#2b7bba", "#d55e00"}


def test_the_same_gate_gives_the_same_bytes():
    assert render_gate_picture(ROUND) == render_gate_picture(ROUND)


def test_a_hostile_name_is_shown_and_does_nothing():
    svg = render_gate_picture(ROUND)
    assert "script" not in {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}  # noqa: S314
    assert "\u202e" not in svg


def test_what_an_older_file_does_not_say_is_no_reason_to_fail():
    bare = {name: value for name, value in CHECK.items() if name not in ("role", "better", "unit")}
    assert draw_gate(replace(ROUND, gate=GATE | {"checks": [bare]}), ".png").startswith(b"\x89PNG")


def test_without_a_verdict_there_is_nothing_to_draw():
    with pytest.raises(UsageError, match="has not decided on round 0003"):
        render_gate_picture(replace(ROUND, gate=None))
