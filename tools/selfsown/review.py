"""The review of a submission: what was read and judged, as one record, and the decision over it. Pure.

A judge's score is a hint to a person and never blocks; only a rule's error does. Where a band is proved (selfsown.trust),
the judge's word can spare a person the reading. What could not be judged stays Unjudged: it counts as no number and always
asks for a person. No sentence here: selfsown.sentences says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from selfsown.calibration.record import Calibration
from selfsown.conversation import Conversation, read_conversation
from selfsown.errors import SelfsownError
from selfsown.finding import Finding, Level
from selfsown.judgement import Judgement, Unjudged
from selfsown.ledger import Drift
from selfsown.other import Other, by_place, found_at, has_errors, place_of, read_others, shown_place
from selfsown.policy import JudgePolicy, Policy
from selfsown.row import NO_JUDGE, Grounds, Recommendation, Row, badness, make_row
from selfsown.submission import Submission
from selfsown.trust import Answer, Hold, Trust, decide_hold
from selfsown.validate import Validation
from selfsown.vote import Vote

MISSING = "no judge has answered yet"


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


class Reason(StrEnum):
    """Why the decision is not simply fine."""

    ERRORS = "errors"
    MAINTENANCE = "maintenance"
    MISSING = "missing judgements"
    UNJUDGED = "unjudged"
    DOUBTED = "doubted"
    AUDIT = "blind audit"
    UNSCORED = "records no judge scores"
    WITHDRAWAL = "withdrawal"
    BANDS = "bands not supported"


@dataclass(frozen=True, slots=True)
class Review:
    """Everything a rendering needs. `rows` are worst first; `findings` are those that belong to no row and no other.

    `rated` is how many conversations independent people have rated; `hold` is why that is not enough for any band (None:
    it is), `calibration` and `vote` are what was known of the judge, `bands` is what a band has to prove, `drift` is how a
    frozen judge ranks the same conversations (None: it is the same judge, or it said too little).
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
    hold: Hold | None
    calibration: Calibration | None
    vote: Vote | None
    drift: Drift | None = None

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
            **{kind: by_kind[kind] for kind in ("rating", "rework", "source", "tombstone", "removal")},
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
            "hold": self.hold.value if self.hold else None,
            "calibration": self.calibration.digest if self.calibration else None,
            "vote": asdict(self.vote) if self.vote else None,
            "drift": asdict(self.drift) if self.drift else None,
            "rows": [row.to_json() for row in self.rows],
            "others": [asdict(other) for other in self.others],
            "findings": [finding.to_json() for finding in self.findings],
        }


def decide_review(
    submission: Submission,
    validation: Validation,
    judgements: Iterable[Answer],
    policy: Policy,
    trust: Trust,
    beside: Mapping[str, Judgement] | None = None,
) -> Review:
    """The review of a submission. `beside` is what the features say, by conversation: their flags count in any case.

    Raises SelfsownError on a judgement of a conversation that the submission does not bring, and on two answers of one
    judge for the same conversation: such judgements belong to something else.
    """
    chats = [(entry, read_conversation(entry.record)) for entry in validation.entries if entry.kind == "original"]
    said = tuple(judgements)
    answers = _by_conversation(said, {chat.id for _, chat in chats})
    found = by_place(validation.findings)
    grounds = Grounds(trust, decide_hold(trust, said, policy.judge), policy.judge)
    features = beside or {}
    made = (make_row(entry, chat, found, answers[chat.id], features.get(chat.id), grounds) for entry, chat in chats)
    rows = sorted(made, key=badness)
    others = read_others(submission, validation, found)
    told = {shown_place(row.path, row.line) for row in rows} | {shown_place(it.path, it.line) for it in others}
    reasons = tuple(_reasons(submission, rows, others, has_errors(validation.findings), grounds.hold))
    return Review(
        base=submission.base,
        head=submission.head,
        decision=_decision(reasons),
        waiting_on=_waiting_on(reasons),
        reasons=reasons,
        rows=tuple(rows),
        others=others,
        findings=tuple(finding for finding in validation.findings if place_of(finding) not in told),
        judges=tuple(dict.fromkeys(answer.judge for answer in said if answer.judge != NO_JUDGE)),
        rated=trust.rated,
        bands=policy.judge,
        hold=grounds.hold,
        calibration=trust.calibration,
        vote=trust.vote,
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
    submission: Submission, rows: Sequence[Row], others: Sequence[Other], brings_errors: bool, hold: Hold | None
) -> Iterator[Reason]:
    unjudged = [answer for row in rows if not row.blocks for answer in row.answers if isinstance(answer, Unjudged)]
    is_maintenance = not submission.touches_only_corpus
    waits_for_judge = any(answer.retry for answer in unjudged)
    judge_gave_up = any(not answer.retry for answer in unjudged)
    judges_doubt = any(row.recommendation in (Recommendation.LOOK, Recommendation.AGAINST) for row in rows)
    has_audits = any(row.recommendation is Recommendation.AUDIT for row in rows)
    has_unscored = any(other.kind not in ("rating", "removal", "tombstone") for other in others)
    takes_back = any(other.kind in ("removal", "tombstone") for other in others)
    facts = (
        (Reason.ERRORS, brings_errors),
        (Reason.MAINTENANCE, is_maintenance),
        (Reason.MISSING, waits_for_judge),
        (Reason.UNJUDGED, judge_gave_up),
        (Reason.DOUBTED, judges_doubt),
        (Reason.AUDIT, has_audits),
        (Reason.UNSCORED, has_unscored),
        (Reason.WITHDRAWAL, takes_back),
        (Reason.BANDS, hold is not None),
    )
    return (reason for reason, holds in facts if holds)


def _decision(reasons: Sequence[Reason]) -> Decision:
    return Decision.CHANGES if Reason.ERRORS in reasons else Decision.HUMAN if reasons else Decision.FINE


def _waiting_on(reasons: Sequence[Reason]) -> Party:
    if Reason.ERRORS in reasons:
        return Party.AUTHOR
    return Party.JUDGE if Reason.MISSING in reasons else Party.REVIEWER


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
