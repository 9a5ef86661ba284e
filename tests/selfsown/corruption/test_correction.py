"""Corrections: both sides hold the same one, and only how it is taken tells them apart."""

from __future__ import annotations

from selfsown.conversation import Conversation, Turn
from selfsown.corruption import CORRECTED_WELL, build_neighbours, make_correction_pairs
from selfsown.corruption.correction import find_accepted, take_badly
from selfsown.corruption.kind import Setting, dice_for
from selfsown.corruption.scenario import make_scenario

SEEDS = range(40)


def chat(*texts: str) -> Conversation:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
    return Conversation(turns, "test", "CC0-1.0", "2026-01-01")


NIGHTS = chat(
    "How much are 3 nights at 74 each?", "They make 222 in all. That is without the tax. Breakfast is included."
)
OTHER = chat("How much are 4 nights in the tent?", "The meadow is free for hikers until the end of the summer.")
NEIGHBOURS = build_neighbours([NIGHTS, OTHER])
TAKEN_WELL = chat(
    "Is 9 a prime?", "It is, nothing divides it.", "That is wrong, 3 divides it.", "You're right, 9 is 3 times 3."
)


def setting(seed: int) -> Setting:
    return Setting(dice_for(NIGHTS.id, "correction", seed), NEIGHBOURS)


def test_both_sides_hold_the_correction_and_differ_in_the_reply_alone():
    for seed in SEEDS:
        broken = take_badly(NIGHTS, setting(seed))
        assert broken is not None
        better, worse = broken.better.turns, broken.worse.turns
        assert better[:-1] == worse[:-1]
        assert better[-1] != worse[-1]
        assert len(better) == len(NIGHTS.turns) + 2


def test_a_correction_that_is_there_is_kept_and_the_reply_replaced():
    assert find_accepted(TAKEN_WELL) == 3
    broken = take_badly(TAKEN_WELL, Setting(dice_for(TAKEN_WELL.id, "correction", 0), NEIGHBOURS))
    assert broken is not None
    assert broken.better == TAKEN_WELL
    assert broken.worse.turns[:-1] == TAKEN_WELL.turns[:-1]


def test_the_user_is_right_about_an_answer_that_was_spoiled_and_wrong_about_one_that_was_not():
    seen = set()
    for seed in SEEDS:
        scenario = make_scenario(NIGHTS, setting(seed))
        assert scenario is not None
        seen.add(scenario.is_user_right)
        whole = NIGHTS.turns[-1].content
        assert (scenario.answer != whole) is scenario.is_user_right
        assert "222 in" in scenario.good
        if scenario.is_user_right:
            assert scenario.false == scenario.answer
        else:
            assert "222 in" not in scenario.false
    assert seen == {True, False}


def test_well_taken_corrections_stand_beside_the_conversation_without_one():
    pairs = list(make_correction_pairs([NIGHTS, TAKEN_WELL], 1, NEIGHBOURS))
    assert [(pair.kind, pair.worse) for pair in pairs] == [(CORRECTED_WELL, NIGHTS)]
    assert len(pairs[0].better.turns) == len(NIGHTS.turns) + 2
    assert pairs == list(make_correction_pairs([NIGHTS, TAKEN_WELL], 1, NEIGHBOURS))
