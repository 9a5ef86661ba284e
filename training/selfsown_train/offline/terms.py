"""Which measurements a head may weigh, and in which direction each may count.

A head is fitted on a small corpus and used on conversations unlike it. So every term is flat outside the range that was
seen, and where it is plain which way a measurement counts, its weight may only have that sign: what a small sample happens
to say the other way round is not learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BETTER, WORSE, EITHER = 1, -1, 0


@dataclass(frozen=True, slots=True)
class Term:
    """A measurement as straight pieces between `knots` (ascending), flat outside; without knots one piece over what is seen.

    `sign` says which weights are allowed: BETTER none below 0, WORSE none above 0, EITHER any.
    """

    name: str
    sign: int = EITHER
    knots: tuple[float, ...] = ()


def groups_of(terms: Iterable[Term]) -> frozenset[str]:
    """The groups of measurements that these terms need."""
    return frozenset(term.name.partition(".")[0] for term in terms)


def terms_within(groups: Iterable[str]) -> tuple[Term, ...]:
    """The terms that need no other groups than these."""
    allowed = set(groups)
    return tuple(term for term in TERMS if term.name.partition(".")[0] in allowed)


TERMS = (
    Term("seen.odds_answers", BETTER),
    Term("seen.odds_form", BETTER),
    Term("seen.odds_fair", BETTER),
    Term("seen.odds_correction", BETTER),
    Term("seen.odds_honest", BETTER),
    Term("seen.seen_answers", BETTER),
    Term("seen.seen_form", BETTER),
    Term("seen.seen_fair", BETTER),
    Term("seen.seen_correction", BETTER),
    Term("seen.seen_honest", BETTER),
    Term("seen.spoiled", BETTER),
    Term("surface.words", EITHER),
    Term("surface.request_words", EITHER),
    Term("surface.sentence_words", EITHER, (0.0, 2.0, 3.0, 4.0)),
    Term("surface.turns", EITHER),
    Term("surface.items", EITHER),
    Term("surface.asks_back", EITHER),
    Term("surface.exclaims", EITHER),
    Term("surface.variety", BETTER, (2.0, 4.0, 6.0, 8.0, 10.0, 13.0)),
    Term("surface.repetition", WORSE, (0.0, 0.1, 0.3, 0.6)),
    Term("surface.garbled", WORSE, (0.0, 0.3)),
    Term("surface.cut_off", WORSE, (0.0, 1.0)),
    Term("surface.ends", BETTER, (0.0, 1.0)),
    Term("surface.same_language", BETTER, (0.0, 1.0)),
    Term("surface.shared", BETTER, (0.0, 0.2, 0.5)),
    Term("surface.copied", WORSE, (0.3, 1.0)),
    Term("surface.numbers_kept", BETTER, (0.0, 1.0)),
    Term("surface.count_gap", WORSE, (0.0, 1.0)),
    Term("surface.list_missing", WORSE, (0.0, 1.0)),
    Term("surface.code_missing", WORSE, (0.0, 1.0)),
    Term("surface.refuses", WORSE, (0.0, 1.0)),
    Term("surface.fillers", WORSE),
    Term("surface.of_an_ai", WORSE, (0.0, 1.0)),
    Term("surface.grovels", WORSE),
    Term("surface.leaks", WORSE, (0.0, 1.0)),
    Term("surface.unfair", WORSE, (0.0, 1.0)),
    Term("surface.empty_words", WORSE, (0.0, 1.0)),
    Term("meaning.request_answer", BETTER, (0.0, 0.3, 0.6, 0.9)),
    Term("meaning.context_answer", BETTER, (0.0, 0.3, 0.6, 0.9)),
    Term("meaning.sentence_min", BETTER),
    Term("meaning.sentence_mean", BETTER),
    Term("meaning.sentence_max", BETTER),
    Term("meaning.sentence_last", BETTER),
    Term("meaning.flow_min", BETTER),
    Term("meaning.flow_twin", WORSE, (0.7, 0.9, 1.0)),
    Term("meaning.turns_min", BETTER),
    Term("meaning.answer_again", WORSE, (0.7, 0.9, 1.0)),
    Term("meaning.request_again", WORSE, (0.7, 0.9, 1.0)),
    Term("steering.rater", WORSE, (0.2, 0.5, 0.8, 1.0)),
    Term("steering.carried", WORSE, (0.5, 1.0)),
)
