"""The contract of judging: in order, in batches, the judge asked only for what the cache does not know."""

from __future__ import annotations

import pytest

from selfsown.judge import BATCH, judge_all
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Unjudged


@pytest.fixture
def chats(say):
    return [say("q" * (number + 1), "An answer.") for number in range(2 * BATCH + 5)]


def test_answers_come_in_the_order_of_the_conversations(chats, counting, rulebook):
    answers = list(judge_all(chats, rulebook.rubric, counting))
    assert [answer.conversation for answer in answers] == [entry.id for entry in chats]
    assert [answer.score for answer in answers] == [pytest.approx((n + 1) / 10) for n in range(len(chats))]


def test_the_judge_is_asked_in_batches(chats, counting, rulebook):
    list(judge_all(chats, rulebook.rubric, counting))
    assert [len(batch) for batch in counting.asked] == [BATCH, BATCH, 5]


def test_a_judge_may_say_how_many_it_is_asked_at_once(chats, counting, rulebook):
    counting.batch = 30
    list(judge_all(chats, rulebook.rubric, counting))
    assert [len(batch) for batch in counting.asked] == [30, 7]


def test_nothing_to_judge_asks_nobody(counting, rulebook):
    assert list(judge_all([], rulebook.rubric, counting)) == []
    assert counting.asked == []


def test_answers_flow_before_the_last_conversation_is_read(chats, counting, rulebook):
    def endless():
        yield from chats
        pytest.fail("read ahead of what was asked for")

    answers = judge_all(endless(), rulebook.rubric, counting)
    assert next(answers).conversation == chats[0].id
    assert len(counting.asked) == 1


def test_only_what_the_cache_does_not_know_is_asked(chats, counting, rulebook, tmp_path):
    with JudgementCache(tmp_path / "cache.sqlite") as cache:
        first = list(judge_all(chats[:5], rulebook.rubric, counting, cache))
        counting.asked.clear()
        again = list(judge_all(chats[:8], rulebook.rubric, counting, cache))
    assert counting.asked == [[entry.id for entry in chats[5:8]]]
    assert [answer.conversation for answer in again] == [entry.id for entry in chats[:8]]
    assert again[:5] == first


def test_a_batch_that_is_known_asks_nobody(chats, counting, rulebook, tmp_path):
    with JudgementCache(tmp_path / "cache.sqlite") as cache:
        list(judge_all(chats, rulebook.rubric, counting, cache))
        counting.asked.clear()
        list(judge_all(reversed(chats), rulebook.rubric, counting, cache))
    assert counting.asked == []


def test_unjudged_is_a_value_is_never_cached_and_is_asked_again(say, counting, rulebook, tmp_path):
    chats = [say("fine", "An answer."), say("unjudgeable", "An answer.")]
    with JudgementCache(tmp_path / "cache.sqlite") as cache:
        fine, unjudged = judge_all(chats, rulebook.rubric, counting, cache)
        assert isinstance(fine, Judgement)
        assert unjudged == Unjudged(chats[1].id, counting.id, "it would not")
        assert not hasattr(unjudged, "score")
        assert "score" not in unjudged.to_json()
        counting.asked.clear()
        counting.refuses = "nothing now"
        _, judged = judge_all(chats, rulebook.rubric, counting, cache)
    assert counting.asked == [[chats[1].id]]
    assert isinstance(judged, Judgement)


def test_the_same_conversation_twice_is_answered_twice(say, counting, rulebook):
    entry = say("twice", "An answer.")
    answers = list(judge_all([entry, entry], rulebook.rubric, counting))
    assert answers[0] == answers[1]
    assert len(answers) == 2


@pytest.mark.parametrize("surplus", [-1, 1])
def test_a_judge_that_miscounts_is_found_out(chats, counting, rulebook, surplus, monkeypatch):
    right = counting.judge

    def wrong(conversations, rubric):
        answers = right(conversations, rubric)
        return answers[:-1] if surplus < 0 else [*answers, answers[0]]

    monkeypatch.setattr(counting, "judge", wrong)
    with pytest.raises(ValueError, match="zip"):
        list(judge_all(chats, rulebook.rubric, counting))
