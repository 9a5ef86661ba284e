"""Abstention: what a judge said, and yet no band may rest on it. A person reads it whatever the acceptance is.

The same question is asked of the ratings that support a band and of the conversations it decides on, so that the bound
is about conversations like these.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from selfsown.judgement import Judgement, Unjudged


def has_doubt(answers: Sequence[Judgement | Unjudged], beside: Judgement | None, divided: float) -> bool:
    """Whether a judge could not say, saw only a part, raised a flag, or the judges or one judge's answers disagree.

    `beside` is what the features say, of which only the flags count. `divided` is in points of standard deviation out of
    ten, over every judge's score and its answer to the mission's question.
    """
    said: list[float] = []
    for answer in answers:
        if isinstance(answer, Unjudged) or answer.flags or answer.coverage < 1.0:
            return True
        said += [answer.score] if answer.overall is None else [answer.score, answer.overall]
    return not said or bool(beside and beside.flags) or statistics.pstdev(said) >= divided
