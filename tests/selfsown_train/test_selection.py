"""Which accepted conversations a round takes: shares of the result, quarantine, floods, and how little one more moves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from data_recipe import UNCAPPED

from selfsown.conversation import Conversation, Turn
from selfsown_train.recipe import DataRecipe
from selfsown_train.selection import (
    FEWEST,
    MOST_ALIKE,
    OF_CONTRIBUTOR,
    OF_MODELS,
    OF_SOURCE,
    QUARANTINED,
    REPEATED,
    Ages,
    Selection,
    decide_selection,
)

DAY = 86_400
OPEN = replace(UNCAPPED, held_out=0.2)
NOW = Ages(0, {})
WORDS = random.Random(5).choices("abcdefghijklmnopqrstuvwxyz", k=40_000)


def chat(number: int, source: str = "other", **fields: str) -> Conversation:
    said = "".join(WORDS[7 * number : 7 * number + 7])
    turns = (
        Turn("user", f"What is {number} of {said}, and why is it so?"),
        Turn("assistant", f"It is {number} {said}."),
    )
    return Conversation(turns, source, "CC0-1.0", "2026-11-21", **fields)  # type: ignore[arg-type]


def chats(first: int, count: int, source: str = "other", **fields: str) -> list[Conversation]:
    return [chat(number, source, **fields) for number in range(first, first + count)]


def select(entries: Iterable[Conversation], recipe: DataRecipe, ages: Ages = NOW, **scores: float) -> Selection:
    return decide_selection({entry.id: entry for entry in entries}, ages, scores, recipe)


def taken(selection: Selection, entries: Iterable[Conversation]) -> list[Conversation]:
    return [entry for entry in entries if entry.id in selection.chosen]


def test_a_share_is_one_of_the_result() -> None:
    entries = [*chats(0, 300, "starter"), *chats(1000, 900, "flood"), *chats(3000, 60, "small")]
    selection = select(entries, replace(OPEN, source_share=0.25))
    sources = Counter(entry.source for entry in taken(selection, entries))
    assert sources["starter"] == 300
    assert sources["small"] == 60
    assert sources["flood"] == len(selection.chosen) // 4 == 120
    assert selection.left_out == {OF_SOURCE: 780}


def test_nobody_is_cut_below_the_fewest() -> None:
    entries = [*chats(0, FEWEST, "one"), *chats(100, 9, "other"), *chats(200, 40, "large")]
    selection = select(entries, replace(OPEN, source_share=0.01))
    assert Counter(entry.source for entry in taken(selection, entries)) == {"one": FEWEST, "other": 9, "large": FEWEST}


def test_a_contributor_who_is_named_has_a_share_too() -> None:
    entries = [
        *chats(0, 500, "starter"),
        *chats(1000, 100, "a", contributor="x"),
        *chats(2000, 100, "b", contributor="x"),
    ]
    selection = select(entries, replace(OPEN, contributor_share=0.1))
    assert len(taken(selection, entries)) == 500 + 55
    assert selection.left_out == {OF_CONTRIBUTOR: 145}


def test_what_models_wrote_keeps_to_its_share_of_the_result_and_trust_does_not_help() -> None:
    entries = [*chats(0, 60), *chats(1000, 500, model="some-model"), *chats(2000, 100, "starter", model="some-model")]
    selection = select(entries, replace(OPEN, human_share=0.6))
    written = sum(entry.model is not None for entry in taken(selection, entries))
    assert (len(selection.chosen), written) == (100, 40)
    assert selection.left_out == {OF_MODELS: 560}
    assert not select(chats(0, 50, model="some-model"), replace(OPEN, human_share=0.6)).chosen


def test_what_people_rated_best_stays() -> None:
    entries = [*chats(0, 6), *chats(1000, 30, model="some-model")]
    best = entries[20]
    selection = select(entries, replace(OPEN, human_share=0.9), **{best.id: 9.0, entries[21].id: 5.0})
    assert len(selection.chosen) == 6
    selection = select([*entries, *chats(50, 4)], replace(OPEN, human_share=0.9), **{best.id: 9.0, entries[21].id: 5.0})
    assert [entry.id for entry in taken(selection, entries) if entry.model] == [best.id]


def test_all_caps_hold_together_whatever_comes() -> None:
    draw = random.Random(3)
    recipe = replace(OPEN, source_share=0.3, contributor_share=0.1, human_share=0.6)
    for _ in range(8):
        entries = [
            chat(
                number,
                draw.choice(["starter", "a", "b", "c"]),
                **({"model": "m"} if draw.random() < 0.5 else {}),
                **({"contributor": f"u{draw.randrange(6)}"} if draw.random() < 0.7 else {}),
            )
            for number in range(draw.randrange(1, 500))
        ]
        selection = select(entries, recipe)
        chosen = taken(selection, entries)
        assert len(chosen) + sum(selection.left_out.values()) == len(entries)
        untrusted = [entry for entry in chosen if entry.source != "starter"]
        assert max(Counter(entry.source for entry in untrusted).values(), default=0) <= max(FEWEST, 0.3 * len(chosen))
        named = Counter(entry.contributor for entry in untrusted if entry.contributor)
        assert max(named.values(), default=0) <= max(FEWEST, 0.1 * len(chosen))
        assert sum(entry.model is not None for entry in chosen) <= 0.4 * len(chosen)


def test_one_more_conversation_moves_few() -> None:
    recipe = replace(OPEN, source_share=0.3, human_share=0.6)
    entries = [*chats(0, 200, "starter"), *chats(1000, 300, "a", model="m"), *chats(2000, 300, "b")]
    before = select(entries, recipe).chosen
    after = select([*entries, chat(4000, "b")], recipe).chosen
    assert len(before ^ after) <= 4


def test_quarantine_counts_from_the_merge_and_not_for_what_is_trusted() -> None:
    old, young, unknown, own = chat(0), chat(1), chat(2), chat(3, "starter")
    ages = Ages(20 * DAY, {old.id: 6 * DAY, young.id: 6 * DAY + 1})
    selection = select([old, young, unknown, own], replace(OPEN, quarantine_days=14), ages)
    assert selection.chosen == {old.id, own.id}
    assert selection.left_out == {QUARANTINED: 2}


@pytest.mark.parametrize(("source", "kept"), [("other", MOST_ALIKE), ("starter", 30)])
def test_a_flood_of_the_same_counts_a_few_times(source: str, kept: int) -> None:
    words = " ".join("".join(WORDS[5 * place : 5 * place + 5]) for place in range(80))
    flood = [
        Conversation((Turn("user", words), Turn("assistant", f"Sure, {number}.")), source, "CC0-1.0", "2026-11-21")
        for number in range(30)
    ]
    selection = select([*flood, *chats(500, 40)], OPEN)
    assert len(taken(selection, flood)) == kept
    assert selection.left_out == ({REPEATED: 30 - kept} if kept < 30 else {})
    assert len(selection.chosen) == kept + 40
