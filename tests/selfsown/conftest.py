"""Submissions in memory, and the reviews of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.finding import Finding, Level, Location
from selfsown.judgement import Judgement
from selfsown.review import Answer, Review, decide_review
from selfsown.rulebook import Rulebook
from selfsown.rules.rule import Entry, make_entry
from selfsown.submission import Change, Submission
from selfsown.validate import Counts, Validation

SHARD = "corpus/original/2026-09/a7/garden-bot-a7f3c91e04bd.jsonl"
NAMES = ("answers", "form", "fair", "correction", "honest")


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
    rated: int = 100
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

    def review(self, **facts: object) -> Review:
        case = Case(**facts)  # type: ignore[arg-type]
        submission = Submission("b" * 40, "h" * 40, "someone", "a title", tuple(case.changes))
        return decide_review(submission, case.validation(), case.answers, self.rulebook.policy, case.rated)


@pytest.fixture(scope="session")
def build(rulebook: Rulebook) -> Build:
    """Builders of conversations, judgements, findings and reviews."""
    return Build(rulebook)
