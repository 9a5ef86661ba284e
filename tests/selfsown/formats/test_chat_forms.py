"""The forms that hold one conversation per entry: messages, OpenAI, ShareGPT, Alpaca."""

from __future__ import annotations

import pytest

from selfsown.formats import FORMATS, detect_format
from selfsown.formats.draft import Draft, Refused

ASK = {"role": "user", "content": "q"}
SAY = {"role": "assistant", "content": "a"}
TURNS = [("user", "q"), ("assistant", "a")]


def draft_of(form, entry) -> Draft:
    (draft,) = FORMATS[form].read_drafts(entry)
    assert isinstance(draft, Draft)
    return draft


def reason_of(form, entry) -> str:
    with pytest.raises(Refused) as refused:
        list(FORMATS[form].read_drafts(entry))
    assert refused.value.sentence
    return refused.value.reason


@pytest.mark.parametrize(
    ("entry", "form"),
    [
        ({"conversations": [{"from": "human", "value": "q"}]}, "sharegpt"),
        ({"instruction": "q", "output": "a"}, "alpaca"),
        ({"instruction": "q", "input": "", "response": "a"}, "alpaca"),
        ({"message_tree_id": "1", "prompt": {"text": "q"}}, "oasst"),
        ({"messages": [ASK, SAY]}, "messages"),
        ({"messages": [ASK, SAY], "license": "MIT"}, "messages"),
        ({"messages": [ASK, {**SAY, "weight": 0}]}, "openai"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}, SAY]}, "openai"),
        ({"messages": [ASK, SAY], "tools": []}, "openai"),
        ({"messages": [{"role": "developer", "content": "s"}, ASK, SAY]}, "openai"),
        ({"question": "q"}, None),
        ({"prompt": "q", "completion": "a"}, None),
    ],
)
def test_the_first_entry_tells_the_format(entry, form):
    assert detect_format(entry) == form


def test_messages_keep_the_fields_of_our_records_and_leave_others():
    entry = {
        "messages": [ASK, SAY],
        "id": "c-" + "0" * 32,
        "source": "s",
        "license": "MIT",
        "created": "2026-01-02",
        "topic": 1,
    }
    entry |= {"language": "de", "model": "m", "self_rating": 7, "contributor": None, "ext": {"a": 1}}
    draft = draft_of("messages", entry)
    assert draft.turns == TURNS
    assert draft.facts == {
        "source": "s",
        "license": "MIT",
        "created": "2026-01-02",
        "language": "de",
        "model": "m",
        "self_rating": 7,
        "ext": {"a": 1},
    }


def test_fields_of_the_same_name_that_mean_something_else():
    entry = {"messages": [ASK, SAY], "source": "elsewhere", "created": "2024-05-06T07:08:09Z", "id": "c-17"}
    assert draft_of("messages", entry).facts == {"created": "2024-05-06"}
    assert draft_of("messages", {**entry, "source": {"a": 1}, "created": 7}).facts == {"created": 7}
    theirs = {**entry, "contributor": "anna", "ext": {"a": 1}, "license": "MIT", "language": "en"}
    assert draft_of("messages", theirs).facts == {"created": "2024-05-06", "license": "MIT", "language": "en"}


def test_openai_joins_text_parts_and_keeps_weights_in_place():
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    entry = {"messages": [{"role": "developer", "content": "s"}, {**ASK, "name": "bob"}, {**SAY, "weight": 0}, ASK]}
    entry["messages"].append({"role": "assistant", "content": parts})
    draft = draft_of("openai", entry)
    assert draft.turns == [("system", "s"), *TURNS, ("user", "q"), ("assistant", "one\ntwo")]
    assert draft.weights == [None, None, 0, None, None]
    assert draft_of("openai", {"messages": [ASK, SAY]}).weights == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"role": "tool", "content": "42", "tool_call_id": "1"}, "tool-turn"),
        ({"role": "function", "content": "42"}, "tool-turn"),
        ({"role": "assistant", "content": None, "tool_calls": [{}]}, "tool-turn"),
        ({"role": "assistant", "content": None, "function_call": {"name": "f"}}, "tool-turn"),
        ({"role": "assistant", "content": None, "refusal": "no"}, "not-text"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, "not-text"),
        ({"role": "user", "content": [7]}, "not-text"),
        ({"role": "user", "content": {"text": "q"}}, "not-text"),
        ({"role": "user"}, "no-text"),
        ({"role": "moderator", "content": "x"}, "unknown-role"),
        ({"role": 7, "content": "x"}, "unknown-role"),
        ({"role": "assistant", "content": "x", "weight": 0.5}, "bad-weight"),
        ("text", "not-this-format"),
    ],
)
def test_what_is_no_chat_between_two_is_refused(message, reason):
    for form in ("openai", "messages"):
        assert reason_of(form, {"messages": [ASK, message]}) == reason


@pytest.mark.parametrize("word", ["gpt", "GPT", "chatgpt", "assistant", "bot", "model", "bing", "bard", " claude "])
@pytest.mark.parametrize("asker", ["human", "user", "Human", "prompter"])
def test_sharegpt_knows_the_usual_role_words(word, asker):
    entry = {"conversations": [{"from": asker, "value": "q"}, {"from": word, "value": "a"}]}
    assert draft_of("sharegpt", entry).turns == TURNS


def test_sharegpt_relatives():
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert draft_of("sharegpt", {"system": "s", "conversation": turns}).turns == [("system", "s"), *TURNS]
    assert reason_of("sharegpt", {"conversations": []}) == "no-exchange"
    assert reason_of("sharegpt", {"conversations": "x"}) == "not-this-format"
    assert reason_of("sharegpt", {"conversations": [{"from": "function_call", "value": "x"}]}) == "tool-turn"


def test_alpaca_puts_the_input_below_the_instruction():
    assert draft_of("alpaca", {"instruction": "q\n", "input": "i", "output": "a"}).turns[0] == ("user", "q\n\ni")
    for nothing in ("", "  ", "<noinput>", None):
        assert draft_of("alpaca", {"instruction": "q", "input": nothing, "response": "a"}).turns == TURNS


def test_alpaca_relatives():
    entry = {"instruction": "q2", "output": "a2", "system": "s", "history": [["q", "a"]]}
    assert draft_of("alpaca", entry).turns == [("system", "s"), *TURNS, ("user", "q2"), ("assistant", "a2")]
    assert reason_of("alpaca", {"instruction": "q", "output": "a", "history": [["q"]]}) == "not-this-format"
    assert reason_of("alpaca", {"instruction": "q"}) == "not-this-format"
    assert reason_of("alpaca", {"instruction": ["q"], "output": "a"}) == "not-text"
