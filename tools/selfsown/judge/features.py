"""The deterministic judge: no model, no download, about a thousand conversations a second.

It starts from what an unremarkable conversation deserves and lowers a criterion for every signal it sees. It cannot
know whether an answer is right; where no model has proved itself yet, its score sorts, it does not decide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from selfsown.conversation import Conversation
from selfsown.judge import (
    corrections,
    emptiness,
    evidence,
    honesty,
    lexicon,
    markers,
    patterns,
    reveal,
    signals,
    steering,
    vocabulary,
)
from selfsown.judgement import Judgement, Rubric, Unjudged

# The probability of yes where nothing is seen. `answers` is low because a right answer looks like a wrong one from here.
_UNREMARKABLE = {"answers": 0.8, "form": 0.95, "fair": 0.97, "correction": 0.95, "honest": 0.98}

DECIDING = (
    signals,
    corrections,
    patterns,
    emptiness,
    honesty,
    steering,
    evidence,
    lexicon,
    vocabulary,
    markers,
    reveal,
)


class FeaturesJudge:
    """Answers the five criteria from signals in the text."""

    def __init__(self) -> None:
        parts = [Path(file).read_bytes() for file in (__file__, *(str(module.__file__) for module in DECIDING))]
        self.id = f"features-{hashlib.sha256(b''.join(parts)).hexdigest()[:12]}"

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One judgement per conversation; Unjudged for a criterion of the rubric that no signal speaks about."""
        return [self._judge(conversation, rubric) for conversation in conversations]

    def _judge(self, conversation: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        unknown = [entry.name for entry in rubric.criteria if entry.name not in _UNREMARKABLE]
        if unknown:
            return Unjudged(conversation.id, self.id, f"the features cannot answer {', '.join(unknown)}")
        seen = signals.read_signals(conversation)
        probabilities = {entry.name: _UNREMARKABLE[entry.name] for entry in rubric.criteria}
        for signal in seen:
            for name in probabilities:
                probabilities[name] *= signal.spoils * (signal.factor if name == signal.criterion else 1.0)
        flags = dict.fromkeys(signal.words for signal in seen if signal.words)
        return Judgement(conversation.id, self.id, rubric.digest, probabilities, flags=tuple(flags))
