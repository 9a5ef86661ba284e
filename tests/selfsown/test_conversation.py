"""Conversations, ratings and reworks: ids that any other implementation would give too."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.conversation import Conversation, Turn, conversation_id, read_conversation

TURNS = (Turn("user", "Wie heißt „Käse“ auf Französisch?"), Turn("assistant", "« fromage » 🧀\n"))


def independent_id(prefix: str, value: object) -> str:
    """The id by the standard library alone: JSON, keys sorted, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def test_a_golden_id():
    """Written down once: an id that changes makes every corpus invalid."""
    assert conversation_id((Turn("user", "Hi"), Turn("assistant", "Hello."))) == "c-c42c2ad33b29193ad3116b6b2763ed6c"


@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=5))
def test_an_id_is_what_the_standard_library_gives(turns):
    messages = [{"role": role, "content": content} for role, content in turns]
    expected = independent_id("c", {"messages": messages})
    assert conversation_id(tuple(Turn(role, content) for role, content in turns)) == expected


def test_only_role_and_content_make_the_id():
    plain = Conversation(TURNS, "a", "MIT", "2026-01-01")
    full = Conversation(TURNS, "b", "CC0-1.0", "2026-02-02", "de", "m", 7.0, "me", "c-" + "0" * 32, {"a": {"b": 1}})
    assert plain.id == full.id
    assert Conversation(TURNS[:1], "a", "MIT", "2026-01-01").id != plain.id
    assert Conversation((TURNS[1], TURNS[0]), "a", "MIT", "2026-01-01").id != plain.id


def test_a_record_reads_back_as_it_was(rulebook):
    full = Conversation(TURNS, "b", "CC0-1.0", "2026-02-02", "de", "m", 7.0, "me", "c-" + "0" * 32, {"a": {"b": 1}})
    assert read_conversation(full.to_json()) == full
    assert rulebook.schemas["conversation"].accepts(full.to_json())


def test_unset_fields_are_left_out(rulebook):
    record = Conversation(TURNS, "a", "MIT", "2026-01-01").to_json()
    assert set(record) == {"id", "messages", "source", "license", "created"}
    assert rulebook.schemas["conversation"].accepts(record)


def test_a_rating_of_zero_is_not_left_out():
    assert Conversation(TURNS, "a", "MIT", "2026-01-01", self_rating=0.0).to_json()["self_rating"] == 0


@pytest.mark.parametrize(("users", "expected"), [(0, False), (1, False), (2, True)])
def test_many_turns_means_that_the_user_speaks_again(users, expected):
    turns = (*(Turn("user", str(number)) for number in range(users)), Turn("assistant", "x"))
    assert Conversation(turns, "a", "MIT", "2026-01-01").is_multi_turn is expected


@pytest.mark.parametrize("field", ["messages", "source", "license", "created"])
def test_a_record_that_lacks_a_field_does_not_read(field):
    record = Conversation(TURNS, "a", "MIT", "2026-01-01").to_json()
    del record[field]
    with pytest.raises(KeyError):
        read_conversation(record)
