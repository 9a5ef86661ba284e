"""Bands: where the ratings of independent people prove that a judge's word is good enough to do without a person's.

A band is a range of acceptance and the ratings in it. It holds where the one-sided Clopper-Pearson bound (1934) on the
share of contrary ratings does not exceed the risk, which is a question to the binomial distribution: a share as large as
the risk would have shown more contrary ratings, at the confidence asked for. Thresholds are tried one after the other,
outwards in, and the first failure ends the search (fixed-sequence testing), so that choosing one does not void the bound.
Where the search begins does not depend on what people said, only on how many ratings there are.

Not covered: ratings that are looked at again and again. Every calibration is a new test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_FIRST_SHARE = 0.25  # of the ratings: with fewer, one contrary rating at the top would end the search for ever


class Band(StrEnum):
    """What follows from an acceptance: people would accept, people would decline, or a person has to say."""

    ACCEPT = "accept"
    DECLINE = "decline"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Support:
    """A band's threshold (an acceptance, itself within the band) and the independent ratings in it: all, and contrary ones.

    `bound` is the upper bound on the share of contrary ratings, as it was computed when the band was found.
    """

    threshold: float
    n: int
    errors: int
    bound: float


def proves(n: int, errors: int, risk: float, confidence: float) -> bool:
    """Whether `errors` contrary ratings among `n` bound their share by `risk`, one-sided, at `confidence`."""
    if not 0 <= errors <= n or not n:
        return False
    return _at_most(errors, n, risk) <= 1.0 - confidence


def least_ratings(errors: int, risk: float, confidence: float) -> int:
    """The fewest ratings that prove a band with so many contrary ones among them."""
    n = errors + 1
    while not proves(n, errors, risk, confidence):
        n += 1
    return n


def find_threshold(
    rated: Sequence[tuple[float, bool]], risk: float, confidence: float
) -> tuple[float, int, int] | None:
    """The lowest value such that few of the ratings at or above it are contrary: (threshold, ratings, contrary ratings).

    `rated` are values with whether the rating was contrary. None where nothing is proved.
    """
    ordered = sorted(rated, key=lambda pair: -pair[0])
    first = max(least_ratings(0, risk, confidence), math.ceil(_FIRST_SHARE * len(ordered)))
    found, errors = None, 0
    for index, (value, is_contrary) in enumerate(ordered, 1):
        errors += is_contrary
        ends_a_tie = index == len(ordered) or ordered[index][0] < value
        if index < first or not ends_a_tie:
            continue
        if not proves(index, errors, risk, confidence):
            break
        found = (value, index, errors)
    return found


def _at_most(errors: int, n: int, share: float) -> float:
    """The probability of at most so many among `n`, each with probability `share`; in logarithms, for any n."""
    if share <= 0.0 or share >= 1.0:
        return 1.0 if share <= 0.0 or errors >= n else 0.0
    yes, no, of_n = math.log(share), math.log1p(-share), math.lgamma(n + 1)
    terms = (of_n - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * yes + (n - k) * no for k in range(errors + 1))
    return math.fsum(map(math.exp, terms))
