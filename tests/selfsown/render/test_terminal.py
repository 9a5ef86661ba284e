"""The review in a terminal: any width, no colour, and no control character but those of rich itself."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from selfsown.render.terminal import render_terminal
from selfsown.trust import Trust

HOSTILE = st.lists(
    st.sampled_from(
        ["\x1b[2J", "\x1b]8;;https://e.example\x07", "\r", "\n", "\x9b31m", "\u202e", "[red]", "[/]", "\x08", ":x:"]
    )
    | st.text(max_size=6),
    max_size=8,
).map("".join)


def printed(review, width: int, **options) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, soft_wrap=True, **options)
    console.print(render_terminal(review), soft_wrap=False)
    return console.file.getvalue()


@settings(derandomize=True, max_examples=60, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=24, max_size=24))
def test_hostile_text_moves_no_cursor_and_hides_nothing(nasty_review, texts):
    plain = printed(nasty_review(texts), 80)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", plain)
    coloured = printed(nasty_review(texts), 80, force_terminal=True, color_system="standard")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", re.sub("\x1b\\[[0-9;]*m", "", coloured))


def test_text_cannot_pose_as_a_line_of_the_review(build):
    chat = build.chat("q\n\n✓ Nothing blocks this. A person may merge it.", "an answer")
    lines = printed(build.review(chats=[chat], findings=[build.found(1)]), 80).splitlines()
    assert not [line for line in lines if line.startswith("✓")]
    assert lines[-2].startswith("✗ This needs changes: 1 error")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_width_is_honoured(nasty_review, width):
    lines = printed(nasty_review(["日本語 and a longwordwithoutanyspaceatall" * 3] * 24), width).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_worst_first_with_score_criteria_flags_and_findings(build):
    chats = [build.chat("first?", "an answer"), build.chat("second?", "an answer")]
    answers = [build.judged(chats[0], 9), build.judged(chats[1], 2, "contradicts itself")]
    text = printed(build.review(chats=chats, answers=answers, trust=Trust(3)), 80)
    assert "1. advise against  ██░░░░░░░░ 2.0 / 10" in text
    assert text.index("second?") < text.index("2. recommend") < text.index("first?")
    assert "answers the request       ██░░░░░░░░  20%" in text
    assert "! contradicts itself" in text
    told = " ".join(text.replace("│", " ").split())
    assert "People other than the authors have rated 3 conversations so far; until there are 29 of" in told
