"""Rounds laid flat, and held side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from selfsown.provenance import compare_checks, compare_rounds, count_changes, find_curve, lay_flat, lay_out
from selfsown.round import Round, State

PLAN: dict[str, Any] = {
    "corpus": {"commit": "a" * 40, "conversations": 9, "left_out": {"withdrawn": 1}, "human": {}},
    "recipe": {"name": "tiny", "digest": "3" * 12, "values": {"seed": 1, "sft": {"epochs": 3}, "sources": ["a", "b"]}},
    "rubric": "4" * 12,
    "libraries": {"torch": "2"},
}
TRAINED = Round(7, State.TRAINED, "2026-01-01", 6, PLAN, training={"rows": 3, "losses": [[1, 2.5], [2, 1.5]]})


def gated(**measured: float) -> dict[str, Any]:
    return {"decision": "pass", "checks": [{"name": name, "candidate": value} for name, value in measured.items()]}


def test_everything_a_round_file_says_stands_in_a_section():
    sections = lay_out(TRAINED)
    assert sections["corpus"] == {"commit": "a" * 40, "conversations": 9, "left_out.withdrawn": 1, "human": {}}
    assert sections["recipe"] == {
        "name": "tiny", "digest": "3" * 12, "seed": 1, "sft.epochs": 3, "sources": ["a", "b"],
    }  # fmt: skip
    assert sections["libraries"] == {"torch": "2"}
    assert sections["plan"] == {"rubric": "4" * 12}
    assert sections["training"] == {"rows": 3}
    assert "gate" not in sections


def test_lists_of_records_are_counted():
    assert lay_flat({"pairs": [{"id": 1}, {"id": 2}], "names": [], "deep": {"er": [[1, 2]]}}) == {
        "pairs": "2 entries", "names": [], "deep.er": "1 entries",
    }  # fmt: skip


def test_a_round_beside_itself_differs_in_nothing():
    assert compare_rounds(TRAINED, replace(TRAINED, number=8, state=State.GATED)) == {}


def test_only_what_differs_is_named_and_what_one_lacks_is_none():
    values = {"seed": 2, "sft": {"epochs": 3}, "sources": ["a", "b"], "new": 1}
    other = replace(TRAINED, plan={**PLAN, "recipe": {**PLAN["recipe"], "values": values}}, training=None)
    assert compare_rounds(TRAINED, other) == {
        "recipe": {"seed": (1, 2), "new": (None, 1)},
        "training": {"rows": (3, None)},
    }


def test_what_was_measured_is_held_side_by_side():
    old, new = replace(TRAINED, gate=gated(loss=2.0, win=0.5)), replace(TRAINED, gate=gated(loss=1.5, probes=1.0))
    assert compare_checks(old, new) == {"loss": (2.0, 1.5), "win": (0.5, None), "probes": (None, 1.0)}
    assert compare_checks(TRAINED, TRAINED) == {}


def test_changes_are_counted_by_source():
    old, new = {"c-1": "a", "c-2": "a", "c-3": "b"}, {"c-2": "a", "c-4": "b", "c-5": "b"}
    assert count_changes(old, new) == {"added": {"b": 2}, "removed": {"a": 1, "b": 1}, "kept": 1}


def test_the_curve_of_the_loss():
    assert find_curve(TRAINED) == [2.5, 1.5]
    assert find_curve(replace(TRAINED, training={"losses": [3.0, 1.0]})) == [3.0, 1.0]
    assert find_curve(replace(TRAINED, training={"losses": {"first": 1.0}})) == []
    assert find_curve(replace(TRAINED, training=None)) == []
