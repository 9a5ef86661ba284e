"""The review of a submission: what was read and judged, as one record, and the decision over it. Pure.

A judge's score is a hint to a person and never blocks; only a rule's error does. What could not be judged stays
Unjudged: it counts as no number and always asks for a person. No sentence here: selfsown.sentences says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from selfsown.conversation import Conversation, read_conversation
from selfsown.errors import SelfsownError
from selfsown.finding import Finding, Level
from selfsown.judgement import Judgement, Unjudged
from selfsown.other import Found, Other, by_place, found_at, has_errors, place_of, read_others, shown_place
from selfsown.policy import JudgePolicy, Policy
from selfsown.rules.rule import Entry
from selfsown.submission import Submission
from selfsown.validate import Validation

NO_JUDGE = "none"
MISSING = "no judge has answered yet"
NOT_ASKED = "not judged, because its record has errors"

Answer = Judgement | Unjudged


class Decision(StrEnum):
    """Fine: nothing blocks. Changes: there are errors to mend. Human: a person has to look before it may be merged."""

    FINE = "fine"
    CHANGES = "changes"
    HUMAN = "human"


class Party(StrEnum):
    """Who has the ball."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    JUDGE = "judge"


class Recommendation(StrEnum):
    """What the judges make of one conversation, worst first."""

    AGAINST = "advise against"
    UNJUDGED = "unjudged"
    LOOK = "look"
    RECOMMEND = "recommend"


