"""A round proposed as a pull request: which is due, what a training job may say, and exactly one pull request."""

# ruff: noqa: ARG002 - a fake takes what the protocol says

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from selfsown.host import Account, Busy, Pull, Refused, Unsure
from selfsown.proposal import (
    BadProposal,
    Candidate,
    decide_candidate,
    plan_digest,
    propose,
    read_proposed,
    render_proposal,
)
from selfsown.pull.pace import Pace
from selfsown.round import Round, State, render_round

PLAN: dict[str, Any] = {
    "corpus": {
        "commit": "a" * 40,
        "conversations": 9,
        "conversations_digest": "0" * 12,
        "held_out": 3,
        "held_out_digest": "1" * 12,
        "ratings": 2,
        "ratings_digest": "2" * 12,
        "pairs": 1,
        "pairs_digest": "9" * 12,
        "sources": {"starter": 9},
        "licenses": {"CC0-1.0": 9},
        "human_share": 1.0,
        "left_out": {"withdrawn": 1},
        "pairs_left_out": {},
    },
    "recipe": {"name": "tiny", "digest": "3" * 12, "values": {"seed": 1, "base": {"sources": ["starter"]}}},
    "rubric": "4" * 12,
}
CHECK = {
    "name": "held-out loss",
    "candidate": 1.5,
    "incumbent": 2.0,
    "difference": -0.5,
    "low": -0.6,
    "high": -0.4,
    "threshold": -0.005,
    "n": 30,
    "passed": True,
    "decides": True,
}
ROUND = Round(
    number=3,
    state=State.GATED,
    created="2026-11-21",
    parent=2,
    plan={**PLAN, "libraries": {"torch": "2.13.0"}},
    base={"name": "built:x", "revision": "", "digest": "5" * 12, "files": {"model.safetensors": "5" * 64}},
    adapter={"digest": "6" * 64, "files": {"adapter_model.safetensors": "7" * 64}},
    training={"rows": 9, "rows_used": 9, "steps": 3, "first_loss": 2.0, "last_loss": 1.0},
    gate={"decision": "pass", "reason": "the held-out loss fell", "incumbent": 2, "judge": "j", "checks": [CHECK]},
)
CANDIDATE = Candidate(3, PLAN)


def changed(path: str, value: Any, record: dict[str, Any] | None = None) -> dict[str, Any]:
    """The round's record with one value changed."""
    found = copy.deepcopy(record or orjson.loads(render_round(ROUND)))
    *folders, name = path.split(".")
    place = found
    for folder in folders:
        place = place[folder]
    place[name] = value
    return found


@pytest.fixture
def hand_over(tmp_path) -> Callable[..., Path]:
    def write(content: bytes | dict[str, Any], name: str = "0003.json") -> Path:
        folder = tmp_path / "round"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
        return folder

    return write


@pytest.fixture(scope="module")
def schema(rulebook):
    return rulebook.schemas["round"]


# -- what is due --------------------------------------------------------------------------------------------------------


def test_the_first_round_and_the_next():
    assert decide_candidate([], PLAN) == Candidate(1, PLAN)
    other = replace(ROUND, plan=changed("rubric", "9" * 12, dict(ROUND.plan)))
    assert decide_candidate([other], PLAN) == Candidate(4, PLAN)


@pytest.mark.parametrize("state", [State.TRAINED, State.GATED, State.REJECTED, State.PROMOTED])
def test_what_was_trained_is_not_due_again(state):
    assert decide_candidate([replace(ROUND, state=state)], PLAN) is None


def test_a_round_that_was_only_planned_gives_its_number_to_the_next():
    assert decide_candidate([replace(ROUND, state=State.PLANNED)], PLAN) == Candidate(3, PLAN)


