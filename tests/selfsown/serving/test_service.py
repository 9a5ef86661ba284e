"""The service: consent, stop, retry, ends, idle chats, limits; and what is on the disk after each step."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from scripted_talker import JUDGE
from tests.selfsown.serving.conftest import ANSWERS

from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus
from selfsown.errors import SelfsownError, UsageError
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Unjudged
from selfsown.outbox.entry import OutboxError, State
from selfsown.serving.answer import Silent
from selfsown.serving.sitting import Busy, ChatFull, Gone
from selfsown.serving.sittings import network_of
from selfsown.serving.talker import LENGTH, STOPPED, WHOLE, Draw, Full, is_whole
from selfsown.vote import Vote

FRANCE, ITALY = "What is the capital of France?", "And of Italy?"


def texts(turns):
    return [turn.content for turn in turns]


def test_without_consent_nothing_is_ever_written(stage):
    token = stage.sit(publish=False)
    stage.talk(token)
    ending = stage.service.end(token)
    assert stage.entries() == []
    assert (ending.is_kept, ending.code) == (False, "")
    assert "did not agree" in ending.sentence
    assert ending.rating.own_score > 7
    assert ending.screened.refusal == ""


def test_with_consent_every_turn_is_on_the_disk_before_the_next_and_the_end_makes_it_screened(stage):
    token = stage.sit(train=True)
    stage.hear(token, FRANCE)
    (draft,) = stage.entries()
    assert (draft.state, len(draft.conversation.turns), draft.ended) == (State.DRAFT, 2, "")
    stage.hear(token, ITALY)
    (draft,) = stage.entries()
    assert draft.conversation.turns == stage.service.turns(token)
    ending = stage.service.end(token)
    (kept,) = stage.entries()
    assert (kept.state, kept.consent.train, kept.judge[:8]) == (State.SCREENED, True, "features")
    assert kept.conversation == ending.screened.conversation
    assert kept.conversation.ext["consent"] == {"publish": True, "train": True, "version": "1", "day": "2026-11-21"}
    assert kept.conversation.self_rating == ending.rating.own_score
    assert kept.conversation.model == "selfsown-round-0007"
    assert ending.is_kept
    assert ending.code
    assert stage.service.end(token) is ending
    assert len(stage.talker.rated) == 1


def test_training_goes_only_with_publishing(stage):
    token = stage.sit(publish=False, train=True)
    stage.talk(token)
    stage.service.consent(token, publish=True, train=False)
    stage.service.end(token)
    assert not stage.entries()[0].consent.train


def test_who_agrees_late_is_told_before_anything_is_written(stage):
    token = stage.sit(publish=False)
    stage.hear(token, FRANCE)
    told = stage.service.consent(token, publish=True, train=False)
    assert "so far" in told
    assert stage.entries() == []
    stage.hear(token, ITALY)
    assert len(stage.entries()[0].conversation.turns) == 4


def test_who_takes_consent_back_has_no_draft_any_more(stage):
    token = stage.sit()
    stage.hear(token, FRANCE)
    stage.service.consent(token, publish=False, train=False)
    assert stage.entries() == []
    stage.hear(token, ITALY)
    assert not stage.service.end(token).is_kept
    assert stage.entries() == []


@pytest.mark.parametrize("then", ["again", "leave", "idle"])
def test_consent_that_was_taken_back_while_the_disk_failed_publishes_nothing(stage, monkeypatch, then):
    token = stage.sit()
    stage.talk(token)
    with monkeypatch.context() as broken:
        broken.setattr(stage.outbox, "forget", _fail)
        with pytest.raises(OutboxError):
            stage.service.consent(token, publish=False, train=False)
        if then == "idle":
            stage.pass_minutes(600)
            with pytest.raises(OutboxError):
                stage.service.end_idle()
    if then == "again":
        stage.service.consent(token, publish=False, train=False)
        assert stage.entries() == []
    elif then == "leave":
        stage.service.leave(token)
    stage.pass_minutes(600)
    stage.service.end_idle()
    assert stage.entries() == []


def _fail(*_):
    raise OutboxError("the disk is full")


def test_less_consent_is_on_the_disk_at_once(stage):
    token = stage.sit(train=True)
    stage.hear(token, FRANCE)
    stage.service.consent(token, publish=True, train=False)
    assert not stage.entries()[0].consent.train
    assert stage.entries()[0].conversation.ext["consent"]["train"] is False


def test_consent_after_the_end_keeps_what_was_shown_without_asking_again(stage):
    token = stage.sit(publish=False)
    stage.talk(token)
    seen = stage.service.end(token)
    stage.service.consent(token, publish=True, train=True)
    ending = stage.service.end(token)
    assert ending.is_kept
    assert ending.rating is seen.rating
    assert len(stage.talker.rated) == 1
    with pytest.raises(Gone):
        stage.service.say(token, "More?")
    with pytest.raises(Gone, match="has ended"):
        stage.service.consent(token, publish=False, train=False)


def test_a_stopped_answer_stays_in_the_chat_and_is_never_published(stage):
    token = stage.sit()
    stage.hear(token, FRANCE)
    pieces = stage.service.say(token, ITALY)
    heard = next(pieces) + next(pieces)
    stage.service.stop(token)
    assert list(pieces) == []
    assert texts(stage.service.turns(token))[2:] == [ITALY, heard.strip()]
    assert texts(stage.entries()[0].conversation.turns) == texts(stage.service.turns(token))[:2]
    stage.hear(token, "Why is the sky blue?")
    assert len(stage.service.turns(token)) == 6
    ending = stage.service.end(token)
    assert len(ending.conversation.turns) == 2


def test_an_answer_that_met_its_limit_is_published_only_where_the_policy_says_so(stage):
    token = stage.sit()
    stage.hear(token, FRANCE)
    "".join(stage.service.say(token, ITALY, Draw(most_tokens=2)))
    assert len(stage.service.turns(token)) == 4
    assert texts(stage.entries()[0].conversation.turns) == texts(stage.service.turns(token))[:2]
    lenient = replace(stage.service._policy, cut_answers=True)
    assert (is_whole(LENGTH, lenient), is_whole(LENGTH, stage.service._policy)) == (True, False)
    assert (is_whole(WHOLE, stage.service._policy), is_whole(STOPPED, lenient)) == (True, False)


def test_a_first_answer_that_broke_off_is_told_as_the_reason(stage):
    token = stage.sit()
    "".join(stage.service.say(token, FRANCE, Draw(most_tokens=2)))
    assert stage.service.standing(token) == ("", "its first answer broke off")
    "".join(stage.service.retry(token))
    assert stage.service.standing(token)[0]


def test_another_answer_in_the_place_of_a_stopped_one_is_published(stage):
    token = stage.sit()
    pieces = stage.service.say(token, FRANCE)
    next(pieces)
    stage.service.stop(token)
    assert stage.entries() == []
    assert "".join(stage.service.retry(token)).startswith("Certainly.")
    assert stage.talker.asked[-1][1].temperature > 0
    assert texts(stage.entries()[0].conversation.turns)[1].startswith("Certainly.")


def test_a_stopped_retry_of_the_only_answer_takes_the_draft_away(stage):
    token = stage.sit()
    stage.hear(token, FRANCE)
    pieces = stage.service.retry(token)
    next(pieces)
    pieces.close()
    assert stage.entries() == []
    ending = stage.service.end(token)
    assert ending.sentence.startswith("Nothing is kept")
    assert not ending.is_kept
    assert ending.rating is not None


def test_stopped_before_a_word_the_chat_is_as_before(stage):
    token = stage.sit()
    pieces = stage.service.say(token, FRANCE)
    stage.service.stop(token)
    stage.service.stop(token)
    assert list(pieces) == []
    assert stage.service.turns(token) == ()
    stage.hear(token, FRANCE)


def test_an_answer_that_fails_leaves_the_chat_as_before(stage):
    token = stage.sit()
    stage.hear(token, FRANCE)
    before = stage.service.turns(token)

    def fail(turns, draw):
        raise SelfsownError("the model failed")

    def say_nothing(turns, draw):
        return ""

    known, stage.talker.say = stage.talker.say, fail
    with pytest.raises(SelfsownError, match="failed"):
        stage.hear(token, ITALY)
    with pytest.raises(SelfsownError, match="failed"):
        list(stage.service.retry(token))
    stage.talker.say = say_nothing
    with pytest.raises(Silent):
        stage.hear(token, ITALY)
    assert stage.service.turns(token) == before
    stage.talker.say = known
    stage.hear(token, ITALY)
    assert len(stage.entries()[0].conversation.turns) == 4


def test_a_reader_who_goes_away_stops_the_model(stage):
    token = stage.sit()
    pieces = stage.service.say(token, FRANCE)
    next(pieces)
    del pieces
    assert stage.talker.replies[-1].stopped.is_set()
    assert stage.service.turns(token)[1].content == "The"
    never_begun = stage.service.retry(token)
    del never_begun
    stage.hear(token, ITALY)


def test_only_one_answer_at_a_time_and_only_text(stage):
    token = stage.sit()
    pieces = stage.service.say(token, FRANCE)
    with pytest.raises(Busy):
        stage.service.say(token, ITALY)
    list(pieces)
    for no_text in ("", " \n", "half \ud83d of it"):
        with pytest.raises(UsageError):
            stage.service.say(token, no_text)
    with pytest.raises(UsageError, match="no answer"):
        stage.service.retry(stage.sit())
    with pytest.raises(Gone):
        stage.service.say("another token", FRANCE)


def test_a_chat_ends_where_a_record_would_be_full(stage, rulebook):
    token = stage.sit()
    with pytest.raises(ChatFull):
        stage.service.say(token, "x" * rulebook.policy.limits.record_bytes)
    for number in range(rulebook.policy.limits.turns // 2):
        stage.hear(token, f"Question {number}?")
    with pytest.raises(ChatFull):
        stage.service.say(token, "One more?")
    assert len(stage.entries()[0].conversation.turns) == rulebook.policy.limits.turns


def test_what_is_rated_low_is_not_kept(stage):
    stage.talker.say = lambda *_: "blah blah blah blah blah blah blah blah blah blah blah"
    token = stage.sit()
    stage.talk(token)
    ending = stage.service.end(token)
    assert not ending.is_kept
    assert "is the least that is submitted" in ending.sentence
    assert stage.entries()[0].state is State.DECLINED
    assert stage.entries()[0].conversation is None


def test_whose_word_counts_is_said_by_the_vote(stage):
    vote = Vote(7, JUDGE, has_vote=True)
    service = stage.start(vote=vote)
    stage.talker.judge = lambda conversation: Unjudged(conversation.id, JUDGE, "it is not a conversation")
    token = service.sit("", "")
    service.consent(token, publish=True, train=False)
    list(service.say(token, FRANCE))
    ending = service.end(token)
    assert ending.rating.own_decides
    assert "not a conversation" in ending.sentence
    assert stage.entries()[0].state is State.DECLINED


def test_personal_data_is_masked_and_marked(stage):
    token = stage.sit()
    stage.hear(token, "Write it to jo.smith@mail-of-jo.org: what is the capital of France?")
    ending = stage.service.end(token)
    sighting, echoed = ending.screened.sightings
    assert echoed.turn == 1
    assert ending.conversation.turns[0].content[sighting.start : sighting.end] == "jo.smith@mail-of-jo.org"
    (entry,) = stage.entries()
    assert "mail-of-jo" not in str(entry.conversation)
    assert "[e-mail address]" in entry.conversation.turns[0].content


def test_what_is_in_the_corpus_already_is_not_kept(stage):
    token = stage.sit()
    stage.talk(token)
    (entry,) = stage.entries()
    service = stage.start(Corpus(known={entry.conversation.id: "corpus/original/x.jsonl"}))
    stage.outbox.end(entry.key)
    assert service.end_idle() == 1
    assert stage.entries()[0].state is State.DECLINED
    assert "already" in stage.entries()[0].reason


@pytest.mark.parametrize("failure", ["rate", "unsure", "screen"])
def test_whatever_fails_at_the_end_is_gone_on_with_later(stage, monkeypatch, failure):
    token = stage.sit()
    stage.talk(token)

    def refuse(*_):
        raise Full("too much is being rated")

    if failure == "screen":
        monkeypatch.setattr("selfsown.serving.ending.screen", refuse)
    elif failure == "rate":
        stage.talker.judge = refuse
    else:
        stage.service = stage.start(vote=Vote(7, JUDGE, has_vote=True))
        token = stage.sit()
        stage.talk(token)
        stage.talker.judge = lambda conversation: Unjudged(conversation.id, JUDGE, "busy", retry=True)
    ending = stage.service.end(token)
    assert not ending.is_final
    assert ending.is_kept
    assert ending.code
    assert stage.entries()[-1].state is (State.RATED if failure == "screen" else State.DRAFT)
    monkeypatch.undo()
    stage.talker.judge = None
    stage.pass_minutes(1)
    assert stage.service.end_idle() == 1
    assert stage.entries()[-1].state is State.SCREENED
    again = stage.service.end(token)
    assert again.is_final
    assert again.is_kept
    assert stage.service.end_idle() == 0


def test_idle_chats_end_by_themselves(stage):
    agreed, silent = stage.sit(), stage.sit(publish=False)
    stage.talk(agreed)
    stage.talk(silent)
    stage.pass_minutes(14)
    assert stage.service.end_idle() == 0
    stage.hear(silent, "Why is the sky blue?")
    stage.pass_minutes(2)
    assert stage.service.end_idle() == 1
    assert stage.entries()[0].state is State.SCREENED
    assert stage.service.end(agreed).is_kept
    stage.pass_minutes(14)
    stage.service.end_idle()
    with pytest.raises(Gone, match="15 minutes"):
        stage.service.turns(silent)
    assert len(stage.talker.rated) == 1


def test_a_closed_page_leaves_what_was_agreed_to_and_nothing_else(stage):
    agreed, silent = stage.sit(), stage.sit(publish=False)
    stage.talk(agreed)
    stage.talk(silent)
    pieces = stage.service.say(agreed, "Why is the sky blue?")
    next(pieces)
    stage.service.leave(agreed)
    stage.service.leave(silent)
    stage.service.leave("nobody")
    assert list(pieces) == []
    assert stage.service.end_idle() == 1
    (entry,) = stage.entries()
    assert entry.state is State.SCREENED
    assert len(entry.conversation.turns) == 4


def test_drafts_of_a_killed_process_are_ended_and_rated(stage):
    token = stage.sit()
    stage.talk(token)
    restarted = stage.start()
    assert restarted.end_idle() == 0, "it may be the living chat of another process"
    stage.pass_minutes(16)
    assert restarted.end_idle() == 1
    assert stage.entries()[0].state is State.SCREENED
    assert restarted.end_idle() == 0


def test_a_conversation_is_withdrawn_by_its_code_at_any_time(stage):
    token = stage.sit()
    stage.talk(token)
    ending = stage.service.end(token)
    assert not stage.service.withdraw("AAAAA-AAAAA-AAAAA-AAAAA")
    assert not stage.service.withdraw(stage.entries()[0].key)
    assert stage.service.withdraw(ending.code.lower())
    assert stage.entries()[0].state is State.WITHDRAWN
    assert stage.entries()[0].conversation is None
    assert stage.service.end(token) == replace(
        ending, is_kept=False, code="", sentence=stage.service.end(token).sentence
    )
    assert stage.service.withdraw(ending.code)
    living = stage.sit()
    stage.hear(living, FRANCE)
    code, _ = stage.service.standing(living)
    assert stage.start().withdraw(code)
    stage.hear(living, ITALY)
    third = stage.sit()
    stage.hear(third, FRANCE)
    assert stage.service.withdraw(stage.service.standing(third)[0])
    for publish in (False, True):
        stage.service.consent(third, publish=publish, train=False)
    stage.hear(third, ITALY)
    assert stage.service.standing(third) == ("", "it was withdrawn")
    assert "withdrawn" in stage.service.end(third).sentence
    assert [entry.state for entry in stage.entries()] == [State.WITHDRAWN] * 3


def test_limits_of_a_day_are_told_and_the_chat_goes_on(stage, rulebook):
    rules = replace(rulebook, policy=replace(rulebook.policy, chat=replace(rulebook.policy.chat, person_day=1)))
    stage.service = stage.start(rules=rules)
    first = stage.sit(person="jo")
    stage.talk(first)
    second = stage.service.sit("jo", "192.0.2.9")
    assert "today" in stage.service.consent(second, publish=True, train=False)
    stage.talk(second)
    ending = stage.service.end(second)
    assert "today" in ending.sentence
    assert ending.rating is not None
    assert len(stage.entries()) == 1
    other = stage.sit(person="kim")
    stage.talk(other)
    assert stage.service.end(other).is_kept


def test_too_many_chats_the_oldest_idle_one_makes_room(stage, monkeypatch):
    monkeypatch.setattr(stage.service._sittings, "_most", 3)
    tokens = [stage.sit(address=f"192.0.2.{n}") for n in range(3)]
    stage.talk(tokens[0])
    with pytest.raises(Full):
        stage.service.sit("", "192.0.2.77")
    stage.pass_minutes(2)
    stage.hear(tokens[1], FRANCE)
    stage.service.sit("", "192.0.2.77")
    assert stage.service.turns(tokens[1])
    with pytest.raises(Gone):
        stage.service.turns(tokens[2])
    stage.service.sit("", "192.0.2.77")
    assert stage.service.end_idle() == 1, "the draft of the chat that had to go is rated"
    with pytest.raises(Gone):
        stage.service.turns(tokens[0])


def test_too_many_chats_one_that_has_ended_makes_room_before_one_that_goes_on(stage, monkeypatch):
    monkeypatch.setattr(stage.service._sittings, "_most", 2)
    living, ended = stage.sit(address="192.0.2.1"), stage.sit(address="192.0.2.2")
    stage.hear(ended, FRANCE)
    stage.service.end(ended)
    stage.service.sit("", "192.0.2.77")
    assert stage.service.is_open(living)
    with pytest.raises(Gone):
        stage.service.turns(ended)


def test_many_at_once_lose_nothing_and_mix_nothing(stage):
    most = 24

    def chat(number):
        token = stage.sit(person=f"p{number}", address="")
        for round_ in range(3):
            stage.hear(token, f"I am number {number} and this is question {round_}.")
        return token, stage.service.end(token)

    with ThreadPoolExecutor(most) as pool:
        ended = list(pool.map(chat, range(most)))
    kept = {entry.conversation.turns for entry in stage.entries(State.SCREENED)}
    assert len(kept) == len(stage.entries()) == most
    for number, (token, ending) in enumerate(ended):
        assert ending.conversation.turns in kept
        assert all(f"number {number} " in turn.content for turn in stage.service.turns(token))


def test_two_ends_at_once_are_one(stage):
    token = stage.sit()
    stage.talk(token)
    gate = threading.Barrier(4)

    def end(_):
        gate.wait()
        return stage.service.end(token)

    with ThreadPoolExecutor(4) as pool:
        assert len({id(ending) for ending in pool.map(end, range(4))}) == 1
    assert len(stage.talker.rated) == 1


def test_closing_the_service_leaves_drafts(stage):
    token = stage.sit()
    stage.hear(token, FRANCE)
    pieces = stage.service.say(token, ITALY)
    next(pieces)
    stage.service.start(0.01)
    stage.service.close()
    assert list(pieces) == []
    assert stage.entries()[0].state is State.DRAFT
    assert stage.entries()[0].conversation.turns[0] == Turn("user", FRANCE)


def test_nothing_that_was_said_is_logged(stage, caplog, monkeypatch):
    caplog.set_level(0)
    token = stage.sit()
    stage.hear(token, FRANCE)

    def break_disk(*_, **__):
        from selfsown.outbox.entry import OutboxError

        raise OutboxError("the disk is full")

    monkeypatch.setattr(stage.outbox, "keep", break_disk)
    stage.hear(token, ITALY)
    with pytest.raises(SelfsownError, match="disk"):
        stage.service.end(token)
    monkeypatch.undo()
    assert stage.service.end(token).is_kept
    assert "disk is full" in caplog.text
    assert "Italy" not in caplog.text
    assert len(stage.entries()[0].conversation.turns) == 4


def test_the_addresses_of_one_network_are_one():
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")
    assert [network_of(text) for text in ("192.0.2.1", "::ffff:192.0.2.1", "", "a name")] == [
        *("192.0.2.1", "192.0.2.1", "", "a name")
    ]


def test_who_withdraws_while_the_end_is_told_is_told_so(stage, monkeypatch):
    token = stage.sit()
    stage.talk(token)
    code = stage.service.standing(token)[0]
    read = stage.service._closing._fate

    def withdraw_meanwhile(entry):
        fate = read(entry)
        assert stage.service.withdraw(code)
        return fate

    monkeypatch.setattr(stage.service._closing, "_fate", withdraw_meanwhile)
    ending = stage.service.end(token)
    assert (ending.is_kept, ending.code, ending.sentence[:18]) == (False, "", "You have withdrawn")
    assert stage.service.end(token) == ending


def test_a_draft_that_cannot_be_rated_keeps_no_other_waiting(stage):
    agreed = Consent(publish=True, day="2026-11-21")
    for question in (FRANCE, ITALY):
        turns = (Turn("user", question), Turn("assistant", ANSWERS[question]))
        stage.outbox.keep(None, Conversation(turns, "chat", "CC0-1.0", "2026-11-21"), agreed)
    stage.pass_minutes(60)

    def judge(conversation):
        if conversation.turns[0].content == FRANCE:
            raise SelfsownError("the model failed")
        return FeaturesJudge().judge([conversation], stage.talker.rubric)[0]

    stage.talker.judge = judge
    with pytest.raises(SelfsownError, match="the model failed"):
        stage.service.end_idle()
    assert [entry.state is State.DRAFT for entry in stage.entries()] == [True, False]
