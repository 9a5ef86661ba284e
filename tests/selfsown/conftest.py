"""Submissions in memory, and the reviews of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from selfsown.calibration.bands import Support
from selfsown.calibration.record import Calibration, Curve, Method
from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.finding import Finding, Level, Location
from selfsown.judgement import Judgement
from selfsown.outbox.store import open_outbox
from selfsown.review import Review, decide_review
from selfsown.rulebook import Rulebook
from selfsown.rules.rule import Entry, make_entry
from selfsown.self_rating import SelfRating
from selfsown.submission import Change, Submission
from selfsown.trust import Answer, Trust
from selfsown.validate import Counts, Validation

SHARD = "corpus/original/2026-09/a7/garden-bot-a7f3c91e04bd.jsonl"
NAMES = ("answers", "form", "fair", "correction", "honest")

# Scores from 7 on mean an acceptance of 0.9 and more, up to 3 of 0.1 and less; both ends are proved.
CALIBRATED = Calibration(
    judge="features-1",
    rubric="0" * 12,
    features=None,
    curve=Curve(Method.ISOTONIC, ("score",), knots=((0.0, 0.02), (3.0, 0.1), (7.0, 0.9), (10.0, 0.98))),
    accepted=5.0,
    n=300,
    positives=200,
    independent=160,
    accept=Support(0.9, 70, 2, 0.0874),
    decline=Support(0.1, 70, 0, 0.0419),
    measured=None,
    audits=None,
    commit="c" * 40,
    ratings="0" * 12,
    created="2026-09-01",
)
TRUSTED = Trust(160, CALIBRATED)


def chat(*texts: str) -> Conversation:
    roles = ("user", "assistant")
    turns = tuple(Turn(roles[index % 2], text) for index, text in enumerate(texts))
    return Conversation(turns, "garden-bot", "CC-BY-4.0", "2026-09-14")


def judged(conversation: Conversation, score: float, *flags: str, judge: str = "features-1") -> Judgement:
    share = dict.fromkeys(NAMES, score / 10)
    return Judgement(conversation.id, judge, "0" * 12, share, flags=flags)


def found(line: int | None, level: Level = Level.ERROR, path: str = SHARD, message: str = "too long") -> Finding:
    return Finding(
        "S305", "hidden-characters", level, Location(path, line, "messages[0].content"), message, "shorten it"
    )


@dataclass(frozen=True)
class Case:
    """Everything `decide_review` takes, with what most tests do not care about filled in."""

    chats: Sequence[Conversation] = ()
    answers: Sequence[Answer] = ()
    findings: Sequence[Finding] = ()
    entries: Sequence[Entry] = ()
    changes: Sequence[Change] = ()
    trust: Trust = TRUSTED
    beside: Mapping[str, Judgement] = field(default_factory=dict)
    audit_share: float = 0.0
    path: str = SHARD

    def validation(self) -> Validation:
        chats = [
            make_entry(self.path, line, "original", chat.to_json(), b"") for line, chat in enumerate(self.chats, 1)
        ]
        return Validation(tuple(self.findings), (*chats, *self.entries), Counts(0, 0, 0, 0))


@dataclass(frozen=True)
class Build:
    """What tests build from."""

    rulebook: Rulebook
    chat: Callable[..., Conversation] = chat
    judged: Callable[..., Judgement] = judged
    found: Callable[..., Finding] = found
    case: type[Case] = field(default=Case)
    calibrated: Calibration = CALIBRATED
    trusted: Trust = TRUSTED

    def review(self, **facts: object) -> Review:
        case = Case(**facts)  # type: ignore[arg-type]
        submission = Submission("b" * 40, "h" * 40, "someone", "a title", tuple(case.changes))
        policy = self.rulebook.policy
        drawn = replace(policy, judge=replace(policy.judge, audit_share=case.audit_share))
        return decide_review(submission, case.validation(), case.answers, drawn, case.trust, case.beside)


@pytest.fixture(scope="session")
def build(rulebook: Rulebook) -> Build:
    """Builders of conversations, judgements, findings and reviews."""
    return Build(rulebook)


@dataclass(frozen=True, slots=True)
class Seen:
    """A screening that found nothing."""

    conversation: Conversation
    kinds: tuple[str, ...] = ()
    refusal: str = ""


@pytest.fixture(scope="session")
def kept() -> Callable[[Path, Conversation], str]:
    """A function that brings a conversation into a checkout's outbox, up to screened; returns its key."""

    def keep(root: Path, conversation: Conversation) -> str:
        rating = judged(conversation, 9.0)
        with open_outbox(root) as outbox:
            key = outbox.keep(None, conversation, Consent(publish=True, train=True, day="2026-01-01"))
            outbox.rate(key, SelfRating(rating, rating, None), 7.0)
            outbox.screen(key, Seen(conversation))
        return key

    return keep