@pytest.mark.parametrize(
    "path",
    [
        "corpus.conversations_digest",
        "corpus.held_out_digest",
        "corpus.ratings_digest",
        "corpus.pairs_digest",
        "recipe.digest",
        "rubric",
    ],
)
def test_other_conversations_recipe_or_rubric_are_another_round(path):
    assert plan_digest(changed(path, "f" * 12, PLAN)) != plan_digest(PLAN)


@pytest.mark.parametrize("path", ["corpus.commit", "corpus.left_out", "corpus.pairs_left_out", "recipe.name"])
def test_another_commit_with_the_same_conversations_is_the_same_round(path):
    assert plan_digest(changed(path, "other", PLAN)) == plan_digest(PLAN)
    assert Candidate(3, PLAN).branch == f"round/0003-{plan_digest(PLAN)}"


# -- what the training job hands over -----------------------------------------------------------------------------------


def test_a_round_reads_back(hand_over, schema):
    assert read_proposed(hand_over(render_round(ROUND)), CANDIDATE, schema) == ROUND


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("number", 4, "it is round 4, not 3"),
        ("plan.corpus.commit", "b" * 40, "its corpus is not what"),
        ("plan.corpus.conversations", 10, "its corpus is not what"),
        ("plan.recipe.values.seed", 2, "its recipe is not what"),
        ("plan.rubric", "5" * 12, "its rubric is not what"),
        ("state", "promoted", "it is promoted"),
        ("state", "trained", "it is trained"),
        ("state", "rejected", "it is rejected, and its gate says pass"),
        ("gate", None, "does not say how"),
        ("adapter", None, "does not say how"),
        ("extra", 1, "extra"),
        ("adapter.digest", "x", "adapter"),
        ("gate.checks", [{**CHECK, "low": "NaN"}], "low"),
    ],
)
def test_a_round_file_that_says_anything_else_is_refused(hand_over, schema, path, value, said):
    with pytest.raises(BadProposal, match=said):
        read_proposed(hand_over(changed(path, value)), CANDIDATE, schema)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"number": 3, "number": 3}',
        b'{"number": NaN}',
        b"[" * 100_000,
        b" " * 300_000 + b"{}",
        b"\xff\xfe{}",
    ],
    ids=["empty", "list", "half", "twice", "nan", "deep", "large", "utf-16"],
)
def test_a_file_that_is_no_small_strict_json_is_refused(hand_over, schema, content):
    with pytest.raises(BadProposal):
        read_proposed(hand_over(content), CANDIDATE, schema)


