"""What contributors are told of a round: the words, and that it is said once whatever is lost."""

# ruff: noqa: ARG002 - a fake takes what the protocol says

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from selfsown.effect import Effect, effect_marker, read_effects, render_effect, summarise_effects, tell
from selfsown.host import Account, Busy, Pull, Unsure
from selfsown.pull.pace import Pace
from selfsown.round import Round, State, render_round

ME = Account(1, "bot", True)
LOSS = {"before": 2.31, "after": 2.05, "difference": {"value": -0.26, "low": -0.31, "high": -0.2, "n": 9}}
SHARE = {"value": 0.58, "low": 0.3, "high": 0.8, "n": 6}
EFFECT = Effect("d" * 40, 9, 3, LOSS, {**LOSS, "after": 2.3}, SHARE)
PULL = Pull(7, "b" * 40, "x", "o/r", "main", "a" * 40, ME, False, False, "d" * 40, (), 1, "", "")


@pytest.fixture(scope="module")
def entry() -> Round:
    gate = {"decision": "pass", "reason": "it fell", "incumbent": 2, "judge": "j", "checks": []}
    return Round(3, State.GATED, "2026-11-21", 2, {}, gate=gate, effects=(EFFECT.to_json(),))


class Hub:
    """The comments of one pull request; faults strike when a comment is written."""

    def __init__(self, *faults: tuple[str, Exception]) -> None:
        self.posted: list[str] = []
        self.foreign: list[str] = []
        self.faults = list(faults)

    def me(self) -> Account:
        return ME

    def comments(self, number: int) -> list[Any]:
        told = [SimpleNamespace(author=Account(2, "ann", False), body=body) for body in self.foreign]
        return [*told, *(SimpleNamespace(author=ME, body=body) for body in self.posted)]

    def add_comment(self, number: int, body: str) -> int:
        if self.faults and self.faults[0][0] == "before":
            raise self.faults.pop(0)[1]
        self.posted.append(body)
        if self.faults:
            raise self.faults.pop(0)[1]
        return len(self.posted)


def quick() -> Pace:
    return Pace(sleep=lambda _: None, chance=lambda: 0.0)


def test_the_round_file_carries_what_is_told(entry, rulebook):
    assert read_effects(entry) == [EFFECT]
    schema = rulebook.schemas["round"]
    record = orjson.loads(render_round(entry))["effects"]
    assert record == [EFFECT.to_json()]
    broken = {**record[0], "own": {"before": 1.0}}
    whole = orjson.loads(render_round(entry)) | {"effects": [broken]}
    assert "effects[0].own" in {problem.field for problem in schema.problems(whole)}


def test_the_comment_names_the_round_its_fate_and_every_figure(entry):
    text = render_effect(entry, EFFECT)
    assert text.startswith(effect_marker(entry))
    for words in (
        "9 conversations",
        "3 are held out",
        "passed the gate",
        "2.310",
        "2.050",
        "-0.260",
        "58%",
        "round 0002",
    ):
        assert words in text, words
    refused = replace(entry, state=State.REJECTED, gate={**(entry.gate or {}), "incumbent": None})
    bare = render_effect(refused, Effect("d" * 40, 1, 0, LOSS, None, None))
    assert "refused by the gate" in bare
    assert "the bare base" in bare
    assert "1 conversation of" in bare
    assert "most like them" not in bare


def test_a_change_without_an_interval_says_why(entry, rulebook):
    alone = {**LOSS, "difference": {"value": -0.26, "low": None, "high": None, "n": 1}}
    effect = Effect("d" * 40, 1, 0, alone, None, None)
    assert "-0.260 (too few for an interval)" in render_effect(entry, effect)
    carried = replace(entry, effects=(effect.to_json(),))
    problems = rulebook.schemas["round"].problems(orjson.loads(render_round(carried)))
    assert not {problem.field for problem in problems if problem.field.startswith("effects")}


def test_all_merges_together_are_a_line_or_two():
    worse = {**LOSS, "difference": {"value": 0.1, "low": 0.05, "high": 0.2, "n": 9}}
    lines = list(summarise_effects([EFFECT, Effect("e" * 40, 2, 1, None, worse, None)]))
    assert lines == [
        "what it learned from: 2 merges, 11 conversations trained and 4 held out",
        "the loss, beyond doubt: on their own fell for 1 and rose for 0 of 1; on their neighbours fell for 1 and rose for 1 of 2",
    ]
    assert list(summarise_effects([])) == []
    assert list(summarise_effects([Effect("e" * 40, 0, 1, None, None, None)]))[1].endswith("was not measured")


def test_it_is_said_once_and_a_copied_marker_is_nobody(entry):
    hub = Hub()
    hub.foreign.append(render_effect(entry, EFFECT))
    assert tell(hub, PULL, entry, EFFECT, quick()) is True
    assert tell(hub, PULL, entry, EFFECT, quick()) is False
    assert tell(hub, PULL, replace(entry, number=4), EFFECT, quick()) is True
    assert len(hub.posted) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [Unsure("lost"), Busy("wait", wait=1.0)])
def test_a_lost_answer_makes_no_second_comment(entry, when, error):
    hub = Hub((when, error))
    tell(hub, PULL, entry, EFFECT, quick())
    assert len(hub.posted) == 1
