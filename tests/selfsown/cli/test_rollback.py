"""`selfsown rollback` from the outside."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from selfsown.cli.main import main
from selfsown.round import POINTER, Round, State, decide_previous, read_promoted, write_promoted, write_round

GATE = {"decision": "pass", "reason": "better", "judge": "j", "checks": []}


@pytest.fixture
def three(small: Path, plan) -> list[Round]:
    """Three rounds, each promoted after the one before; the third is live and committed."""
    made = []
    for number in (1, 2, 3):
        before = number - 1 or None
        gate = GATE | {"incumbent": before}
        made.append(write_promoted(small, Round(number, State.GATED, "2026-01-01", before, plan, gate=gate)))
    commit(small)
    return made


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)


def commit(root: Path) -> None:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", *identity, "commit", "--quiet", "-m", "rounds"], cwd=root, check=True)


def live(root: Path, rulebook) -> int | None:
    entry = read_promoted(root, rulebook.schemas["round"])
    return entry.number if entry else None


def changed(root: Path) -> list[str]:
    found = subprocess.run(["git", "status", "--porcelain"], cwd=root, check=True, capture_output=True, text=True)
    return found.stdout.split()


def test_only_the_pointer_moves(three, small, rulebook, capsys):
    assert main(["rollback"]) == 0
    said = capsys.readouterr()
    assert said.out == "0002\n"
    assert "training/promoted.json: 0003 → 0002" in said.err
    assert live(small, rulebook) == 2
    assert changed(small) == ["M", POINTER.as_posix()]


def test_repeated_before_a_commit_it_goes_no_further(three, small, rulebook, capsys):
    main(["rollback"])
    assert main(["rollback"]) == 0
    assert "live already" in capsys.readouterr().err
    assert live(small, rulebook) == 2
    commit(small)
    main(["rollback"])
    assert live(small, rulebook) == 1


def test_a_promotion_that_was_not_committed_is_taken_back(three, small, plan, rulebook):
    fourth = Round(4, State.GATED, "2026-01-02", 3, plan, gate=GATE | {"incumbent": 3})
    write_round(small, fourth)
    main(["promote"])
    assert live(small, rulebook) == 4
    main(["rollback"])
    assert live(small, rulebook) == 3


def test_a_round_that_was_rolled_back_from_is_not_gone_back_to(three, plan):
    fourth = Round(4, State.PROMOTED, "2026-01-02", 2, plan, gate=GATE | {"incumbent": 2})
    assert decide_previous([*three, fourth], fourth) == three[1]


def test_the_parent_counts_where_the_gate_names_no_other(three):
    again = replace(three[2], gate=GATE | {"incumbent": None})
    assert decide_previous(three, again) == three[1]
    assert decide_previous(three, replace(again, parent=None)) is None


def test_a_named_round_goes_live_however_old(three, small, rulebook, capsys):
    for _ in range(2):
        assert main(["rollback", "1"]) == 0
        assert live(small, rulebook) == 1
    assert "live already" in capsys.readouterr().err
    assert main(["rollback", "3"]) == 0
    assert live(small, rulebook) == 3


def test_none_can_be_live(three, small, rulebook):
    assert main(["rollback", "--none"]) == 0
    assert live(small, rulebook) is None
    assert main(["rollback", "--none"]) == 0


def test_before_the_first_there_is_nothing(three, small, rulebook, capsys):
    main(["rollback", "1"])
    commit(small)
    assert main(["rollback"]) == 2
    assert "no round was live before round 0001" in capsys.readouterr().err
    assert live(small, rulebook) == 1


def test_with_no_live_round_there_is_nothing_to_leave(capsys):
    assert main(["rollback"]) == 2
    assert "no round is live" in capsys.readouterr().err


@pytest.mark.parametrize("state", [State.TRAINED, State.GATED, State.REJECTED])
def test_what_was_never_live_is_refused(three, small, plan, state, rulebook, capsys):
    write_round(small, Round(9, state, "2026-01-01", None, plan))
    assert main(["rollback", "9"]) == 2
    assert "was never live" in capsys.readouterr().err
    assert live(small, rulebook) == 3
