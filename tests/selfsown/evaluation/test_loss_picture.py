from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("matplotlib", reason="the `evaluate` extra is not installed")

from selfsown.errors import UsageError
from selfsown.evaluation.loss_picture import draw_losses, find_losses, render_loss_picture
from selfsown.round import Round, State

CURVE = [[step, 4.0 - step / 50] for step in range(1, 51)]
ROUND = Round(
    7,
    State.TRAINED,
    "2026-01-01",
    None,
    {},
    base={"made_from": {"losses": CURVE}},
    training={"losses": CURVE, "preference": {"losses": CURVE}},
    judge_adapter={"losses": {"first": 1.0, "last": 0.5, "curve": CURVE}},
)


def test_there_is_a_panel_for_each_training_that_the_file_tells_of() -> None:
    assert list(find_losses(ROUND)) == ["base", "adapter", "preference pairs", "judge"]
    alone = replace(ROUND, base={"made_from": {"steps": 0}}, training={"losses": CURVE}, judge_adapter=None)
    assert list(find_losses(alone)) == ["adapter"]
    for entry, panels in ((ROUND, 4), (alone, 1)):
        assert render_loss_picture(entry).count('id="axes_') == panels


def test_the_same_round_gives_the_same_bytes_and_no_background() -> None:
    drawn = render_loss_picture(ROUND)
    assert drawn == render_loss_picture(ROUND)
    assert "<script" not in drawn
    assert "fill: #ffffff" not in drawn
    assert "2026" not in drawn


@pytest.mark.parametrize(("kind", "magic"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_other_kinds_are_files_of_that_kind(kind: str, magic: bytes) -> None:
    assert draw_losses(ROUND, kind).startswith(magic)


@pytest.mark.parametrize("training", [None, {}, {"losses": []}, {"losses": [[1, 2.0]]}])
def test_a_round_without_losses_has_no_picture(training: dict[str, object] | None) -> None:
    bare = Round(7, State.PLANNED, "2026-01-01", None, {}, training=training)
    assert find_losses(bare) == {}
    with pytest.raises(UsageError, match="no losses to draw"):
        render_loss_picture(bare)
