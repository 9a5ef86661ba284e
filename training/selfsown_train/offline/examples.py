"""What a head is fitted on: the training side of our own corpus, as for a trained judge, and files that people rated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from selfsown.evaluation.comparison import Comparison, Paired, Rated
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Rubric
from selfsown_train.corpus import RoundData
from selfsown_train.judge_examples import POINTS, RATED, Ask, Example, make_examples, score
from selfsown_train.judge_recipe import JudgeRecipe

PREFERRED = "preferred"  # people's choice between two answers


def own_examples(data: RoundData, rubric: Rubric, recipe: JudgeRecipe, pairs: int, attacks: int) -> list[Example]:
    """Ratings with every question that was answered, at most `pairs` broken pairs and `attacks` attacked conversations.

    The rest is as the recipe has it: held-out kinds and held-out conversations are not among them.
    """
    values = replace(recipe.examples, questions=len(rubric.criteria) + 1, repeats=1, pairs=pairs, attacks=attacks)
    return make_examples(data, rubric, replace(recipe, examples=values))


def people_examples(comparisons: Iterable[Comparison], spread: float = 1.0) -> list[Example]:
    """Rated and paired lines of files as examples of `overall`; ties and attacks teach nothing here."""
    found = []
    for entry in comparisons:
        if isinstance(entry, Rated):
            target = score(POINTS * entry.share, spread)
            found.append(Example(RATED, "", (Ask(entry.conversation, OVERALL, target),)))
        elif isinstance(entry, Paired) and entry.better:
            asks = (Ask(entry.a, OVERALL, None), Ask(entry.b, OVERALL, None))
            found.append(Example(PREFERRED, "", asks, ((0, 1) if entry.better > 0 else (1, 0),)))
    return found


def count_origins(examples: Iterable[Example]) -> dict[str, int]:
    """How many examples there are of each origin, by name."""
    return dict(sorted(Counter(entry.origin for entry in examples).items()))
