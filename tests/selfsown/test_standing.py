"""Where the loop stands and what it waits for most."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.repo import Repository
from selfsown.round import Round, State
from selfsown.standing import decide_next, read_standing

ENTRY = Round(7, State.PLANNED, "2026-01-01", None, {})


@pytest.mark.parametrize(
    ("state", "submissions", "ready", "words"),
    [
        (State.PLANNED, ("submit/a",), 2, "selfsown train"),
        (State.TRAINED, ("submit/a",), 2, "selfsown gate 7"),
        (State.GATED, ("submit/a",), 2, "selfsown promote 7"),
        (State.PROMOTED, ("submit/a",), 2, "selfsown review"),
        (State.REJECTED, ("submit/a",), 0, "selfsown review"),
        (State.PROMOTED, (), 2, "2 conversations"),
        (State.PROMOTED, (), 0, "selfsown import"),
        (State.REJECTED, (), 0, "selfsown import"),
        (None, (), 0, "the first round"),
        (None, (), 2, "selfsown submit"),
    ],
)
def test_the_loop_waits_for_the_nearest_step(state, submissions, ready, words):
    rounds = (replace(ENTRY, state=state),) if state else ()
    assert words in decide_next(rounds, submissions, ready)


def test_only_the_newest_round_counts():
    old = replace(ENTRY, number=6, state=State.TRAINED)
    assert "selfsown import" in decide_next((old, replace(ENTRY, state=State.PROMOTED)), (), 0)


def test_it_is_read_from_a_checkout(tmp_path, checkout, rulebook, kept):
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(checkout), str(tmp_path / "x")], check=True)
    entry = Conversation((Turn("user", "Hi"), Turn("assistant", "Hello.")), "chat", "CC0-1.0", "2026-01-01")
    kept(tmp_path / "x", entry)
    subprocess.run(["git", "branch", "submit/merged"], cwd=tmp_path / "x", check=True)
    with Repository(tmp_path / "x") as repository:
        standing = read_standing(repository, rulebook.schemas["round"])
    shards = (tmp_path / "x/corpus/original").rglob("*.jsonl")
    assert standing.corpus["original"] == sum(shard.read_bytes().count(b"\n") for shard in shards)
    assert standing.submissions == ()
    assert (standing.outbox.ready, standing.to_json()["outbox"]["screened"]) == (1, 1)
    assert standing.to_json()["format"] == 1
