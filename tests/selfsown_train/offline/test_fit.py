"""A fit learns from labels and from orders, within the signs that terms allow, and again the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError
from selfsown.evaluation.comparison import Paired, Rated
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Criterion, Rubric
from selfsown_train.judge_examples import RATED, Ask, Example, score, yes_or_no
from selfsown_train.offline.examples import PREFERRED, people_examples
from selfsown_train.offline.fit import fit_head
from selfsown_train.offline.measurements import names_of
from selfsown_train.offline.terms import BETTER, EITHER, WORSE, Term, groups_of, terms_within

RUBRIC = Rubric(1, "?", (Criterion("answers", "?"),))
NAMES = names_of(["surface"])
TERMS = (Term("surface.words"), Term("surface.ends"))


def conversation(number: int) -> Conversation:
    return Conversation((Turn("user", f"q {number}"), Turn("assistant", "a")), "test", "CC0-1.0", "2026-01-01")


def row(**values: float) -> tuple[float, ...]:
    return tuple(values.get(name.partition(".")[2], 0.0) for name in NAMES)


def rated(number: int, share: float) -> Example:
    one = conversation(number)
    return Example(
        RATED, "", (Ask(one, OVERALL, score(10 * share, 1.0)), Ask(one, "answers", yes_or_no(share > 0.5, 0.05)))
    )


@pytest.fixture(scope="module")
def world() -> tuple[list[Example], dict[str, tuple[float, ...]]]:
    """Longer is better, an end says nothing."""
    draw = np.random.default_rng(1)
    examples, numbers = [], {}
    for number in range(120):
        words, ends = draw.uniform(0, 1), float(draw.integers(2))
        examples.append(rated(number, float(np.clip(words + draw.normal(0, 0.1), 0, 1))))
        numbers[conversation(number).id] = row(words=words, ends=ends)
    return examples, numbers


def ask(head, **values):
    return {name: float(found[0]) for name, found in head.answer([row(**values)], NAMES).items()}


def test_what_people_prefer_is_learned(world):
    head = fit_head(*world, RUBRIC, TERMS, provenance={"commit": "c"})
    assert ask(head, words=0.9)[OVERALL] > ask(head, words=0.1)[OVERALL] + 0.4
    assert ask(head, words=0.9)["answers"] > ask(head, words=0.1)["answers"]
    assert abs(ask(head, words=0.5, ends=1.0)[OVERALL] - ask(head, words=0.5)[OVERALL]) < 0.1
    assert head.provenance["commit"] == "c"
    assert head.provenance["rows"] == 240


def test_again_it_is_the_same(world):
    assert fit_head(*world, RUBRIC, TERMS) == fit_head(*world, RUBRIC, TERMS)


@pytest.mark.parametrize(("sign", "differs"), [(BETTER, True), (EITHER, True), (WORSE, False)])
def test_a_weight_keeps_its_sign(world, sign, differs):
    head = fit_head(*world, RUBRIC, (Term("surface.words", sign), TERMS[1]))
    assert (ask(head, words=0.9)[OVERALL] > ask(head, words=0.1)[OVERALL] + 0.1) is differs


def test_outside_of_what_was_seen_nothing_is_made_up(world):
    head = fit_head(*world, RUBRIC, TERMS)
    assert ask(head, words=500.0) == ask(head, words=1.0)


def test_an_order_teaches_without_a_label(world):
    examples, numbers = world
    pairs, more = [], dict(numbers)
    for number in range(200, 260):
        better, worse = conversation(number), conversation(number + 1000)
        more |= {better.id: row(words=0.5, ends=1.0), worse.id: row(words=0.5, ends=0.0)}
        asks = (Ask(better, OVERALL, None), Ask(worse, OVERALL, None))
        pairs.append(Example(PREFERRED, "", asks, ((0, 1),)))
    before, after = fit_head(examples, numbers, RUBRIC, TERMS), fit_head([*examples, *pairs], more, RUBRIC, TERMS)

    def gain(head):
        return ask(head, words=0.5, ends=1.0)[OVERALL] - ask(head, words=0.5)[OVERALL]

    assert gain(after) > gain(before) + 0.1


def test_a_constant_measurement_weighs_nothing(world):
    examples, numbers = world
    head = fit_head(examples, numbers, RUBRIC, (*TERMS, Term("surface.code"), Term("surface.leaks", WORSE, (0.0, 1.0))))
    assert all(np.isfinite(entry.weights).all() for entry in head.questions)
    assert all(entry.weights[2:] == (0.0, 0.0) for entry in head.questions)


def test_where_nothing_tells_good_from_bad_it_is_said(world):
    examples, numbers = world
    alike = [
        replace(one, asks=tuple(replace(ask, target=yes_or_no(True, 0.05)) for ask in one.asks)) for one in examples
    ]
    with pytest.raises(SelfsownError, match="nothing tells good from bad for answers, overall"):
        fit_head(alike, numbers, RUBRIC, TERMS)


def test_people_s_files_become_examples():
    one, two = conversation(1), conversation(2)
    found = people_examples(
        [Rated("r", one, 3.0, (1.0, 5.0)), Paired("p", one, two, -1), Paired("t", one, two, 0)],
    )
    assert [(entry.origin, len(entry.asks)) for entry in found] == [(RATED, 1), (PREFERRED, 2)]
    assert found[0].asks[0].target.points == 5.0
    assert found[1].orders == ((1, 0),)


def test_terms_name_their_groups():
    assert groups_of(TERMS) == {"surface"}
    assert groups_of(terms_within(["seen", "meaning"])) == {"seen", "meaning"}
