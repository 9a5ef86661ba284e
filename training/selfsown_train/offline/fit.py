"""How a head is fitted: a logistic model per question, on labels by people and on the order of pairs, convex and repeatable.

A label is a share of yes (or of ten points); an order says that one conversation answers a question better than another,
which the difference of their columns teaches. Weights keep the signs that their terms allow. One strength of the
penalty serves all questions: the one that predicts best what people said of conversations left out. Where ratings come from
three sources or more, whole sources are left out: what holds in one source alone is no knowledge of people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from scipy.optimize import minimize

from selfsown.errors import SelfsownError
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Rubric
from selfsown.rated import first_request
from selfsown_train.judge_examples import POINTS, RATED, Example, examples_digest
from selfsown_train.offline.examples import PREFERRED, count_origins
from selfsown_train.offline.head import Floats, Head, Piecewise, Question, expand
from selfsown_train.offline.measurements import GROUPS, group_version, names_of
from selfsown_train.offline.probe import Probe
from selfsown_train.offline.terms import TERMS, Term, groups_of

WEIGHTS = {RATED: 1.0, PREFERRED: 1.0}  # of an example: people's word counts most
_WEIGHT = 0.25  # of what was made: broken, attacked
_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # of the penalty, beside the mean loss
_FOLDS = 5
_SOURCES = 3
_NO_FOLD = -1.0  # of what is never left out
_SEEN = (0.02, 0.98)  # the quantiles that count as seen

Numbers = Mapping[str, tuple[float, ...]]  # a conversation's id to its measurements


@dataclass(frozen=True, slots=True)
class _Facts:
    """What teaches one question: rows of columns (a difference for an order), shares of yes, weights, and folds.

    `absolute` is 1 for a label and 0 for an order, which has no bias. `counts` marks what people said.
    """

    columns: Floats
    absolute: Floats
    shares: Floats
    weights: Floats
    folds: Floats
    counts: Floats


def fit_head(
    examples: Sequence[Example],
    numbers: Numbers,
    rubric: Rubric,
    terms: Sequence[Term] = TERMS,
    weights: Mapping[str, float] = WEIGHTS,
    provenance: Mapping[str, object] | None = None,
    probe: Probe | None = None,
) -> Head:
    """A head over `terms`, from examples whose measurements (of the groups of the terms) are in `numbers`.

    `probe` is what measured the group `steering`, where the terms have it.

    Raises SelfsownError where nothing teaches one of the questions.
    """
    groups = [group for group in GROUPS if group in groups_of(terms)]
    names = names_of(groups)
    rows = [numbers[ask.conversation.id] for one in examples for ask in one.asks]
    pieces = [Piecewise(term.name, _knots(term, rows, names)) for term in terms]
    table = expand(rows, names, pieces)
    means, scales = table.mean(0), np.where(table.std(0) > 1e-9, table.std(0), 1.0)
    columns = (table - means) / scales
    signs = [term.sign for term, piece in zip(terms, pieces, strict=True) for _ in piece.knots[1:]]
    wanted = [*(entry.name for entry in rubric.criteria), OVERALL]
    folds = _folds(examples)
    facts = {name: _gather(name, examples, columns, weights, folds) for name in wanted}
    if missing := [name for name in wanted if len(set(facts[name].shares.tolist())) < 2]:
        raise SelfsownError(f"nothing tells good from bad for {', '.join(missing)}", "more ratings or pairs are needed")
    strength = _choose_strength(facts[OVERALL], signs)
    questions = tuple(_as_question(name, _fit(facts[name], signs, strength)) for name in wanted)
    return Head(
        format=1,
        groups=tuple(groups),
        versions=tuple(group_version(group, probe) for group in groups),
        terms=tuple(pieces),
        means=_plain(means),
        scales=_plain(scales),
        questions=questions,
        probe=probe if "steering" in groups else None,
        provenance={**(provenance or {}), "penalty": strength, "rows": len(rows)},
    )


def describe(examples: Sequence[Example]) -> dict[str, object]:
    """What a head is fitted on and with, for its provenance: counts by origin, a digest over all, library versions."""
    libraries = {name: version(name) for name in ("numpy", "scipy", "torch", "transformers")}
    return {"examples": count_origins(examples), "examples_digest": examples_digest(examples), "libraries": libraries}


def _knots(term: Term, rows: Sequence[Sequence[float]], names: Sequence[str]) -> tuple[float, ...]:
    """Those that are declared, else the range that was seen."""
    if term.knots:
        return term.knots
    values = np.array([row[names.index(term.name)] for row in rows])
    low, high = (float(np.quantile(values, share)) for share in _SEEN)
    if low == high:
        low, high = float(values.min()), float(values.max())
    return (round(low, 6), round(high, 6)) if high - low > 1e-5 else (round(low, 6), round(low, 6) + 1.0)


def _gather(
    name: str, examples: Sequence[Example], columns: Floats, weights: Mapping[str, float], folds: Sequence[float]
) -> _Facts:
    found: list[tuple[Floats, float, float, float, float, float]] = []
    start = 0
    for one, fold in zip(examples, folds, strict=True):
        weight, is_people = weights.get(one.origin, _WEIGHT), float(one.origin == RATED)
        for place, ask in enumerate(one.asks, start):
            if ask.question == name and ask.target is not None:
                share = ask.target.points / POINTS
                found.append((columns[place], 1.0, share, weight, fold, is_people))
        for better, worse in one.orders:
            if one.asks[better].question == name:
                difference = columns[start + better] - columns[start + worse]
                found.append((difference, 0.0, 1.0, weight, fold, 0.0))
        start += len(one.asks)
    if not found:
        nothing = np.zeros(0)
        return _Facts(np.zeros((0, columns.shape[1])), nothing, nothing, nothing, nothing, nothing)
    parts = list(zip(*found, strict=True))
    return _Facts(np.stack(parts[0]), *(np.array(part, np.float64) for part in parts[1:]))


def _folds(examples: Sequence[Example]) -> list[float]:
    """The fold of each example: its source where people rated three or more, else by a hash of the first request."""
    sources = sorted({one.asks[0].conversation.source for one in examples if one.origin == RATED})
    if len(sources) < _SOURCES:
        return [float(_fold(first_request(one.asks[0].conversation.turns))) for one in examples]
    return [
        float(sources.index(one.asks[0].conversation.source)) if one.origin == RATED else _NO_FOLD for one in examples
    ]


def _fold(group: str) -> int:
    return int(hashlib.sha256(f"fold {group}".encode()).hexdigest()[:8], 16) % _FOLDS


def _choose_strength(facts: _Facts, signs: Sequence[int]) -> float:
    """The penalty with which people's scores of left-out conversations are predicted best; ties go to the stronger."""
    folds = sorted(set(facts.folds[facts.counts > 0].tolist()))
    if len(folds) < 2:
        return _STRENGTHS[-1]
    losses = {
        strength: sum(_left_out(facts, fold, signs, strength) for fold in folds) / len(folds) for strength in _STRENGTHS
    }
    return min(reversed(_STRENGTHS), key=lambda strength: losses[strength])


