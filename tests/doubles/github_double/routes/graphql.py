"""The few GraphQL documents that clients of the double send, told apart by the field they ask for."""

from __future__ import annotations

import re
from typing import Any

import orjson

from github_double import shapes
from github_double.access import has_permission, is_at_least, is_integration, role_of
from github_double.routing import route
from github_double.state import Comment, LineComment, Review
from github_double.wire import Answer, Call, Problem

KINDS = {"IC": "IssueComment", "PRR": "PullRequestReview", "PRRC": "PullRequestReviewComment"}
CLASSIFIERS = frozenset({"ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"})
MOST_NODES = 100
Minimizable = Comment | Review | LineComment


def read_field(document: str) -> str:
    """The first field of a document, without its alias."""
    match = re.search(r"\{\s*(?:\w+\s*:\s*)?(\w+)", document)
    return match[1] if match else ""


def graphql_writes(body: bytes) -> bool:
    """Whether the body is a mutation."""
    try:
        data = orjson.loads(body)
        return str(data["query"]).lstrip().startswith("mutation")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False


def _error(kind: str, path: list[Any], message: str) -> dict[str, Any]:
    return {"type": kind, "path": path, "locations": [{"line": 1, "column": 1}], "message": message}


def _not_found(path: list[Any], identity: object) -> dict[str, Any]:
    return _error("NOT_FOUND", path, f"Could not resolve to a node with the global id of '{identity}'")


@route("POST", "/graphql")
def answer_graphql(call: Call) -> Answer:
    if call.token is None:
        raise Problem(401, "This endpoint requires you to be authenticated.")
    fields = call.fields()
    document, variables = fields.get("query"), fields.get("variables") or {}
    if not isinstance(document, str):
        return Answer({"errors": [{"message": "A query attribute must be specified and must be a string."}]})
    check = getattr(call.world.truth, "check_graphql", None)
    if check is not None:
        check(document, variables)
    match read_field(document):
        case "viewer":
            return _viewer(call)
        case "nodes":
            return _nodes(call, variables)
        case "minimizeComment":
            return _minimize(call, variables)
        case "unminimizeComment":
            return _minimize(call, variables, is_hidden=False)
        case other:
            message = f"Field '{other}' doesn't exist on type 'Query'"
            return Answer({"errors": [{"message": message, "locations": [{"line": 1, "column": 3}]}]})


def _viewer(call: Call) -> Answer:
    who = call.account
    prefix = "BOT" if who.is_bot else "U"
    viewer = {"login": who.login, "databaseId": who.id, "id": shapes.node(prefix, who.id)}
    return Answer({"data": {"viewer": viewer}})


def _find(call: Call, identity: object) -> tuple[str, Minimizable] | None:
    parts = shapes.read_node(identity) if isinstance(identity, str) else None
    if parts is None:
        return None
    state = call.state
    tables: dict[str, dict[int, Any]] = {"IC": state.comments, "PRR": state.reviews, "PRRC": state.line_comments}
    found = tables.get(parts[0], {}).get(parts[1])
    return (KINDS[parts[0]], found) if found is not None else None


def _shape(kind: str, identity: str, found: Minimizable) -> dict[str, Any]:
    hidden = found.minimized
    reason = hidden.lower().replace("_", "-") if hidden else None
    return {"__typename": kind, "id": identity, "isMinimized": hidden is not None, "minimizedReason": reason}


def _nodes(call: Call, variables: dict[str, Any]) -> Answer:
    asked = next((value for value in variables.values() if isinstance(value, list)), [])
    if len(asked) > MOST_NODES:
        message = f"You may not provide more than {MOST_NODES} node ids; you provided {len(asked)}."
        return Answer({"data": None, "errors": [_error("ARGUMENT_LIMIT", ["nodes"], message)]})
    shown: list[dict[str, Any] | None] = []
    errors = []
    for place, identity in enumerate(asked):
        found = _find(call, identity)
        shown.append(_shape(found[0], identity, found[1]) if found else None)
        if found is None:
            errors.append(_not_found(["nodes", place], identity))
    return Answer({"data": {"nodes": shown}} | ({"errors": errors} if errors else {}))


def _may_hide(call: Call, found: Minimizable) -> bool:
    home = call.state.repositories[found.repository]
    token = call.token
    assert token is not None
    if is_integration(token):
        is_here = token.repository in {None, home.key}
        return is_here and has_permission(token, ("issues", "pull_requests"), "write")
    return is_at_least(role_of(home, call.account), "write")


def _minimize(call: Call, variables: dict[str, Any], *, is_hidden: bool = True) -> Answer:
    """Hide or show. A refusal is an answer with errors and counts as no write."""
    wanted = variables.get("input", variables)
    field = "minimizeComment" if is_hidden else "unminimizeComment"
    identity, classifier = wanted.get("subjectId", wanted.get("id")), wanted.get("classifier", "OUTDATED")
    found = _find(call, identity)
    if found is None:
        raise Refusal({"data": {field: None}, "errors": [_not_found([field], identity)]})
    if classifier not in CLASSIFIERS:
        message = f"Variable $classifier of type ReportedContentClassifiers! was provided invalid value {classifier}"
        raise Refusal({"errors": [{"message": message}]})
    if not _may_hide(call, found[1]):
        text = (
            "Resource not accessible by integration"
            if is_integration(call.token)
            else (f"{call.account.login} does not have the correct permissions to execute `MinimizeComment`")
        )
        raise Refusal({"data": {field: None}, "errors": [_error("FORBIDDEN", [field], text)]})
    found[1].minimized = classifier if is_hidden else None
    shape = _shape(found[0], str(identity), found[1])
    return Answer({"data": {field: {"clientMutationId": None, "minimizedComment": shape}}})


class Refusal(Problem):
    """GraphQL refuses with status 200."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(200, "")
        self.data = data
