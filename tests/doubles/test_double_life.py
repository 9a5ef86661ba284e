"""What happens in the double: events, merging under rulesets, hiding, apps, faults, going back."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github_double import ConnectionLost, Fault, Killed, World

CHECKS = {"strict_required_status_checks_policy": False}


def add_rules(place, *rules: dict[str, Any], **more: Any) -> None:
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    data = {"name": "main", "enforcement": "active", "conditions": conditions, "rules": list(rules), **more}
    assert place.ask("POST", "/rulesets", data)[0] == 201


def need_check(integration: int | None = None) -> dict[str, Any]:
    check = {"context": "selfsown/review"} | ({"integration_id": integration} if integration else {})
    return {"type": "required_status_checks", "parameters": CHECKS | {"required_status_checks": [check]}}


def need_approval(**more: bool) -> dict[str, Any]:
    names = "dismiss_stale_reviews_on_push require_code_owner_review require_last_push_approval"
    flags = dict.fromkeys([*names.split(), "required_review_thread_resolution"], False)
    return {"type": "pull_request", "parameters": flags | {"required_approving_review_count": 1} | more}


def merge(place, **data: str) -> tuple[int, str]:
    status, answer = place.ask("PUT", "/pulls/1/merge", data)
    return status, answer["message"]


def test_merging_asks_for_the_status_of_the_right_app(place):
    app = place.world.add_app("reviewer", owner="owner", permissions={"statuses": "write"})
    add_rules(place, need_check(app.id))
    path, state = f"/statuses/{place.head}", {"state": "success", "context": "selfsown/review"}
    assert merge(place) == (
        405,
        'Repository rule violations found\n\nRequired status check "selfsown/review" is expected.\n\n',
    )
    place.ask("POST", path, state)
    assert merge(place)[0] == 405
    token = place.world.token("reviewer[bot]", "app", {"statuses": "write"})
    place.ask("POST", path, state | {"state": "failure"}, token)
    assert "failing" in merge(place)[1]
    place.ask("POST", path, state, token)
    assert merge(place)[0] == 200


def test_approvals_are_of_writers_and_go_stale(place):
    add_rules(place, need_approval(dismiss_stale_reviews_on_push=True))
    approve = {"event": "APPROVE"}
    place.ask("POST", "/pulls/1/reviews", approve, place.world.token("mallory"))
    assert merge(place)[0] == 405
    place.ask("POST", "/pulls/1/reviews", approve)
    place.world.push("alice/corpus", "submit", {"x.txt": "x"}, login="alice")
    assert [one["state"] for one in place.ask("GET", "/pulls/1/reviews")[1]] == ["DISMISSED", "DISMISSED"]
    assert merge(place)[0] == 405
    place.ask("POST", "/pulls/1/reviews", approve)
    assert merge(place, sha=place.head)[0] == 200


def test_merging_wants_the_head_it_was_told(place):
    old = place.head
    place.world.push("alice/corpus", "submit", {"x.txt": "x"}, login="alice")
    assert merge(place, sha=old) == (409, "Head branch was modified. Review and try the merge again.")
    place.world.push("owner/corpus", "main", {"text.txt": "conflict\n"})
    assert merge(place) == (405, "Pull Request is not mergeable")
    assert place.ask("GET", "/pulls/1")[1]["mergeable"] is False


def test_merging_moves_main_and_says_so(place):
    assert merge(place, merge_method="squash")[0] == 200
    pull = place.ask("GET", "/pulls/1")[1]
    assert (pull["state"], pull["merged"]) == ("closed", True)
    assert place.ask("GET", "/git/ref/heads/main")[1]["object"]["sha"] == pull["merge_commit_sha"]
    assert [(one.name, one.action) for one in place.world.events[-2:]] == [("push", None), ("pull_request", "closed")]
    assert place.world.events[-2].payload["after"] == pull["merge_commit_sha"]
    assert place.ask("GET", f"/commits/{pull['merge_commit_sha']}/pulls")[1][0]["number"] == 1


def test_an_actions_token_starts_nothing_but_what_it_dispatches(place):
    permissions = {"contents": "write", "issues": "write", "actions": "write"}
    token, before = place.world.token("owner", "actions", permissions), len(place.world.events)
    assert place.ask("PUT", "/pulls/1/merge", {}, token)[0] == 200
    assert place.ask("POST", "/issues/1/comments", {"body": "x"}, token)[0] == 201
    assert len(place.world.events) == before
    assert [one.name for one in place.world.muted] == ["push", "pull_request", "issue_comment"]
    data = {"ref": "main", "inputs": {"pull": "1"}}
    assert place.ask("POST", "/actions/workflows/review.yml/dispatches", data, token)[0] == 204
    assert place.world.events[-1].payload["inputs"] == {"pull": "1"}


def test_a_deleted_account_and_fork(place):
    place.ask("POST", "/issues/1/comments", {"body": "x"}, place.alice)
    place.world.delete_account("alice")
    pull = place.ask("GET", "/pulls/1")[1]
    assert (pull["head"]["repo"], pull["user"]["login"]) == (None, "ghost")
    assert place.world.ask(place.alice, "GET", "/user")[0] == 401


def test_renaming_keeps_the_id(place):
    was = place.ask("GET", "/pulls/1")[1]["user"]
    place.world.rename_account("alice", "alicia")
    now = place.ask("GET", "/pulls/1")[1]["user"]
    assert (now["id"], now["login"]) == (was["id"], "alicia")


# -- GraphQL ------------------------------------------------------------------------------------------------------------
HIDE = """mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
  minimizedComment { isMinimized } } }"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Minimizable { isMinimized } } }"


