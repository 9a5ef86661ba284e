"""A judge that says what a file says, and what is wrong with the file."""

from __future__ import annotations

import json

import pytest

from selfsown.errors import SelfsownError
from selfsown.judge.scripted import read_scripted_judge
from selfsown.judgement import Judgement, Unjudged


@pytest.fixture
def schema(rulebook):
    return rulebook.schemas["judgement"]


@pytest.fixture
def entry(say):
    return say("What is 2 + 2?", "It is 4.")


@pytest.fixture
def record(entry, counting, rulebook):
    return counting.judge([entry], rulebook.rubric)[0].to_json()


def script(tmp_path, *lines):
    path = tmp_path / "script.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_it_says_what_the_file_says(tmp_path, schema, entry, record, rulebook):
    judge = read_scripted_judge(script(tmp_path, record), schema)
    (answer,) = judge.judge([entry], rulebook.rubric)
    assert isinstance(answer, Judgement)
    assert answer.judge == judge.id
    assert {**answer.to_json(), "judge": record["judge"]} == record


def test_its_id_is_that_of_the_content(tmp_path, schema, record):
    first = read_scripted_judge(script(tmp_path, record), schema)
    again = read_scripted_judge(script(tmp_path, record), schema)
    other = read_scripted_judge(script(tmp_path, record | {"flags": ["other"]}), schema)
    assert first.id == again.id != other.id


def test_what_it_does_not_name_is_unjudged(tmp_path, schema, record, say, rulebook):
    (answer,) = read_scripted_judge(script(tmp_path, record), schema).judge([say("other", "text")], rulebook.rubric)
    assert isinstance(answer, Unjudged)
    assert "does not name" in answer.why


def test_unjudged_in_the_file_stays_unjudged(tmp_path, schema, entry, rulebook):
    line = {"type": "unjudged", "conversation": entry.id, "judge": "x", "why": "too long"}
    (answer,) = read_scripted_judge(script(tmp_path, line), schema).judge([entry], rulebook.rubric)
    assert isinstance(answer, Unjudged)
    assert answer.why == "too long"


def test_an_answer_to_another_rubric_is_no_answer(tmp_path, schema, entry, record, rulebook):
    judge = read_scripted_judge(script(tmp_path, record | {"rubric": "0" * 12}), schema)
    (answer,) = judge.judge([entry], rulebook.rubric)
    assert isinstance(answer, Unjudged)
    assert "another rubric" in answer.why


@pytest.mark.parametrize("criteria", [{}, {"answers": 1.0}, {"answers": 1.0, "style": 1.0}])
def test_criteria_that_are_not_the_rubrics_are_no_score(tmp_path, schema, entry, record, rulebook, criteria):
    judge = read_scripted_judge(script(tmp_path, record | {"criteria": criteria}), schema)
    (answer,) = judge.judge([entry], rulebook.rubric)
    assert isinstance(answer, Unjudged)
    assert "criteria" in answer.why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", ""),
        ("not json", ""),
        ("", ""),
        ("[1]", ""),
        ("{}", ""),
        ('{"type":"judgement"}', ""),
        ('{"type":"unjudged","conversation":"c-1","judge":"x","why":"y"}', ""),
        ('{"a":1,"a":2}', "a"),
        ('{"score":NaN}', ""),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path, schema, record, line, why):
    path = script(tmp_path, record, record, line, record)
    with pytest.raises(SelfsownError) as caught:
        read_scripted_judge(path, schema)
    assert caught.value.message.startswith(f"{path}:3: ")
    assert why in caught.value.message
    assert len(caught.value.message) < len(str(path)) + 400
    assert caught.value.tip
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("change", [{"score": 11}, {"criteria": {"answers": 2}}, {"flags": "none"}, {"extra": 1}])
def test_a_judgement_of_the_wrong_shape_is_named(tmp_path, schema, record, change):
    path = script(tmp_path, record | change)
    with pytest.raises(SelfsownError) as caught:
        read_scripted_judge(path, schema)
    assert caught.value.message.startswith(f"{path}:1: ")
    assert "judgement.schema.json" in caught.value.tip


def test_a_file_that_is_not_there_is_named(tmp_path, schema):
    with pytest.raises(SelfsownError, match=r"nowhere\.jsonl") as caught:
        read_scripted_judge(tmp_path / "nowhere.jsonl", schema)
    assert "JSONL" in caught.value.tip


def test_a_folder_is_no_script(tmp_path, schema):
    with pytest.raises(SelfsownError, match="directory"):
        read_scripted_judge(tmp_path, schema)
