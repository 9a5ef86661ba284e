"""The free judge's own answers as numbers: its log-odds per criterion and how much each criterion lost to signals."""

from __future__ import annotations

import math

from selfsown.conversation import Conversation
from selfsown.judge.features import FeaturesJudge
from selfsown.judge.signals import read_signals
from selfsown.judgement import Criterion, Judgement, Rubric
from selfsown.rating import CRITERIA

NAMES = (*(f"odds_{name}" for name in CRITERIA), *(f"seen_{name}" for name in CRITERIA), "spoiled")
_FLOOR = 1e-4
_ALL = Rubric(1, "", tuple(Criterion(name, name) for name in CRITERIA))  # the features go by name, not by wording


def measure_seen(conversation: Conversation) -> tuple[float, ...]:
    """The numbers of a conversation, in the order of NAMES: log-odds, logarithms of the factors, and of what is spoiled."""
    (answer,) = FeaturesJudge().judge([conversation], _ALL)
    criteria = answer.criteria if isinstance(answer, Judgement) else {}
    signals = read_signals(conversation)
    odds = [_log_odds(criteria.get(name, 0.5)) for name in CRITERIA]
    seen = [
        sum(math.log(max(_FLOOR, signal.factor)) for signal in signals if signal.criterion == name) for name in CRITERIA
    ]
    return (*odds, *seen, sum(math.log(max(_FLOOR, signal.spoils)) for signal in signals))


def _log_odds(probability: float) -> float:
    kept = min(1 - _FLOOR, max(_FLOOR, probability))
    return math.log(kept / (1 - kept))
