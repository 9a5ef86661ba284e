"""The quick look never lets anything past that a rule would object to."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.canonical import canonical_line
from selfsown.characters import (
    BIDI_CONTROLS,
    BIDI_MARKS,
    CONTROLS,
    HIDDEN,
    is_unremarkable,
    mark_runs,
    suspects,
    unassigned,
)

PATTERNS = (HIDDEN, BIDI_CONTROLS, BIDI_MARKS, CONTROLS)


def test_code_points_that_a_rule_names_are_suspects():
    # Every code point of the planes in use, and a sample of the empty ones.
    codes = (*range(0x80, 0xD800), *range(0xE000, 0x32400), *range(0x32400, 0xE0000, 251), *range(0xE0000, 0xE1100))
    everything = [*map(chr, range(0x20)), *map(chr, codes), *map(chr, range(0xE1100, 0x110000, 251)), chr(0x10FFFF)]
    apart = " ".join(everything)
    suspected = set(suspects().findall(apart)) | set(map(chr, range(0x20)))
    for pattern in (*PATTERNS, unassigned(), mark_runs(0)):
        assert {match[0] for match in pattern.finditer(apart)} <= suspected


def test_assigned_letters_are_no_suspects():
    for text in ("café", "你好", "Привет", "안녕", "😀", "“quoted” – and…", "\u2028"):
        assert not suspects().search(text)


@given(
    st.lists(
        st.sampled_from(
            "ae\u0301\u0316é\u200b\u200d\u0915\u1100\u1161\u212b\u0378\ufe0f❤\u00ad\\nrbu\x7f\x01\x85\U000e0041"
        )
    )
)
@settings(derandomize=True, max_examples=500, deadline=None)
def test_unremarkable_means_that_no_rule_objects(characters: list[str]):
    text = "".join(characters)
    if is_unremarkable(canonical_line({"a": text})):
        assert not any(pattern.search(text) for pattern in (*PATTERNS, unassigned()))
        assert unicodedata.is_normalized("NFC", text)


def test_a_backslash_in_the_text_is_looked_at_again():
    assert not is_unremarkable(canonical_line({"a": "C:\\users"}))
    assert is_unremarkable(canonical_line({"a": 'one\ntwo\t"three"'}))
