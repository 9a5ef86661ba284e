"""`selfsown status` from the outside."""

from __future__ import annotations

import json
import subprocess

import pytest

from selfsown.cli.main import main
from selfsown.round import Round, State, write_promoted, write_round

CHECK = {
    "name": "held-out loss", "candidate": 2.0, "incumbent": 3.0, "difference": -1.0, "low": -1.1, "high": -0.9,
    "threshold": 0.0, "n": 9, "passed": True, "decides": True,
}  # fmt: skip
GATE = {"decision": "pass", "reason": "better [bold]by far[/bold]", "incumbent": None, "judge": "j", "checks": [CHECK]}


@pytest.fixture
def gated(plan) -> Round:
    return Round(1, State.GATED, "2026-01-01", None, plan, gate=GATE)


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)


def test_machines_read_one_object(small, capsys, gated):
    subprocess.run(["git", "branch", "submit/merged"], cwd=small, check=True)
    write_round(small, gated)
    write_promoted(small, gated)
    assert main(["status", "--format", "json"]) == 0
    assert not (small / ".selfsown" / "outbox.db").exists(), "looking makes no outbox"
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "format": 1, "branch": "main", "corpus": {"original": 50}, "submissions": [],
        "outbox": {
            "draft": 0, "rated": 0, "screened": 0, "submitted": 0, "merged": 0, "declined": 0, "withdrawn": 0,
            "oldest": None,
        },
        "rounds": {"0001": "promoted"}, "live": "0001", "drift": {},
        "vote": {
            "round": 1, "judge": "j", "has_vote": False, "against": None, "difference": None, "low": None, "n": 0,
        },
        "waits_for": "new conversations: `selfsown chat`, or `selfsown import`",
    }  # fmt: skip


def test_people_read_where_it_stands_and_what_is_next(small, capsys, gated):
    write_round(small, gated)
    assert main(["status"]) == 0
    said = capsys.readouterr()
    assert "50 conversations (at HEAD of main)" in said.out
    assert "live round   none yet" in said.out
    assert "[bold]" in said.out
    assert "the loop waits for round 0001 to be promoted: `selfsown promote 1`" in said.err


def test_people_read_whether_the_live_judge_has_a_vote(small, capsys, gated):
    write_round(small, gated)
    write_promoted(small, gated)
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert "The judge of round 0001 has no vote" in said
    assert "live ~ frozen" not in said


def test_a_broken_round_file_is_named(small, capsys, gated):
    write_round(small, gated).write_text("{")
    assert main(["status"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "0001.json" in said.err
