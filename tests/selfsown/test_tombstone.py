"""Tombstones: what is written, and how near is near."""

from __future__ import annotations

import random

import orjson
import pytest

from selfsown.conversation import Turn
from selfsown.nearness import sketch
from selfsown.tombstone import Tombstone, near_finder, nothing_near, read_sketch

FIRST, LAST = (
    ("ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du"),
    ("lan", "mer", "nis", "pok", "rut", "sel", "tam"),
)
WORDS = [f"{first}{last}" for first in FIRST for last in LAST]


def text(seed: int, words: int) -> list[Turn]:
    draw = random.Random(seed)
    return [Turn("user", " ".join(draw.choices(WORDS, k=words)))]


def test_a_tombstone_is_one_canonical_line():
    stone = Tombstone("c-" + "0" * 32, "request", "2026-11-21", (3, 5))
    assert stone.path == f"corpus/withdrawn/2026-11/c-{'0' * 32}.json"
    assert list(orjson.loads(stone.render())) == ["date", "id", "reason", "sketch"]
    assert read_sketch(stone.render()) == (3, 5)
    assert b"sketch" not in Tombstone(stone.id, "request", "2026-11-21").render()


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"sketch":3}', b'{"sketch":[1.5]}', b'{"sketch":["a"]}'])
def test_a_file_that_is_none_has_no_sketch(content):
    assert read_sketch(content) == ()


@pytest.mark.parametrize("words", [24, 60, 400, 4000])
def test_a_copy_with_words_changed_or_added_is_known(words):
    told = text(1, words)
    find = near_finder({"gone": sketch(told), "other": sketch(text(2, words))})
    said = told[0].content.split()
    changed = " ".join("otherwise" if place % 15 == 14 else word for place, word in enumerate(said))
    assert find(told) == "gone"
    assert find([Turn("user", changed)]) == "gone"
    assert find([*text(3, words), Turn("assistant", told[0].content.upper())]) == "gone"


def test_what_has_nothing_in_common_is_not_known_whatever_its_length():
    find = near_finder(
        {str(seed): sketch(text(seed, length)) for seed, length in enumerate([4, 5, 7, 9, 14, 40, 400] * 60)}
    )
    assert [find(text(1_000 + seed, length)) for seed, length in enumerate([4, 30, 300, 9_000] * 10)] == [None] * 40


def test_without_sketches_nobody_computes():
    def said():
        pytest.fail("nobody has to look")
        yield

    assert near_finder({"gone": ()}) is nothing_near
    assert near_finder({})(said()) is None
