"""What GitHub itself says its API takes and answers: its OpenAPI description and its GraphQL schema, as published.

`world.truth = truth` makes a double complete and check all its answers: this module is what `World` expects there.
Templates are the description's own, such as `/repos/{owner}/{repo}/pulls/{pull_number}`. GraphQL is not part of that
description: `check_query` and `check_graphql` ask the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from graphql import GraphQLSchema, build_ast_schema, execute_sync, parse, validate

from github_double.fetched import fetched
from github_double.filling import Fill, Schemas

Json = Any
GRAPHQL = "/graphql"
HOME = "urn:github"
SOME_ERROR = {"$ref": "#/components/schemas/basic-error"}
# PyGithub sends bare lists and GitHub takes them, though its description has no longer said so for some time.
UNDESCRIBED = {("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels"): list}
CONTENTS = "/repos/{owner}/{repo}/contents"
ROOTS = {CONTENTS: f"{CONTENTS}/{{path}}", f"{CONTENTS}/": f"{CONTENTS}/{{path}}"}  # the path may be empty

# GitHub answers null here (the fork of a pull request was deleted; the line of a comment is gone), undescribed.
NULL_TOO = (
    ("pull-request", "head", "repo"),
    ("pull-request-simple", "head", "repo"),
    ("pull-request-review-comment", "line"),
    ("pull-request-review-comment", "position"),
    ("review-comment", "line"),
)


def fill(method: str, path_template: str, status: int, data: Json) -> Json:
    """The data with every key that GitHub's answer must have; nothing that is there is changed.

    What comes back shares parts with other answers: write it out, do not change it.
    """
    if path_template == GRAPHQL:
        return data
    return _filler(method, path_template, status)(data)


def check(method: str, path_template: str, status: int, data: Json) -> None:
    """Raise AssertionError, naming the field, where GitHub could not answer this."""
    if path_template == GRAPHQL:
        assert isinstance(data, dict), "POST /graphql answers an object"
        assert {"data", "errors"} & data.keys(), "POST /graphql answers `data` or `errors`"
        return
    validator = _answer_validator(method, path_template, status)
    if validator is None:
        assert data is None, f"{method} {path_template} {status} has no body, got {data!r}"
        return
    _report(validator, data, f"{method} {path_template} {status}")


def check_request(method: str, path_template: str, body: Json) -> None:
    """Raise AssertionError, naming the field, where GitHub would not take this body."""
    lenient = UNDESCRIBED.get((method, path_template))
    if path_template == GRAPHQL or (lenient and isinstance(body, lenient)):
        return
    validator = _request_validator(method, path_template)
    if validator is None:
        assert not body, f"{method} {path_template} takes no body, got {body!r}"
        return
    _report(validator, body, f"{method} {path_template} (request)")


def check_query(document: str) -> None:
    """Raise AssertionError where a GraphQL document does not fit GitHub's schema."""
    problems = validate(graphql_schema(), parse(document))
    assert not problems, "\n".join(str(problem) for problem in problems)


def check_graphql(document: str, variables: Mapping[str, Json], data: Json) -> None:
    """Raise AssertionError where `data` cannot be the `data` of GitHub's answer to a document.

    Where the schema has an interface or a union, the data must have `__typename`.
    """
    check_query(document)
    result = execute_sync(
        graphql_schema(),
        parse(document),
        root_value=data,
        variable_values=dict(variables),
        field_resolver=lambda source, info, **_: source.get(info.path.key),
        type_resolver=lambda value, *_: value.get("__typename"),
    )
    assert not result.errors, "\n".join(str(problem) for problem in result.errors or [])
    assert result.data == data, f"GitHub's schema makes {result.data!r} of {data!r}"


@cache
def graphql_schema() -> GraphQLSchema:
    """GitHub's public GraphQL schema (about a second, once)."""
    text = fetched("github/schema.graphql").read_text(encoding="utf-8")
    return build_ast_schema(parse(text, no_location=True), assume_valid=True)


@cache
def schemas() -> Schemas:
    """GitHub's OpenAPI description, as far as it was kept, in JSON Schema's words and with what it leaves out."""
    description = orjson.loads(fetched("github/openapi.json").read_bytes())
    for name, *path in NULL_TOO:
        part = description["components"]["schemas"][name]
        for step in path[:-1]:
            part = part["properties"][step]
        old = part["properties"][path[-1]]
        assert old.get("nullable") is not True, f"the description of {name} has been mended: take it out of NULL_TOO"
        part["properties"][path[-1]] = {"allOf": [old], "nullable": True} if "$ref" in old else old | {"nullable": True}
    return Schemas(description)


@cache
def _registry() -> jsonschema_rs.Registry:
    components = {"components": schemas().description["components"]}
    return jsonschema_rs.Registry([(HOME, components)], draft=jsonschema_rs.Draft4)


def _operation(method: str, path_template: str) -> Json:
    item = schemas().description["paths"].get(ROOTS.get(path_template, path_template))
    assert item, f"GitHub's description has no {path_template}, or KEPT in tests/tools/openapi.py left it out"
    operation = item.get(method.lower())
    assert operation, f"GitHub's description has no {method} {path_template}"
    return operation


def _content(part: Json) -> Json | None:
    """The JSON schema of a request or an answer, None where it has no body."""
    content = schemas().resolve(part).get("content", {})
    return content["application/json"]["schema"] if "application/json" in content else None


def _answer_schema(method: str, path_template: str, status: int) -> Json | None:
    responses = _operation(method, path_template)["responses"]
    part = responses.get(str(status))
    if part is None:
        assert status >= 400, f"GitHub never answers {status} to {method} {path_template}, but {', '.join(responses)}"
        return SOME_ERROR
    schema = _content(part)
    if schema is None and status >= 400:
        return SOME_ERROR  # some refusals are described without their body, and GitHub says why all the same
    if schema and status >= 400 and "oneOf" in schema:
        return {"anyOf": schema["oneOf"]}  # the described errors overlap, so that exactly one of them never holds
    return schema


@cache
def _filler(method: str, path_template: str, status: int) -> Fill:
    return schemas().filler(_answer_schema(method, path_template, status) or {})


@cache
def _answer_validator(method: str, path_template: str, status: int) -> jsonschema_rs.Draft4Validator | None:
    return _validator(_answer_schema(method, path_template, status))


@cache
def _request_validator(method: str, path_template: str) -> jsonschema_rs.Draft4Validator | None:
    body = _operation(method, path_template).get("requestBody")
    return _validator(_content(body) if body else None)


def _validator(schema: Json | None) -> jsonschema_rs.Draft4Validator | None:
    if schema is None:
        return None
    elsewhere = orjson.loads(orjson.dumps(schema).replace(b'"#/components/', f'"{HOME}#/components/'.encode()))
    return jsonschema_rs.Draft4Validator(elsewhere, validate_formats=True, registry=_registry())


def _report(validator: jsonschema_rs.Draft4Validator, data: Json, what: str) -> None:
    if validator.is_valid(data):
        return
    problems = [
        f"{what}: {'.'.join(map(str, error.instance_path)) or '(the whole)'}: {error.message[:400]}"
        for error in validator.iter_errors(data)
    ]
    raise AssertionError("\n".join(problems[:10]))
