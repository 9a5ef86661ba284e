"""Preference pairs from reworks and from rated answers: what makes one, what never does, and which side it is on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from data_recipe import UNCAPPED

from selfsown.conversation import Conversation, Turn
from selfsown.rated import join_rated
from selfsown.rating import Rating
from selfsown.rework import Rework
from selfsown_train.lineage import open_split
from selfsown_train.merged import Merged
from selfsown_train.pairs import MOST_PER_PROMPT, PreferencePair, decide_pairs
from selfsown_train.recipe import DataRecipe
from selfsown_train.selection import FEWEST, Ages

DAY = 86_400
RECIPE = UNCAPPED


def talk(*texts: str, supersedes: str | None = None) -> Conversation:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
    return Conversation(turns, "starter", "CC0-1.0", "2026-11-21", supersedes=supersedes)


def on_side(held_out: bool, word: str, answer: str = "No idea at all, sorry about that.") -> Conversation:
    """A conversation on the wanted side of the split."""
    numbered = (talk(f"Tell me in short what a {word} of kind {number} is.", answer) for number in range(100))
    return next(entry for entry in numbered if open_split({}, RECIPE.held_out)(entry.id) is held_out)


def rework(
    of: Conversation, new: str = "It is a small tool for wood.", turn: int = 1, source: str = "starter"
) -> Rework:
    return Rework(
        of.id, turn, of.turns[turn - 1].content, "Too short.", of.turns[turn].content, new,
        "human", source, "CC0-1.0", "2026-11-21", {},
    )  # fmt: skip


def rate(entry: Conversation, score: float, rater: str = "one", source: str = "starter") -> Rating:
    return Rating(entry.id, score, {}, "", rater, "reader", "here", source, "2026-11-21", entry.turns)


def decide(
    chats: Iterable[Conversation] = (),
    reworks: Iterable[Rework] = (),
    ratings: Iterable[Rating] = (),
    recipe: DataRecipe = RECIPE,
    **merged: Any,
) -> tuple[tuple[PreferencePair, ...], dict[str, int]]:
    known = {entry.id: entry for entry in chats}
    facts = {"withdrawn": frozenset(), "superseded": frozenset(), "ages": Ages(0, {}), **merged}
    corpus = Merged("a" * 40, known, tuple(reworks), tuple(ratings), **facts)
    return decide_pairs(
        corpus, join_rated(ratings, known, corpus.withdrawn), open_split(known, recipe.held_out), recipe
    )


def test_a_rework_prefers_the_new_answer_to_the_one_that_happened() -> None:
    parent = talk("What is a plane?", "It flies.", "No, the one for wood.", "It makes wood flat.")
    made = rework(parent, "It shaves wood until it is flat.", turn=3)
    (pair,), left_out = decide([parent], [made], recipe=replace(RECIPE, held_out=0.0))
    answers = "It shaves wood until it is flat.", "It makes wood flat."
    assert pair == PreferencePair(made.id, parent.turns[:3], *answers, "rework", made.source, (parent.id,))
    assert left_out == {}


@pytest.mark.parametrize(
    ("fields", "merged", "reason"),
    [
        ({"verdicts": {"facts": True, "arithmetic": False}}, {}, "a check of the new answer failed"),
        ({"old": "Something else."}, {}, "not the answer that was reworked"),
        ({"turn": 9}, {}, "not the answer that was reworked"),
        ({"new": "No idea at all, sorry about that."}, {}, "the answer did not change"),
        ({"parent": "c-" + "0" * 32}, {}, "the conversation is not at hand"),
        ({}, {"withdrawn": "parent"}, "withdrawn"),
        ({}, {"withdrawn": "own"}, "withdrawn"),
        ({}, {"superseded": "parent"}, "superseded"),
        ({}, {"untrained": "parent"}, "no consent to train"),
        ({"source": "other"}, {"ages": Ages(5 * DAY, {})}, "in quarantine"),
    ],
)
def test_what_makes_no_pair_is_counted_with_its_reason(
    fields: dict[str, Any], merged: dict[str, Any], reason: str
) -> None:
    parent = on_side(False, "plane")
    made = replace(rework(parent), **fields)
    ids = {"parent": parent.id, "own": made.id}
    facts = {name: frozenset({ids[value]}) if isinstance(value, str) else value for name, value in merged.items()}
    pairs, left_out = decide([parent], [made], recipe=replace(RECIPE, quarantine_days=3), **facts)
    assert (pairs, left_out) == ((), {reason: 1})


def test_a_rework_goes_with_the_lineage_of_its_parent() -> None:
    held, trains = on_side(True, "saw", "It cuts."), on_side(False, "plane")
    heir = next(
        entry
        for entry in (talk("What is a saw?", f"It has {number} teeth.", supersedes=held.id) for number in range(50))
        if not open_split({}, RECIPE.held_out)(entry.id)
    )
    pairs, left_out = decide([held, trains, heir], [rework(trains), rework(held), rework(heir)])
    assert [pair.prompt for pair in pairs] == [trains.turns[:1]]
    assert left_out == {"held out": 2}


def test_rated_answers_to_one_request_pair_the_best_with_what_is_worse_by_the_gap() -> None:
    recipe = replace(RECIPE, held_out=0.0)
    answers = [talk("What is a saw?", text) for text in ("A tool with teeth.", "A tool.", "Cheese.", "Nothing.")]
    ratings = [rate(entry, score) for entry, score in zip(answers, (9.0, 7.0, 2.0, 6.0), strict=True)]
    pairs, left_out = decide(ratings=ratings, recipe=recipe)
    assert {(pair.chosen, pair.rejected, pair.origin) for pair in pairs} == {
        ("A tool with teeth.", "Cheese.", "rated"),
        ("A tool with teeth.", "Nothing.", "rated"),
    }
    assert left_out == {}
    assert not decide(ratings=[rate(answers[0], 4.5), rate(answers[2], 0.0)], recipe=recipe)[0], "the best is not good"
    # One person counts once: nine low ratings by the same one do not turn a good answer into a bad one.
    many = [replace(rate(answers[0], 0.0, "enemy"), where=f"pull/{number}") for number in range(9)]
    kind = [rate(answers[0], 10.0, rater) for rater in ("one", "two", "three")]
    (pair,) = decide(ratings=[*many, *kind, rate(answers[2], 2.0)], recipe=recipe)[0]
    assert pair.chosen == "A tool with teeth."


def test_one_request_and_one_source_make_only_so_many_pairs() -> None:
    recipe = replace(RECIPE, held_out=0.0, source_share=0.1)
    answers = [talk("What is a saw?", f"Answer {number}.") for number in range(10)]
    ratings = [rate(entry, 9.0 if place == 0 else 1.0) for place, entry in enumerate(answers)]
    pairs, left_out = decide(ratings=ratings, recipe=recipe)
    assert len(pairs) == MOST_PER_PROMPT
    assert left_out == {"beyond the pairs of one request": 9 - MOST_PER_PROMPT}
    parents = [talk(f"What is thing {number} of many?", "Cheese.") for number in range(60)]
    pairs, left_out = decide(parents, [rework(entry, source="flood") for entry in parents], recipe=recipe)
    assert len(pairs) == FEWEST
    assert left_out == {"beyond the share of one source": 60 - FEWEST}


def test_ratings_that_carry_a_held_out_conversation_teach_nothing() -> None:
    text = "It is a long blade with teeth along one edge that cuts wood when it is pulled or pushed over it."
    held = on_side(True, "saw", text)
    is_held = open_split({}, RECIPE.held_out)

    def beside(answers: Iterable[Conversation]) -> Conversation:
        return next(entry for entry in answers if not is_held(entry.id))

    request = held.turns[0].content
    same = beside(talk(request.upper(), f"Well, {number}.") for number in range(50))
    poor = beside(talk(request.upper(), f"Cheese {number}.") for number in range(50))
    copied = beside(talk(f"Tell {number} me?", text.replace("wood", "timber")) for number in range(50))
    worse = beside(talk(copied.turns[0].content, f"Cheese {number}.") for number in range(50))
    for good, bad in ((same, poor), (copied, worse)):
        pairs, left_out = decide([held], ratings=[rate(good, 9.0), rate(bad, 1.0)])
        assert (pairs, left_out) == ((), {"asks or repeats what is held out": 1})
    pairs, left_out = decide([held], ratings=[rate(held, 9.0), rate(beside([talk(request, "Cheese.")] * 2), 1.0)])
    assert (pairs, left_out) == ((), {"held out": 1})


def test_young_ratings_and_what_they_carry_make_no_pairs_yet() -> None:
    recipe = replace(RECIPE, held_out=0.0, quarantine_days=3)
    good, poor = talk("What is a saw?", "A tool with teeth."), talk("What is a saw?", "Cheese.")
    ratings = [rate(good, 9.0, source="other"), rate(poor, 1.0, source="other")]
    old = {ratings[0].id: 0, ratings[1].id: 0}
    assert not decide(ratings=ratings, recipe=recipe, ages=Ages(5 * DAY, {**old, ratings[1].id: 3 * DAY}))[0]
    assert len(decide(ratings=ratings, recipe=recipe, ages=Ages(5 * DAY, old))[0]) == 1