class Reason(StrEnum):
    """Why the decision is not simply fine."""

    ERRORS = "errors"
    MAINTENANCE = "maintenance"
    MISSING = "missing judgements"
    UNJUDGED = "unjudged"
    DOUBTED = "doubted"
    UNSCORED = "records no judge scores"
    BANDS = "bands not supported"


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation, where it stands, what every judge said of it, and what the rules found in it."""

    id: str
    path: str
    line: int
    conversation: Conversation
    answers: tuple[Answer, ...]
    recommendation: Recommendation
    findings: tuple[Finding, ...]

    @property
    def score(self) -> float | None:
        """The lowest score out of ten that a judge gave; None where no judge could say."""
        return min((answer.score for answer in self.judgements), default=None)

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The answers that carry a score."""
        return tuple(answer for answer in self.answers if isinstance(answer, Judgement))

    @property
    def flags(self) -> tuple[str, ...]:
        """What made any judge doubt, each once."""
        return tuple(dict.fromkeys(flag for answer in self.judgements for flag in answer.flags))

    @property
    def blocks(self) -> bool:
        """Whether a rule found an error in it."""
        return has_errors(self.findings)

    @property
    def needs_eyes(self) -> bool:
        """Whether there is more to say of it than that the judges recommend it."""
        return bool(self.findings) or self.recommendation is not Recommendation.RECOMMEND

    def to_json(self) -> dict[str, Any]:
        """The row for machines; the conversation itself stays in its shard."""
        return {
            "id": self.id,
            "path": self.path,
            "line": self.line,
            "recommendation": self.recommendation.value,
            "score": self.score,
            "flags": list(self.flags),
            "answers": [answer.to_json() for answer in self.answers],
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Review:
    """Everything a rendering needs. `rows` are worst first; `findings` are those that belong to no row and no other.

    `rated` is how many conversations people have rated; `bands` says how many it takes and where the bands lie.
    """

    base: str
    head: str
    decision: Decision
    waiting_on: Party
    reasons: tuple[Reason, ...]
    rows: tuple[Row, ...]
    others: tuple[Other, ...]
    findings: tuple[Finding, ...]
    judges: tuple[str, ...]
    rated: int
    bands: JudgePolicy

    @property
    def every_finding(self) -> tuple[Finding, ...]:
        """All findings, those of the rows first."""
        of_rows = (finding for row in self.rows for finding in row.findings)
        of_others = (finding for other in self.others for finding in other.findings)
        return (*of_rows, *of_others, *self.findings)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of what: conversations, those with errors and the rest by recommendation, findings, other kinds."""
        by_recommendation = Counter(row.recommendation.value for row in self.rows if not row.blocks)
        by_kind = Counter(other.kind for other in self.others)
        errors = sum(finding.level is Level.ERROR for finding in self.every_finding)
        return {
            "conversations": len(self.rows),
            "with errors": sum(row.blocks for row in self.rows),
            **{entry.value: by_recommendation[entry.value] for entry in Recommendation},
            "errors": errors,
            "warnings": len(self.every_finding) - errors,
            **{kind: by_kind[kind] for kind in ("rating", "rework", "source", "tombstone")},
        }

    def to_json(self) -> dict[str, Any]:
        """The review for machines."""
        return {
            "format": 1,
            "base": self.base,
            "head": self.head,
            "decision": self.decision.value,
            "waiting_on": self.waiting_on.value,
            "reasons": [reason.value for reason in self.reasons],
            "counts": dict(self.counts),
            "judges": list(self.judges),
            "rated": self.rated,
            "bands": asdict(self.bands),
            "rows": [row.to_json() for row in self.rows],
            "others": [asdict(other) for other in self.others],
            "findings": [finding.to_json() for finding in self.findings],
        }


def decide_review(
    submission: Submission, validation: Validation, judgements: Iterable[Answer], policy: Policy, rated: int
) -> Review:
    """The review of a submission.

    Raises SelfsownError on a judgement of a conversation that the submission does not bring, and on two answers of one
    judge for the same conversation: such judgements belong to something else.
    """
    chats = [(entry, read_conversation(entry.record)) for entry in validation.entries if entry.kind == "original"]
    answers = _by_conversation(judgements, {chat.id for _, chat in chats})
    found = by_place(validation.findings)
    rows = sorted((_row(entry, chat, answers, found, policy.judge) for entry, chat in chats), key=_badness)
    others = read_others(submission, validation.entries, found)
    told = {shown_place(row.path, row.line) for row in rows} | {shown_place(it.path, it.line) for it in others}
    loose = tuple(finding for finding in validation.findings if place_of(finding) not in told)
    bands_supported = rated >= policy.judge.band_ratings
    reasons = tuple(_reasons(submission, rows, others, has_errors(validation.findings), bands_supported))
    return Review(
        base=submission.base,
        head=submission.head,
        decision=_decision(reasons),
        waiting_on=_waiting_on(reasons),
        reasons=reasons,
        rows=tuple(rows),
        others=others,
        findings=loose,
        judges=tuple(dict.fromkeys(said.judge for row in rows for said in row.answers if said.judge != NO_JUDGE)),
        rated=rated,
        bands=policy.judge,
    )


def read_judgeable(validation: Validation) -> list[Conversation]:
    """The conversations a judge is asked about, each once: those whose records have no error."""
    found = by_place(validation.findings)
    chats = [
        read_conversation(entry.record)
        for entry in validation.entries
        if entry.kind == "original" and not has_errors(found_at(found, entry.path, entry.line))
    ]
    return list({chat.id: chat for chat in chats}.values())


def _reasons(
    submission: Submission, rows: Sequence[Row], others: Sequence[Other], brings_errors: bool, bands_supported: bool
) -> Iterator[Reason]:
    unjudged = [answer for row in rows if not row.blocks for answer in row.answers if isinstance(answer, Unjudged)]
    is_maintenance = not submission.touches_only_corpus
    waits_for_judge = any(answer.retry for answer in unjudged)
    judge_gave_up = any(not answer.retry for answer in unjudged)
    judges_doubt = any(row.recommendation in (Recommendation.LOOK, Recommendation.AGAINST) for row in rows)
    has_unscored = any(other.kind != "rating" for other in others)
    facts = (
        (Reason.ERRORS, brings_errors),
        (Reason.MAINTENANCE, is_maintenance),
        (Reason.MISSING, waits_for_judge),
        (Reason.UNJUDGED, judge_gave_up),
        (Reason.DOUBTED, judges_doubt),
        (Reason.UNSCORED, has_unscored),
        (Reason.BANDS, not bands_supported),
    )
    return (reason for reason, holds in facts if holds)


def _decision(reasons: Sequence[Reason]) -> Decision:
    return Decision.CHANGES if Reason.ERRORS in reasons else Decision.HUMAN if reasons else Decision.FINE


def _waiting_on(reasons: Sequence[Reason]) -> Party:
    if Reason.ERRORS in reasons:
        return Party.AUTHOR
    return Party.JUDGE if Reason.MISSING in reasons else Party.REVIEWER


def _row(
    entry: Entry, chat: Conversation, answers: Mapping[str, tuple[Answer, ...]], found: Found, bands: JudgePolicy
) -> Row:
    findings = found_at(found, entry.path, entry.line)
    said = (Unjudged(chat.id, NO_JUDGE, NOT_ASKED),) if has_errors(findings) else answers[chat.id]
    return Row(chat.id, entry.path, entry.line, chat, said, _recommendation(said, bands), findings)


def _recommendation(answers: Sequence[Answer], bands: JudgePolicy) -> Recommendation:
    """Judges that disagree, a flag, and a judge that could not say beside one that could all ask for a look."""
    judgements = [answer for answer in answers if isinstance(answer, Judgement)]
    if not judgements:
        return Recommendation.UNJUDGED
    if all(answer.score <= bands.advise_against for answer in judgements):
        return Recommendation.AGAINST
    is_flagged = any(answer.flags for answer in judgements)
    all_high = len(judgements) == len(answers) and all(answer.score >= bands.recommend for answer in judgements)
    return Recommendation.RECOMMEND if all_high and not is_flagged else Recommendation.LOOK


def _badness(row: Row) -> tuple[bool, int, float, str, int]:
    """The sort key of worst first: errors, then the recommendation, then the score, then the place."""
    return (not row.blocks, list(Recommendation).index(row.recommendation), row.score or 0.0, row.path, row.line)


def _by_conversation(judgements: Iterable[Answer], known: Set[str]) -> dict[str, tuple[Answer, ...]]:
    """Every judge's answer for every conversation, in the order of the judges; what is missing is Unjudged."""
    answers: dict[str, dict[str, Answer]] = {name: {} for name in known}
    judges: dict[str, None] = {}
    for answer in judgements:
        if answer.conversation not in answers:
            raise SelfsownError(
                f"a judgement names {answer.conversation}, which this submission does not bring",
                "judge this submission again: the judgements belong to another one",
            )
        if answer.judge in answers[answer.conversation]:
            raise SelfsownError(
                f"judge {answer.judge} answered twice for {answer.conversation}", "give each judge once"
            )
        judges[answer.judge] = None
        answers[answer.conversation][answer.judge] = answer
    return {
        name: tuple(said.get(judge) or Unjudged(name, judge, MISSING, retry=True) for judge in judges or (NO_JUDGE,))
        for name, said in answers.items()
    }
