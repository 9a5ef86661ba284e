"""What was decided since the parent round, and how judges compare on it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from selfsown import ledger
from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement, Unjudged
from selfsown.ledger import Drift, Outcome, choose_asked, decide_drift, find_ended, kendall_tau, read_decided
from selfsown.rating import Rating
from selfsown.repo import Repository
from selfsown.round import Round, State
from selfsown.shard import pack_shards, write_shard

DAY = "2026-09-01"


def chat(text: str) -> Conversation:
    return Conversation((Turn("user", text), Turn("assistant", f"about {text}")), "garden", "CC0-1.0", DAY)


def rating(of: Conversation, score: float, *, text: bool = False, rater: str = "someone", **facts: str) -> Rating:
    facts = {"role": "reader", "where": "pull/1", **facts}
    return Rating(of.id, score, {}, "", rater, source="garden", created=DAY, turns=of.turns if text else (), **facts)


class World:
    """A repository whose corpus grows."""

    def __init__(self, root: Path, commit_all, limits) -> None:
        commit_all(root)
        self.repository, self.limits = Repository(root), limits

    def add(self, *records: Conversation | Rating) -> str:
        kinds = {"original": Conversation, "ratings": Rating}
        shards = [
            shard
            for kind, of in kinds.items()
            for shard in pack_shards(kind, [entry for entry in records if isinstance(entry, of)], self.limits)
        ]
        for shard in shards:
            write_shard(self.repository.root, shard)
        return self.repository.write_commit([shard.path for shard in shards], "Add")

    def withdraw(self, of: Conversation) -> str:
        path = self.repository.root / f"corpus/withdrawn/2026-09/{of.id}.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        return self.repository.write_commit([path.relative_to(self.repository.root).as_posix()], "Withdraw")

    def decided(self, commit: str, since: str | None = None) -> dict[str, tuple[Outcome | None, float | None]]:
        found = read_decided(self.repository, commit, since, accepted=5.0)
        assert [entry.conversation.id for entry in found] == sorted(entry.conversation.id for entry in found)
        return {entry.conversation.turns[0].content: (entry.outcome, entry.score) for entry in found}


@pytest.fixture
def world(tmp_path, commit_all, rulebook, monkeypatch):
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "test@selfsown.example")
    return World(tmp_path / "world", commit_all, rulebook.policy.limits)


def test_a_merge_a_decline_and_a_rating_are_told_apart(world):
    poor, fine = chat("poor"), chat("fine but never merged")
    commit = world.add(
        chat("merged"),
        chat("merged and rated"),
        rating(chat("merged and rated"), 8),
        rating(poor, 2, text=True),
        rating(fine, 9, text=True),
        rating(chat("unknown"), 3),
    )
    assert world.decided(commit) == {
        "merged": (Outcome.MERGED, None),
        "merged and rated": (Outcome.MERGED, 8.0),
        "poor": (Outcome.DECLINED, 2.0),
        "fine but never merged": (None, 9.0),
    }


def test_only_what_is_new_since_the_parent_counts(world):
    old = chat("old")
    before = world.add(old, rating(old, 2))
    after = world.add(chat("new"), rating(old, 9, rater="another"))
    assert world.decided(after, before) == {"new": (Outcome.MERGED, None), "old": (None, 9.0)}
    assert world.decided(after, after) == {}
    assert world.decided(after)["old"] == (Outcome.MERGED, 5.5)


def test_authors_about_their_own_and_what_was_withdrawn_count_as_nothing(world):
    own, gone = chat("own"), chat("gone")
    world.add(own, gone, rating(own, 10, role="author"), rating(gone, 1))
    assert world.decided(world.withdraw(gone)) == {"own": (Outcome.MERGED, None)}


def test_of_very_many_some_are_asked_about_the_same_ones_every_time(monkeypatch):
    monkeypatch.setattr(ledger, "MOST_RATED", 3)
    monkeypatch.setattr(ledger, "MOST_UNRATED", 2)
    decided = [ledger.Decided(chat(str(number)), Outcome.MERGED, 5.0 if number % 2 else None) for number in range(20)]
    asked = choose_asked(decided)
    assert [entry.score for entry in asked].count(None) == 2
    assert len(asked) == 5
    assert choose_asked(decided[::-1]) == asked
    assert choose_asked(decided[:4]) == tuple(sorted(decided[:4], key=lambda entry: entry.conversation.id))


def page(number: int, frozen: str | None) -> Round:
    return Round(number, State.GATED, DAY, None, {}, judging=frozen and {"frozen": frozen})


def test_another_frozen_judge_ends_the_series():
    rounds = [page(1, "a-1"), page(2, "b-1"), page(3, None), page(5, "c-1")]
    assert find_ended(rounds, 4, "b-1") is None
    assert find_ended(rounds, 4, "b-2") == "b-1"
    assert find_ended(rounds, 1, "b-2") is None


def said(judge: str, scores: list[float | None]) -> list[Judgement | Unjudged]:
    return [
        Unjudged(f"c-{number}", judge, "away")
        if score is None
        else Judgement(f"c-{number}", judge, "r", {"answers": score / 2})
        for number, score in enumerate(scores)
    ]


def test_drift_is_one_number_over_what_both_judged():
    live = said("live-1", [1, 2, 0.5, 0.25, 0.75, None, 0.1])
    frozen = said("frozen-1", [0.9, 1.9, 0.6, 0.2, 0.7, 1, None])
    assert decide_drift(live, frozen) == Drift("frozen-1", 5, 1.0)
    assert decide_drift([*live, *said("other-1", [0.1] * 7)], frozen) == Drift("frozen-1", 5, 1.0)
    backwards = [*frozen[:5:-1], *frozen[5::-1]]
    assert decide_drift(live, backwards) == Drift("frozen-1", 5, 1.0), "by conversation, not by place"


def test_nothing_is_said_of_drift_where_it_means_nothing():
    live = said("live-1", [1, 2, 0.5, 0.25, 0.75])
    assert decide_drift(live, said("live-1", [1, 2, 0.5, 0.25, 0.75])) is None
    assert decide_drift(live, []) is None
    assert decide_drift([], live) is None
    assert decide_drift(live, said("frozen-1", [1, 1, 1, 1, 1])) is None
    assert decide_drift(live[:4], said("frozen-1", [1, 2, 0.5, 0.25])) is None


def test_tau_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    draw = random.Random(4)
    for _ in range(20):
        pairs = [(draw.randint(0, 6), draw.randint(0, 9) / 3) for _ in range(draw.randint(5, 30))]
        assert kendall_tau(pairs) == pytest.approx(stats.kendalltau(*zip(*pairs, strict=True)).statistic)
