"""Where the loop stands and what it waits for most."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.outbox.draft_files import write_draft
from selfsown.repo import Repository
from selfsown.round import Round, State
from selfsown.standing import decide_next, read_standing

ENTRY = Round(7, State.PLANNED, "2026-01-01", None, {})
DRAFTS = (Path("c-1.jsonl"), Path("c-2.jsonl"))


@pytest.mark.parametrize(
    ("state", "submissions", "drafts", "words"),
    [
        (State.PLANNED, ("submit/a",), DRAFTS, "selfsown train"),
        (State.TRAINED, ("submit/a",), DRAFTS, "selfsown gate 7"),
        (State.GATED, ("submit/a",), DRAFTS, "selfsown promote 7"),
        (State.PROMOTED, ("submit/a",), DRAFTS, "selfsown review"),
        (State.REJECTED, ("submit/a",), (), "selfsown review"),
        (State.PROMOTED, (), DRAFTS, "2 drafts"),
        (State.PROMOTED, (), (), "selfsown import"),
        (State.REJECTED, (), (), "selfsown import"),
        (None, (), (), "the first round"),
        (None, (), DRAFTS, "selfsown submit"),
    ],
)
def test_the_loop_waits_for_the_nearest_step(state, submissions, drafts, words):
    rounds = (replace(ENTRY, state=state),) if state else ()
    assert words in decide_next(rounds, submissions, drafts)


def test_only_the_newest_round_counts():
    old = replace(ENTRY, number=6, state=State.TRAINED)
    assert "selfsown import" in decide_next((old, replace(ENTRY, state=State.PROMOTED)), (), ())


def test_it_is_read_from_a_checkout(tmp_path, checkout, rulebook):
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(checkout), str(tmp_path / "x")], check=True)
    entry = Conversation((Turn("user", "Hi"), Turn("assistant", "Hello.")), "chat", "CC0-1.0", "2026-01-01")
    write_draft(tmp_path / "x", entry)
    subprocess.run(["git", "branch", "submit/merged"], cwd=tmp_path / "x", check=True)
    with Repository(tmp_path / "x") as repository:
        standing = read_standing(repository, rulebook.schemas["round"])
    shards = (tmp_path / "x/corpus/original").rglob("*.jsonl")
    assert standing.corpus["original"] == sum(shard.read_bytes().count(b"\n") for shard in shards)
    assert standing.submissions == ()
    assert standing.to_json()["drafts"] == [entry.id]
    assert standing.to_json()["format"] == 1
