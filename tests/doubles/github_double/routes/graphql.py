"""The few GraphQL fields that clients of the double ask for: `viewer`, `nodes`, `minimizeComment`, `unminimizeComment`.

Documents are really parsed; an answer has exactly what was selected.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)

from github_double import shapes
from github_double.access import has_permission, is_at_least, is_integration, role_of
from github_double.routing import route
from github_double.state import Comment, LineComment, Review
from github_double.wire import Answer, Call, Problem

KINDS = {"IC": "IssueComment", "PRR": "PullRequestReview", "PRRC": "PullRequestReviewComment"}
INTERFACES = frozenset({"Node", "Minimizable", "Comment", "Updatable", "Deletable"})
CLASSIFIERS = frozenset({"ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"})
MOST_NODES = 100
Minimizable = Comment | Review | LineComment
Errors = list[dict[str, Any]]


def read_operation(text: object, name: str | None = None) -> tuple[DocumentNode, OperationDefinitionNode]:
    """A document and its operation. Raises ValueError in GraphQL's words."""
    if not isinstance(text, str):
        raise ValueError("A query attribute must be specified and must be a string.")  # noqa: TRY004
    try:
        document = _parse(text)
    except GraphQLSyntaxError as error:
        raise ValueError(error.message) from None
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    found = [one for one in operations if name is None or (one.name and one.name.value == name)]
    if len(found) != 1:
        raise ValueError(f"No operation named {name!r}" if name else "An operation name is required")
    return document, found[0]


@lru_cache(maxsize=64)
def _parse(text: str) -> DocumentNode:
    """The same few documents are asked again and again."""
    return parse(text)


def graphql_writes(body: bytes) -> bool:
    """Whether the body is a mutation."""
    try:
        data = orjson.loads(body)
        operation = read_operation(data.get("query"), data.get("operationName"))[1]
    except (ValueError, AttributeError):
        return False
    return operation.operation is OperationType.MUTATION


def _error(kind: str, path: list[Any], message: str) -> dict[str, Any]:
    return {"type": kind, "path": path, "locations": [{"line": 1, "column": 1}], "message": message}


def _not_found(path: list[Any], identity: object) -> dict[str, Any]:
    return _error("NOT_FOUND", path, f"Could not resolve to a node with the global id of '{identity}'")


@route("POST", "/graphql")
def answer_graphql(call: Call) -> Answer:
    """Errors have status 200. A mutation that is refused is no write."""
    if call.token is None:
        raise Problem(401, "This endpoint requires you to be authenticated.")
    fields = call.fields()
    variables, errors, data = fields.get("variables") or {}, [], {}
    try:
        document, operation = read_operation(fields.get("query"), fields.get("operationName"))
        for node in operation.selection_set.selections:
            assert isinstance(node, FieldNode)
            key = node.alias.value if node.alias else node.name.value
            arguments = {one.name.value: value_from_ast_untyped(one.value, variables) for one in node.arguments or ()}
            value = _resolver(operation, node.name.value)(call, arguments, [key], errors)
            data[key] = project(document, node.selection_set, value)
    except ValueError as error:
        raise Refusal({"errors": [{"message": str(error), "locations": [{"line": 1, "column": 1}]}]}) from None
    _check_truth(call, str(fields["query"]), variables, data, has_errors=bool(errors))
    whole = {"data": data} | ({"errors": errors} if errors else {})
    if errors and operation.operation is OperationType.MUTATION:
        raise Refusal(whole)
    return Answer(whole)


def _check_truth(call: Call, text: str, variables: Any, data: Any, *, has_errors: bool) -> None:
    """Ask the schema of GitHub, where the world has one. It can judge the data only where types are named."""
    truth = call.world.truth
    if truth is None or not hasattr(truth, "check_graphql"):
        return
    if not has_errors and ("__typename" in text or "viewer" in data):
        truth.check_graphql(text, variables, data)
    else:
        truth.check_query(text)


def _resolver(
    operation: OperationDefinitionNode, name: str
) -> Callable[[Call, dict[str, Any], list[Any], Errors], Any]:
    kind = operation.operation.value
    found = {"query": QUERIES, "mutation": MUTATIONS}.get(kind, {}).get(name)
    if found is None:
        raise ValueError(f"Field '{name}' doesn't exist on type '{kind.title()}'")
    return found


