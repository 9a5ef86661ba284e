"""Nothing that hides or acts gets through, and the length is bounded."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.render.inert import quotable, visible


def test_what_acts_is_shown():
    assert visible("a\x1b[31m\u202eb\u200b\n\t\ud800\ue000\u2028\ufe0f", 200) == (
        r"a\u{001B}[31m\u{202E}b\u{200B}\u{000A}\u{0009}\u{D800}\u{E000}\u{2028}\u{FE0F}"
    )


def test_what_is_kept():
    assert visible("a\n\tb\r", 20, keep="\n\t") == "a\n\tb\\u{000D}"
    assert visible("Ünïcödé 你好 😀", 20) == "Ünïcödé 你好 😀"


def test_a_cut_shows():
    assert visible("abcdef", 6) == "abcdef"
    assert visible("abcdefg", 6) == "abcde…"
    assert visible("\u200b" * 10**7, 20) == r"\u{200B}\u{200B}\u{…"
    assert visible("abc", 0) == ""


@given(st.text(st.characters(), max_size=50), st.integers(0, 80))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_always_printable_and_bounded(text: str, most: int):
    shown = visible(text, most)
    assert len(shown) <= most
    assert shown.isprintable() or all(unicodedata.category(c) == "Zs" for c in shown if not c.isprintable())
    assert visible(shown, most) == shown


def test_what_github_would_let_out_of_code_is_counted():
    assert quotable("a" + "`" * 16 + "b") == "a" + "`" * 16 + "b"
    assert quotable("a" + "`" * 300 + "b") == r"a\u{0060}×300b"


@pytest.mark.parametrize("text", ["<!-- selfsown:review -->", "<!--selfsown:verdict", "<!--\n SelfSown:commands"])
def test_a_marker_of_ours_cannot_be_quoted(text):
    assert quotable(text) == r"\u{003C}" + text[1:]
    assert quotable("<!-- a remark -->") == "<!-- a remark -->"