def graph(place, query: str, token: str = "", **variables: object) -> Any:
    status, answer = place.world.ask(token or place.owner, "POST", "/graphql", {"query": query, "variables": variables})
    assert status == 200
    return answer


def test_hiding(place):
    node = place.ask("POST", "/issues/1/comments", {"body": "x"})[1]["node_id"]
    writes = len(place.world.writes)
    refused = graph(place, HIDE, place.alice, id=node)
    assert (refused["data"]["minimizeComment"], refused["errors"][0]["type"]) == (None, "FORBIDDEN")
    assert graph(place, HIDE, id="IC_no")["errors"][0]["type"] == "NOT_FOUND"
    assert len(place.world.writes) == writes
    assert graph(place, HIDE, id=node)["data"] == {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}
    assert len(place.world.writes) == writes + 1
    answer = graph(place, NODES, ids=[node, "gone"])
    assert answer["data"]["nodes"] == [{"id": node, "isMinimized": True}, None]
    assert answer["errors"][0]["path"] == ["nodes", 1]
    assert "errors" in graph(place, NODES, ids=[node] * 101)
    assert len(place.world.writes) == writes + 1


def test_who_am_i(place):
    query = "query { viewer { login databaseId } }"
    token = place.world.token("owner", "actions", {})
    assert graph(place, query)["data"]["viewer"]["login"] == "owner"
    assert graph(place, query, token)["data"]["viewer"] == {"login": "github-actions[bot]", "databaseId": 41898282}
    assert "doesn't exist" in graph(place, "query { viewer { password } }")["errors"][0]["message"]
    assert "errors" in graph(place, "query { viewer {")


