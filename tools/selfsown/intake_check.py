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
from selfsown.rules import CHARACTER_RULES, RECORD_RULES
from selfsown.rules.rule import Context, Entry, RecordRule, make_entry, make_finding


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


def record_check(rulebook: Rulebook, known: Set[bytes], today: datetime.date) -> Check:
    """A function that gives (rule name, sentence) of the first error of a record and its line, or None.

    Rules about duplicates have nothing to say here: the intake knows those before it asks.
    """
    schema = rulebook.schemas["conversation"]
    context = Context(
        rulebook,
        today=today.isoformat(),
        latest=(today + datetime.timedelta(days=1)).isoformat(),
        known=KnownIds(known),
    )
    # What is known or withdrawn is settled before a record is built.
    rules = [rule for rule in _of_conversations(RECORD_RULES) if not rule.NUMBER.startswith("S6")]
    character_rules = _of_conversations(CHARACTER_RULES)

    def check(record: Mapping[str, Any], line: bytes) -> tuple[str, str] | None:
        if not schema.accepts(record):
            problem = next(schema.problems(record))
            return "schema", f"{problem.field or 'the record'}: {problem.message}"
        entry = make_entry("", 1, "original", record, line)
        found = first_error(rules, entry, context)
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


def _of_conversations(rules: tuple[RecordRule, ...]) -> list[RecordRule]:
    return [rule for rule in rules if "original" in rule.KINDS]
