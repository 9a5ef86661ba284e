from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import transformers

from selfsown.conversation import Conversation
from selfsown.judge.prompt import render_questions, render_state
from selfsown.judgement import Judgement, Rubric
from selfsown_train.corpus import RoundData, as_conversation
from selfsown_train.decisions import decide
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.rounds import Workshop
from selfsown_train.rows import rating_rows


@pytest.fixture(scope="module")
def chat(workshop: Workshop, trained: Any) -> ChatModel:
    return workshop.registry.load(trained)


@pytest.fixture(scope="module")
def conversations(data: RoundData) -> list[Conversation]:
    return list(data.held_out[:6])


def test_answers_are_those_of_the_decision_pipeline(
    workshop: Workshop, chat: ChatModel, conversations: list[Conversation]
) -> None:
    questions = render_questions(workshop.rulebook.rubric)
    requests = [
        {"state": render_state(entry, workshop.rulebook.rubric), "questions": questions} for entry in conversations
    ]
    merged = chat.model.merge_and_unload() if hasattr(chat.model, "merge_and_unload") else chat.model
    plain = ChatModel(merged, chat.tokenizer)
    pipeline = transformers.pipeline("decision", model=merged, tokenizer=chat.tokenizer)
    for ours, theirs in zip(decide(plain, requests), [pipeline(request) for request in requests], strict=True):
        assert isinstance(ours, dict)
        assert set(ours) == set(theirs)
        for name, answer in theirs.items():
            key = "noul" if answer["type"] == "noul" else "score"
            assert ours[name][key] == pytest.approx(answer[key], abs=1e-4)


def test_an_answer_does_not_depend_on_its_neighbours(
    workshop: Workshop, trained: Any, conversations: list[Conversation]
) -> None:
    judge = as_judge(workshop.registry.load(trained), "test")
    together = judge.judge(conversations, workshop.rulebook.rubric)
    alone = [judge.judge([entry], workshop.rulebook.rubric)[0] for entry in conversations]
    for one, other in zip(together, alone, strict=True):
        assert isinstance(one, Judgement)
        assert isinstance(other, Judgement)
        assert one.conversation == other.conversation
        assert one.score == pytest.approx(other.score, abs=0.01)
        assert one.overall == pytest.approx(other.overall, abs=0.01)


def test_another_adapter_is_another_judge(workshop: Workshop, trained: Any) -> None:
    from selfsown_train.model import load_base
    from selfsown_train.registry import locate, read_base

    with_adapter = as_judge(workshop.registry.load(trained), "round").id
    base = locate(read_base(trained.base), workshop.cache)
    assert as_judge(load_base(base), "round").id != with_adapter
    assert as_judge(workshop.registry.load(trained), "round").id == with_adapter


def test_training_shows_the_very_prompt_that_judging_asks(workshop: Workshop, chat: ChatModel, data: RoundData) -> None:
    from transformers.decision import DecisionConfig

    rubric: Rubric = workshop.rulebook.rubric
    rated = data.train_ratings[0]
    questions = render_questions(rubric)
    rows = rating_rows([rated], rubric, len(questions))
    assert len(rows) == len(questions)
    request = {"state": render_state(as_conversation(rated), rubric), "questions": questions}
    asked = {
        tuple(inputs["input_ids"][0].tolist()) for inputs, _ in DecisionConfig().prepare_inputs(request, chat.tokenizer)
    }
    shown = {
        tuple(chat.tokenizer.apply_chat_template([row[0].to_json()], add_generation_prompt=True)["input_ids"])
        for row in rows
    }
    assert shown == asked


def test_rating_rows_say_what_the_person_said(workshop: Workshop, data: RoundData) -> None:
    rubric = workshop.rulebook.rubric
    for rated in data.train_ratings[:20]:
        rows = rating_rows([rated], rubric, 6)
        answers = [row[1].content for row in rows]
        assert answers.count("No") == sum(not held for held in rated.rating.criteria.values())
        letter = next(answer for answer in answers if len(answer) == 1)
        assert "ABCDEFGHIJK".index(letter) == min(10, round(rated.rating.score))
    assert rows == rating_rows([rated], rubric, 6)


def test_a_score_without_criteria_teaches_the_overall_question_and_nothing_more(
    workshop: Workshop, data: RoundData
) -> None:
    rubric = workshop.rulebook.rubric
    rated = data.train_ratings[0]
    alone = replace(rated, rating=replace(rated.rating, criteria={}, reason="", score=7.0))
    assert [row[1].content for row in rating_rows([alone], rubric, 6)] == ["H"]
    honest = replace(rated, rating=replace(rated.rating, criteria={"honest": False}, score=7.0))
    assert sorted(row[1].content for row in rating_rows([honest], rubric, 6)) == ["H", "No"]
