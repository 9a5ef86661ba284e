"""Whether the judge of a round has a say."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pytest

from selfsown.errors import BadConfig
from selfsown.repo import Repository
from selfsown.round import Round, State, write_promoted, write_round
from selfsown.vote import TRIVIAL, Vote, check_name, decide_vote, read_vote, render_vote, trivial_judges, without_vote

LOWS = {"features": 0.02, "longest": 0.01, "shortest": 0.2, "constant": 0.1}
PLAN = {
    "corpus": {
        "commit": "a" * 40, "conversations": 9, "conversations_digest": "0" * 12, "held_out": 3,
        "held_out_digest": "1" * 12, "ratings": 2, "ratings_digest": "2" * 12, "pairs": 1,
        "pairs_digest": "9" * 12, "sources": {"starter": 9}, "licenses": {"CC0-1.0": 9}, "human_share": 1.0,
        "left_out": {}, "pairs_left_out": {},
    },
    "recipe": {"name": "tiny", "digest": "3" * 12, "values": {}},
    "rubric": "4" * 12,
    "libraries": {},
}  # fmt: skip
LOSS = {
    "name": "held-out loss", "candidate": 2.0, "incumbent": 3.0, "difference": -1.0, "low": -1.1, "high": -0.9,
    "threshold": 0.0, "n": 9, "passed": True, "decides": True,
}  # fmt: skip


def gated(lows: Mapping[str, float]) -> Round:
    checks = [
        {
            "name": check_name(name), "candidate": 0.8, "incumbent": 0.5, "difference": low + 0.05, "low": low,
            "high": low + 0.1, "threshold": 0.0, "n": 84, "passed": low > 0, "decides": False,
        }
        for name, low in lows.items()
    ]  # fmt: skip
    gate = {"decision": "pass", "reason": "", "incumbent": None, "judge": "round-1", "checks": [LOSS, *checks]}
    return Round(7, State.GATED, "2026-01-01", None, PLAN, gate=gate)


def test_a_judge_that_beats_every_trivial_one_has_a_vote():
    vote = decide_vote(gated(LOWS))
    assert vote == Vote(7, "round-1", True, "longest", pytest.approx(0.06), 0.01, 84)
    assert vote.counts("round-1")


@pytest.mark.parametrize("name", TRIVIAL)
def test_one_that_is_not_beaten_beyond_doubt_takes_the_vote(name):
    vote = decide_vote(gated({**LOWS, name: -0.001}))
    assert (vote.has_vote, vote.against, vote.low) == (False, name, -0.001)
    assert not vote.counts("round-1")
    assert vote.counts("api-1"), "of another judge it says nothing"


@pytest.mark.parametrize("name", TRIVIAL)
def test_what_was_not_measured_is_not_beaten(name):
    lows = {other: low for other, low in LOWS.items() if other != name}
    assert decide_vote(gated(lows)) == Vote(7, "round-1", has_vote=False)


def test_before_the_gate_there_is_none():
    assert decide_vote(Round(7, State.TRAINED, "2026-01-01", None, {})) is None


def test_a_round_with_another_judge_has_no_vote_until_it_is_gated_again():
    entry = gated(LOWS)
    left = without_vote(entry.gate)
    assert [check["name"] for check in left["checks"]] == ["held-out loss"]
    assert decide_vote(Round(7, State.GATED, "2026-01-01", None, {}, gate=left)).has_vote is False


def test_every_trivial_judge_answers_under_its_name(rulebook, build):
    judges = trivial_judges()
    assert tuple(judges) == TRIVIAL
    answers = [judge.judge([build.chat("why?", "because")], rulebook.rubric)[0] for judge in judges.values()]
    assert len({answer.judge.partition("-")[0] for answer in answers}) == len(TRIVIAL)


def test_the_sentence_says_beside_which_judge_and_by_how_much():
    assert render_vote(decide_vote(gated(LOWS))) == (
        "The judge of round 0007 has a vote: it ranks as people do more often than every trivial judge "
        "(`longest`: by +0.060, at least +0.010, on 84 ratings)."
    )
    assert "not better than the trivial judge `constant`" in render_vote(decide_vote(gated({**LOWS, "constant": -0.2})))
    assert "too little is rated" in render_vote(decide_vote(gated({})))


@pytest.fixture
def repository(tmp_path, commit_all):
    def make(*, pointer: bytes | None = None) -> Repository:
        entry = gated(LOWS)
        write_round(tmp_path, entry)
        write_promoted(tmp_path, entry)
        if pointer is not None:
            (tmp_path / "training/promoted.json").write_bytes(pointer)
        commit_all(tmp_path)
        return Repository(tmp_path)

    return make


def test_the_vote_is_that_of_the_round_that_is_live_at_the_ref_not_in_the_folder(repository, rulebook):
    with repository() as found:
        (found.root / "training/promoted.json").unlink()
        vote = read_vote(found, "HEAD", rulebook.schemas["round"])
    assert (vote.round, vote.has_vote) == (7, True)


def test_without_a_live_round_there_is_no_vote(repository, rulebook):
    with repository(pointer=b'{"format":1,"round":null}') as found:
        assert read_vote(found, "HEAD", rulebook.schemas["round"]) is None


def test_without_a_pointer_there_is_no_vote(tmp_path, commit_all, rulebook):
    commit_all(tmp_path)
    with Repository(tmp_path) as found:
        assert read_vote(found, "HEAD", rulebook.schemas["round"]) is None


@pytest.mark.parametrize("pointer", [b"{", orjson.dumps({"round": 8}), orjson.dumps({"round": "7"})])
def test_a_pointer_to_nothing_is_named(repository, rulebook, pointer):
    with repository(pointer=pointer) as found, pytest.raises(BadConfig, match=r"promoted\.json"):
        read_vote(found, "HEAD", rulebook.schemas["round"])
