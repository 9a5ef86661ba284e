"""A finished record held against the schema and the rules that a pull request meets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selfsown.intake import Check
from selfsown.rulebook import Rulebook


def record_check(rulebook: Rulebook) -> Check:
    """A function that gives (reason, sentence) of the first thing that is wrong with a record, or None."""
    schema = rulebook.schemas["conversation"]
    allowed = frozenset(rulebook.policy.licenses.allowed)

    def check(record: Mapping[str, Any], line: bytes) -> tuple[str, str] | None:
        if not schema.accepts(record):
            problem = next(schema.problems(record))
            return "schema", f"{problem.field or 'the record'}: {problem.message}"
        if record["license"] not in allowed:
            return "license", f"the licence {record['license']} is not allowed"
        return None

    return check
