"""Records to hold against one rule, and the findings that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation, Turn
from selfsown.finding import Finding
from selfsown.policy import Limits
from selfsown.rating import Rating
from selfsown.rework import Rework
from selfsown.rulebook import Rulebook
from selfsown.rules.rule import Context, RecordRule, ShardFile, make_entry, make_finding
from selfsown.source import Source

TODAY = "2026-05-06"
LIMITS = Limits(
    record_bytes=65_536,
    shard_records=50,
    shard_bytes=262_144,
    submission_records=100,
    submission_shards=8,
    submission_bytes=716_800,
    turns=64,
    json_depth=12,
    conversation_characters=8,
    combining_marks=30,
    text_share=0.35,
)
PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"


@pytest.fixture
def chat() -> Callable[..., dict[str, Any]]:
    """`chat("hi", "hello", created=…)`: the record of a conversation; turns alternate unless given as (role, text)."""

    def make(*turns: str | tuple[str, str], **fields: Any) -> dict[str, Any]:
        said = turns or ("What is the capital of France?", "It is Paris.")
        pairs = [
            turn if isinstance(turn, tuple) else (("user", "assistant")[index % 2], turn)
            for index, turn in enumerate(said)
        ]
        facts = {"source": "chats", "license": "MIT", "created": "2026-05-04"} | fields
        return Conversation(tuple(Turn(*pair) for pair in pairs), **facts).to_json()

    return make


@pytest.fixture
def rework() -> Callable[..., dict[str, Any]]:
    """The record of a rework of turn 1 of a conversation."""

    def make(parent: str, **fields: Any) -> dict[str, Any]:
        facts = {
            "turn": 1,
            "request": "What is the capital of France?",
            "criticism": "It does not name the country.",
            "old": "It is Paris.",
            "new": "The capital of France is Paris.",
            "method": "human",
            "source": "chats",
            "license": "MIT",
            "created": "2026-05-04",
            "verdicts": {},
        } | fields
        return Rework(parent=parent, **facts).to_json()

    return make


@pytest.fixture
def rating() -> Callable[..., dict[str, Any]]:
    """The record of a rating."""

    def make(conversation: str, **fields: Any) -> dict[str, Any]:
        facts = {
            "score": 8.0,
            "criteria": dict.fromkeys(("answers", "form", "fair", "correction", "honest"), True),
            "reason": "Short and right.",
            "rater": "reader-1",
            "role": "reader",
            "where": "test",
            "source": "chats",
            "created": "2026-05-04",
        } | fields
        return Rating(conversation=conversation, **facts).to_json()

    return make


@pytest.fixture
def context(rulebook: Rulebook) -> Callable[..., Context]:
    """A context with the project's schemas, limits that stay as they are, and one source, `chats`, under MIT."""
    pinned = replace(rulebook, policy=replace(rulebook.policy, limits=LIMITS), sources={})

    def make(**facts: Any) -> Context:
        source = Source("chats", "Chats", "MIT", "typed", "the maintainers", "given by the authors")
        return Context(pinned, TODAY, "2026-05-07", **({"new_sources": {"chats": source}} | facts))

    return make


@pytest.fixture
def look(context: Callable[..., Context]) -> Callable[..., list[Finding]]:
    """`look(rule, record, kind)`: what a record rule says of line 3 of a file."""

    def make(
        rule: RecordRule, record: dict[str, Any], kind: str = "original", path: str = PATH, **facts: Any
    ) -> list[Finding]:
        assert kind in rule.KINDS
        entry = make_entry(path, 3, kind, record, canonical_line(record))
        return [make_finding(rule, problem, path, 3) for problem in rule.check(entry, context(**facts))]

    return make


@pytest.fixture
def shard_file() -> Callable[..., ShardFile]:
    """A file of records as the reader makes it."""

    def make(*records: dict[str, Any], path: str = PATH, **facts: Any) -> ShardFile:
        entries = tuple(
            make_entry(path, line, path.split("/")[1], record, canonical_line(record))
            for line, record in enumerate(records, start=1)
        )
        known = {"in_corpus": True, "digest": "0" * 64, "size": 100 * len(records), "lines": len(records)} | facts
        return ShardFile(path=path, entries=entries, **known)

    return make
