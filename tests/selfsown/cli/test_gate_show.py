"""What `selfsown gate` says of a verdict that is there already: no model is needed to read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.cli.main import main
from selfsown.extras import install_command
from selfsown.round import Round, State, write_round
from selfsown_train.recipe import read_recipe

CHECK = {
    "name": "held-out loss", "candidate": 2.125, "incumbent": 3.25, "difference": -1.125, "low": -1.5, "high": -0.75,
    "threshold": -0.005, "n": 42, "passed": True, "decides": True,
}  # fmt: skip
GATE = {"decision": "pass", "reason": "better [1/3] by far", "incumbent": None, "judge": "j", "checks": [CHECK]}


@pytest.fixture
def gated(plan) -> Round:
    return Round(3, State.GATED, "2026-01-01", None, plan, gate=GATE)


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)


def test_a_verdict_is_shown_again_without_measuring_again(small, selfsown, gated):
    write_round(small, gated)
    found = selfsown("gate", at=small, bare=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout == ""
    for words in ("round 0003 beside the bare base", "2.125", "-1.125", "-1.500…-0.750", "42", "selfsown promote 3"):
        assert words in found.stderr
    assert "passed: better [1/3] by far" in found.stderr


def test_a_refusal_is_1_and_says_what_stays(small, capsys, gated):
    failed = GATE | {"decision": "refuse", "incumbent": 2, "checks": [CHECK | {"passed": False}]}
    write_round(small, replace(gated, state=State.REJECTED, gate=failed))
    assert main(["gate", "3"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "beside round 0002" in said.err
    assert "FAILED" in said.err
    assert "refused: better" in said.err
    assert "the live round stays" in said.err


def test_a_check_that_does_not_decide_says_yes_or_no(small, selfsown, gated):
    checks = [CHECK, CHECK | {"name": "judge against features", "decides": False, "passed": False}]
    write_round(small, replace(gated, state=State.PROMOTED, gate=GATE | {"checks": checks}))
    found = selfsown("gate", at=small)
    assert found.returncode == 0
    said = found.stderr
    assert "judge against features" in said
    assert "it is live" in said


def test_measuring_needs_the_extra(small, selfsown, gated, plan):
    values = dict(read_recipe(small / "training/recipes/tiny.toml", None).values)
    plan = plan | {"recipe": plan["recipe"] | {"values": values}}
    write_round(small, replace(gated, state=State.TRAINED, gate=None, plan=plan))
    found = selfsown("gate", at=small, bare=True)
    assert found.returncode == 3
    assert "this needs the 'train' extra" in found.stderr
    assert "Traceback" not in found.stderr


def test_chat_says_what_it_lacks_before_anything_is_typed(small, selfsown, gated):
    write_round(small, replace(gated, state=State.PROMOTED))
    found = selfsown("chat", "--round", "3", at=small, bare=True, input="Hello\n/end\n")
    assert found.returncode == 3
    assert f"tip: {install_command('chat')}" in found.stderr
    assert "you> Hello" not in found.stderr


@pytest.mark.parametrize(("arguments", "words"), [([], "no round yet"), (["9"], "no round 0009")])
def test_no_such_round_is_2(arguments, words, capsys):
    assert main(["gate", *arguments]) == 2
    assert words in capsys.readouterr().err
