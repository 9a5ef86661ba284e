"""Reading one file of records: every line becomes an entry, or findings that say why it does not.

The accept path is orjson, one comparison with the canonical form and one call of the schema. Only a line that fails
there is looked at again, to name each problem. Whatever a file holds, time and memory stay within the policy's limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from selfsown.finding import Finding, Level
from selfsown.lines import read_lines
from selfsown.rulebook import Rulebook
from selfsown.rules.rule import Entry, Problem, make_entry, make_finding
from selfsown.schemas import Schema
from selfsown.strict_json import Refusal, check_values, parse_canonical, parse_line

SCHEMA_OF = {"original": "conversation", "rework": "rework", "ratings": "rating"}


@dataclass(frozen=True, slots=True)
class Heading:
    """Number, name and level of findings that no module of `selfsown.rules` makes."""

    NUMBER: str
    NAME: str
    LEVEL: Level = Level.ERROR


SCHEMA = Heading("S201", "schema")


def read_entries(stream: BinaryIO, path: str, kind: str | None, rulebook: Rulebook) -> Iterator[Entry | list[Finding]]:
    """Yield per line its entry, or its findings. `kind` None: each record shows its own kind, as drafts do."""
    limits = rulebook.policy.limits
    schemas = {name: rulebook.schemas[schema] for name, schema in SCHEMA_OF.items()}
    for number, line in read_lines(stream, limits.record_bytes):
        if isinstance(line, Refusal):
            yield [refusal_finding(line, path, number)]
            continue
        record = parse_canonical(line)
        if record is not None:
            its_kind = kind or kind_of(record)
            if schemas[its_kind].accepts(record) and _is_plain(record, limits.json_depth):
                yield make_entry(path, number, its_kind, record, line)
                continue
        yield explain_line(line, path, number, kind, rulebook)


def explain_line(line: bytes, path: str, number: int, kind: str | None, rulebook: Rulebook) -> list[Finding]:
    """Why a line is no entry."""
    try:
        record = parse_line(line, rulebook.policy.limits.json_depth)
    except Refusal as refusal:
        return [refusal_finding(refusal, path, number)]
    schema = rulebook.schemas[SCHEMA_OF[kind or kind_of(record)]]
    return schema_findings(schema, record, path, number)


def schema_findings(schema: Schema, record: Any, path: str, line: int | None) -> list[Finding]:
    """One finding per problem that the schema has with a record."""
    tip = f"see schema/{schema.name}.schema.json for what a {schema.name} holds"
    problems = (Problem(problem.message, tip, problem.field) for problem in schema.problems(record))
    return [make_finding(SCHEMA, problem, path, line) for problem in problems]


def refusal_finding(refusal: Refusal, path: str, line: int | None) -> Finding:
    """The finding of a line that strict_json refuses."""
    return make_finding(Heading(refusal.number, refusal.name), Problem(refusal.message, refusal.tip), path, line)


def kind_of(record: Mapping[str, Any]) -> str:
    """The kind of a record that stands outside a corpus, by the fields only its kind has."""
    if "parent" in record:
        return "rework"
    return "ratings" if "conversation" in record else "original"


def _is_plain(record: Mapping[str, Any], max_depth: int) -> bool:
    """Whether numbers and nesting are fine. What a schema describes is; only `ext` may hold anything."""
    if "ext" not in record:
        return True
    try:
        check_values(record["ext"], max_depth - 1)
    except Refusal:
        return False
    return True
