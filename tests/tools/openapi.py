"""Cut GitHub's description of its API (13 MB) down to the paths that a repository's review can touch.

What is kept is one JSON object: `paths` as in the description, and `components` with only what those paths refer to.
Prose and examples go; nothing that says what an answer may be is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

KEPT = re.compile(
    r"/user$|/users/\{username\}$|/app$|/app/installations|/rate_limit$|/repos/\{owner\}/\{repo\}(?:$|/(?:"
    r"branches|check-runs|collaborators|comments|commits|compare|contents|dispatches|environments|events|forks|git"
    r"|installation|issues|labels|merges|pulls|rules|rulesets|statuses|topics|actions/(?:artifacts|permissions|runs|secrets|variables|workflows)"
    r")(?:/|$))"
)
PROSE = frozenset({"description", "example", "examples", "externalDocs", "operationId", "summary", "tags", "x-github"})


def cut_openapi(source: Path, target: Path) -> None:
    """Write the part of `source` that is needed to `target`."""
    full = json.loads(source.read_text(encoding="utf-8"))
    paths = {path: without_prose(item) for path, item in full["paths"].items() if KEPT.match(path)}
    components: dict[str, dict[str, object]] = {}
    waiting = references(paths)
    while waiting:
        kind, name = waiting.pop()
        group = components.setdefault(kind, {})
        if name not in group:
            group[name] = without_prose(full["components"][kind][name])
            waiting |= references(group[name])
    target.write_text(json.dumps({"paths": paths, "components": components}, separators=(",", ":")), encoding="utf-8")


def without_prose(value: object, *, names: bool = False) -> object:
    """The same without prose. With `names` the keys are names that people chose, such as a field called `tags`."""
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    chosen = {key: item for key, item in value.items() if names or key not in PROSE}
    return {
        key: without_prose(item, names=key in {"properties", "responses"} and not names) for key, item in chosen.items()
    }


def references(value: object) -> set[tuple[str, str]]:
    """Every (kind, name) of `#/components/KIND/NAME` that is referred to in a value."""
    if isinstance(value, list):
        return {found for item in value for found in references(item)}
    if not isinstance(value, Mapping):
        return set()
    found = {found for item in value.values() for found in references(item)}
    target = value.get("$ref")
    if isinstance(target, str):
        _, _, kind, name = target.split("/")
        found.add((kind, name))
    return found
