"""Is the candidate better? Measured on conversations that never trained, paired with the live round; decided by `decide_gate`.

Primary: the held-out loss must fall by more than the recipe's margin, which stands above the noise of seeds (an interval
alone is not enough: three seeds on the same data differ significantly). Guard: the judge's agreement with people may not
fall by more than the recipe allows. Beside each trivial judge the table says what decides the judge's vote: see
selfsown.vote. Not covered yet: generation side by side, regression probes, diversity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from selfsown.conversation import Conversation
from selfsown.evaluation.intervals import Interval, Rows, bootstrap_interval
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown.vote import check_name, trivial_judges
from selfsown_train.agreement import over_pairs, pair_hits
from selfsown_train.corpus import RoundData, as_conversation
from selfsown_train.evaluate import Loss, losses
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.recipe import GateRecipe
from selfsown_train.report import Report

_MOST_RESAMPLES = 2000  # of a statistic over pairs


@dataclass(frozen=True, slots=True)
class Measurement:
    """One model on the held-out data: a loss per conversation, and a score per rated conversation (nan: not judged)."""

    losses: tuple[Loss, ...]
    scores: tuple[float, ...]
    judge: str


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: both values, their difference with its interval, the threshold, and whether it counts and passed."""

    name: str
    candidate: float
    incumbent: float
    difference: float
    low: float
    high: float
    threshold: float
    n: int
    passed: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two values of the same kind, the interval of their difference, and how many conversations it rests on."""

    candidate: float
    incumbent: float
    interval: Interval
    n: int


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Pass or refuse, why, and every check."""

    decision: str
    reason: str
    checks: tuple[Check, ...]

    def to_json(self, incumbent: int | None, judge: str) -> Mapping[str, Any]:
        """As the round file has it; numbers to six places."""
        checks = [{k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(c).items()} for c in self.checks]
        return {
            "decision": self.decision,
            "reason": self.reason,
            "incumbent": incumbent,
            "judge": judge,
            "checks": checks,
        }


def measure(chat: ChatModel, data: RoundData, rubric: Rubric, report: Report) -> Measurement:
    """Run one model over everything that is held out."""
    found = losses(chat, [entry.turns for entry in data.held_out], report)
    judge = as_judge(chat, "round")
    conversations = [as_conversation(entry) for entry in data.held_out_ratings]
    answers = []
    for index, conversation in enumerate(conversations):
        answers += judge.judge([conversation], rubric)
        report("judge", index + 1, len(conversations))
    return Measurement(tuple(found), read_scores(answers), judge.id)


def read_scores(answers: Sequence[Judgement | Unjudged]) -> tuple[float, ...]:
    """The scores of answers; nan where a judge could not say."""
    return tuple(answer.score if isinstance(answer, Judgement) else float("nan") for answer in answers)


def ask_trivial(conversations: Sequence[Conversation], rubric: Rubric) -> dict[str, tuple[float, ...]]:
    """What each trivial judge says of the rated conversations, by its name."""
    return {name: read_scores(judge.judge(conversations, rubric)) for name, judge in trivial_judges().items()}


def decide_gate(
    candidate: Measurement, incumbent: Measurement, human: Sequence[float], recipe: GateRecipe, seed: int
) -> GateVerdict:
    """Compare two measurements of the same data. `human` are the people's scores of the rated conversations, in order."""
    loss = _compare_losses(candidate.losses, incumbent.losses, recipe, seed)
    agreement = _compare_agreement(candidate.scores, incumbent.scores, human, recipe, seed)
    checks = (loss, *([agreement] if agreement else []))
    if not loss.passed:
        reason = f"the held-out loss is not lower by more than {recipe.margin} nats per token beyond doubt"
    elif agreement and not agreement.passed:
        reason = f"the judge agrees with people less than before (by more than {recipe.agreement_loss})"
    else:
        reason = f"the held-out loss fell by {-loss.difference:.3f} nats per token"
    return GateVerdict("pass" if all(check.passed for check in checks if check.decides) else "refuse", reason, checks)


def _compare_losses(new: Sequence[Loss], old: Sequence[Loss], recipe: GateRecipe, seed: int) -> Check:
    tokens = np.array([entry.tokens for entry in old], dtype=np.float64)
    nats = np.array([[entry.nats for entry in new], [entry.nats for entry in old]])
    fell = nats[0] - nats[1]

    def difference(rows: Rows) -> float:
        return float(fell[rows].sum() / tokens[rows].sum())

    interval = bootstrap_interval(difference, len(tokens), recipe.resamples, recipe.confidence, seed)
    candidate, incumbent = (nats.sum(1) / tokens.sum()).tolist()
    found = _Comparison(candidate, incumbent, interval, len(tokens))
    return _check("held-out loss", found, -recipe.margin, passed=interval.high < -recipe.margin, decides=True)


def _compare_agreement(
    new: Sequence[float], old: Sequence[float], human: Sequence[float], recipe: GateRecipe, seed: int
) -> Check | None:
    found = _pair_accuracy(new, old, human, recipe, seed)
    if found is None:
        return None
    threshold = -recipe.agreement_loss
    return _check("judge agreement", found, threshold, passed=found.interval.high >= threshold, decides=True)


def compare_with_trivial(
    scores: Sequence[float],
    trivial: Mapping[str, Sequence[float]],
    human: Sequence[float],
    recipe: GateRecipe,
    seed: int,
) -> tuple[Check, ...]:
    """Whether the model judges better than each trivial judge, beyond doubt: only then do its ratings decide anything."""
    found = {name: _pair_accuracy(scores, said, human, recipe, seed) for name, said in trivial.items()}
    return tuple(
        _check(check_name(name), entry, 0.0, passed=entry.interval.low > 0.0, decides=False)
        for name, entry in found.items()
        if entry is not None
    )


def _pair_accuracy(
    new: Sequence[float], old: Sequence[float], human: Sequence[float], recipe: GateRecipe, seed: int
) -> _Comparison | None:
    kept = np.isfinite(new) & np.isfinite(old)
    people = np.array(human)[kept]
    tables = [pair_hits(np.array(scores)[kept], people) for scores in (new, old)]
    if tables[0] is None or tables[1] is None:
        return None
    (ours, counts), (theirs, _) = tables[0], tables[1]
    resamples = min(recipe.resamples, _MOST_RESAMPLES)
    difference = over_pairs(ours - theirs, counts)
    interval = bootstrap_interval(difference, len(people), resamples, recipe.confidence, seed)
    everyone = np.arange(len(people))
    accuracy, beside = (over_pairs(hits, counts)(everyone) for hits in (ours, theirs))
    return _Comparison(accuracy, beside, interval, len(people))


def _check(name: str, found: _Comparison, threshold: float, *, passed: bool, decides: bool) -> Check:
    between = found.interval
    return Check(
        name,
        found.candidate,
        found.incumbent,
        between.estimate,
        between.low,
        between.high,
        threshold,
        found.n,
        bool(passed),
        decides,
    )
