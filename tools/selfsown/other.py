"""What a submission does besides bringing conversations: ratings, reworks, sources, tombstones, and what a withdrawal takes
out. No judge scores these.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from selfsown.corpus import line_id
from selfsown.finding import Finding, Level
from selfsown.rating import Rating, read_rating
from selfsown.removal import Removed, read_line
from selfsown.render.inert import visible
from selfsown.rework import Rework, read_rework
from selfsown.rules.rule import Entry
from selfsown.submission import Change, Submission
from selfsown.validate import Validation

MOST_PATH = 300  # as long as selfsown.rules.rule shows a path

_MOST_NAMES = 8

Place = tuple[str, int | None]
Found = Mapping[Place, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Other:
    """Something in the submission that no judge scores: a rating, rework, source, tombstone or removal (of a shard).

    `texts` are (label, text); `line` is None for a file that is not a shard.
    """

    kind: str
    path: str
    line: int | None
    texts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()


def read_others(submission: Submission, validation: Validation, found: Found) -> tuple[Other, ...]:
    """What is taken out, the records that are no conversations, the sources and tombstones, each with its findings."""
    entries = validation.entries
    return (
        *(_other_removal(removed, submission.author, found) for removed in validation.removed),
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


def _other_removal(removed: Removed, author: str, found: Found) -> Other:
    """What goes, by number and by whose it is; never a text: that is what shall not be read any more."""
    gone = Counter(line_id(line) for line in removed.gone)
    texts = (
        ("goes", f"{len(gone)} of {len(removed.gone) + removed.moved + len(removed.lost)} records"),
        ("stays", f"{removed.moved}, byte for byte in another shard" if removed.moved else "none"),
        ("of", ", ".join(removed.whose[:_MOST_NAMES]) or "nobody who is named"),
        ("asked by", f"{author} (author of the commit)"),
    )
    return Other("removal", removed.path, None, texts, found_at(found, removed.path, None))


def _tombstone_texts(content: bytes) -> tuple[tuple[str, str], ...]:
    """Id, reason and day; a sketch is a row of numbers that nobody reads."""
    record = read_line(content)
    said = [(label, str(record[label])) for label in ("id", "reason", "date") if label in record]
    near = (("near copies", "are refused, too" if "sketch" in record else "are not known by it"),)
    return (*said, *near) if said else (("content", content.decode("utf-8", "replace")),)


def _other_file(change: Change, found: Found) -> Other:
    kind = _kind_of_file(change) or ""
    if kind == "tombstone" and change.status == "A" and change.content:
        return Other(kind, change.path, None, _tombstone_texts(change.content), found_at(found, change.path, None))
    done = {"A": "added", "M": "changed", "D": "removed"}.get(change.status, "replaced")
    content = "" if change.content is None else change.content.decode("utf-8", "replace")
    texts = (("file", done), *((("content", content),) if content else ()))
    return Other(kind, change.path, None, texts, found_at(found, change.path, None))
