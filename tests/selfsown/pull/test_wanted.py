"""What a pull request should show for a review."""

from __future__ import annotations

import pytest

from selfsown.finding import Level
from selfsown.host import StatusState
from selfsown.judgement import Unjudged
from selfsown.pull import sentences
from selfsown.pull.wanted import decide_failed, decide_wanted
from selfsown.render.markdown import render_markdown
from selfsown.review import Decision

SHARD = "corpus/original/2026-09/a7/garden-bot-a7f3c91e04bd.jsonl"


@pytest.fixture
def want(build, posted, reviewed, shown):
    def make(files=None, changed=1, **facts):
        review = reviewed(**facts)
        listed = shown(**{SHARD: 40}) if files is None else files
        return decide_wanted(
            review, build.rulebook.policy.review, posted.pull(changed_files=changed), listed, "https://x.example/1"
        )

    return make


@pytest.fixture
def one(build):
    return build.chat("how deep do I plant garlic?", "five centimetres, tip up")


def test_fine_is_a_success_that_waits_on_a_reviewer(want, build, one, posted):
    wanted = want(chats=[one], answers=[build.judged(one, 9)])
    assert wanted.head == posted.head
    assert (wanted.status.state, wanted.status.url) == (StatusState.SUCCESS, "https://x.example/1")
    assert wanted.label == "waiting:reviewer"
    assert (wanted.verdict.decision, wanted.verdict.comments) == (Decision.FINE, ())


def test_errors_are_a_failure_with_a_comment_on_their_line(want, build, one):
    wanted = want(chats=[one], answers=[build.judged(one, 9)], findings=[build.found(1)])
    assert (wanted.status.state, wanted.label) == (StatusState.FAILURE, "waiting:author")
    assert [(it.path, it.line) for it in wanted.verdict.comments] == [(SHARD, 1)]
    assert wanted.status.description == "Needs changes: 1 error to mend."


def test_a_person_s_look_is_no_failure(want, build, one):
    wanted = want(chats=[one], answers=[build.judged(one, 5)])
    assert (wanted.status.state, wanted.label) == (StatusState.SUCCESS, "waiting:reviewer")
    assert wanted.verdict.decision is Decision.HUMAN


def test_while_the_judge_is_silent_there_is_no_verdict(want, one):
    wanted = want(chats=[one])
    assert (wanted.status.state, wanted.label) == (StatusState.PENDING, "waiting:judge")
    assert wanted.verdict is None
    assert wanted.outstanding == sentences.outstanding()
    assert "Waiting on the judge" in wanted.sticky


def test_errors_are_told_though_the_judge_is_silent(want, build, one):
    other = build.chat("and onions?", "shallow, with the neck out")
    wanted = want(chats=[one, other], findings=[build.found(1)])
    assert (wanted.status.state, wanted.verdict.decision) == (StatusState.FAILURE, Decision.CHANGES)


def test_only_lines_of_the_diff_carry_a_comment(want, build, shown):
    chats = [build.chat(f"question {index}", "an answer") for index in range(6)]
    answers = [build.judged(chat, 1) for chat in chats]
    wanted = want(files=shown(**{SHARD: 2, "other.jsonl": 6}), changed=2, chats=chats, answers=answers)
    assert sorted(it.line for it in wanted.verdict.comments) == [1, 2]
    assert all(chat.turns[0].content in wanted.sticky for chat in chats)


def test_the_most_comments_are_counted_among_those_that_can_stand(want, build, shown):
    chats = [build.chat(f"question {index}", "an answer") for index in range(50)]
    answers = [build.judged(chat, index / 20) for index, chat in enumerate(chats)]
    wanted = want(files=[*shown(**{SHARD: 50})], chats=chats, answers=answers)
    assert len(wanted.verdict.comments) == build.rulebook.policy.review.inline_comments
    only_last = shown(**{SHARD: 1})
    wanted = want(files=only_last, chats=chats[::-1], answers=answers)
    assert [it.line for it in wanted.verdict.comments] == [1]


def test_a_path_that_is_shown_escaped_carries_no_comment(want, build, shown):
    hostile = "corpus/original/\u202etxt.jsonl"
    wanted = want(files=shown(**{hostile: 3}), findings=[build.found(2, path="corpus/original/\\u{202E}txt.jsonl")])
    assert wanted.verdict.comments == ()


def test_fewer_files_than_changed_are_told(want, build, one, shown):
    facts = {"chats": [one], "answers": [build.judged(one, 5)]}
    assert "a maintainer has to look" not in want(**facts).verdict.body
    assert "GitHub lists 1 of the 4 changed files" in want(changed=4, **facts).verdict.body


def test_the_sticky_is_the_whole_review_and_the_description_fits(want, build, one, reviewed):
    facts = {"chats": [one], "answers": [Unjudged(one.id, "local-1", "it timed out")]}
    wanted = want(**facts)
    assert wanted.sticky == render_markdown(reviewed(**facts), build.rulebook.policy.review)
    assert len(wanted.status.description) <= 140


def test_a_key_follows_its_record_and_not_its_place(want, build, shown):
    first, second = build.chat("one?", "a first answer"), build.chat("two?", "a second answer")
    answers = [build.judged(first, 1), build.judged(second, 2)]
    moved = "corpus/original/2026-09/a7/other.jsonl"
    before = want(chats=[first, second], answers=answers)
    after = want(files=shown(**{moved: 9}), chats=[second, first], answers=answers, path=moved)
    assert [it.key for it in before.verdict.comments] == [it.key for it in after.verdict.comments]
    assert [it.line for it in before.verdict.comments] == [1, 2]
    assert [it.line for it in after.verdict.comments] == [2, 1]


def test_a_record_that_stands_twice_has_two_keys(want, build, one):
    wanted = want(chats=[one, one], answers=[build.judged(one, 1)])
    assert len({it.key for it in wanted.verdict.comments}) == 2


def test_a_finding_beside_the_records_is_named_by_its_place(want, build, one):
    findings = [build.found(7, Level.WARNING), build.found(8, Level.WARNING)]
    keys = [it.key for it in want(findings=findings).verdict.comments]
    assert len(set(keys)) == 2
    assert [it.key for it in want(findings=findings[1:]).verdict.comments] == keys[1:]


def test_where_the_tool_failed_only_the_status_is_wanted(posted):
    wanted = decide_failed(posted.head, "x" * 500)
    assert (wanted.status.state, len(wanted.status.description)) == (StatusState.ERROR, 140)
    assert (wanted.verdict, wanted.outstanding, wanted.sticky, wanted.label) == (None, None, None, None)
