"""What a submission brings besides conversations: ratings, reworks, sources and tombstones. No judge scores these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from selfsown.finding import Finding, Level
from selfsown.rating import Rating, read_rating
from selfsown.render.inert import visible
from selfsown.rework import Rework, read_rework
from selfsown.rules.rule import Entry
from selfsown.submission import Change, Submission

MOST_PATH = 300  # as long as selfsown.rules.rule shows a path

Place = tuple[str, int | None]
Found = Mapping[Place, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Other:
    """Something in the submission that no judge scores: a rating, rework, source or tombstone.

    `texts` are (label, text); `line` is None for a file that is not a shard.
    """

    kind: str
    path: str
    line: int | None
    texts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()


def read_others(submission: Submission, entries: Iterable[Entry], found: Found) -> tuple[Other, ...]:
    """The records that are no conversations, then the sources and tombstones, each with its findings."""
    return (
        *(_other_record(entry, found) for entry in entries if entry.kind in ("rework", "ratings")),
        *(_other_file(change, found) for change in submission.changes if _kind_of_file(change)),
    )


def place_of(finding: Finding) -> Place:
    """Path and line of a finding; the line is None where it is about the whole file."""
    return (finding.location.path, finding.location.line)


def found_at(found: Found, path: str, line: int | None) -> tuple[Finding, ...]:
    """The findings at a place. Findings name paths as they are shown, so the path asked for is shown first."""
    return found.get(shown_place(path, line), ())


def shown_place(path: str, line: int | None) -> Place:
    """A place of a submission as findings name it."""
    return (visible(path, MOST_PATH), line)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings blocks."""
    return any(finding.level is Level.ERROR for finding in findings)


def by_place(findings: Iterable[Finding]) -> Found:
    """Findings by their place, in order."""
    found: dict[Place, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[place_of(finding)].append(finding)
    return {place: tuple(group) for place, group in found.items()}


def _other_record(entry: Entry, found: Found) -> Other:
    if entry.kind == "rework":
        kind, texts = "rework", _rework_texts(read_rework(entry.record))
    else:
        kind, texts = "rating", _rating_texts(read_rating(entry.record))
    return Other(kind, entry.path, entry.line, texts, found_at(found, entry.path, entry.line))


def _rating_texts(rating: Rating) -> tuple[tuple[str, str], ...]:
    answers = ", ".join(f"{name} {'yes' if holds else 'no'}" for name, holds in rating.criteria.items())
    who = f"{rating.rater} ({rating.role}), {rating.where}"
    score = f"{rating.score:g} out of 10{': ' if answers else ''}{answers}"
    reason = (("reason", rating.reason),) if rating.reason else ()
    return (("conversation", rating.conversation), ("score", score), *reason, ("by", who))


def _rework_texts(rework: Rework) -> tuple[tuple[str, str], ...]:
    checks = ", ".join(f"{name} {'passed' if holds else 'failed'}" for name, holds in rework.verdicts.items())
    return (
        ("conversation", f"{rework.parent}, turn {rework.turn}"),
        ("request", rework.request),
        ("criticism", rework.criticism),
        ("old answer", rework.old),
        ("new answer", rework.new),
        ("made by", rework.method),
        ("checks", checks or "none"),
    )


def _kind_of_file(change: Change) -> str | None:
    if change.path.startswith("corpus/sources/"):
        return "source"
    return "tombstone" if change.path.startswith("corpus/withdrawn/") else None


def _other_file(change: Change, found: Found) -> Other:
    done = {"A": "added", "M": "changed", "D": "removed"}.get(change.status, "replaced")
    content = "" if change.content is None else change.content.decode("utf-8", "replace")
    texts = (("file", done), *((("content", content),) if content else ()))
    return Other(_kind_of_file(change) or "", change.path, None, texts, found_at(found, change.path, None))