# -- apps ---------------------------------------------------------------------------------------------------------------
def test_an_app_signs_in(place):
    key = rsa.generate_private_key(65537, 2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    app = place.world.add_app("reviewer", owner="owner", permissions={"checks": "write"}, public_key=public)
    now = int(time.time())
    signed = jwt.encode({"iss": str(app.id), "iat": now - 60, "exp": now + 300}, key, "RS256")
    wrong = jwt.encode({"iss": str(app.id), "iat": now - 60, "exp": now + 300}, "x" * 32, "HS256")
    assert place.ask("GET", "/installation", None, wrong)[0] == 401
    installation = place.ask("GET", "/installation", None, signed)[1]["id"]
    path = f"/app/installations/{installation}/access_tokens"
    assert place.world.ask(signed, "POST", path, {"permissions": {"contents": "write"}})[0] == 422
    token = place.world.ask(signed, "POST", path)[1]["token"]
    run = {"name": "judge", "head_sha": place.head, "conclusion": "success"}
    status, answer = place.ask("POST", "/check-runs", run, token)
    assert (status, answer["app"]["slug"], answer["status"]) == (201, "reviewer", "completed")
    assert place.ask("POST", "/check-runs", run)[0] == 403
    assert place.ask("GET", f"/commits/{place.head}/check-runs")[1]["total_count"] == 1
    assert place.ask("POST", "/issues/1/comments", {"body": "x"}, token)[0] == 403


# -- faults -------------------------------------------------------------------------------------------------------------
COMMENT = ("POST", "/issues/1/comments", {"body": "x"})


@pytest.mark.parametrize(
    ("kind", "status", "is_done"),
    [
        ("429", 429, 0),
        ("403-secondary", 403, 0),
        ("500", 500, 0),
        ("502", 502, 0),
        ("500-after", 500, 1),
        ("502-after", 502, 1),
    ],
)
def test_answers_that_are_errors(place, kind: str, status: int, is_done: int):
    place.world.faults.append(Fault("POST .*comments", kind, wait=7))
    response = place.world.handle("POST", "/repos/owner/corpus/issues/1/comments", bearer(place), b'{"body":"x"}')
    assert (response.status, len(place.world.writes)) == (status, is_done)
    assert response.headers.get("Retry-After") == ("7" if status in {429, 403} else None)
    assert place.ask(*COMMENT)[0] == 201


@pytest.mark.parametrize(
    ("kind", "error", "is_done"),
    [
        ("lost-answer", ConnectionLost, 1),
        ("refuse-connection", ConnectionLost, 0),
        ("kill-before", Killed, 0),
        ("kill-after", Killed, 1),
    ],
)
def test_answers_that_never_come(place, kind: str, error: type[BaseException], is_done: int):
    place.world.faults.append(Fault("", kind, write=2))
    place.ask("POST", "/issues/1/comments", {"body": "first"})
    with pytest.raises(error):
        place.ask(*COMMENT)
    assert len(place.world.writes) == 1 + is_done
    assert place.ask(*COMMENT)[0] == 201


def bearer(place) -> dict[str, str]:
    return {"Authorization": f"Bearer {place.owner}"}


def test_answers_that_are_no_json(place):
    place.world.faults += [Fault("GET", "html"), Fault("GET", "truncated")]
    path = "/repos/owner/corpus"
    assert place.world.handle("GET", path, bearer(place)).body.startswith(b"<!DOCTYPE")
    whole = place.world.handle("GET", path, bearer(place)).body
    assert whole.startswith(b"{")
    assert not whole.endswith(b"}")
    assert place.world.handle("GET", path, bearer(place)).json()["name"] == "corpus"


def test_a_list_that_lags(place):
    place.ask("POST", "/issues/1/comments", {"body": "first"})
    place.world.faults.append(Fault("/comments", "slow-list"))
    place.ask("POST", "/issues/1/comments", {"body": "second"})
    assert [one["body"] for one in place.ask("GET", "/issues/1/comments")[1]] == ["first"]
    assert [one["body"] for one in place.ask("GET", "/issues/1/comments")[1]] == ["first", "second"]


def test_a_kind_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no kind of fault"):
        Fault("", "explosion")


# -- going back ---------------------------------------------------------------------------------------------------------
def test_going_back_takes_refs_along(place):
    world: World = place.world
    before, head, snapshot = place.ask("GET", "/pulls/1")[1], place.head, world.snapshot()
    world.push("alice/corpus", "submit", {"x.txt": "x"}, login="alice")
    world.push("alice/corpus", "other", {"x.txt": "x"}, login="alice")
    moved = place.head
    place.ask(*COMMENT)
    assert merge(place)[0] == 200
    world.restore(snapshot)
    assert place.ask("GET", "/pulls/1")[1] == before
    assert world.writes == []
    fork, home = world.state.repositories["alice/corpus"], world.state.repositories["owner/corpus"]
    assert world.git(fork).refs() == fork.refs
    assert world.git(home).refs() == home.refs
    assert world.push("alice/corpus", "submit", {"x.txt": "x"}, login="alice") == moved != head
    world.fork("owner/corpus", "mallory")
    world.restore(snapshot)
    world.fork("owner/corpus", "mallory")
    world.push("mallory/corpus", "submit", {"y.txt": "y"}, login="mallory")
    assert world.open_pull("owner/corpus", "mallory:submit", login="mallory") == 2


def test_edits_show_in_the_times(place):
    identity = place.ask(*COMMENT)[1]["id"]
    path = f"/issues/comments/{identity}"
    made = place.ask("GET", path)[1]
    assert made["created_at"] == made["updated_at"]
    place.ask("PATCH", path, {"body": "x"})
    assert place.ask("GET", path)[1] == made, "an edit that changes nothing is none"
    place.ask("PATCH", path, {"body": "y"})
    edited = place.ask("GET", path)[1]
    assert edited["updated_at"] > edited["created_at"] == made["created_at"]
    assert [one["id"] for one in place.ask("GET", f"/issues/comments?since={edited['updated_at']}")[1]] == [identity]
