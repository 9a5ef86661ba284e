"""Sentences, code and languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.corruption.language import guess_language
from selfsown.corruption.prose import shorten, split_code, split_sentences, without_code


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two!  Three", ["One. ", "Two!  ", "Three"]),
        ("1. First\n2. Second", ["1. First\n", "2. Second"]),
        ("Run `a. b` now. Then\n```\nx. y\n```\nEnd.", ["Run `a. b` now. ", "Then\n", "```\nx. y\n```\n", "End."]),
        ("晴れです。風も。", ["晴れです。", "風も。"]),
        ("3.5 is it", ["3.5 is it"]),
    ],
)
def test_sentences(text: str, pieces: list[str]):
    assert split_sentences(text) == pieces


@given(st.text("ab .!?\n`1)-。", max_size=80))
def test_pieces_make_the_text_again(text: str):
    assert "".join(split_sentences(text)) == text
    assert "".join(piece for _, piece in split_code(text)) == text
    assert len(without_code(text)) == len(text)


def test_a_text_is_shortened_at_a_word():
    assert shorten("one two\nthree", 9) == "one two…"
    assert shorten("one two", 9) == "one two"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the price of it?", "en"),
        ("Wie viel kostet das und warum?", "de"),
        ("Combien est-ce que je dois dans ce cas ?", "fr"),
        ("¿Qué es lo que hay en la mesa?", "es"),
        ("Che cosa c'è di buono nel frigo?", "it"),
        ("O que é isso e como se faz?", "pt"),
        ("x = 3", "en"),
        ("東京の天気", None),
    ],
)
def test_language(text: str, language: str | None):
    assert guess_language(text) == language
