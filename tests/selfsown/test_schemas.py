"""The schemas accept, refuse and explain; a refusal always has an explanation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.conversation import Conversation, Turn
from selfsown.errors import BadConfig
from selfsown.rulebook import Rulebook
from selfsown.schemas import MOST_PROBLEMS, load_schema, render_field, shorten

GOOD = Conversation((Turn("user", "Hi"), Turn("assistant", "Hello")), "chats", "MIT", "2026-05-04").to_json()


def test_a_good_record(rulebook: Rulebook):
    assert rulebook.schemas["conversation"].accepts(GOOD)
    assert list(rulebook.schemas["conversation"].problems(GOOD)) == []


def test_every_problem_names_its_field(rulebook: Rulebook):
    bad = GOOD | {"messages": [{"role": "asistant", "content": 3}], "self_rating": 11, "extra": 1}
    found = {problem.field: problem.message for problem in rulebook.schemas["conversation"].problems(bad)}
    assert found == {
        None: "Additional properties are not allowed ('extra' was unexpected)",
        "messages[0].content": "3 is not of type 'string'",
        "messages[0].role": "'asistant' is not one of ['system', 'user', 'assistant']",
        "self_rating": "11 is greater than the maximum of 10",
    }


def test_a_line_feed_after_the_id_is_refused_with_a_reason(rulebook: Rulebook):
    (problem,) = rulebook.schemas["conversation"].problems(GOOD | {"id": GOOD["id"] + "\n"})
    assert problem.field == "id"


def test_no_more_than_the_first_problems(rulebook: Rulebook):
    bad = GOOD | {"messages": [1] * 1000}
    assert len(list(rulebook.schemas["conversation"].problems(bad))) == MOST_PROBLEMS


def test_a_file_that_is_no_schema():
    for text in (b"{", b'{"type": "no such type"}'):
        with pytest.raises(BadConfig, match=r"schema/x\.json"):
            load_schema("x", text, "schema/x.json")


def test_fields_read_like_code():
    assert render_field(["messages", 1, "role"]) == "messages[1].role"
    assert render_field([]) is None
    assert shorten("a" * 1000, 10) == "aaaaa … aaa"


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just([]) | st.just({})


@given(st.dictionaries(st.sampled_from([*GOOD, "extra"]), VALUES))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_refused_means_explained(rulebook: Rulebook, changes: dict[str, object]):
    schema = rulebook.schemas["conversation"]
    record = GOOD | changes
    assert schema.accepts(record) == (not list(schema.problems(record)))
