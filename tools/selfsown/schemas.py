"""JSON Schemas of the records: accepted by jsonschema-rs, explained by jsonschema.

The schema files are the contract. The Rust validator says yes in microseconds; only a record it refuses is looked at
again by `jsonschema`, whose errors name every bad field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator

from selfsown.errors import BadConfig

NAMES = ("conversation", "rework", "rating", "source", "withdrawn", "judgement", "round")


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing a record has that the schema does not allow: `field` such as `messages[1].role` (None: the record itself)."""

    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema of schema/, compiled once."""

    name: str
    document: Mapping[str, Any]
    accepts: Callable[[Any], bool]

    def problems(self, record: Any) -> Iterator[SchemaProblem]:
        """Every problem of a record, in the order of its fields."""
        errors = Draft202012Validator(self.document).iter_errors(record)
        for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
            yield SchemaProblem(render_field(list(error.absolute_path)), shorten(error.message))


def load_schema(name: str, text: bytes, place: str) -> Schema:
    """Compile a schema file. Raises BadConfig where it is no JSON Schema."""
    try:
        document = orjson.loads(text)
        accepts = jsonschema_rs.Draft202012Validator(document).is_valid
    except (orjson.JSONDecodeError, ValueError) as error:
        raise BadConfig(f"{place}: {error}", "it must be a JSON Schema of draft 2020-12") from error
    return Schema(name, document, accepts)


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
    return f"{text[: most // 2]} … {text[-most // 3 :]}"
