"""A round's page of the ledger: three judges asked about what people decided since the parent round, and how they compare.

Every figure has an interval, by a bootstrap in which conversations with the same first request stay together. The
round's own judge is asked only where it has not been trained: on what it has, it would flatter itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from selfsown.errors import RepoError
from selfsown.evaluation.intervals import Statistic, bootstrap_interval
from selfsown.evaluation.metrics import auc, kendall
from selfsown.judge import Judge, judge_all
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Rubric
from selfsown.ledger import Decided, Outcome, choose_asked, read_decided
from selfsown.rated import first_request
from selfsown.repo import Repository
from selfsown.round import Round
from selfsown_train.agreement import over_pairs, pair_hits
from selfsown_train.corpus import RoundData
from selfsown_train.recipe import GateRecipe, Recipe
from selfsown_train.report import Report

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_MOST_RESAMPLES = 1000
_FEWEST_RANKED = 10
_FEWEST_OUTCOMES = 5  # of each


@dataclass(frozen=True, slots=True)
class Said:
    """One judge's scores of everything that was asked about, in order; nan where it could not say."""

    judge: str
    scores: Values


@dataclass(frozen=True, slots=True)
class Heard:
    """What was asked about, and what the three judges said of it. `trained` are ids that the round's own judge knows."""

    asked: tuple[Decided, ...]
    live: Said
    frozen: Said
    own: Said
    trained: Set[str]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """All that was decided, the part that judges are asked about, and where their answers are kept.

    `decided` is None where that cannot be known: there is no page then.
    """

    decided: tuple[Decided, ...] | None
    asked: tuple[Decided, ...]
    rubric: Rubric
    cache: JudgementCache

    def ask(self, judge: Judge, report: Report, without: Set[str] = frozenset()) -> Said:
        """Ask one judge about everything, but for the ids in `without`; what it said before is in the cache."""
        scores = np.full(len(self.asked), np.nan)
        places = [place for place, entry in enumerate(self.asked) if entry.conversation.id not in without]
        conversations = (self.asked[place].conversation for place in places)
        for done, answer in enumerate(judge_all(conversations, self.rubric, judge, self.cache)):
            if isinstance(answer, Judgement):
                scores[places[done]] = answer.score
            report("ledger", done + 1, len(places))
        return Said(judge.id, scores)


@contextmanager
def open_inquiry(
    repository: Repository, live: Round | None, data: RoundData, recipe: Recipe, rubric: Rubric
) -> Iterator[Inquiry]:
    """What was decided between the corpus of the live round and that of the new one, ready to be asked about.

    A clone without the older commit (a shallow one) knows nothing of it, which is no reason to refuse a round.
    """
    since = None if live is None else str(live.plan["corpus"]["commit"])
    decided = None
    with suppress(RepoError):
        known = since and repository.resolve(since)
        decided = read_decided(repository, data.commit, known, recipe.data.minimum_rating)
    with JudgementCache(repository.root / ".selfsown" / "judgements.sqlite") as cache:
        yield Inquiry(decided, choose_asked(decided or ()), rubric, cache)


def trained_ids(data: RoundData) -> frozenset[str]:
    """The conversations that a round's own judge has been trained on, as text or by their ratings."""
    return frozenset([entry.id for entry in data.train] + [entry.rating.conversation for entry in data.train_ratings])


def describe_judging(
    decided: Sequence[Decided], heard: Heard, restarted: str | None, recipe: GateRecipe, seed: int
) -> dict[str, Any]:
    """The page as a round file has it. `decided` is all there was, of which the judges were asked about some."""
    outcomes = Counter(entry.outcome for entry in decided)
    untrained = np.array([entry.conversation.id not in heard.trained for entry in heard.asked], dtype=bool)
    everything = np.ones(len(heard.asked), dtype=bool)
    figures = _Figures(heard.asked, min(recipe.resamples, _MOST_RESAMPLES), recipe.confidence, seed)
    return {
        "live": heard.live.judge,
        "frozen": heard.frozen.judge,
        "own": heard.own.judge,
        "restarted": restarted,
        "decided": {
            "merged": outcomes[Outcome.MERGED],
            "declined": outcomes[Outcome.DECLINED],
            "rated": sum(entry.score is not None for entry in decided),
        },
        "n": len(heard.asked),
        "drift": {
            "frozen": figures.tau(heard.live, heard.frozen),
            "own": figures.tau(heard.live, heard.own),
        },
        "agreement": {
            "live": figures.agreement(heard.live, everything),
            "frozen": figures.agreement(heard.frozen, everything),
            "own": figures.agreement(heard.own, untrained),
        },
    }


@dataclass(frozen=True, slots=True)
class _Figures:
    """Measures over what was asked, each {value, low, high, n}, or None where it rests on too little."""

    asked: tuple[Decided, ...]
    resamples: int
    confidence: float
    seed: int

    def tau(self, first: Said, second: Said) -> Mapping[str, float] | None:
        """Kendall's tau-b between two judges."""
        kept = np.isfinite(first.scores) & np.isfinite(second.scores)
        if kept.sum() < _FEWEST_RANKED:
            return None
        x, y = first.scores[kept], second.scores[kept]
        return self._figure(lambda rows: kendall(x[rows], y[rows]), kept)

    def agreement(self, said: Said, kept: Mask) -> dict[str, Any]:
        """How one judge agrees with people on the conversations that are kept."""
        judged = np.isfinite(said.scores) & kept
        return {
            "judged": int(judged.sum()),
            "unjudged": int((kept & ~judged).sum()),
            "decisions": self._decisions(said.scores, judged),
            "ratings": self._ratings(said.scores, judged),
        }

    def _decisions(self, scores: Values, kept: Mask) -> Mapping[str, float] | None:
        """The AUC of merged over declined."""
        kept = kept & np.array([entry.outcome is not None for entry in self.asked], dtype=bool)
        merged = np.array([entry.outcome is Outcome.MERGED for entry in self.asked], dtype=bool)[kept]
        if min(merged.sum(), (~merged).sum()) < _FEWEST_OUTCOMES:
            return None
        said = scores[kept]
        return self._figure(lambda rows: auc(said[rows], merged[rows]), kept)

    def _ratings(self, scores: Values, kept: Mask) -> Mapping[str, float] | None:
        """Pair accuracy with people's mean scores."""
        human = np.array([np.nan if entry.score is None else entry.score for entry in self.asked], dtype=np.float64)
        kept = kept & np.isfinite(human)
        tables = pair_hits(scores[kept], human[kept])
        return None if tables is None else self._figure(over_pairs(*tables), kept)

    def _figure(self, statistic: Statistic, kept: Mask) -> Mapping[str, float] | None:
        groups = [
            first_request(entry.conversation.turns) for entry, holds in zip(self.asked, kept, strict=True) if holds
        ]
        found = bootstrap_interval(statistic, len(groups), self.resamples, self.confidence, self.seed, groups)
        if not all(np.isfinite([found.estimate, found.low, found.high])):
            return None
        return {
            "value": round(found.estimate, 6),
            "low": round(found.low, 6),
            "high": round(found.high, 6),
            "n": len(groups),
        }