def _left_out(facts: _Facts, fold: float, signs: Sequence[int], strength: float) -> float:
    out = facts.folds == fold
    fitted = _fit(_take(facts, ~out), signs, strength)
    rest = _take(facts, out & (facts.counts > 0))
    logits = rest.columns @ fitted[:-1] + fitted[-1]
    return float((np.logaddexp(0.0, logits) - rest.shares * logits).mean())


def _take(facts: _Facts, kept: Floats) -> _Facts:
    parts = (facts.columns, facts.absolute, facts.shares, facts.weights, facts.folds, facts.counts)
    return _Facts(*(part[kept] for part in parts))


def _fit(facts: _Facts, signs: Sequence[int], strength: float) -> Floats:
    """Weights and, last, the bias: the mean logistic loss and half the squared weights, by L-BFGS within the signs."""
    design = np.concatenate([facts.columns, facts.absolute[:, None]], axis=1)
    weights = facts.weights / facts.weights.sum()
    penalty = np.full(design.shape[1], strength)
    penalty[-1] = 1e-6

    def loss(point: Floats) -> tuple[float, Floats]:
        logits = design @ point
        value = weights @ (np.logaddexp(0.0, logits) - facts.shares * logits) + 0.5 * penalty @ point**2
        slope = design.T @ (weights * (1.0 / (1.0 + np.exp(-logits)) - facts.shares)) + penalty * point
        return float(value), slope

    bounds = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in (*signs, 0)]
    found = minimize(
        loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}
    )
    return np.asarray(found.x, np.float64)


def _as_question(name: str, fitted: Floats) -> Question:
    return Question(name, round(float(fitted[-1]), 6), _plain(fitted[:-1]))


def _plain(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 6) + 0.0 for value in values)
