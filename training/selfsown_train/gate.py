"""Is the candidate better? Measured on conversations that never trained, paired with the live round; decided by `decide_gate`.

Primary: the held-out loss must fall by more than the recipe's margin, which stands above the noise of seeds (an interval
alone is not enough: three seeds on the same data differ significantly). Guard: the judge's agreement with people may not
fall by more than the recipe allows. Not covered yet: generation side by side, regression probes, diversity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from selfsown.judgement import Judgement, Rubric
from selfsown_train.bootstrap import Interval, Values, bootstrap
from selfsown_train.corpus import RoundData, as_conversation
from selfsown_train.evaluate import Loss, losses
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.recipe import GateRecipe
from selfsown_train.report import Report

_MIN_PAIRS = 20
VOTE = "judge against features"


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
    scores = tuple(answer.score if isinstance(answer, Judgement) else float("nan") for answer in answers)
    return Measurement(tuple(found), scores, judge.id)


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

    def difference(rows: npt.NDArray[np.intp]) -> Values:
        return ((nats[0] - nats[1])[rows].sum(1) / tokens[rows].sum(1)).astype(np.float64)  # type: ignore[no-any-return]

    interval = bootstrap(difference, len(tokens), recipe.resamples, recipe.confidence, seed)
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


def compare_with_features(
    scores: Sequence[float], features: Sequence[float], human: Sequence[float], recipe: GateRecipe, seed: int
) -> Check | None:
    """Whether the model judges better than the features, beyond doubt: only then do its ratings decide anything."""
    found = _pair_accuracy(scores, features, human, recipe, seed)
    if found is None:
        return None
    return _check(VOTE, found, 0.0, passed=found.interval.low > 0.0, decides=False)


def _pair_accuracy(
    new: Sequence[float], old: Sequence[float], human: Sequence[float], recipe: GateRecipe, seed: int
) -> _Comparison | None:
    """Pair accuracy: of two rated conversations that people told apart, how often the judge ranks them alike (a tie: half)."""
    kept = np.isfinite(new) & np.isfinite(old)
    scores, people = np.array([new, old])[:, kept], np.array(human)[kept]
    sign = np.sign(people[:, None] - people[None, :])
    if np.count_nonzero(sign) // 2 < _MIN_PAIRS:
        return None
    agrees = [(np.sign(row[:, None] - row[None, :]) * sign + 1) / 2 for row in scores]
    counts = sign != 0

    def accuracy(which: int, rows: npt.NDArray[np.intp]) -> Values:
        weights = np.stack([np.bincount(row, minlength=len(people)) for row in rows]).astype(np.float64)
        hit = np.einsum("ri,ij,rj->r", weights, agrees[which] * counts, weights, optimize=True)
        return np.asarray(hit / np.einsum("ri,ij,rj->r", weights, counts * 1.0, weights, optimize=True))

    def difference(rows: npt.NDArray[np.intp]) -> Values:
        return accuracy(0, rows) - accuracy(1, rows)

    interval = bootstrap(difference, len(people), min(recipe.resamples, 2000), recipe.confidence, seed)
    everyone = np.arange(len(people))[None, :]
    return _Comparison(float(accuracy(0, everyone)[0]), float(accuracy(1, everyone)[0]), interval, len(people))


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
