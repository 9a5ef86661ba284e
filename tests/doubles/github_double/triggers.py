"""Which workflow files an event starts: their `on:`, as GitHub reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
}
SKIPPING = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What of an event decides. `branch` is the branch its filters are about, `paths` what changed (None: not known)."""

    name: str
    action: str | None = None
    branch: str = ""
    paths: Sequence[str] | None = None
    workflow: str = ""


def starts(workflow: Mapping[str, Any], occasion: Occasion) -> bool:
    """Whether an event starts a workflow."""
    triggers = workflow["on"]
    if isinstance(triggers, str):
        triggers = [triggers]
    if isinstance(triggers, list):
        triggers = dict.fromkeys(triggers)
    if occasion.name not in triggers:
        return False
    settings = triggers[occasion.name]
    if not isinstance(settings, dict):
        settings = {}
    types = settings.get("types", DEFAULT_TYPES.get(occasion.name))
    if types is not None and occasion.action not in ([types] if isinstance(types, str) else types):
        return False
    if occasion.name == "workflow_run" and occasion.workflow not in settings.get("workflows", ()):
        return False
    return _passes(settings, "branches", [occasion.branch]) and (
        occasion.paths is None or _passes(settings, "paths", occasion.paths)
    )


def _passes(settings: Mapping[str, Any], name: str, values: Sequence[str]) -> bool:
    if name in settings:
        return any(matches(settings[name], value) for value in values)
    if f"{name}-ignore" in settings:
        return not values or any(not matches(settings[f"{name}-ignore"], value) for value in values)
    return True


def matches(patterns: Sequence[str], value: str) -> bool:
    """Whether the last pattern that fits a value is not one with `!`."""
    fits = False
    for pattern in patterns:
        if to_regex(pattern.removeprefix("!")).fullmatch(value):
            fits = not pattern.startswith("!")
    return fits


def to_regex(pattern: str) -> re.Pattern[str]:
    """GitHub's filter patterns: `*` stays within a folder, `**` does not, `?` and `+` are about the character before."""
    signs = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+", "[": "[", "]": "]"}
    parts = re.findall(r"\*\*/|\*\*|.", pattern)
    text = "".join("(?:.*/)?" if part == "**/" else signs.get(part, re.escape(part)) for part in parts)
    return re.compile(text, re.DOTALL)  # the name of a file may hold a newline


def is_skipped(message: str) -> bool:
    """Whether the message of a head commit keeps `push` and `pull_request` from starting anything."""
    return bool(SKIPPING.search(message))
