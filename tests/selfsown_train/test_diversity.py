from __future__ import annotations

import random

import numpy as np
import pytest

from selfsown.evaluation.intervals import bootstrap_interval
from selfsown_train.diversity import measure_diversity, shared_lengths, words_of

WORDS = [f"{a}{b}" for a in ("ba", "do", "ke", "li", "mu", "ra", "si", "to") for b in ("n", "r", "s", "l", "m", "t")]


def says(length: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


DIFFERENT = [says(20, seed) for seed in range(30)]


def test_answers_that_share_nothing_are_all_distinct_and_equal_ones_are_one() -> None:
    found = measure_diversity(DIFFERENT)
    assert found.distinct_share() > 0.99
    assert found.repeated_share() < 0.02
    alike = measure_diversity(DIFFERENT[:1] * 30)
    assert alike.distinct_share() == pytest.approx(1 / 30)
    assert alike.repeated_share() == 1.0
    assert alike.packed_share() < 0.2
    assert found.packed_share() > 0.4


def test_the_parts_of_answers_add_up_to_distinct_over_all() -> None:
    answers = ["a b c d e", "a b c d", "x a b c d"]
    grams = [list(zip(*(["", "", "", *answer.split()][at:] for at in range(4)), strict=False)) for answer in answers]
    everything = [gram for one in grams for gram in one]
    assert measure_diversity(answers).distinct_share() == pytest.approx(len(set(everything)) / len(everything))


def test_a_loop_within_an_answer_is_no_diversity() -> None:
    assert measure_diversity(["the day " * 20]).distinct_share() < 0.2


def test_shorter_answers_are_compared_over_as_many_words() -> None:
    """Of the same wordings, cut short: beside the long ones they look less diverse, until both are measured alike."""
    templates = [f"Well, I think that the answer to this is {answer}" for answer in DIFFERENT]
    short = [" ".join(answer.split()[:12]) for answer in templates]
    plain = measure_diversity(templates).distinct_share() - measure_diversity(short).distinct_share()
    lengths = shared_lengths(templates, short)
    new, old = measure_diversity(short, lengths), measure_diversity(templates, lengths)
    assert plain > 0.3
    assert new.distinct_share() == old.distinct_share()
    assert new.words.tolist() == old.words.tolist()


def test_a_model_that_says_yes_to_everybody_is_seen() -> None:
    yes = ["Yes."] * 30
    lengths = shared_lengths(yes, DIFFERENT)
    new, old = measure_diversity(yes, lengths), measure_diversity(DIFFERENT, lengths)
    interval = bootstrap_interval(lambda rows: new.distinct_share(rows) - old.distinct_share(rows), 30, 500)
    assert interval.high < -0.5
    silent = measure_diversity([""] * 30, shared_lengths([""] * 30, DIFFERENT))
    assert silent.distinct_share() < 0.05


def test_two_draws_from_one_source_do_not_differ() -> None:
    refused = 0
    for seed in range(20):
        chance = random.Random(seed)
        pool = [f"{one} and {two}" for one in DIFFERENT[:8] for two in DIFFERENT[8:12]]
        new, old = ([chance.choice(pool) for _ in range(24)] for _ in range(2))
        found = [measure_diversity(one, shared_lengths(new, old)) for one in (new, old)]
        interval = bootstrap_interval(
            lambda rows, found=found: found[0].distinct_share(rows) - found[1].distinct_share(rows), 24, 200
        )
        refused += interval.high < -0.1
    assert refused <= 1


def test_a_bootstrap_of_the_parts_has_the_whole_as_its_estimate() -> None:
    found = measure_diversity(DIFFERENT)
    assert found.distinct_share(np.arange(len(found))) == found.distinct_share()
    assert found.packed_share(np.arange(len(found))) == found.packed_share()
    assert np.isnan(measure_diversity([]).distinct_share())


def test_words_of_any_script() -> None:
    assert words_of("Don't, 3.5!") == ["don", "'", "t", ",", "3", ".", "5", "!"]
    assert words_of("猫が好き") == ["猫", "が", "好", "き"]
    assert words_of("Größe ПРИВЕТ") == ["grösse", "привет"]
