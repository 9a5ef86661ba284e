"""A finished record held against the schema and the record rules of a pull request: the first error refuses it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from selfsown.characters import is_unremarkable
from selfsown.finding import Level
from selfsown.intake import Check
from selfsown.rulebook import Rulebook
from selfsown.rules import (
    CHARACTER_RULES,
    RECORD_RULES,
    s302_empty_turn,
    s313_language_tag,
    s401_id,
    s402_license_allowed,
    s404_license_of_source,
    s405_created,
    s406_supersedes_known,
    s601_known_record,
    s602_repeated_record,
)
from selfsown.rules.rule import Context, Entry, RecordRule, make_entry, make_finding
from selfsown.tombstone import FindNear, nothing_near

# The intake refuses empty turns and makes the id itself, and it asks what is known first.
SETTLED: tuple[RecordRule, ...] = (
    s302_empty_turn,
    s401_id,
    s601_known_record,
    s602_repeated_record,
)

# These look at source, license, created, language and supersedes, and at nothing else of a record.
PROVENANCE: tuple[RecordRule, ...] = (
    s313_language_tag,
    s402_license_allowed,
    s404_license_of_source,
    s405_created,
    s406_supersedes_known,
)
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class KnownIds(Mapping[str, str]):
    """The ids that an intake keeps as sixteen bytes each, as the rules ask for them; the paths are not kept."""

    keys_of: Set[bytes]

    def __getitem__(self, name: str) -> str:
        if bytes.fromhex(name[2:]) in self.keys_of:
            return ""
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (f"c-{key.hex()}" for key in self.keys_of)

    def __len__(self) -> int:
        return len(self.keys_of)


def record_check(
    rulebook: Rulebook, known: Set[bytes], today: datetime.date, find_near: FindNear = nothing_near
) -> Check:
    """A function that gives (rule name, sentence) of the first error of a record and its line, or None.

    `find_near` knows near copies of what was withdrawn (selfsown.tombstone); the intake asks for the very same itself.

    The rules of SETTLED are not asked, and those on provenance only once for records that say the same about it: the
    entries of a file usually do.
    """
    schema = rulebook.schemas["conversation"]
    context = Context(
        rulebook,
        today=today.isoformat(),
        latest=(today + datetime.timedelta(days=1)).isoformat(),
        known=KnownIds(known),
        find_near=find_near,
    )
    rules = [rule for rule in RECORD_RULES if "original" in rule.KINDS and rule not in SETTLED]
    text_rules = [rule for rule in rules if rule not in PROVENANCE]
    provenance_rules = [rule for rule in rules if rule in PROVENANCE]
    character_rules = [rule for rule in CHARACTER_RULES if "original" in rule.KINDS]
    fine: set[tuple[str | None, ...]] = set()

    def check(record: Mapping[str, Any], line: bytes) -> tuple[str, str] | None:
        if not schema.accepts(record):
            problem = next(schema.problems(record))
            return "schema", f"{problem.field or 'the record'}: {problem.message}"
        entry = make_entry("", 1, "original", record, line)
        provenance = (record["source"], record["license"], record["created"], record.get("language"))
        if provenance not in fine or "supersedes" in record:
            found = first_error(provenance_rules, entry, context)
            if found:
                return found
            if len(fine) < MOST_REMEMBERED:
                fine.add(provenance)
        found = first_error(text_rules, entry, context)
        return found if found or is_unremarkable(line) else first_error(character_rules, entry, context)

    return check


def first_error(rules: list[RecordRule], entry: Entry, context: Context) -> tuple[str, str] | None:
    """The name of the first rule that objects, and its sentence."""
    for rule in rules:
        for problem in rule.check(entry, context):
            if (problem.level or rule.LEVEL) is Level.ERROR:
                finding = make_finding(rule, problem, "")
                where = f"{finding.location.field}: " if finding.location.field else ""
                return finding.name, f"{where}{finding.message}"
    return None
