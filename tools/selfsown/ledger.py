"""The ledger: what judges said of what people decided, round by round, so that a judge that drifts is seen.

Each round the live judge (that of the parent round: judge N-1 rates what trains N), the round's own and a frozen one are
asked about everything that was decided since the parent round. Where the live judge and the frozen one part, one of
them has changed its mind, and agreement with people says which. Read here: what was decided. A conversation that was
dropped leaves no trace unless a rating carries its text; what was withdrawn counts as nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import sqrt

import orjson

from selfsown.conversation import Conversation, read_conversation
from selfsown.corpus import known_ids, withdrawn_ids
from selfsown.judgement import Judgement, Unjudged
from selfsown.rated import read_opinions, read_rated
from selfsown.repo import Repository
from selfsown.round import Round

MOST_RATED, MOST_UNRATED = 300, 100
FEWEST_RANKED = 5


class Outcome(StrEnum):
    """What people decided."""

    MERGED = "merged"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Decided:
    """A conversation, what became of it since the parent round (None: nothing new), and people's mean score out of ten."""

    conversation: Conversation
    outcome: Outcome | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """How alike the live judge and the frozen one rank the conversations of one submission (Kendall's tau-b, -1 to 1)."""

    frozen: str
    conversations: int
    tau: float


def read_decided(repository: Repository, commit: str, since: str | None, accepted: float) -> tuple[Decided, ...]:
    """What was merged, declined or rated up to a commit and not before `since` (None: ever), in the order of ids.

    What is known from ratings alone, whose mean is below `accepted`, was declined.
    """
    before = frozenset(known_ids(repository.read_corpus(since, "corpus"))) if since else frozenset()
    withdrawn = withdrawn_ids(repository.corpus_paths(commit))
    merged = {entry.id: entry for entry in _read_new(repository, commit, before | withdrawn)}
    fresh = [entry for entry in read_rated(repository, commit) if entry.rating.id not in before]
    in_corpus = known_ids(repository.read_corpus(commit, "corpus/original"))
    opinions = {opinion.conversation.id: opinion for opinion in read_opinions(fresh)}
    found = {name: Decided(entry, Outcome.MERGED, None) for name, entry in merged.items()}
    for name, opinion in opinions.items():
        is_declined = name not in in_corpus and opinion.score < accepted
        outcome = Outcome.MERGED if name in merged else Outcome.DECLINED if is_declined else None
        found[name] = Decided(opinion.conversation, outcome, opinion.score)
    return tuple(found[name] for name in sorted(found))


def choose_asked(decided: Sequence[Decided]) -> tuple[Decided, ...]:
    """Those that judges are asked about: at most MOST_RATED rated ones and MOST_UNRATED others, chosen by their ids."""
    ranked = sorted(decided, key=lambda entry: hashlib.sha256(entry.conversation.id.encode()).digest())
    rated = [entry for entry in ranked if entry.score is not None][:MOST_RATED]
    unrated = [entry for entry in ranked if entry.score is None][:MOST_UNRATED]
    return tuple(sorted((*rated, *unrated), key=lambda entry: entry.conversation.id))


def find_ended(rounds: Iterable[Round], number: int, frozen: str) -> str | None:
    """The frozen judge of the newest ledger before this round, if it was another: its series ends, and a new one begins."""
    before = [entry.judging for entry in rounds if entry.number < number and entry.judging is not None]
    return str(before[-1]["frozen"]) if before and before[-1]["frozen"] != frozen else None


def decide_drift(live: Sequence[Judgement | Unjudged], frozen: Sequence[Judgement | Unjudged]) -> Drift | None:
    """The drift between the first of the judges that answered and the frozen one.

    None where they are the same judge, where fewer than FEWEST_RANKED conversations have both scores, and where one judge
    gave every conversation the same score.
    """
    if not live or not frozen or frozen[0].judge in {answer.judge for answer in live}:
        return None
    scores = {answer.conversation: answer.score for answer in frozen if isinstance(answer, Judgement)}
    pairs = [
        (answer.score, scores[answer.conversation])
        for answer in live
        if isinstance(answer, Judgement) and answer.judge == live[0].judge and answer.conversation in scores
    ]
    tau = kendall_tau(pairs) if len(pairs) >= FEWEST_RANKED else None
    return None if tau is None else Drift(frozen[0].judge, len(pairs), tau)


def kendall_tau(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Kendall's tau-b of (x, y); None where either is constant. For a hundred pairs: more are a case for scipy."""
    agreement, x_differs, y_differs = 0, 0, 0
    for (x1, y1), (x2, y2) in combinations(pairs, 2):
        x, y = (x1 > x2) - (x1 < x2), (y1 > y2) - (y1 < y2)
        agreement += x * y
        x_differs += x != 0
        y_differs += y != 0
    return agreement / sqrt(x_differs * y_differs) if x_differs and y_differs else None


def _read_new(repository: Repository, commit: str, without: frozenset[str]) -> Iterable[Conversation]:
    for shard in repository.read_corpus(commit, "corpus/original"):
        for line in shard.content.splitlines():
            record = orjson.loads(line)
            if record["id"] not in without:
                yield read_conversation(record)
