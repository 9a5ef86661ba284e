"""`selfsown round list`, `show` and `diff` from the outside."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from selfsown.cli.main import main
from selfsown.cli.round.show import render_curve, render_value
from selfsown.round import ROUNDS, Round, State, write_promoted, write_round
from selfsown_train.recipe import read_recipe

CHECK = {
    "name": "held-out loss", "candidate": 2.125, "incumbent": 3.25, "difference": -1.125, "low": -1.5, "high": -0.75,
    "threshold": -0.005, "n": 42, "passed": True, "decides": True,
}  # fmt: skip
GATE = {"decision": "pass", "reason": "better [1/3] by far", "incumbent": None, "judge": "j", "checks": [CHECK]}
TRAINING = {"rows": 9, "rows_used": 9, "steps": 4, "first_loss": 5.5, "last_loss": 2.25}


@pytest.fixture
def first(small: Path, plan: dict[str, Any]) -> Round:
    """A round of HEAD with the values of a real recipe, promoted."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=small, check=True, capture_output=True, text=True)
    recipe = read_recipe(small / "training/recipes/tiny.toml")
    values = orjson.loads(orjson.dumps(recipe.values))
    made = {
        **plan,
        "corpus": plan["corpus"] | {"commit": commit.stdout.strip(), "left_out": {"withdrawn": 3}},
        "recipe": {"name": "tiny", "digest": recipe.digest, "values": values},
        "libraries": {"torch": "2.13"},
    }
    entry = Round(1, State.GATED, "2026-01-01", None, made, training=TRAINING, gate=GATE)
    return write_promoted(small, entry)


@pytest.fixture
def second(small: Path, first: Round) -> Round:
    """The next one, after half of the shard has gone: another commit, another seed."""
    shard = next((small / "corpus/original").rglob("*.jsonl"))
    shard.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[:25]))
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", *identity, "commit", "--quiet", "-am", "less"], cwd=small, check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=small, check=True, capture_output=True, text=True)
    recipe = first.plan["recipe"]
    plan = {
        **first.plan,
        "corpus": first.plan["corpus"] | {"commit": commit.stdout.strip(), "conversations": 4},
        "recipe": recipe | {"values": recipe["values"] | {"seed": 1}},
    }
    gate = GATE | {"incumbent": 1, "checks": [CHECK | {"candidate": 1.75}]}
    entry = replace(first, number=2, state=State.REJECTED, parent=1, plan=plan, gate=gate)
    write_round(small, entry)
    return entry


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)


def test_no_round_is_listed_as_none(capsys):
    assert main(["round", "list"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "no round yet" in said.err


def test_the_list_says_which_is_live(second, capsys):
    assert main(["round", "list", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["live"] == 1
    assert [(entry["number"], entry["state"]) for entry in found["rounds"]] == [(1, "promoted"), (2, "rejected")]
    assert main(["round"]) == 0
    said = capsys.readouterr()
    assert "0002" in said.out
    assert "live: round 0001" in said.err


def test_show_tells_the_whole_provenance(first, small, selfsown):
    found = selfsown("round", "show", 1, at=small, bare=True)
    assert found.returncode == 0, found.stderr
    commit = first.plan["corpus"]["commit"]
    for words in ("promoted, live", commit, "left_out.withdrawn", "sft.learning_rate", "torch", "2.13", "last_loss"):
        assert words in found.stdout
    assert "better [1/3] by far" in found.stderr
    assert "-1.500…-0.750" in found.stderr


def test_show_draws_the_losses(first, small, capsys):
    losses = [[step, 5.5 - step / 4] for step in range(1, 14)]
    write_round(small, replace(first, training={**TRAINING, "losses": losses}))
    assert main(["round", "show", "1", "--picture", "loss.svg"]) == 0
    assert "wrote loss.svg" in capsys.readouterr().err
    assert (small / "loss.svg").read_text(encoding="utf-8").count('id="axes_') == 1
    assert main(["round", "show", "1", "--picture", "loss.txt"]) == 2


def test_show_for_machines_is_the_file(first, small, capsys):
    assert main(["round", "show", "1", "--format", "json"]) == 0
    assert capsys.readouterr().out.encode() == (small / ROUNDS / "0001.json").read_bytes()


def test_the_newest_is_shown_unless_one_is_named(second, capsys):
    assert main(["round", "show"]) == 0
    assert "round 0002: rejected; planned 2026-01-01, while round 0001 was live" in capsys.readouterr().out


def test_diff_names_the_data_that_went_and_the_value_that_changed(second, capsys):
    assert main(["round", "diff", "1", "2"]) == 0
    said = capsys.readouterr().out
    assert "conversations: 0 came," in said
    assert "of starter)" in said
    assert "seed" in said
    assert "20261121" in said
    assert "held-out loss" in said
    assert "libraries" not in said
    assert "sft.epochs" not in said


def test_diff_for_machines(second, capsys):
    assert main(["round", "diff", "1", "2", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["differences"]["recipe"] == {"seed": [20261121, 1]}
    assert found["measured"] == {"held-out loss": [2.125, 1.75]}
    data = found["data"]
    assert data["conversations"]["added"] == {}
    removed = data["conversations"]["removed"]["starter"] + data["held-out conversations"]["removed"]["starter"]
    assert removed == 25


def test_a_round_beside_itself_is_the_same(first, capsys):
    assert main(["round", "diff", "1", "1"]) == 0
    assert "the same in everything" in capsys.readouterr().out


def test_a_clone_without_the_commit_says_what_it_does_not_know(second, small, capsys):
    plan = {**second.plan, "corpus": second.plan["corpus"] | {"commit": "c" * 40}}
    write_round(small, replace(second, plan=plan))
    assert main(["round", "diff", "1", "2", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["data"] is None
    assert "is not known here: there is no commit" in said.err


@pytest.mark.parametrize("arguments", [["show", "9"], ["diff", "1", "9"]])
def test_no_such_round_is_2(arguments, first, capsys):
    assert main(["round", *arguments]) == 2
    assert "no round 0009" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), ([], "–"), (True, "yes"), (0.0050000001, "0.005"), (["a", "b"], "a, b"), ("\x1b[1m", "\\u{001B}[1m")],
)  # fmt: skip
def test_a_value_is_one_inert_line(value, words):
    assert render_value(value) == words


def test_a_curve_goes_from_high_to_low_and_is_no_wider_than_a_terminal():
    assert render_curve([3.0, 2.0, 1.0]) == "█▅▁"
    assert render_curve([1.0]) == "▁"
    assert len(render_curve([float(step) for step in range(1000)])) <= 60
