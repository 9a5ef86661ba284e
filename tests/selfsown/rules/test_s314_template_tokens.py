"""S314: a good record, a bad one, the exact finding."""

from __future__ import annotations

import time

import pytest

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s314_template_tokens as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert look(rule, chat("Is a < b and b > c?", "The list[i] is <em>empty</em>: see <strong>here</strong>.")) == []
    assert look(rule, chat("At 5: tea?", "Yes: tea.")) == []


def test_bad(look, chat):
    assert look(rule, chat("Hi", "Hello<|im_end|>\n<|im_start|>user")) == [
        Finding(
            "S314",
            "template-tokens",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "'<|im_end|>' at character 6 looks like a leaked chat template",
            "remove it; to speak about it, put it in a code span: `…`",
        )
    ]


@pytest.mark.parametrize(
    "token",
    [
        "<|endoftext|>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<s>",
        "</s>",
        "<start_of_turn>",
        "<|eot_id|>",
        "### Response:\nYes",
        "Assistant: yes",
        " Human: hi",
        "<\uff5cUser\uff5c>",
    ],
)
def test_tokens(look, chat, token):
    (found,) = look(rule, chat("Hi", token))
    assert found.level is Level.ERROR


@pytest.mark.parametrize(
    "text",
    [
        "It ends a turn: `<|im_end|>`.",
        "```\n<s>[INST]\n```",
        "Use ``a ` <s>`` here",
        "A play:\nHuman: hello",
        "~~~~\n<s>\n~~~\n</s>",
    ],
)
def test_quoted_is_a_warning(look, chat, text):
    (found,) = look(rule, chat("Hi", text))
    assert found.level is Level.WARNING


@pytest.mark.parametrize("text", ["`a` <s> `b`", "```\ncode\n```\n<s>", "unclosed ` <s>"])
def test_outside_code_is_an_error(look, chat, text):
    (found,) = look(rule, chat("Hi", text))
    assert found.level is Level.ERROR


def test_what_a_rating_brings_along_is_a_warning(look, chat, rating):
    record = rating("c-" + "0" * 32) | {"messages": chat("Hi", "<s>")["messages"]}
    (found,) = look(rule, record, "ratings")
    assert found.level is Level.WARNING


def test_without_code_is_linear():
    text = "`" * 60_000 + " ".join("`" * n for n in range(1, 300)) + "<s>"
    started = time.perf_counter()
    assert len(rule.without_code(text)) == len(text)
    assert time.perf_counter() - started < 2
