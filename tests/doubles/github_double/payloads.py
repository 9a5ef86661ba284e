"""Event JSON as GitHub sends it: its published examples, with our facts in place of theirs.

What the double knows wins; what it does not know has the value of the example, so that a workflow that reads a field
GitHub has finds one. Text of the examples is from somebody else's repository: nothing may be concluded from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import orjson

from github_double.fetched import fetched

Json = Any
# Only there for organizations, enterprises and Apps: absent unless we say so.
OPTIONAL = ("organization", "installation", "enterprise")


@cache
def examples() -> dict[str, list[Json]]:
    """GitHub's examples by name of the event."""
    found = orjson.loads(fetched("github/webhooks.json").read_bytes())
    return {entry["name"]: entry["examples"] for entry in found}


def complete(event: str, action: str | None, facts: Mapping[str, Json]) -> dict[str, Json]:
    """The payload of an event from what is known of it.

    Of a schedule GitHub tells only the cron expression, so nothing is completed there.
    """
    if event == "schedule":
        return dict(facts)
    candidates = examples()[event]
    of_action = [one for one in candidates if one.get("action") == action]
    example = {key: value for key, value in (of_action or candidates)[0].items() if key not in OPTIONAL}
    if action is not None:
        example["action"] = action
    return merged(example, facts)


def merged(example: Json, facts: Json) -> Json:
    """`facts` over `example`, object by object; lists and everything else are taken whole."""
    if not (isinstance(example, Mapping) and isinstance(facts, Mapping)):
        return deepcopy(facts)
    whole = {key: deepcopy(value) for key, value in example.items() if key not in facts}
    return whole | {key: merged(example.get(key), value) for key, value in facts.items()}
