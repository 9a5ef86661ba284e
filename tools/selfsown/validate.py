"""Validation: what a submission, or files on the disk, bring, and everything that is wrong with it at once.

`validate_submission` is pure: a submission, a rulebook, a corpus and a day in, a Validation out. `validate_files` reads
files, one at a time. Everything read is hostile: see `selfsown.entries` for lines, `selfsown.rules` for the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from selfsown.characters import is_unremarkable
from selfsown.corpus import SOURCE_PATH, WITHDRAWN_PATH, Corpus, read_folder_corpus, stream_ids
from selfsown.entries import Heading, read_entries
from selfsown.finding import Finding, Level
from selfsown.material import Material, list_materials, submission_materials
from selfsown.parents import conversation_finder
from selfsown.removal import Removals, Removed, read_removals
from selfsown.rulebook import Rulebook
from selfsown.rules import CHANGE_RULES, CHARACTER_RULES, RECORD_RULES, SHARD_RULES, SUBMISSION_RULES
from selfsown.rules.rule import Context, Entry, Problem, RecordRule, ShardFile, make_finding
from selfsown.shard import KINDS
from selfsown.side_files import new_source, read_source_file, read_tombstone
from selfsown.submission import REGULAR_FILE, Submission
from selfsown.tombstone import near_finder

_Check = Callable[[Entry, Context], Iterable[Problem]]
Watch = Callable[[Sequence[Material]], Iterable[Material]]

MOST_FINDINGS_PER_FILE = 200
MORE_PROBLEMS = Heading("S199", "more-problems")
NOT_READ = Heading("S518", "not-read")


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was looked at, and what came of it. `records` are those that passed parser and schema."""

    files: int
    records: int
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class Validation:
    """Everything found, sorted by path, line and number; the records that passed parser and schema; the counts.

    `removed` are the shards that a withdrawal takes out. What it only moves is neither an entry nor counted.
    """

    findings: tuple[Finding, ...]
    entries: tuple[Entry, ...]
    counts: Counts
    removed: tuple[Removed, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing blocks; warnings do not."""
        return not self.counts.errors

    def to_json(self) -> dict[str, Any]:
        """Findings and counts for machines; never the records."""
        return {
            "format": 1,
            "counts": asdict(self.counts),
            "findings": [finding.to_json() for finding in self.findings],
        }


def validate_submission(submission: Submission, rulebook: Rulebook, corpus: Corpus, today: str) -> Validation:
    """Look at everything a submission brings, beside the corpus of its base. `today` is YYYY-MM-DD."""
    materials = submission_materials(submission)
    context = _context(materials, rulebook, corpus, today, read_removals(submission.changes, corpus))
    findings = [
        make_finding(rule, problem, problem.path or "corpus")
        for rule in SUBMISSION_RULES
        for problem in rule.check(submission, context)
    ]
    return _validate(materials, context, findings, keep_entries=True)


def validate_files(
    paths: Sequence[Path],
    root: Path,
    rulebook: Rulebook,
    today: str,
    corpus: Corpus | None = None,
    *,
    keep_entries: bool = True,
    watch: Watch = iter,
) -> Validation:
    """Look at files and folders. What lies in `root`/corpus must be named and packed as shards are, the rest not.

    `corpus` None: that of `root`, except the files looked at. `keep_entries` False keeps memory to one file at a time.
    `watch` passes the files on as they are looked at, for a progress bar.
    Raises UsageError where a path is not there.
    """
    materials = list_materials(paths, root, rulebook.policy.limits.shard_bytes)
    if corpus is None:
        corpus = read_folder_corpus(root, frozenset(material.path for material in materials))
    context = _context(materials, rulebook, corpus, today, Removals())
    return _validate(materials, context, [], keep_entries=keep_entries, watch=watch)


def _context(
    materials: Sequence[Material], rulebook: Rulebook, corpus: Corpus, today: str, removals: Removals
) -> Context:
    added: dict[str, tuple[tuple[str, int], ...]] = {}
    sources = {}
    for material in materials:
        if material.path.endswith(".jsonl") or material.is_draft:
            with material.open() as stream:
                for line, name in stream_ids(stream):
                    added[name] = (*added.get(name, ()), (material.path, line))
        elif SOURCE_PATH.fullmatch(material.path):
            source = new_source(material, rulebook)
            if source is not None:
                sources[source.id] = source
    return Context(
        rulebook=rulebook,
        today=today,
        latest=(date.fromisoformat(today) + timedelta(days=1)).isoformat(),
        known=corpus.known,
        withdrawn=corpus.withdrawn | removals.withdrawn,
        added=added,
        new_sources=sources,
        base_paths=corpus.paths,
        find_conversation=conversation_finder(materials, added, corpus, rulebook),
        removals=removals,
        find_near=near_finder(corpus.sketches),
    )


def _validate(
    materials: Sequence[Material],
    context: Context,
    findings: list[Finding],
    *,
    keep_entries: bool,
    watch: Watch = iter,
) -> Validation:
    entries: list[Entry] = []
    records = 0
    for material in watch(materials):
        found, read = _look_at(material, context)
        findings += found
        records += len(read)
        if keep_entries:
            entries += read
    findings.sort(key=lambda finding: (finding.location.path, finding.location.line or 0, finding.number))
    errors = sum(finding.level is Level.ERROR for finding in findings)
    counts = Counts(len(materials), records, errors, len(findings) - errors)
    removed = tuple(shard for _, shard in sorted(context.removals.shards.items()))
    return Validation(tuple(findings), tuple(entries), counts, removed)


def _look_at(material: Material, context: Context) -> tuple[list[Finding], tuple[Entry, ...]]:
    """The findings of one file and, where it is a file of records, its entries."""
    findings: list[Finding] = []
    change = material.change()
    if change is not None:
        for rule in CHANGE_RULES:
            findings += [make_finding(rule, problem, material.path) for problem in rule.check(change, context)]
        if change.content is None:
            if change.mode == REGULAR_FILE and change.size <= context.rulebook.policy.limits.shard_bytes:
                problem = Problem("the file was not read, because the submission is too large", "make it smaller")
                findings.append(make_finding(NOT_READ, problem, material.path))
            return findings, ()
    if SOURCE_PATH.fullmatch(material.path) or WITHDRAWN_PATH.fullmatch(material.path):
        read = read_source_file if SOURCE_PATH.fullmatch(material.path) else read_tombstone
        for item in read(material, context.rulebook):
            findings += [item] if isinstance(item, Finding) else _entry_findings(item, context)
        return findings, ()
    if not (material.path.endswith(".jsonl") or material.is_draft):
        return findings, ()
    shard, found = _read_shard_file(material, context, None if change is None else change.content)
    only_moves = change is not None and context.removals.only_moves(change.content)
    # What only moves was looked at when it came, by the rules of that day.
    findings += [] if only_moves else found
    for shard_rule in SHARD_RULES:
        findings += [make_finding(shard_rule, problem, shard.path) for problem in shard_rule.check(shard, context)]
    return findings, () if only_moves else shard.entries


def _read_shard_file(material: Material, context: Context, content: bytes | None) -> tuple[ShardFile, list[Finding]]:
    entries: list[Entry] = []
    findings: list[Finding] = []
    most_lines = None if material.is_draft else context.rulebook.policy.limits.shard_records
    lines = 0
    with material.open() as stream:
        for item in read_entries(stream, material.path, _kind(material), context.rulebook):
            lines += 1
            if most_lines is not None and lines > most_lines:
                break
            if len(findings) >= MOST_FINDINGS_PER_FILE:
                problem = Problem(
                    "there are more problems here", "the rest of the file was not looked at; mend these first"
                )
                findings.append(make_finding(MORE_PROBLEMS, problem, material.path, lines))
                break
            if isinstance(item, Entry):
                entries.append(item)
                findings += _entry_findings(item, context)
            else:
                findings += item
    digest = "" if content is None else hashlib.sha256(content).hexdigest()
    return ShardFile(material.path, not material.is_draft, digest, material.size, lines, tuple(entries)), findings


def _kind(material: Material) -> str | None:
    """What a shard's folder says; None leaves it to each record."""
    folder = material.path.split("/", 2)[1] if not material.is_draft else ""
    return folder if folder in KINDS else None


def _entry_findings(entry: Entry, context: Context) -> list[Finding]:
    rules = _rules_of(entry.kind)
    if entry.kind not in KINDS or not is_unremarkable(entry.raw):
        rules += _character_rules_of(entry.kind)
    return [
        make_finding(rule, problem, entry.path, entry.line)
        for rule, check in rules
        for problem in check(entry, context)
    ]


@cache
def _rules_of(kind: str) -> tuple[tuple[RecordRule, _Check], ...]:
    return tuple((rule, rule.check) for rule in RECORD_RULES if kind in rule.KINDS)


@cache
def _character_rules_of(kind: str) -> tuple[tuple[RecordRule, _Check], ...]:
    return tuple((rule, rule.check) for rule in CHARACTER_RULES if kind in rule.KINDS)
