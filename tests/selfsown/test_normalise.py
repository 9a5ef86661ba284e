"""Turns are trimmed, cleaned and merged; what somebody meant stays."""

from __future__ import annotations

import pytest

from selfsown.formats.draft import Draft, Refused
from selfsown.normalise import Normal, clean_text, normalise


def normal(rulebook, *turns, merges_turns=False, weights=()) -> Normal:
    names = {"s": "system", "u": "user", "a": "assistant"}
    draft = Draft([(names[role], text) for role, text in turns], weights=list(weights))
    return normalise(draft, rulebook.policy.limits, merges_turns=merges_turns)


def said(result: Normal) -> list[str]:
    return [f"{message['role'][0]}:{message['content']}" for message in result.messages]


def test_the_ends_are_trimmed_to_exchanges_and_counted(rulebook):
    result = normal(rulebook, ("s", "s"), ("a", "x"), ("u", "q"), ("a", "a"), ("u", "y"))
    assert said(result) == ["s:s", "u:q", "a:a"]
    assert result.trimmed == ("answer before the first request", "request after the last answer")
    assert normal(rulebook, ("u", "q"), ("a", "a")).trimmed == ()


@pytest.mark.parametrize("turns", [[], [("u", "q")], [("a", "a")], [("s", "s")], [("a", "a"), ("u", "q")]])
def test_without_an_exchange_nothing_is_left(rulebook, turns):
    with pytest.raises(Refused) as refused:
        normal(rulebook, *turns)
    assert refused.value.reason == "no-exchange"


def test_turns_of_one_speaker_are_merged_only_where_that_is_customary(rulebook):
    turns = [("u", "q"), ("a", "one"), ("a", "two")]
    assert said(normal(rulebook, *turns, merges_turns=True)) == ["u:q", "a:one\n\ntwo"]
    assert said(normal(rulebook, *turns)) == ["u:q", "a:one", "a:two"]


def test_text_gets_one_spelling_and_keeps_what_it_hides(rulebook):
    assert clean_text(" \u00a0e\u0301\r\nb\rc\n\n", 0, 30) == "\u00e9\nb\nc"
    for hidden in ("a\u200b", "\u202ea", "a\x1f", "\x0ba"):
        assert clean_text(hidden, 0, 30) == hidden
    with pytest.raises(Refused, match="no text"):
        clean_text(" \r\n ", 0, 30)


def test_normalisation_is_guarded_against_marks_and_length(rulebook):
    with pytest.raises(Refused, match="combining marks"):
        clean_text("a" + "\u0301\u0323" * 16, 3, 30)
    with pytest.raises(Refused, match="longer than"):
        normal(rulebook, ("u", "q"), ("a", "\u0301" * 3_000_000))
    with pytest.raises(Refused, match="turns"):
        normal(rulebook, *[("u", "q"), ("a", "a")] * 1_000)


def test_weights_follow_their_answers_through_trimming(rulebook):
    turns = [("a", "x"), ("u", "q"), ("a", "a"), ("u", "q"), ("a", "b"), ("u", "y")]
    assert normal(rulebook, *turns, weights=[1, None, 0, None, 1, None]).weights == [0, 1]