def project(document: DocumentNode, selection: SelectionSetNode | None, value: Any) -> Any:
    """What a selection takes of a value. Raises ValueError for fields that are not there."""
    if isinstance(value, list):
        return [project(document, selection, one) for one in value]
    if value is None or selection is None:
        return value
    found: dict[str, Any] = {}
    for node in selection.selections:
        if isinstance(node, FieldNode):
            if node.name.value not in value:
                raise ValueError(f"Field '{node.name.value}' doesn't exist on type '{value['__typename']}'")
            key = node.alias.value if node.alias else node.name.value
            found[key] = project(document, node.selection_set, value[node.name.value])
        else:
            found |= _project_fragment(document, node, value)
    return found


def _project_fragment(document: DocumentNode, node: Any, value: dict[str, Any]) -> dict[str, Any]:
    if isinstance(node, FragmentSpreadNode):
        fragments = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
        node = next((one for one in fragments if one.name.value == node.name.value), node)
    assert isinstance(node, InlineFragmentNode | FragmentDefinitionNode)
    kind = node.type_condition.name.value if node.type_condition else value["__typename"]
    if kind != value["__typename"] and kind not in INTERFACES:
        return {}
    found: dict[str, Any] = project(document, node.selection_set, value)
    return found


def _viewer(call: Call, _: dict[str, Any], __: list[Any], ___: Errors) -> dict[str, Any]:
    who = call.account
    identity = shapes.node("BOT" if who.is_bot else "U", who.id)
    return {"__typename": "User", "login": who.login, "databaseId": who.id, "id": identity, "createdAt": who.created}


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
    return {
        "__typename": kind,
        "id": identity,
        "databaseId": found.id,
        "isMinimized": hidden is not None,
        "minimizedReason": hidden.lower().replace("_", "-") if hidden else None,
        "viewerCanMinimize": True,
        "body": found.body,
    }


def _nodes(call: Call, arguments: dict[str, Any], path: list[Any], errors: Errors) -> Any:
    asked = arguments.get("ids")
    if not isinstance(asked, list):
        raise ValueError("Variable $ids of type [ID!]! was provided invalid value")  # noqa: TRY004
    if len(asked) > MOST_NODES:
        message = f"You may not provide more than {MOST_NODES} node ids; you provided {len(asked)}."
        errors.append(_error("ARGUMENT_LIMIT", path, message))
        return None
    return [_node(call, {"id": identity}, [*path, place], errors) for place, identity in enumerate(asked)]


def _node(call: Call, arguments: dict[str, Any], path: list[Any], errors: Errors) -> dict[str, Any] | None:
    identity = arguments.get("id")
    found = _find(call, identity)
    if found is None:
        errors.append(_not_found(path, identity))
        return None
    return _shape(found[0], str(identity), found[1])


def _may_hide(call: Call, found: Minimizable) -> bool:
    home = call.state.repositories[found.repository]
    token = call.token
    assert token is not None
    if token.permissions is not None and not has_permission(token, ("issues", "pull_requests"), "write"):
        return False
    if is_integration(token):
        return token.repository in {None, home.key}
    return is_at_least(role_of(home, call.account), "write")


def _minimize(call: Call, arguments: dict[str, Any], path: list[Any], errors: Errors) -> Any:
    wanted = arguments.get("input") or {}
    classifier = wanted.get("classifier")
    if classifier not in CLASSIFIERS:
        raise ValueError(
            f"Argument 'classifier' on InputObject 'MinimizeCommentInput' has an invalid value ({classifier})."
        )
    return _set_hidden(call, wanted, path, errors, classifier)


def _unminimize(call: Call, arguments: dict[str, Any], path: list[Any], errors: Errors) -> Any:
    return _set_hidden(call, arguments.get("input") or {}, path, errors, None)


def _set_hidden(call: Call, wanted: dict[str, Any], path: list[Any], errors: Errors, reason: str | None) -> Any:
    identity = wanted.get("subjectId")
    found = _find(call, identity)
    if found is None:
        errors.append(_not_found(path, identity))
        return None
    if not _may_hide(call, found[1]):
        who = call.account.login
        text = f"{who} does not have the correct permissions to execute `MinimizeComment`"
        errors.append(
            _error("FORBIDDEN", path, "Resource not accessible by integration" if is_integration(call.token) else text)
        )
        return None
    found[1].minimized = reason
    shape = _shape(found[0], str(identity), found[1])
    key = "minimizedComment" if reason else "unminimizedComment"
    kind = "MinimizeCommentPayload" if reason else "UnminimizeCommentPayload"
    return {"__typename": kind, "clientMutationId": wanted.get("clientMutationId"), key: shape}


QUERIES = {"viewer": _viewer, "nodes": _nodes, "node": _node}
MUTATIONS = {"minimizeComment": _minimize, "unminimizeComment": _unminimize}


class Refusal(Problem):
    """GraphQL refuses with status 200."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(200, "")
        self.data = data
