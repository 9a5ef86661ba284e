"""What counts as a command in a comment, and what does not, in bounded time."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.characters import BIDI_CONTROLS, CONTROLS, HIDDEN
from selfsown.commands.parse import MOST_COMMANDS, MOST_REASON, Command, Fault, Verb, clean_reason, parse_commands

ID = "c-" + "1234567890abcdef" * 2
HELP = (Command(Verb.HELP),)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/help", Command(Verb.HELP)),
        ("/rejudge", Command(Verb.REJUDGE)),
        ("/rejudge please", Command(Verb.REJUDGE, reason="please")),
        (f"/drop {ID}", Command(Verb.DROP, ID)),
        ("/drop 12345678", Command(Verb.DROP, "12345678")),
        (f"/explain {ID}", Command(Verb.EXPLAIN, ID)),
        (f"/rate 7 {ID}", Command(Verb.RATE, ID, 7.0)),
        ("/rate 7.5", Command(Verb.RATE, "", 7.5)),
        ("/rate 10", Command(Verb.RATE, "", 10.0)),
        ("/rate 7/10 It is fine.", Command(Verb.RATE, "", 7.0, "It is fine.")),
        (f"/rate 0 {ID} wrong *and* `rude` & 2 < 3", Command(Verb.RATE, ID, 0.0, "wrong and rude & 2 < 3")),
        ("/rate", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate eleven", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate 11", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate 10.5", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate -1", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate 7.55", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate \uff17", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate nan", Command(Verb.RATE, fault=Fault.SCORE)),
        ("/rate 7 c-12", Command(Verb.RATE, score=7.0, fault=Fault.BAD_ID)),
        ("/drop", Command(Verb.DROP, fault=Fault.NO_ID)),
        ("/drop 1234567", Command(Verb.DROP, fault=Fault.BAD_ID)),
        ("/drop $(reboot)", Command(Verb.DROP, fault=Fault.BAD_ID)),
        (f"/drop {ID}0", Command(Verb.DROP, fault=Fault.BAD_ID)),
        ("/Help", Command(Verb.HELP, fault=Fault.MISSPELT)),
        ("/RATE 3", Command(Verb.HELP, fault=Fault.MISSPELT)),
        ("/rejuge", Command(Verb.HELP, fault=Fault.MISSPELT)),
    ],
)
def test_a_line_is_read(line, command):
    assert parse_commands(line) == (command,)
    assert parse_commands(f"Thank you!\n\n{line}\n\nBye.") == (command,)
    assert parse_commands(f"Thank you!\r\n{line}\r\nBye.") == (command,)


@pytest.mark.parametrize(
    "line", ["/approve", "/usr/bin/env", "/etc", "/me waves", "/help/me", "/help.", "//help", "/", "/h"]
)
def test_another_word_is_none(line):
    assert parse_commands(line) == ()


@pytest.mark.parametrize(
    "body",
    [
        "> /help",
        "> quoted\n/help",
        "> > /help",
        "```\n/help\n```",
        "```\n/help",
        "~~~sh\n/help\n~~~",
        "    /help",
        "\t/help",
        "- /help",
        "- a\n/help",
        "1. /help",
        "* a\n\n  /help",
        "# /help",
        "/help\n---",
        "a `b\n/help\nc` d",
        "`/help`",
        "**a\n/help\nb**",
        "[a\n/help\nb](https://example.org)",
        '[a](https://example.org "b\n/help\nc")',
        "<!-- a\n/help\n-->",
        "<!--\n\n/help\n\n-->",
        "a <!-- b\n/help\n--> c",
        "<details>\n\n/help\n\n</details>",
        "<blockquote>\n\n/help\n\n</blockquote>",
        "a <BLOCKQUOTE>\n/help\n</BLOCKQUOTE>",
        "<pre>\n\n/help\n\n</pre>",
        "<!-- a --><details>\n\n/help\n\n</details>",
        "</details>\n\n<details>\n\n/help",
        "<details></kbd>\n\n/help\n\n</details>",
        "a <q>b\n\n/help\n\nc</q>",
        "<script>\n/help\n</script>",
        "/help | a\n--- | ---\nb | c",
        "a | b\n--- | ---\n/help | c",
        "\\/help",
        "&#47;help",
        "say /help",
        "*/help*",
        "[/help](https://example.org)",
        "[x]: https://example.org '\n/help\n'",
        "\u200b/help",
        "\u202e/help",
        "/\u200bhelp",
        "\uff0fhelp",
        "/he\u0301lp",
    ],
)
def test_what_is_no_plain_line_of_its_own_does_nothing(body):
    assert parse_commands(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        "> quoted\n\n/help",
        "```\ncode\n```\n/help",
        "- list\n\n<!-- end -->\n\n/help",
        "a\n/help\nb",
        "  /help  ",
        "<details>\n\nx\n\n</details>\n\n/help",
        "<!-- <details> -->\n\n/help",
        "</details>\n\n/help",
        "a <DETAILS> b </details>\n\n/help",
        "a <kbd>x</kbd>\n/help",
        "| a |\n|---|\n| b |\n\n/help",
    ],
)
def test_a_plain_line_after_something_else_counts(body):
    assert parse_commands(body) == HELP


def test_a_very_long_comment_commands_nothing():
    assert parse_commands("a" * 19_900 + "\n\n/help") == HELP
    assert parse_commands("a" * 20_000 + "\n\n/help") == ()


def test_only_the_first_five_of_a_comment_count():
    body = "\n".join(f"/rate {score}" for score in range(9))
    assert [command.score for command in parse_commands(body)] == [0, 1, 2, 3, 4]
    assert len(parse_commands("/hepl\n" * 50)) == MOST_COMMANDS


WRAPS = [
    lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    lambda text: "\n".join(f"    {line}" for line in text.split("\n")),
    lambda text: f"{'`' * (text.count('`') + 3)}\n{text}\n{'`' * (text.count('`') + 3)}",
    lambda text: "- item\n  " + "\n  ".join(text.split("\n")),
    lambda text: f"<!--\n{text.replace('-->', '- ->')}\n-->",
    lambda text: f"<details>\n\n{text}\n\n</details>",
]
PIECES = st.lists(
    st.sampled_from(["/help", "/rate 3", f"/drop {ID}", "a", "", "/rejudge", "é", "\U0001f600", "*b*", "c `d` e"]),
    min_size=1,
).map("\n".join)


@given(PIECES, st.lists(st.sampled_from(WRAPS), min_size=1, max_size=4))
def test_whatever_wraps_a_command_takes_it_away(text, wraps):
    for wrap in wraps:
        text = wrap(text)
    assert parse_commands(f"before\n\n{text}\n\n") == ()


@given(
    st.text(
        alphabet=st.sampled_from("/ratehlpdojuscn 0123456789->`*_~#<!&;[]()|\\\n\t\r\u200b\u202eé\U0001f600"),
        max_size=400,
    )
)
def test_any_text_gives_commands_of_ours_or_none(body):
    for command in parse_commands(body):
        assert command.fault is not None or (command.score is None) == (command.verb is not Verb.RATE)
        assert command.score is None or 0 <= command.score <= 10
        assert len(command.reason) <= MOST_REASON


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=700))
def test_a_reason_is_one_clean_line(text):
    reason = clean_reason(text)
    assert len(reason) <= MOST_REASON
    assert reason == " ".join(reason.split())
    assert not CONTROLS.search(reason)
    assert not BIDI_CONTROLS.search(reason)
    assert not [match for match in HIDDEN.finditer(reason) if match["flag"] is None]
    assert unicodedata.is_normalized("NFC", reason)
    reason.encode("utf-8")


@pytest.mark.parametrize(
    "unit",
    ["[", "*a ", "`a``b```c", "<", "![", "[a](", "> ", "**a _b ", "[a]: b\n", "a\n", "&", "|a", "<a x='", "\\", "1. ", "* ",
     "/help x\n", "/hepl\n\n", "<!-- ", "a\u0301", "\u0301", "\U0001f600", "<details>", "/rate 3 [", "a|b\n-|-\n", "~~~\n"],
)  # fmt: skip
@pytest.mark.parametrize("size", [19_900, 100_000])
def test_no_comment_costs_much(unit, size):
    body = (unit * (size // len(unit)))[: size - 10] + "\n\n/help\n"
    start = time.process_time()
    parse_commands(body)
    parse_commands("/help\n" + body)
    assert time.process_time() - start < 2
