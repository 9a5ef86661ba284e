"""Complete an answer: every key that a schema requires and the data lacks gets a value that the schema allows.

Schemas become functions once, so that an answer costs little. Values are null where that is allowed, else the plainest
of their kind, named as GitHub names things: the ids, times and addresses of nothing in particular.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Json = Any
Fill = Callable[[Json], Json]

FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "uri": "https://api.github.com/unset",
    "uri-template": "https://api.github.com/unset{/more}",
    "email": "unset@users.noreply.github.com",
}
KINDS: dict[str, Json] = {"integer": 1, "number": 1, "boolean": False, "array": [], "string": "unset", "null": None}
NAMES = {"node_id": "MDU6VW5zZXQx", "sha": "0" * 40, "gravatar_id": "", "default_branch": "main", "body": ""}
PYTHON_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def unchanged(data: Json) -> Json:
    """The filler of what has nothing to fill."""
    return data


class Schemas:
    """The schemas of a description. OpenAPI 3.0 has `nullable` where JSON Schema has the type null: it is rewritten."""

    def __init__(self, description: Json) -> None:
        self.description = with_null_types(description)
        self._fillers: dict[str, Fill] = {}
        self._samples: dict[str, Json] = {}

    def resolve(self, part: Json) -> Json:
        """The thing itself, where `part` only refers to it."""
        while "$ref" in part:
            _, _, kind, name = part["$ref"].split("/")
            part = self.description["components"][kind][name]
        return part

    def filler(self, schema: Json) -> Fill:
        """The function that completes data of a schema."""
        reference = schema.get("$ref")
        if reference is None:
            return self._make_filler(schema)
        if reference not in self._fillers:
            # A schema may contain itself: whoever asks meanwhile gets a function that looks again when it is called.
            self._fillers[reference] = lambda data: self._fillers[reference](data)  # noqa: PLW0108 - looked up late
            self._fillers[reference] = self._make_filler(self.resolve(schema))
        return self._fillers[reference]

    def sample(self, schema: Json, name: str = "") -> Json:
        """The plainest value that a schema allows."""
        reference = schema.get("$ref")
        if reference is None:
            return self._make_sample(schema, name)
        if reference not in self._samples:
            self._samples[reference] = self._make_sample(self.resolve(schema), name)
        return self._samples[reference]

    def _make_sample(self, schema: Json, name: str) -> Json:
        branches = self._branches(schema)
        if "enum" in schema:
            return None if None in schema["enum"] else schema["enum"][0]
        kinds = as_list(schema.get("type", "null" if branches is None and "properties" not in schema else "object"))
        if "null" in kinds or any("null" in as_list(branch.get("type", [])) for branch in branches or []):
            return None
        if branches:
            return self.sample(branches[0], name)
        if kinds[0] == "object":
            return self._make_filler(schema)({})
        if kinds[0] == "string":
            return FORMATS.get(
                schema.get("format", ""), NAMES.get(name, FORMATS["uri"] if name.endswith("url") else "unset")
            )
        return max(KINDS[kinds[0]], schema.get("minimum", 1)) if kinds[0] == "integer" else KINDS[kinds[0]]

    def _branches(self, schema: Json) -> list[Json] | None:
        return schema.get("oneOf") or schema.get("anyOf")

    def _make_filler(self, schema: Json) -> Fill:
        if "allOf" in schema:
            return chain([self.filler(part) for part in schema["allOf"]])
        branches = self._branches(schema)
        own = self._make_object_filler(schema) if "properties" in schema else unchanged
        if branches:
            return chain([own, self._make_choice(branches)])
        if "items" in schema:
            inner = self.filler(schema["items"])
            return lambda data: [inner(item) for item in data] if isinstance(data, list) else data
        return own

    def _make_object_filler(self, schema: Json) -> Fill:
        properties = schema["properties"]
        missing = {
            name: self.sample(properties[name], name) for name in schema.get("required", ()) if name in properties
        }
        inner = {name: self.filler(part) for name, part in properties.items() if self._has_parts(part)}

        def complete(data: Json) -> Json:
            if not isinstance(data, dict):
                return data
            whole = {**missing, **data}
            for name in data.keys() & inner.keys():
                whole[name] = inner[name](data[name])
            return whole

        return complete

    def _has_parts(self, schema: Json) -> bool:
        return not {"properties", "items", "oneOf", "anyOf", "allOf"}.isdisjoint(self.resolve(schema))

    def _make_choice(self, branches: list[Json]) -> Fill:
        fillers = [self.filler(branch) for branch in branches]
        known = [self._known(branch) for branch in branches]

        def choose(data: Json) -> Json:
            kind = PYTHON_KINDS.get(type(data))
            fits = [fit(data, kind, *facts) for facts in known]
            best = max(range(len(fits)), key=fits.__getitem__)
            return fillers[best](data) if fits[best] >= 0 else data

        return choose

    def _known(self, branch: Json) -> tuple[list[str], Mapping[str, Json]]:
        """What tells a branch from others: the kinds of value and, of objects, the properties."""
        whole = self.resolve(branch)
        parts = [self.resolve(part) for part in whole.get("allOf", [])]
        properties: dict[str, Json] = {}
        for part in [whole, *parts]:
            properties |= part.get("properties", {})
        kinds = as_list(whole.get("type", "object" if properties else list(PYTHON_KINDS.values())))
        return kinds, properties


def fit(data: Json, kind: str | None, kinds: list[str], properties: Mapping[str, Json]) -> int:
    """How well data fits a branch: below 0 not at all, else how many of its keys the branch knows."""
    if kind not in kinds:
        return -1
    if kind != "object":
        return 0
    for name, part in properties.items():
        if name in data and "enum" in part and data[name] not in part["enum"]:
            return -1
    return len(data.keys() & properties.keys())


def chain(fillers: list[Fill]) -> Fill:
    """One filler after the other."""
    real = [filler for filler in fillers if filler is not unchanged]
    if len(real) <= 1:
        return real[0] if real else unchanged

    def complete(data: Json) -> Json:
        for filler in real:
            data = filler(data)
        return data

    return complete


def as_list(value: Json) -> list[str]:
    """A list of one, where JSON Schema allows the one thing itself."""
    return value if isinstance(value, list) else [value]


def with_null_types(value: Json) -> Json:
    """The same with `nullable: true` said in JSON Schema's words."""
    if isinstance(value, list):
        return [with_null_types(item) for item in value]
    if not isinstance(value, dict):
        return value
    rest = {key: with_null_types(item) for key, item in value.items() if key != "nullable" or item is not True}
    if value.get("nullable") is not True:
        return rest
    if isinstance(rest.get("type"), str):
        nullable = {"enum": [*rest["enum"], None]} if "enum" in rest and None not in rest["enum"] else {}
        return {**rest, "type": [rest["type"], "null"], **nullable}
    return {"anyOf": [{"type": "null"}, rest]}
