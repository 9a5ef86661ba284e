"""What a round was made from and what it came to, laid flat, so that a person reads it and two rounds can be held side by side.

A round file grows with what its steps write down; nothing here names a field that it could forget.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from selfsown.round import Round

# What `lay_flat` leaves out: long lists that have a form of their own (the table of the gate, the curve of the loss).
CURVE = "losses"
_LONG = frozenset({"checks", CURVE, "curve"})
_PARTS = ("base", "training", "adapter", "judge_adapter", "judging", "gate")


def lay_out(entry: Round) -> dict[str, dict[str, Any]]:
    """The sections of a round in the order they came to be; in each, values by dotted name."""
    record = entry.to_json()
    plan = record.pop("plan")
    recipe = plan.pop("recipe")
    head = {name: recipe[name] for name in ("name", "digest")}
    sections = {
        "corpus": lay_flat(plan.pop("corpus")),
        "recipe": {**head, **lay_flat(recipe["values"])},
        "libraries": lay_flat(plan.pop("libraries")),
        "plan": lay_flat(plan),
        **{name: lay_flat(record.pop(name, None) or {}) for name in _PARTS},
    }
    known = ("format", "number", "state", "created", "parent", "effects")
    rest = {name: value for name, value in record.items() if name not in known}
    return {name: section for name, section in {**sections, "more": lay_flat(rest)}.items() if section}


def lay_flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A nested record as one level of dotted names; a list of plain values stays a list, any other is counted."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name in _LONG and isinstance(value, list):
            continue
        if isinstance(value, Mapping) and value:
            flat.update({f"{name}.{inner}": leaf for inner, leaf in lay_flat(value).items()})
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            flat[name] = f"{len(value)} entries"
        else:
            flat[name] = value
    return flat


def compare_rounds(old: Round, new: Round) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Section by section, every value in which two rounds differ, old and new; None where one has no such value."""
    before, after = lay_out(old), lay_out(new)
    sections = {name: _compare(before.get(name, {}), after.get(name, {})) for name in dict.fromkeys((*before, *after))}
    return {name: found for name, found in sections.items() if found}


def _compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys((*old, *new))
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def compare_checks(old: Round, new: Round) -> dict[str, tuple[float | None, float | None]]:
    """What the gate measured of each of two rounds, by check; None where it was not measured."""
    before, after = _measured(old), _measured(new)
    return {name: (before.get(name), after.get(name)) for name in dict.fromkeys((*before, *after))}


def _measured(entry: Round) -> dict[str, float]:
    return {check["name"]: check["candidate"] for check in (entry.gate or {}).get("checks", [])}


def count_changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, Any]:
    """How many records came, went and stayed, the first two by source; records are given as id and source."""
    return {
        "added": dict(sorted(Counter(source for name, source in new.items() if name not in old).items())),
        "removed": dict(sorted(Counter(source for name, source in old.items() if name not in new).items())),
        "kept": len(old.keys() & new.keys()),
    }


def find_curve(entry: Round) -> list[float]:
    """The training loss by step, where the round has written it down."""
    points = (entry.training or {}).get(CURVE)
    if not isinstance(points, list):
        return []
    return [float(point[-1] if isinstance(point, list) else point) for point in points]
