"""TOML files as frozen records that refuse unknown keys, missing keys and values of the wrong kind."""

from __future__ import annotations

import dataclasses
import tomllib
import types
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from selfsown.errors import BadConfig

Record = TypeVar("Record")


def load_toml(text: str, place: str) -> dict[str, Any]:
    """Parse TOML text of the file `place`. Raises BadConfig with the parser's own line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{place}: {error}", "mend the TOML syntax there") from error


def load_record(kind: type[Record], table: dict[str, Any], place: str) -> Record:
    """Build the frozen dataclass `kind` from a table, recursively. Raises BadConfig naming every bad key at once."""
    problems: list[str] = []
    record = _build(kind, table, "", problems)
    if problems:
        raise BadConfig(f"{place}: " + "; ".join(problems), f"the keys are those of {kind.__name__}")
    return record  # type: ignore[no-any-return]


def _build(kind: type, table: dict[str, Any], prefix: str, problems: list[str]) -> Any:
    fields = {entry.name: entry for entry in dataclasses.fields(kind)}
    hints = get_type_hints(kind)
    problems += [f"unknown key {prefix}{name}" for name in table if name not in fields]
    values: dict[str, Any] = {}
    for name, entry in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{prefix}{name}", problems)
        elif entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING:
            problems.append(f"missing key {prefix}{name}")
    return None if problems else kind(**values)


def _value(hint: Any, value: Any, name: str, problems: list[str]) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            return _build(hint, value, f"{name}.", problems)
    elif get_origin(hint) is tuple:
        if isinstance(value, list):
            item = get_args(hint)[0]
            return tuple(_value(item, entry, f"{name}[{index}]", problems) for index, entry in enumerate(value))
    elif get_origin(hint) in (Union, types.UnionType):
        choices = [choice for choice in get_args(hint) if choice is not type(None)]
        return _value(choices[0], value, name, problems)
    elif hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    problems.append(f"{name} must be {_describe(hint)}, got {value!r}")
    return None


def _describe(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"a list of {_describe(get_args(hint)[0])}"
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(hint, "a table")
