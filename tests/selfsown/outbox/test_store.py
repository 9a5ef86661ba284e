"""The outbox's steps: what each leaves, that it may be taken again, and what it refuses."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.selfsown.outbox.stage import LEAST, YES, Screening, bytes_of, chat, rating, screened

from selfsown.consent import Consent
from selfsown.judgement import Unjudged
from selfsown.outbox.entry import BEFORE, TEXTLESS, OutboxError, State, is_allowed
from selfsown.outbox.store import Outbox, new_key
from selfsown.policy import ChatPolicy
from selfsown.self_rating import SelfRating

POLICY = ChatPolicy(submit_score=LEAST, person_day=2, address_day=3, retention_days=30)


def test_a_life(outbox, clock):
    key = outbox.keep(None, chat("Hi", "Hello."), YES, person=outbox.pseudonym("ada"))
    assert re.fullmatch("o-[0-9a-f]{32}", key)
    assert outbox.keep(key, chat("Hi", "Hello.", "And?", "Bye."), YES) == key
    clock.now += timedelta(minutes=5)
    outbox.end(key)
    assert outbox.rate(key, rating(9.0, 8.0), LEAST) is State.RATED
    assert outbox.screen(key, Screening(chat("Hi", "[name]"), ("name",))) is State.SCREENED
    entry = outbox.read(key)
    assert (entry.rating, entry.judge, entry.flags, entry.kinds) == (9.0, "features", ("short",), ("name",))
    assert (entry.created, entry.ended) == ("2026-01-01T12:00:00Z", "2026-01-01T12:05:00Z")
    assert entry.conversation.turns == chat("Hi", "[name]").turns
    assert (entry.conversation.self_rating, entry.conversation.ext) == (8.0, YES.to_ext())
    outbox.plan("submit/chat-1", [key])
    assert (outbox.read(key).state, outbox.read(key).published) == (State.SCREENED, chat("Hi", "[name]").id)
    outbox.submit("submit/chat-1", 7)
    assert (outbox.read(key).state, outbox.read(key).pull) == (State.SUBMITTED, 7)
    outbox.merge(key)
    entry = outbox.read(key)
    assert (entry.state, entry.conversation, entry.published) == (State.MERGED, None, chat("Hi", "[name]").id)
    assert outbox.counts() == {state: int(state is State.MERGED) for state in State}


def test_what_nobody_agreed_to_is_not_kept(outbox):
    with pytest.raises(OutboxError, match="no consent to publish"):
        outbox.keep(None, chat("Hi", "Hello."), Consent())
    assert outbox.find() == []


def test_a_draft_taken_back_is_gone(outbox, tmp_path):
    key = outbox.keep(None, chat("a secret of mine", "Hello."), YES)
    assert b"a secret of mine" in bytes_of(tmp_path)
    outbox.forget(key)
    outbox.forget(key)
    assert (outbox.read(key), outbox.find()) == (None, [])
    assert b"a secret of mine" not in bytes_of(tmp_path)
    ended = screened(outbox, "Hi", "Hello.")
    with pytest.raises(OutboxError, match="no draft any more"):
        outbox.forget(ended)


def test_the_latest_consent_of_a_draft_counts(outbox):
    key = outbox.keep(None, chat("Hi", "Hello."), YES)
    outbox.keep(key, chat("Hi", "Hello."), Consent(publish=True, train=False, day="2026-01-02"))
    entry = outbox.read(key)
    assert (entry.consent.train, entry.conversation.ext["consent"]["train"]) == (False, False)


def test_what_is_rated_too_low_or_cannot_be_rated_is_declined(outbox, tmp_path):
    low = outbox.keep(None, chat("dull", "Hello."), YES)
    assert outbox.rate(low, rating(6.9), LEAST) is State.DECLINED
    assert outbox.read(low).reason == "it was rated 6.9 of 10, and 7 is the least that is submitted"
    odd = outbox.keep(None, chat("odd", "Hello."), YES)
    silent = Unjudged("c-1", "features", "too long")
    assert outbox.rate(odd, SelfRating(silent, silent, None), LEAST) is State.DECLINED
    assert (outbox.read(odd).rating, outbox.read(odd).reason) == (None, "it could not be rated: too long")
    assert b"dull" not in bytes_of(tmp_path)


def test_what_screening_refuses_is_declined_with_its_sentence(outbox, tmp_path):
    key = outbox.keep(None, chat("my password is", "Hello."), YES)
    outbox.rate(key, rating(), LEAST)
    assert outbox.screen(key, Screening(chat("x", "y"), ("password",), "a password in turn 1")) is State.DECLINED
    entry = outbox.read(key)
    assert (entry.reason, entry.kinds, entry.conversation) == ("a password in turn 1", ("password",), None)
    assert b"my password is" not in bytes_of(tmp_path)


def test_what_was_masked_is_in_no_file(outbox, tmp_path):
    key = outbox.keep(None, chat("I am ada@garden.example", "Hello."), YES)
    outbox.rate(key, rating(), LEAST)
    outbox.screen(key, Screening(chat("I am [e-mail address]", "Hello."), ("e-mail address",)))
    assert b"ada@garden.example" not in bytes_of(tmp_path)
    assert b"[e-mail address]" in bytes_of(tmp_path)


STEPS = {
    "keep": lambda outbox, key: outbox.keep(key, chat("Hi", "Hello."), YES),
    "end": lambda outbox, key: outbox.end(key),
    "rate": lambda outbox, key: outbox.rate(key, rating(), LEAST),
    "low": lambda outbox, key: outbox.rate(key, rating(1.0), LEAST),
    "screen": lambda outbox, key: outbox.screen(key, Screening(chat("Hi", "Hello."))),
    "refuse": lambda outbox, key: outbox.screen(key, Screening(chat("Hi", "Hello."), refusal="no")),
    "plan": lambda outbox, key: outbox.plan("submit/b", [key]),
    "release": lambda outbox, _: outbox.release("submit/b"),
    "submit": lambda outbox, _: outbox.submit("submit/b", 3),
    "recall": lambda outbox, _: outbox.recall("submit/b"),
    "merge": lambda outbox, key: outbox.merge(key),
    "decline": lambda outbox, key: outbox.decline(key, "why"),
    "withdraw": lambda outbox, key: outbox.withdraw(key),
}
BACK = {(State.SUBMITTED, State.SCREENED)}  # recall


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=3, max_size=12))
def test_no_order_of_steps_leads_where_none_may_lead(tmp_path_factory, names):
    with Outbox(tmp_path_factory.mktemp("life") / "outbox.db") as outbox:
        key = outbox.keep(None, chat("Hi", "Hello."), YES)
        for name in names:
            before = outbox.read(key)
            try:
                STEPS[name](outbox, key)
            except OutboxError:
                assert outbox.read(key) == before, "what is refused changes nothing"
                continue
            after = outbox.read(key)
            moved = (before.state, after.state)
            assert before.state == after.state or is_allowed(*moved) or moved in BACK
            assert (after.conversation is None) == (after.state in TEXTLESS)
            assert after.batch != "" or after.state is not State.SUBMITTED
            assert after.published != "" or after.batch == ""
            try:
                STEPS[name](outbox, key)
            except OutboxError:
                assert name in ("submit", "plan")  # what was undone, or went on, is not done again
            assert outbox.read(key) == after, "the same step again changes nothing"


@pytest.mark.parametrize("name", sorted(set(STEPS) - {"submit", "release", "recall", "plan"}))
def test_the_word_of_who_withdraws_is_the_last(outbox, name):
    key = screened(outbox, "Hi", "Hello.")
    outbox.withdraw(key)
    before = outbox.read(key)
    STEPS[name](outbox, key)
    assert outbox.read(key) == before
    assert before.state is State.WITHDRAWN


@pytest.mark.parametrize("name", ["end", "rate", "screen", "merge", "decline", "withdraw", "plan"])
def test_a_key_that_is_not_there_is_named(outbox, name):
    with pytest.raises(OutboxError, match="no entry o-gone"):
        STEPS[name](outbox, "o-gone")


def test_every_state_can_be_withdrawn_from():
    assert BEFORE[State.WITHDRAWN] == set(State) - {State.WITHDRAWN}


def test_a_withdraw_code_finds_its_entry_and_no_other(outbox, tmp_path):
    keys = [screened(outbox, f"Hi {number}", "Hello.") for number in range(5)]
    codes = [outbox.code(key) for key in keys]
    assert all(re.fullmatch("(?:[A-Z2-7]{5}-){3}[A-Z2-7]{5}", code) for code in codes)
    assert [outbox.find_code(f" {code.lower().replace('-', ' ')}") for code in codes] == keys
    assert [outbox.find_code(wrong) for wrong in ("", "AAAAA-AAAAA-AAAAA-AAAAA", keys[0])] == [None] * 3
    assert not any(code.replace("-", "").encode() in bytes_of(tmp_path) for code in codes)
    with Outbox(tmp_path / "outbox.db") as later:
        assert later.find_code(codes[2]) == keys[2]


def test_a_key_made_before_is_kept_once(outbox):
    key = new_key()
    assert outbox.keep(key, chat("Hi", "Hello."), YES) == outbox.keep(key, chat("Hi", "Hello."), YES) == key
    assert len(outbox.find()) == 1


def test_entries_are_found_by_state_and_batch_oldest_first(outbox):
    first, second, third = (screened(outbox, text, "Hello.") for text in ("a", "b", "c"))
    draft = outbox.keep(None, chat("d", "Hello."), YES)
    outbox.plan("submit/x", [second])
    assert [entry.key for entry in outbox.find()] == [first, second, third, draft]
    assert [entry.key for entry in outbox.find(State.SCREENED, batch="")] == [first, third]
    assert [entry.key for entry in outbox.find(batch="submit/x")] == [second]
    assert [entry.key for entry in outbox.find(State.DRAFT, State.MERGED)] == [draft]


def test_a_person_and_an_address_have_a_limit_of_a_day(outbox, clock):
    ada, home = outbox.pseudonym("ada"), outbox.pseudonym("192.0.2.7")
    assert ada == outbox.pseudonym("ada")
    assert outbox.pseudonym("") == ""
    for text in "ab":
        assert outbox.allowance(ada, home, POLICY) == ""
        outbox.keep(None, chat(text, "Hello."), YES, person=ada, address=home)
    assert outbox.allowance(ada, home, POLICY).startswith("2 conversations of yours were kept today")
    assert outbox.allowance(outbox.pseudonym("bob"), home, POLICY) == ""
    outbox.keep(None, chat("c", "Hello."), YES, address=home)
    assert "3 conversations from your network address" in outbox.allowance("", home, POLICY)
    assert outbox.allowance("", "", POLICY) == ""
    clock.now += timedelta(days=1)
    assert outbox.pseudonym("ada") != ada
    assert outbox.allowance(outbox.pseudonym("ada"), outbox.pseudonym("192.0.2.7"), POLICY) == ""


def test_nobody_can_be_followed_into_the_next_day(outbox, clock, tmp_path):
    ada = outbox.pseudonym("ada")
    key = outbox.keep(None, chat("a", "Hello."), YES, person=ada, address=ada)
    outbox.expire(POLICY)
    assert outbox.read(key).person == ada
    clock.now += timedelta(days=1)
    assert outbox.expire(POLICY) == 0
    entry = outbox.read(key)
    assert (entry.person, entry.address, entry.state) == ("", "", State.DRAFT)
    assert ada.encode() not in bytes_of(tmp_path)
    clock.now -= timedelta(days=1)
    assert outbox.pseudonym("ada") != ada, "the secret of the day is gone"


def test_what_was_not_submitted_in_time_is_deleted(outbox, clock, tmp_path):
    texts = ["of a draft", "of a screened one", "of a batch", "of a submission"]
    draft = outbox.keep(None, chat(texts[0], "Hello."), YES)
    waits, planned = screened(outbox, texts[1], "Hello."), screened(outbox, texts[2], "Hello.")
    out = screened(outbox, texts[3], "Hello.")
    outbox.plan("submit/out", [out])
    outbox.submit("submit/out", None)
    outbox.plan("submit/x", [planned])
    clock.now += timedelta(days=30)
    assert outbox.expire(POLICY) == 0
    clock.now += timedelta(seconds=1)
    fresh = outbox.keep(None, chat("fresh", "Hello."), YES)
    assert outbox.expire(POLICY) == 2
    assert outbox.expire(POLICY) == 0
    assert [outbox.read(key).state for key in (draft, waits)] == [State.DECLINED] * 2
    assert outbox.read(waits).reason == "it was not submitted within 30 days"
    assert [outbox.read(key).state for key in (planned, out, fresh)] == [State.SCREENED, State.SUBMITTED, State.DRAFT]
    assert [text.encode() in bytes_of(tmp_path) for text in texts] == [False, False, True, True]


def test_the_oldest_text_is_known(outbox, clock):
    assert outbox.oldest() == ""
    first = screened(outbox, "a", "Hello.")
    clock.now += timedelta(days=1)
    screened(outbox, "b", "Hello.")
    assert outbox.oldest() == "2026-01-01T12:00:00Z"
    outbox.withdraw(first)
    assert outbox.oldest() == "2026-01-02T12:00:00Z"
