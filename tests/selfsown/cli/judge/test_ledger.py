"""`selfsown judge ledger`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from selfsown.cli.main import main
from selfsown.round import Round, State, write_promoted, write_round
from selfsown.vote import TRIVIAL, check_name


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(small)


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.125, "high": value + 0.125, "n": 84}


def page(live: str, frozen: str = "features-1", restarted: str | None = None) -> dict[str, Any]:
    said = {"judged": 99, "unjudged": 1, "decisions": figure(0.75), "ratings": figure(0.5)}
    return {
        "live": live, "frozen": frozen, "own": "round-9", "restarted": restarted, "n": 100,
        "decided": {"merged": 90, "declined": 10, "rated": 84},
        "drift": {"frozen": figure(0.25), "own": None},
        "agreement": {"live": said, "frozen": {**said, "decisions": None}, "own": said},
    }  # fmt: skip


@pytest.fixture
def rounds(small, plan):
    checks = [
        {
            "name": check_name(name), "candidate": 0.8, "incumbent": 0.5, "difference": 0.3, "low": low, "high": 0.4,
            "threshold": 0.0, "n": 84, "passed": low > 0, "decides": False,
        }
        for name, low in zip(TRIVIAL, (0.1, -0.2, 0.3, 0.2), strict=True)
    ]  # fmt: skip
    gate = {"decision": "pass", "reason": "", "incumbent": None, "judge": "round-9", "checks": checks}
    entries = [
        Round(1, State.PROMOTED, "2026-01-01", None, plan, gate=gate, judging=page("features-1")),
        Round(2, State.REJECTED, "2026-01-02", 1, plan, gate=gate, judging=page("round-9", "features-2", "features-1")),
        Round(3, State.PLANNED, "2026-01-03", 1, plan),
    ]
    for entry in entries:
        write_round(small, entry)
    write_promoted(small, entries[0])
    return entries


def test_people_read_a_line_a_round_with_vote_drift_and_agreement(rounds, capsys):
    assert main(["judge", "ledger"]) == 0
    said = capsys.readouterr()
    first, second = (line for line in said.out.splitlines() if line.strip().startswith("000"))
    assert "the same" in first
    assert second.split()[1:] == ["no:", "0.25", "0.50", "0.50", "0.50", "0.75", "100"]
    below = said.out.splitlines()[said.out.splitlines().index(second) + 1]
    assert below.split() == ["longest", "0.12…0.38", "0.38…0.62", "0.38…0.62", "0.38…0.62", "0.62…0.88"]
    assert "frozen  features-2" in said.out
    assert "round 0002: another frozen judge than before (features-1)" in said.err
    assert "The judge of round 0001 has no vote: it is not better than the trivial judge `longest`" in said.err


def test_machines_read_an_object_a_round(rounds, capsys):
    assert main(["judge", "ledger", "--format", "json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["round"] for entry in found] == [1, 2, 3]
    assert found[0]["vote"]["has_vote"] is False
    assert found[1]["judging"] == rounds[1].judging
    assert found[2] == {"round": 3, "state": "planned", "vote": None, "judging": None}


def test_status_shows_it_too(rounds, capsys):
    assert main(["status"]) == 0
    assert "0.12…0.38" in capsys.readouterr().out
    assert main(["status", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["drift"] == {"0001": 0.25, "0002": 0.25}


def test_an_empty_ledger_says_who_fills_it(small, capsys):
    assert main(["judge", "ledger"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "`selfsown gate` writes a page" in said.err
    assert main(["judge", "ledger", "--picture", "ledger.svg"]) == 2


def test_the_picture_is_the_same_every_time(rounds, small, capsys):
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        assert main(["judge", "ledger", "--picture", name]) == 0
    one, two = ((small / name).read_bytes() for name in ("one.svg", "two.svg"))
    assert one == two
    assert b"<svg" in one
    assert main(["judge", "ledger", "--picture", "ledger.gif"]) == 2
