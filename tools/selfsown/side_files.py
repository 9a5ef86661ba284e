"""The small files beside the shards: a source's TOML, a tombstone's JSON. Read as strictly as a record."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from selfsown.entries import Heading, refusal_finding, schema_findings
from selfsown.finding import Finding
from selfsown.material import Material
from selfsown.rulebook import Rulebook
from selfsown.rules.rule import Entry, Problem, make_entry, make_finding
from selfsown.source import Source
from selfsown.strict_json import Refusal, parse_loose

NOT_TOML = Heading("S202", "not-toml")
TOO_LARGE = Heading("S203", "side-file-too-large")
_MOST_BYTES = 16_384


def read_source_file(material: Material, rulebook: Rulebook) -> Iterator[Entry | Finding]:
    """The entry of a source file, or what is wrong with it."""
    content = _read(material)
    if content is None:
        yield _too_large(material)
        return
    table = _parse_toml(content)
    if isinstance(table, str):
        yield make_finding(NOT_TOML, Problem(table, "mend the TOML syntax there"), material.path)
        return
    findings = schema_findings(rulebook.schemas["source"], table, material.path, None)
    yield from findings
    if not findings:
        yield make_entry(material.path, 1, "source", table, content)


def read_tombstone(material: Material, rulebook: Rulebook) -> Iterator[Entry | Finding]:
    """The entry of a tombstone, or what is wrong with it."""
    content = _read(material)
    if content is None:
        yield _too_large(material)
        return
    try:
        record = parse_loose(content, rulebook.policy.limits.json_depth)
    except Refusal as refusal:
        yield refusal_finding(refusal, material.path, 1)
        return
    findings = schema_findings(rulebook.schemas["withdrawn"], record, material.path, 1)
    yield from findings
    if not findings:
        yield make_entry(material.path, 1, "withdrawn", record, content)


def new_source(material: Material, rulebook: Rulebook) -> Source | None:
    """The source that a file adds, or None where the file is not in order."""
    content = _read(material)
    table = None if content is None else _parse_toml(content)
    if not isinstance(table, dict) or not rulebook.schemas["source"].accepts(table):
        return None
    return Source(**table)


def _parse_toml(content: bytes) -> dict[str, Any] | str:
    """The table, or why there is none."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        return f"not TOML: {error}"
    except RecursionError:
        return "nested too deeply"


def _read(material: Material) -> bytes | None:
    if material.size > _MOST_BYTES:
        return None
    with material.open() as stream:
        return stream.read(_MOST_BYTES)


def _too_large(material: Material) -> Finding:
    message = f"the file has {material.size:,} bytes; at most {_MOST_BYTES:,} are allowed"
    return make_finding(TOO_LARGE, Problem(message, "say it shorter"), material.path)