def test_a_second_file_another_name_a_link_and_a_pipe_are_refused(hand_over, schema, tmp_path):
    folder = hand_over(render_round(ROUND))
    (folder / "0004.json").write_bytes(b"{}")
    with pytest.raises(BadProposal, match="one file"):
        read_proposed(folder, CANDIDATE, schema)
    (folder / "0003.json").unlink()
    with pytest.raises(BadProposal, match="one file"):
        read_proposed(folder, CANDIDATE, schema)
    (folder / "0004.json").unlink()
    (tmp_path / "elsewhere.json").write_bytes(render_round(ROUND))
    (folder / "0003.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BadProposal, match="no plain file"):
        read_proposed(folder, CANDIDATE, schema)
    (folder / "0003.json").unlink()
    os.mkfifo(folder / "0003.json")
    with pytest.raises(BadProposal, match="no plain file"):
        read_proposed(folder, CANDIDATE, schema)
    with pytest.raises(BadProposal, match="cannot be read"):
        read_proposed(tmp_path / "nowhere", CANDIDATE, schema)


def test_what_the_training_job_wrote_stands_in_one_fence():
    text = "better ``` @everyone <img src=x> [link](https://bad.example)\n# Approved"
    title, body = render_proposal(replace(ROUND, gate={**(ROUND.gate or {}), "reason": text}))
    assert title == "Round 0003: passed the gate"
    before, fenced, after = body.split("````")
    assert "@everyone" in fenced
    assert not any(word in before + after for word in ("@everyone", "<img", "bad.example", "# Approved"))
    refused = replace(ROUND, state=State.REJECTED, gate={**(ROUND.gate or {}), "decision": "refuse", "incumbent": None})
    title, body = render_proposal(refused)
    assert title == "Round 0003: refused by the gate"
    assert "the bare base" in body
    assert "selfsown promote" not in body


# -- the pull request ---------------------------------------------------------------------------------------------------


class Hub:
    """As much of a Host as a proposal needs; `faults` are raised in their order, before or after a write is done."""

    def __init__(self, *faults: tuple[str, str, Exception]) -> None:
        self.branches: dict[str, tuple[str, dict[str, bytes]]] = {}
        self.opened: list[str] = []
        self.faults = list(faults)

    def _trip(self, call: str, when: str) -> None:
        if self.faults and self.faults[0][:2] == (call, when):
            raise self.faults.pop(0)[2]

    def pulls_from(self, branch: str) -> list[Pull]:
        self._trip("pulls_from", "before")
        nobody = Account(1, "owner", False)
        return [
            Pull(number, "b" * 40, branch, "o/r", "main", "a" * 40, nobody, True, False, None, (), 1, "", "")
            for number, name in enumerate(self.opened, 1)
            if name == branch
        ]

    def branch_sha(self, branch: str) -> str | None:
        return "c" * 40 if branch in self.branches else None

    def commit_files(self, branch: str, parent: str, files: dict[str, bytes], message: str) -> str:
        self._trip("commit_files", "before")
        if branch in self.branches:
            raise Refused("the branch exists", code=422)
        self.branches[branch] = (parent, files)
        self._trip("commit_files", "after")
        return "c" * 40

    def open_pull(self, branch: str, title: str, body: str) -> int:
        self._trip("open_pull", "before")
        if branch in self.opened:
            raise Refused("a pull request exists", code=422)
        self.opened.append(branch)
        self._trip("open_pull", "after")
        return len(self.opened)


def quick(**changes: Any) -> Pace:
    return replace(Pace(sleep=lambda _: None, chance=lambda: 0.0), **changes)


def test_a_round_is_proposed_once_with_its_file_alone():
    hub = Hub()
    assert propose(hub, CANDIDATE, ROUND, quick()) == 1
    assert propose(hub, CANDIDATE, ROUND, quick()) == 1
    assert hub.opened == [CANDIDATE.branch]
    assert hub.branches == {CANDIDATE.branch: ("a" * 40, {"training/rounds/0003.json": render_round(ROUND)})}


@pytest.mark.parametrize("call", ["commit_files", "open_pull"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [Unsure("lost"), Busy("wait", wait=1.0), Busy("wait")])
def test_a_lost_answer_or_a_rate_limit_makes_no_second_one(call, when, error):
    hub = Hub((call, when, error))
    assert propose(hub, CANDIDATE, ROUND, quick()) == 1
    assert hub.opened == [CANDIDATE.branch]
    assert len(hub.branches) == 1


def test_an_outage_is_raised_after_five_tries_and_a_long_wait_at_once():
    with pytest.raises(Unsure):
        propose(Hub(*[("pulls_from", "before", Unsure("down"))] * 5), CANDIDATE, ROUND, quick())
    assert propose(Hub(*[("pulls_from", "before", Unsure("down"))] * 4), CANDIDATE, ROUND, quick()) == 1
    with pytest.raises(Busy):
        propose(Hub(("open_pull", "before", Busy("wait", wait=3600.0))), CANDIDATE, ROUND, quick())


def test_a_refusal_is_raised():
    with pytest.raises(Refused):
        propose(Hub(("commit_files", "before", Refused("no right", code=403))), CANDIDATE, ROUND, quick())
    with pytest.raises(Refused):
        propose(Hub(("open_pull", "before", Refused("no", code=422))), CANDIDATE, ROUND, quick())
