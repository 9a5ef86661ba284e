"""`selfsown promote` from the outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.cli.main import main
from selfsown.round import POINTER, Round, State, read_promoted, write_round


@pytest.fixture
def gated(plan) -> Round:
    return Round(1, State.GATED, "2026-01-01", None, plan)


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)


def test_a_gated_round_goes_live_once(small, capsys, rulebook, gated):
    write_round(small, gated)
    assert main(["promote"]) == 0
    said = capsys.readouterr()
    assert said.out == "0001\n"
    assert "round 0001 is live" in said.err
    assert read_promoted(small, rulebook.schemas["round"]).number == 1
    assert main(["promote", "1"]) == 0
    assert "live already" in capsys.readouterr().err


def test_the_newest_is_meant_unless_one_is_named(small, capsys, rulebook, gated):
    for number in (1, 2):
        write_round(small, replace(gated, number=number))
    main(["promote"])
    assert capsys.readouterr().out == "0002\n"
    main(["promote", "1"])
    assert read_promoted(small, rulebook.schemas["round"]).number == 1
    assert "after round 0002" in capsys.readouterr().err


@pytest.mark.parametrize("state", [State.PLANNED, State.TRAINED, State.REJECTED])
def test_what_the_gate_has_not_passed_stays(small, capsys, state, gated):
    write_round(small, replace(gated, state=state))
    assert main(["promote"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"is {state}, not gated" in said.err
    assert not (small / POINTER).exists()


@pytest.mark.parametrize(("arguments", "words"), [([], "no round yet"), (["9"], "no round 0009")])
def test_no_such_round_is_2(arguments, words, capsys):
    assert main(["promote", *arguments]) == 2
    assert words in capsys.readouterr().err
