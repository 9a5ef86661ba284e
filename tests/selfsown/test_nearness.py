"""Copies that nobody declared are found across the split, with words changed; conversations of one template are not."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from selfsown.conversation import Conversation, Turn, read_turns
from selfsown.nearness import find_repeats, find_sketched, repeats_sketch, shingles, sketch


def talk(*texts: str) -> Conversation:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
    return Conversation(turns, "starter", "CC0-1.0", "2026-11-21")


def read_chats(shared_data: Path, name: str) -> list[Conversation]:
    lines = (shared_data / "chats" / name).read_bytes().splitlines()
    found = {}
    for line in lines:
        entry = Conversation(read_turns(orjson.loads(line)["messages"]), "starter", "CC0-1.0", "2026-11-21")
        found[entry.id] = entry
    return random.Random(1).sample(list(found.values()), 1200)


def change(entry: Conversation, share: float, draw: random.Random, words: list[str]) -> Conversation:
    def mangle(text: str) -> str:
        return " ".join(draw.choice(words) if draw.random() < share else word for word in text.split())

    return replace(entry, turns=tuple(Turn(turn.role, mangle(turn.content)) for turn in entry.turns))


@pytest.mark.parametrize(
    ("name", "found", "honest"), [("selfdialogue_5000.jsonl", 0.9, 0.02), ("taskmaster4.jsonl", 0.6, 0.06)]
)
def test_planted_copies_are_found_and_honest_conversations_are_not(
    shared_data: Path, name: str, found: float, honest: float
) -> None:
    chats = read_chats(shared_data, name)
    held_out, train = chats[:300], chats[300:]
    assert len(find_repeats(held_out, train)) <= honest * len(held_out)
    words = [word for entry in train[:200] for turn in entry.turns for word in turn.content.split()]
    copies = [change(entry, 0.1, random.Random(place), words) for place, entry in enumerate(held_out[:200])]
    leaks = find_repeats(held_out[:200], [*train, *copies])
    assert sum(leaks.get(entry.id) == copy.id for entry, copy in zip(held_out, copies, strict=False)) >= found * 200


def test_a_copy_is_found_with_turns_added_and_however_often_it_was_pasted() -> None:
    draw = random.Random(4)
    text = " ".join(str(draw.random()) for _ in range(40))
    asked = talk(text, "It is so because of the weather in spring.")
    longer = talk(text, "It is so because of the weather in spring.", "And then?", " ".join(map(str, range(200))))
    assert find_repeats([asked], [talk("hi", "hello"), longer]) == {asked.id: longer.id}
    flood = [talk(f"{text} {number}", "It is so because of the weather in spring.") for number in range(500)]
    assert set(find_repeats([asked], flood)) == {asked.id}


def test_nothing_leaks_where_there_is_nothing() -> None:
    assert find_repeats([], [talk("hi", "hello")]) == {}
    assert find_repeats([talk("hi", "hello")], []) == {}
    assert find_repeats([talk("One word", "more")], [talk("Another", "two")]) == {}


def test_short_texts_leak_only_whole() -> None:
    said = talk("hi", "hello")
    assert find_repeats([said], [replace(said, source="other"), talk("hi", "hello there")]) == {said.id: said.id}


def test_case_and_punctuation_do_not_hide_a_copy() -> None:
    assert shingles(talk("What is a tide?", "The sea, rising.").turns) == shingles(
        talk("what IS a tide", "the sea rising").turns
    )


def test_a_template_that_everybody_uses_costs_no_more_than_its_text() -> None:
    held_out = [talk(f"number {place} {place * 7}", "the same answer " * 30) for place in range(400)]
    train = [talk(f"number {place} {place * 11}", "the same answer " * 30) for place in range(1000, 4000)]
    start = time.process_time()
    find_repeats(held_out, train)
    assert time.process_time() - start < 5


def test_a_sketch_knows_a_copy_again_and_holds_no_run_of_digits(shared_data: Path) -> None:
    chats = read_chats(shared_data, "selfdialogue_5000.jsonl")[:200]
    sketches = {entry.id: sketch(entry.turns) for entry in chats}
    assert all(0 < len(one) <= 64 and max(one) < 1 << 16 for one in sketches.values())
    words = [word for entry in chats for turn in entry.turns for word in turn.content.split()]
    copies = [change(entry, 0.05, random.Random(place), words) for place, entry in enumerate(chats)]
    known = [repeats_sketch(copy.turns, sketches[entry.id]) for entry, copy in zip(chats, copies, strict=True)]
    assert sum(known) >= 0.97 * len(chats)
    longer = (*copies[0].turns, Turn("user", "And " + " ".join(words[:300])))
    assert find_sketched(longer, sketches) == chats[0].id
    strangers = talk("What makes bread rise in the oven?", "Yeast turns sugar into gas, and the gas lifts the dough.")
    assert find_sketched(strangers.turns, sketches) is None
    told = talk("My number is known to my mother 5550100 and to nobody else at all.", "I see.")
    other = talk(told.turns[0].content.replace("5550100", "5550199"), "I see.")
    assert sketch(told.turns) == sketch(other.turns)
    assert not repeats_sketch(told.turns, ())
