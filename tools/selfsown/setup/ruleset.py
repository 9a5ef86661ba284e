"""Our ruleset beside the one on GitHub. What a maintainer added or made stricter stays; what is weaker is drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# More of these is stricter, so more is no drift.
_AT_LEAST = {"required_approving_review_count"}
# What is excluded escapes every rule: exactly this list and no longer one.
_EXACT = {"exclude"}
_SENT = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")


def decide_ruleset(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any] | None:
    """The whole ruleset to send, or None where the present one holds everything wanted."""
    if _holds(present, wanted):
        return None
    merged = _merge(present, wanted)
    return {name: merged[name] for name in _SENT if name in merged}


def weaknesses(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> list[str]:
    """What the present ruleset lacks, in a few words each."""
    found = [
        f"{name} is {present.get(name)!r}" for name in ("enforcement", "target") if present.get(name) != wanted[name]
    ]
    if not _holds(present.get("conditions") or {}, wanted["conditions"]):
        found.append("it does not cover the default branch")
    there = {rule["type"]: rule for rule in present.get("rules", [])}
    for rule in wanted["rules"]:
        if rule["type"] not in there:
            found.append(f"no rule {rule['type']}")
        elif not _holds(there[rule["type"]], rule):
            found += _weaker(rule["parameters"], there[rule["type"]].get("parameters") or {}, rule["type"])
    return found


def _weaker(wanted: Mapping[str, Any], present: Mapping[str, Any], kind: str) -> list[str]:
    if kind == "required_status_checks":
        name = "required_status_checks"
        missing = [check for check in wanted[name] if not _holds(present.get(name, []), [check])]
        return [f"{check['context']} is not required from App {check['integration_id']}" for check in missing] or [kind]
    return [f"{kind}: {name}" for name, value in wanted.items() if not _holds(present.get(name), value, name)]


def _holds(present: Any, wanted: Any, name: str = "") -> bool:
    """Whether everything wanted is in what is present."""
    if name in _EXACT:
        return bool((present or []) == wanted)
    if isinstance(wanted, Mapping):
        return isinstance(present, Mapping) and all(_holds(present.get(key), wanted[key], key) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(present, list) and all(any(_holds(there, item) for there in present) for item in wanted)
    if name in _AT_LEAST:
        return isinstance(present, int) and present >= wanted
    return type(present) is type(wanted) and bool(present == wanted)


def _merge(present: Any, wanted: Any, name: str = "") -> Any:
    """Both together; where they disagree, what is wanted."""
    if isinstance(wanted, Mapping) and isinstance(present, Mapping):
        return {**present, **{key: _merge(present.get(key), wanted[key], key) for key in wanted}}
    if isinstance(wanted, list) and isinstance(present, list) and name not in _EXACT:
        keys = [_key(item) for item in wanted]
        ours = [_merge(next((there for there in present if _key(there) == _key(item)), None), item) for item in wanted]
        return [*(there for there in present if _key(there) not in keys), *ours]
    if name in _AT_LEAST and isinstance(present, int):
        return max(present, wanted)
    return wanted


def _key(item: Any) -> Any:
    """What makes two entries of a list the same entry: a rule's type, a check's context, or the whole."""
    return item.get("type", item.get("context", str(item))) if isinstance(item, Mapping) else item
