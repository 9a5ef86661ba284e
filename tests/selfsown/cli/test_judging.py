"""Asking the frozen judge beside the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.cli.judging import judge_frozen, judge_with
from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement

CHATS = [
    Conversation((Turn("user", f"question {number}"), Turn("assistant", "because " * number)), "garden", "CC0-1.0", "")
    for number in range(1, 4)
]


@pytest.fixture
def rules(rulebook):
    def make(frozen: str):
        policy = replace(rulebook.policy, judge=replace(rulebook.policy.judge, frozen=frozen))
        return replace(rulebook, policy=policy)

    return make


def test_the_frozen_judge_answers_for_every_conversation(rules):
    answers = judge_with(["features"], CHATS, rules("longest"), root=None)
    frozen = judge_frozen(answers, CHATS, rules("longest"), root=None)
    assert [answer.conversation for answer in frozen] == [chat.id for chat in CHATS]
    assert all(isinstance(answer, Judgement) and answer.judge.startswith("longest") for answer in frozen)


def test_one_that_has_answered_already_is_not_asked_again(rules):
    answers = judge_with(["longest", "features"], CHATS, rules("features"), root=None)
    assert judge_frozen(answers, CHATS, rules("features"), root=None) == []


def test_with_nothing_to_compare_it_is_not_asked(rules):
    assert judge_frozen([], CHATS, rules("longest"), root=None) == []
    assert judge_frozen(judge_with(None, CHATS, rules("longest"), root=None), [], rules("longest"), root=None) == []


@pytest.mark.parametrize("spec", ["nothing-like-it", "scripted:not-there.jsonl", "round:7", "api"])
def test_one_that_cannot_be_asked_holds_nobody_up(rules, spec, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SELFSOWN_API_URL", raising=False)
    answers = judge_with(["features"], CHATS, rules(spec), root=None)
    assert judge_frozen(answers, CHATS, rules(spec), root=None) == []
    assert "the frozen judge" in capsys.readouterr().err
