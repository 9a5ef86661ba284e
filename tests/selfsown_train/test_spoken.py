"""Text while its tokens come: joined it is the whole, and nothing is taken back."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown_train.spoken import Spoken
from selfsown_train.tiny_base import build_tokenizer


@cache
def tokenizer() -> Any:
    return build_tokenizer(["some words, and a few more: é 日本 \n\n end stop"] * 20, 300)


def speak(ids: list[int], stop: tuple[str, ...] = ()) -> list[str]:
    spoken = Spoken(tokenizer(), stop)
    pieces = []
    for token in ids:
        pieces.append(spoken.add(token))
        if spoken.is_stopped:
            break
    return [*pieces, spoken.finish()]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 299), max_size=40))
def test_the_pieces_are_the_text_of_any_tokens(ids: list[int]) -> None:
    assert "".join(speak(ids)) == tokenizer().decode(ids, skip_special_tokens=True).strip()


@settings(max_examples=60, deadline=None)
@given(st.text("ab é\n日.", max_size=40), st.text("ab é\n日", max_size=4))
def test_any_text_is_cut_at_the_first_stop_word(text: str, word: str) -> None:
    end = text.index(word) if word and word in text else len(text)
    assert "".join(speak(tokenizer().encode(text), (word, "never said"))) == text[:end].strip()


def test_of_two_stop_words_that_overlap_the_first_to_be_whole_counts() -> None:
    assert "".join(speak(tokenizer().encode("a é b"), ("é", "a é b"))) == "a"


def test_characters_come_whole_and_at_once() -> None:
    ids = tokenizer().encode("a 😀 b")
    pieces = speak(ids)
    assert "😀" in "".join(pieces)
    assert all("\N{REPLACEMENT CHARACTER}" not in piece for piece in pieces)
    assert len([piece for piece in pieces if piece]) >= 3


def test_only_what_may_be_a_stop_word_waits() -> None:
    spoken = Spoken(tokenizer(), ("stop",))
    heard = [spoken.add(token) for token in tokenizer().encode("we sto")]
    assert "".join(heard) == "we"
    assert [spoken.add(token) for token in tokenizer().encode("r")] == [" stor"]
