"""GitHub's own description is asked as it is meant: complete answers pass, and each kind of wrong one does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from github_double import fetched, truth
from github_double.routes import load_routes
from github_double.routing import ROUTES

PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
STATUS = "/repos/{owner}/{repo}/statuses/{sha}"
CONTENTS = "/repos/{owner}/{repo}/contents/{path}"


def described_answers() -> Iterator[tuple[str, str, int]]:
    """Every answer with a JSON body in the description."""
    for path, item in truth.schemas().description["paths"].items():
        for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
            for status in item[method]["responses"]:
                yield method.upper(), path, int(status)


def plainest(method: str, path: str, status: int) -> Any:
    """A value of the right kind with nothing in it."""
    schema = truth._answer_schema(method, path, status)
    if schema is None:
        return None
    kind = truth.schemas().resolve(schema).get("type")
    return [] if kind == "array" else "" if kind == "string" else {}


def pull(**more: Any) -> Any:
    return truth.fill("GET", PULL, 200, {"number": 7, "head": {"sha": "a" * 40, "repo": None}, **more})


def test_every_answer_is_complete_once_it_is_filled():
    answers = list(described_answers())
    assert len(answers) > 500
    for method, path, status in answers:
        if method != "DELETE":
            truth.check(method, path, status, truth.fill(method, path, status, plainest(method, path, status)))


def test_every_route_of_the_double_is_one_of_githubs():
    load_routes()
    assert len(ROUTES) > 50
    for route in ROUTES:
        if route.template != "/graphql":
            truth._operation(route.method, route.template)


def test_a_filled_pull_request_has_what_github_requires_and_keeps_what_was_said():
    filled = pull(title="Mine", labels=[{"name": "waiting:judge"}], user={"login": "ann", "id": 3})
    truth.check("GET", PULL, 200, filled)
    assert (filled["title"], filled["number"], filled["head"]["sha"]) == ("Mine", 7, "a" * 40)
    assert filled["head"]["repo"] is None
    assert filled["user"]["login"] == "ann"
    assert filled["user"]["followers_url"].startswith("https://")
    assert filled["labels"][0]["name"] == "waiting:judge"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "merged"}, "state"),
        ({"number": "7"}, "number"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"html_url": "not an address"}, "html_url"),
        ({"mergeable": "yes"}, "mergeable"),
        ({"merged": None}, "merged"),
        ({"labels": [{"name": 3}]}, "labels.0.name"),
    ],
)
def test_a_wrong_value_is_refused_by_name(change: dict[str, Any], field: str):
    with pytest.raises(AssertionError, match=rf"GET {PULL.replace('{', '.').replace('}', '.')} 200: {field}: "):
        truth.check("GET", PULL, 200, pull(**change))


def test_null_is_allowed_only_where_github_says_so():
    truth.check("GET", PULL, 200, pull(body=None, merged_by=None, mergeable=None))
    with pytest.raises(AssertionError, match="title"):
        truth.check("GET", PULL, 200, pull(title=None))


def test_a_missing_key_is_refused_by_name():
    data = pull()
    del data["merge_commit_sha"]
    with pytest.raises(AssertionError, match="merge_commit_sha"):
        truth.check("GET", PULL, 200, data)


def test_an_answer_or_a_path_that_github_does_not_have_is_refused():
    with pytest.raises(AssertionError, match="GitHub never answers 202"):
        truth.check("GET", PULL, 202, {})
    with pytest.raises(AssertionError, match="has no PUT"):
        truth.check("PUT", PULL, 200, {})
    with pytest.raises(AssertionError, match="has no /nothing"):
        truth.fill("GET", "/nothing", 200, {})
    with pytest.raises(AssertionError, match="has no body"):
        truth.check("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", 204, {})


def test_of_several_kinds_of_answer_the_fitting_one_is_completed():
    file = truth.fill("GET", CONTENTS, 200, {"type": "file", "encoding": "base64", "content": "aGk=", "size": 2})
    folder = truth.fill("GET", CONTENTS, 200, [{"type": "file", "name": "a", "path": "a"}])
    truth.check("GET", CONTENTS, 200, file)
    truth.check("GET", CONTENTS, 200, folder)
    assert file["content"] == "aGk="
    assert "git_url" in folder[0]


def test_requests_are_checked():
    truth.check_request("POST", STATUS, {"state": "success", "context": "selfsown/review"})
    with pytest.raises(AssertionError, match="state"):
        truth.check_request("POST", STATUS, {"state": "fine"})
    with pytest.raises(AssertionError, match="body"):
        truth.check_request("POST", COMMENTS, {"text": "hello"})
    truth.check_request("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels", ["waiting:judge"])
    with pytest.raises(AssertionError, match="takes no body"):
        truth.check_request("GET", PULL, {"a": 1})


def test_filling_and_checking_cost_little():
    answer = pull()
    truth.check("GET", PULL, 200, answer)
    start = time.perf_counter()
    for _ in range(200):
        truth.check("GET", PULL, 200, pull())
    assert (time.perf_counter() - start) / 200 < 0.001


def test_graphql_documents_are_checked_against_githubs_schema():
    truth.check_query("query { viewer { login databaseId: id } }")
    with pytest.raises(AssertionError, match="Cannot query field 'logon'"):
        truth.check_query("query { viewer { logon } }")
    with pytest.raises(AssertionError, match="classifier"):
        truth.check_query('mutation { minimizeComment(input: {subjectId: "1"}) { minimizedComment { isMinimized } } }')


def test_graphql_answers_are_checked_against_githubs_schema():
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on IssueComment { id isMinimized } } }"
    comment = {"__typename": "IssueComment", "id": "IC_1", "isMinimized": True}
    truth.check_graphql(document, {"ids": ["IC_1", "IC_2"]}, {"nodes": [comment, None]})
    with pytest.raises(AssertionError, match="Boolean cannot represent"):
        truth.check_graphql(document, {"ids": ["IC_1"]}, {"nodes": [comment | {"isMinimized": "OUTDATED"}]})
    with pytest.raises(AssertionError, match="non-nullable field"):
        truth.check_graphql(document, {"ids": ["IC_1"]}, {"nodes": [comment | {"isMinimized": None}]})


def test_what_was_not_fetched_is_named_with_the_command_that_fetches_it():
    with pytest.raises(fetched.MissingTool, match="run `make tools`"):
        fetched.fetched("github/nothing.json")
