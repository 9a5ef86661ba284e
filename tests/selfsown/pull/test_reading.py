"""What goes to a judge, and what counts as rated."""

from __future__ import annotations

import dataclasses
import json

from selfsown.pull.handoff import COLLECTED, MOST_BYTES
from selfsown.pull.reading import count_rated, decide_judgeable
from selfsown.shard import Shard


def test_as_many_go_to_a_judge_as_a_submission_may_bring(build):
    limits = build.rulebook.policy.limits
    chats = [build.chat(f"Question {number}?", "An answer.") for number in range(limits.submission_records + 20)]
    kept = decide_judgeable(build.case(chats=chats).validation(), limits)
    assert [chat.id for chat in kept] == [chat.id for chat in chats[: limits.submission_records]]


def test_and_as_much_text(build):
    limits = build.rulebook.policy.limits
    chats = [build.chat(f"Question {number}?", "x" * 60_000) for number in range(40)]
    kept = decide_judgeable(build.case(chats=chats).validation(), limits)
    assert len(kept) == limits.submission_bytes // 60_200
    lax = dataclasses.replace(limits, submission_bytes=1 << 30)
    assert len(decide_judgeable(build.case(chats=chats).validation(), lax)) == MOST_BYTES[COLLECTED] // 62_000


def test_a_record_with_errors_goes_to_no_judge(build):
    chats = [build.chat("a?", "b"), build.chat("c?", "d")]
    validation = build.case(chats=chats, findings=[build.found(1)]).validation()
    assert [chat.id for chat in decide_judgeable(validation, build.rulebook.policy.limits)] == [chats[1].id]


def test_only_ratings_by_others_than_the_author_support_the_bands():
    def rated(number, role):
        return json.dumps({"conversation": f"c-{number}", "role": role}).encode() + b"\n"

    lines = rated(1, "maintainer") + rated(1, "reader") + rated(2, "author") + rated(3, "contributor")
    assert count_rated([Shard("corpus/ratings/x.jsonl", lines)]) == 2
