"""The bot on the double: from the outbox to a pull request, and what becomes of it back into the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from github_double import truth
from tests.selfsown.bot.stage import DAY, NOW, PLANTS, chat, entry_of, near, put, states

from selfsown.bot import choose
from selfsown.bot.alone import alone
from selfsown.bot.learn import CLOSED, DROPPED, Fate
from selfsown.consent import Consent
from selfsown.github import GitHub
from selfsown.outbox.entry import State
from selfsown.policy import BotPolicy


def test_what_is_screened_becomes_one_pull_request(stage, outbox):
    stage.world.truth = truth
    keys = [put(outbox, chat(plant)) for plant in PLANTS[:2]]
    outcome = stage.run(outbox)
    [issue] = stage.open
    assert (outcome.pull, outcome.sent, outcome.sentence) == (1, 2, "pull request 1 is open, with 2 conversations")
    assert stage.brought(issue) == {chat(plant).id for plant in PLANTS[:2]}
    assert issue.title == "Add 2 conversations from `chats`".replace("`", "")
    assert {entry_of(outbox, key).state for key in keys} == {State.SUBMITTED}
    assert stage.run(outbox).sentence == "pull request 1 waits for people"
    stage.merge(1)
    [learned] = stage.run(outbox).learned
    assert (learned.fate, learned.pull) == (Fate.MERGED, 1)
    assert set(states(outbox).values()) == {State.MERGED}
    assert stage.branches == set()
    assert stage.run(outbox).sentence == "nothing to send"
    assert len(stage.ours) == 1
    stage.world.truth = None


def test_the_body_says_where_it_comes_from_and_nothing_of_the_text(stage, outbox):
    put(outbox, chat("garlic"), kinds=("e-mail address",))
    put(outbox, replace(chat("beans"), model="`@mira` <img src=x>"), Consent(publish=True, train=False, day=DAY))
    stage.run(outbox)
    body = stage.open[0].body
    for words in ("`chats`", "`CC0-1.0`", "version `1`", "1 of 2", "`selfsown-round-0007`", "`features-1`: 9.0 to 9.0"):
        assert words in body
    assert "`e-mail address` in 1" in body
    assert {chat(plant).id in body for plant in ("garlic", "beans")} == {True}
    assert "`` `@mira` <img src=x> ``" in body, "what did not come from us stands in code"
    assert "clove" not in body
    assert "in 1 |\n\nTo leave one out" in body, "the table ends before the text begins"


def test_one_open_batch_at_a_time_and_the_oldest_first(stage, outbox):
    keys = []
    for plant in PLANTS[:5]:
        keys.append(put(outbox, chat(plant)))
        stage.clock.now += timedelta(minutes=1)
    first = stage.run(outbox)
    assert (first.sent, dict(first.waits)) == (3, {choose.NEXT_BATCH: 2})
    assert {key for key in keys if entry_of(outbox, key).state is State.SUBMITTED} == set(keys[:3])
    second = stage.run(outbox)
    assert (second.pull, second.sent, dict(second.waits)) == (first.pull, 0, {choose.NEXT_BATCH: 2})
    stage.merge(1)
    assert stage.run(outbox).sent == 2
    assert [issue.number for issue in stage.open] == [2]


def test_a_person_has_time_to_think_again(stage, outbox):
    stage.clock.now = NOW - timedelta(minutes=stage.policy.chat.hold_minutes - 1)
    put(outbox, chat("garlic"))
    assert stage.run(outbox).sent == 0
    assert stage.run(outbox, now=NOW + timedelta(minutes=1)).sent == 1


def test_lines_that_were_left_out_are_learned(stage, outbox):
    keys = [put(outbox, chat(plant)) for plant in PLANTS[:3]]
    stage.run(outbox)
    stage.drop(stage.open[0], lambda chats: next(one for one in chats if one.id == chat("onions").id))
    stage.merge(1, "squash")
    stage.run(outbox)
    assert [entry_of(outbox, key).state for key in keys] == [State.MERGED, State.DECLINED, State.MERGED]
    assert entry_of(outbox, keys[1]).reason == DROPPED
    put(outbox, chat("onions"))
    assert dict(stage.run(outbox).declined) == {choose.SENT_BEFORE: 1}


def test_a_closed_pull_request_is_a_no(stage, outbox):
    key = put(outbox, chat("garlic"))
    stage.run(outbox)
    stage.close(1)
    assert [it.fate for it in stage.run(outbox).learned] == [Fate.CLOSED]
    assert (entry_of(outbox, key).state, entry_of(outbox, key).reason) == (State.DECLINED, CLOSED)
    assert stage.branches == set()


def test_who_withdraws_is_taken_out_and_the_rest_goes_on(stage, outbox):
    keys = [put(outbox, chat(plant)) for plant in PLANTS[:3]]
    stage.run(outbox)
    outbox.withdraw(keys[1])
    outcome = stage.run(outbox)
    assert [it.fate for it in outcome.learned] == [Fate.FREE]
    old, new = stage.ours
    assert (old.state, new.state, outcome.sent) == ("closed", "open", 2)
    [said] = [it.body for it in stage.world.state.comments.values() if it.number == old.number]
    assert "a person has withdrawn 1 conversation of this submission" in said
    assert stage.brought(new) == {chat("garlic").id, chat("beans").id}
    assert len(stage.branches) == 1
    assert [entry_of(outbox, key).state for key in keys] == [State.SUBMITTED, State.WITHDRAWN, State.SUBMITTED]
    again = put(outbox, chat("onions"))
    stage.merge(new.number)
    stage.run(outbox)
    assert entry_of(outbox, again).reason == choose.SENT_BEFORE
    assert len(stage.ours) == 2


def test_who_withdraws_all_leaves_no_branch_behind(stage, outbox):
    keys = [put(outbox, chat(plant)) for plant in PLANTS[:2]]
    stage.run(outbox)
    for key in keys:
        outbox.withdraw(key)
    stage.run(outbox)
    assert (stage.open, stage.branches) == ([], set())
    requests = len(stage.world.writes)
    stage.run(outbox)
    assert len(stage.world.writes) == requests


def test_what_was_withdrawn_after_the_merge_is_named(stage, outbox):
    key = put(outbox, chat("garlic"))
    stage.run(outbox)
    stage.merge(1)
    outbox.withdraw(key)
    assert stage.run(outbox).to_erase == (chat("garlic").id,)
    stage.world.push("owner/corpus", "main", {f"corpus/withdrawn/2026-05/{chat('garlic').id}.json": "{}"})
    assert stage.run(outbox).to_erase == ()


def test_repeats_of_the_corpus_and_of_open_submissions(stage, outbox):
    put(outbox, chat("garlic"))
    stage.run(outbox)
    stage.merge(1)
    stage.run(outbox)
    in_corpus, nearly = put(outbox, chat("garlic")), put(outbox, near("garlic"))
    twice = put(outbox, chat("kale"))
    again, nearly_again = put(outbox, chat("kale")), put(outbox, near("kale"))
    from tests.selfsown.pull.stage import shards

    stage.world.push("mira/corpus", "beans", shards([chat("beans")], stage.policy), login="mira", parent=stage.main)
    number = stage.world.open_pull("owner/corpus", "mira:beans", login="mira")
    elsewhere, nearly_elsewhere = put(outbox, chat("beans")), put(outbox, near("beans"))
    outcome = stage.run(outbox)
    assert [entry_of(outbox, key).reason for key in (in_corpus, nearly)] == [choose.SENT_BEFORE, choose.REPEATS_CORPUS]
    assert entry_of(outbox, twice).state is State.SUBMITTED
    why = f"pull request {number} has it, or most of it: it waits for that"
    assert dict(outcome.waits) == {choose.GOES_FIRST: 2, why: 2}
    stage.close(number)
    stage.merge(outcome.pull)
    outcome = stage.run(outbox)
    assert entry_of(outbox, again).reason == choose.SENT_BEFORE
    assert entry_of(outbox, nearly_again).reason == choose.REPEATS_CORPUS
    assert entry_of(outbox, elsewhere).state is State.SUBMITTED
    assert entry_of(outbox, nearly_elsewhere).state is State.SCREENED


def test_a_file_too_large_for_a_patch_is_looked_into_all_the_same(stage, outbox):
    from tests.selfsown.pull.stage import shards

    stage.world.limits.file_bytes = 10
    stage.world.push("mira/corpus", "beans", shards([chat("beans")], stage.policy), login="mira", parent=stage.main)
    stage.world.open_pull("owner/corpus", "mira:beans", login="mira")
    put(outbox, chat("beans"))
    assert stage.run(outbox).sent == 0


@pytest.mark.parametrize(
    ("bot", "why"),
    [
        (BotPolicy(submission_day=1), choose.DAY_IS_FULL),
        (BotPolicy(open_submissions=1), choose.QUEUE_IS_FULL),
    ],
)
def test_the_limits_of_the_policy(stage, outbox, bot, why):
    from tests.selfsown.pull.stage import shards

    stage.world.push("mira/corpus", "kale", shards([chat("kale")], stage.policy), login="mira", parent=stage.main)
    stage.world.open_pull("owner/corpus", "mira:kale", login="mira")
    for plant in ("garlic", "beans"):
        put(outbox, chat(plant))
    rulebook, stage.rulebook = stage.rulebook, replace(stage.rulebook, policy=replace(stage.policy, bot=bot))
    stage.grounds.clear()
    outcome = stage.run(outbox)
    assert outcome.waits[why] == 2 - outcome.sent
    stage.rulebook = rulebook
    stage.grounds.clear()


def test_a_bot_without_rights_works_from_its_fork(stage, outbox):
    stage.who = "zoe"
    keys = [put(outbox, chat(plant)) for plant in PLANTS[:2]]
    stage.run(outbox)
    [issue] = stage.open
    assert (issue.pull.head_repository, stage.repository("zoe/corpus").branch("main")) == ("zoe/corpus", stage.main)
    outbox.withdraw(keys[0])
    stage.run(outbox)
    assert [it.state for it in stage.ours] == ["closed", "open"]
    stage.world.push("owner/corpus", "main", {"README.md": "newer"})
    stage.merge(2)
    stage.run(outbox)
    assert entry_of(outbox, keys[1]).state is State.MERGED
    assert stage.branches == set()


def test_two_runs_on_one_outbox_exclude_each_other(stage, outbox):
    put(outbox, chat("garlic"))
    with alone(outbox.path) as is_alone:
        assert is_alone
        outcome = stage.run(outbox)
    assert (outcome.is_busy, outcome.sentence) == (True, "another run of the bot is at work on this outbox")
    assert stage.run(outbox).sent == 1


def test_a_rule_that_changed_meanwhile(stage, outbox):
    good = put(outbox, chat("garlic"))
    bad = put(outbox, replace(chat("beans"), created="2031-01-01"))
    outcome = stage.run(outbox)
    assert (outcome.sent, entry_of(outbox, good).state) == (1, State.SUBMITTED)
    assert entry_of(outbox, bad).reason.startswith("it breaks the rule S405")


def test_limits_that_changed_after_a_batch_was_frozen(stage, outbox, monkeypatch):
    for plant in ("garlic", "beans"):
        put(outbox, chat(plant))
    with monkeypatch.context() as struck:
        struck.setattr(GitHub, "open_pull", strike_down)
        with pytest.raises(KeyboardInterrupt):
            stage.run(outbox)
    frozen = {f"refs/heads/{entry.batch}" for entry in outbox.find(State.SCREENED)}
    assert frozen <= stage.branches
    limits = replace(stage.policy.limits, submission_records=1)
    with monkeypatch.context() as changed:
        changed.setattr(stage, "rulebook", replace(stage.rulebook, policy=replace(stage.policy, limits=limits)))
        stage.grounds.clear()
        assert stage.run(outbox).sent == 1
        assert not frozen & stage.branches
    stage.grounds.clear()


def strike_down(*_):
    raise KeyboardInterrupt


def test_a_source_that_nobody_describes_waits_for_its_file(stage, outbox):
    put(outbox, chat("garlic", "chat-page"))
    outcome = stage.run(outbox)
    assert dict(outcome.waits) == {"nothing says where it comes from: write corpus/sources/chat-page.toml first": 1}


def test_without_consent_to_publish_nothing_goes(stage, outbox):
    key = put(outbox, chat("garlic"))
    with outbox.file.writing() as (connection, _):
        connection.execute("UPDATE entry SET publish = 0")
    stage.run(outbox)
    assert (entry_of(outbox, key).reason, stage.ours) == (choose.NO_CONSENT, [])
