"""Judges that understand nothing: what no real judge may fall behind.

`longest` prefers more text, `shortest` less, `constant` nothing. Length is the number of characters in all assistant
turns (of a single answer: its length), on a logarithmic scale up to the largest record, so that an ordinary answer lies
in the middle of the ten points. They answer every criterion of any rubric alike and flag nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from selfsown.conversation import Conversation
from selfsown.judgement import Judgement, Rubric, Unjudged

_MOST_CHARACTERS = 65_536  # schema/policy.toml lets a record have as many bytes


def _length_share(conversation: Conversation) -> float:
    """0 (nothing is said) to 1; rises with every character up to nine thousand, then with every few."""
    length = sum(len(turn.content) for turn in conversation.turns if turn.role == "assistant")
    return min(math.log1p(length) / math.log1p(_MOST_CHARACTERS), 1.0)


SHARES: Mapping[str, Callable[[Conversation], float]] = MappingProxyType(
    {
        "longest": _length_share,
        "shortest": lambda conversation: 1.0 - _length_share(conversation),
        "constant": lambda _: 0.5,
    }
)


@dataclass(frozen=True, slots=True)
class TrivialJudge:
    """One of SHARES; every criterion has that probability of yes."""

    name: str

    @property
    def id(self) -> str:
        """The name and twelve digits over this code."""
        return f"{self.name}-{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]}"

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One judgement per conversation."""
        share, name = SHARES[self.name], self.id
        return [
            Judgement(entry.id, name, rubric.digest, dict.fromkeys((c.name for c in rubric.criteria), share(entry)))
            for entry in conversations
        ]
