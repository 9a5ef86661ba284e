"""S305: a good record, a bad one, the exact finding."""

from __future__ import annotations

import pytest

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s305_hidden_characters as rule

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


def test_good(look, chat):
    assert (
        look(
            rule,
            chat(
                "Family \U0001f468\u200d\U0001f469\u200d\U0001f467, love \u2764\ufe0f",
                "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            ),
        )
        == []
    )
    assert (
        look(
            rule,
            chat(
                "soft\u00adhyphen",
                "1\ufe0f\u20e3 \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            ),
        )
        == []
    )


def test_bad(look, chat):
    assert look(rule, chat("Hi", "Hel\u200blo\u2060")) == [
        Finding(
            "S305",
            "hidden-characters",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "2 hidden characters, first U+200B ZERO WIDTH SPACE at character 4",
            "remove them: what a reader cannot see must not reach the training data",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "tags \U000e0041\U000e0042",
        "selectors \u2764\ufe0f\ufe01",
        "selector after a letter a\ufe01",
        "supplement \U0001f600\U000e0100\U000e0101",
        "joiner between letters a\u200db",
        "non-joiner between letters a\u200cb",
        "soft hyphens \u00ad\u00ad",
        "byte order mark \ufeff",
        "hangul filler \u3164",
        "flag of nowhere \U0001f3f4\U000e0078\U000e0078\U000e007f",
    ],
)
def test_other_hiding_places(look, chat, text):
    assert len(look(rule, chat("Hi", text))) == 1


def test_hides_in_a_free_field(look, chat):
    (found,) = look(rule, chat(ext={"tool": {"note": ["a\u200b"]}}))
    assert found.location.field == "ext.tool.note[0]"
