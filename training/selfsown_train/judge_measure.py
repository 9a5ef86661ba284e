"""What a trained judge is worth on conversations that never trained: which side of a pair it gives more points.

Kinds that were trained and kinds that were held out stand apart; the wordings are those that never train. Being corrected
well must not cost points: the same conversation is judged without and with a correction that is well taken, and the mean
difference is what it costs (below zero) or brings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from selfsown.conversation import Conversation
from selfsown.corruption import KINDS, Pair, build_neighbours, make_correction_pairs, make_pairs
from selfsown.judge import Judge
from selfsown.judgement import Judgement, Rubric
from selfsown_train.judge_examples import choose_pairs, draw
from selfsown_train.judge_recipe import JudgeRecipe
from selfsown_train.report import Report

STAGE = "judge pairs"

_BATCH = 8
_LOOKED_AT = 40  # conversations for each pair of a kind: not every kind applies to every conversation

Scores = Mapping[str, float]


def measure_judge(
    judge: Judge, held_out: Sequence[Conversation], rubric: Rubric, recipe: JudgeRecipe, report: Report
) -> dict[str, Any]:
    """As the round file has it: the share of pairs that are ranked rightly (a tie is half), by kind, and the correction."""
    most, seed = recipe.measure.pairs, recipe.seed
    chosen = draw(held_out, seed, most * _LOOKED_AT)
    neighbours = build_neighbours(chosen)
    pairs = choose_pairs(make_pairs(chosen, KINDS, seed, neighbours=neighbours, is_unseen=True), seed, most)
    corrected = choose_pairs(make_correction_pairs(chosen, seed, neighbours, is_unseen=True), seed, most)
    wanted = {side.id: side for pair in (*pairs, *corrected) for side in (pair.better, pair.worse)}
    scores = _score(judge, [wanted[name] for name in sorted(wanted)], rubric, report)
    return {
        "conversations": len(scores),
        "seen": _shares((kind.name for kind in KINDS if not kind.held_out), pairs, scores),
        "held_out": _shares((kind.name for kind in KINDS if kind.held_out), pairs, scores),
        "corrected_well": mean_difference(corrected, scores),
    }


def pair_share(pairs: Iterable[Pair], scores: Scores) -> dict[str, Any]:
    """How many of the pairs could be judged, and of these the share whose better side has more points."""
    judged = [(scores[pair.better.id], scores[pair.worse.id]) for pair in pairs if _is_judged(pair, scores)]
    right = sum((better > worse) + (better == worse) / 2 for better, worse in judged)
    return {"pairs": len(judged), "accuracy": round(right / len(judged), 6) if judged else None}


def mean_difference(pairs: Iterable[Pair], scores: Scores) -> dict[str, Any]:
    """How many points the better side has more, on average."""
    found = [scores[pair.better.id] - scores[pair.worse.id] for pair in pairs if _is_judged(pair, scores)]
    return {"pairs": len(found), "difference": round(sum(found) / len(found), 6) if found else None}


def _shares(kinds: Iterable[str], pairs: Iterable[Pair], scores: Scores) -> dict[str, Any]:
    by_kind = defaultdict(list)
    for pair in pairs:
        by_kind[pair.kind].append(pair)
    return {kind: pair_share(by_kind[kind], scores) for kind in kinds}


def _is_judged(pair: Pair, scores: Scores) -> bool:
    return pair.better.id in scores and pair.worse.id in scores


def _score(judge: Judge, conversations: list[Conversation], rubric: Rubric, report: Report) -> Scores:
    """The points of each conversation that could be judged, a few at a time so that the report moves."""
    scores: dict[str, float] = {}
    for start in range(0, len(conversations), _BATCH):
        answers = judge.judge(conversations[start : start + _BATCH], rubric)
        scores |= {answer.conversation: answer.score for answer in answers if isinstance(answer, Judgement)}
        report(STAGE, min(start + _BATCH, len(conversations)), len(conversations))
    return scores
