"""JSON Schemas of the records: accepted by jsonschema-rs, explained by jsonschema.

The schema files are the contract. The Rust validator decides, in microseconds; a record it refuses is looked at again by
`jsonschema`, whose errors say most. Where the two differ (a pattern's `$` before a line feed) the decider explains
itself, so that nothing is refused without a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator

from selfsown.errors import BadConfig

NAMES = (
    "conversation",
    "rework",
    "rating",
    "source",
    "withdrawn",
    "judgement",
    "calibration",
    "round",
    "collected",
    "judged",
)
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing that the schema does not allow: `field` such as `messages[1].role` (None: the record itself)."""

    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema of schema/, compiled once."""

    name: str
    document: Mapping[str, Any]
    validator: jsonschema_rs.Draft202012Validator

    def accepts(self, record: Any) -> bool:
        """Whether a record has no problem; microseconds."""
        return self.validator.is_valid(record)

    def problems(self, record: Any) -> Iterator[SchemaProblem]:
        """The first problems of a record (MOST_PROBLEMS), in the order of its fields."""
        found = self._explain(record) or self._decide(record)
        for path, message in sorted(found, key=lambda pair: [str(part) for part in pair[0]]):
            yield SchemaProblem(render_field(path), shorten(message))

    def _explain(self, record: Any) -> list[tuple[list[Any], str]]:
        errors = islice(Draft202012Validator(self.document).iter_errors(record), MOST_PROBLEMS)
        return [(list(error.absolute_path), error.message) for error in errors]

    def _decide(self, record: Any) -> list[tuple[list[Any], str]]:
        errors = islice(self.validator.iter_errors(record), MOST_PROBLEMS)
        return [(list(error.instance_path), error.message) for error in errors]


def load_schema(name: str, text: bytes, place: str) -> Schema:
    """Compile a schema file. Raises BadConfig where it is no JSON Schema."""
    try:
        document = orjson.loads(text)
        validator = jsonschema_rs.Draft202012Validator(document)
    except (orjson.JSONDecodeError, ValueError) as error:
        raise BadConfig(f"{place}: {error}", "it must be a JSON Schema of draft 2020-12") from error
    return Schema(name, document, validator)


def render_field(path: list[Any]) -> str | None:
    """`['messages', 1, 'role']` as `messages[1].role`."""
    field = ""
    for part in path:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    return shorten(field, 120) or None


def shorten(text: str, most: int = 240) -> str:
    """At most `most` characters of a text, with the middle left out."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} … {text[-(most // 3) :]}"
