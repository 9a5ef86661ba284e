"""Where GitHub says no, the double says no, and nothing is changed."""

from __future__ import annotations

import pytest
from github_double import World


def review(**more: object) -> dict[str, object]:
    return {"event": "COMMENT", "body": "body", **more}


def line(**more: object) -> dict[str, object]:
    return {"path": "text.txt", "line": 5, "body": "here", **more}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (line(line=15), "line must be part of the diff"),
        (line(line=5000), "line must be part of the diff"),
        (line(line="5"), "line must be part of the diff"),
        (line(side="LEFT", line=31), "line must be part of the diff"),
        (line(path="text"), "path is invalid"),
        (line(path="../text.txt"), "path is invalid"),
        (line(start_line=5), "must precede"),
        (line(line=24, start_line=5), "same hunk"),
        (line(body="x" * 65_537), "too long"),
        (line(body=" "), "cannot be blank"),
    ],
)
def test_one_bad_line_refuses_the_whole_review(place, wrong: dict[str, object], words: str):
    status, answer = place.ask("POST", "/pulls/1/reviews", review(comments=[line(), wrong]))
    assert status == 422
    assert words in str(answer)
    assert place.ask("GET", "/pulls/1/reviews")[1] == place.ask("GET", "/pulls/1/comments")[1] == []
    assert place.world.writes == []


@pytest.mark.parametrize("good", [line(), line(side="LEFT"), line(line=8), line(line=6, start_line=4), line(line=24)])
def test_lines_of_the_diff_can_be_commented_on(place, good: dict[str, object]):
    assert place.ask("POST", "/pulls/1/reviews", review(comments=[good]))[0] == 200
    assert place.ask("GET", "/pulls/1/comments")[1][0]["line"] == good["line"]


@pytest.mark.parametrize(
    ("wrong", "who", "words"),
    [
        (review(body=""), "owner", "blank"),
        (review(body="x" * 65_537), "owner", "too long"),
        (review(body=5), "owner", "not a string"),
        (review(comments=["x"]), "owner", "not an array"),
        (review(event="APPROVE"), "alice", "approve your own"),
        (review(event="REQUEST_CHANGES", body=""), "owner", "blank"),
        (review(event="PRAISE"), "owner", "event is invalid"),
        (review(commit_id="0" * 40), "owner", "commit_id"),
    ],
)
def test_reviews_that_are_refused(place, wrong: dict[str, object], who: str, words: str):
    status, answer = place.ask("POST", "/pulls/1/reviews", wrong, getattr(place, who))
    assert (status, words in str(answer)) == (422, True)


def test_an_old_head_still_belongs_to_the_pull_request(place):
    old = place.head
    place.ask("POST", "/pulls/1/reviews", review(commit_id=old, comments=[line(), line(line=8)]))
    place.world.push("alice/corpus", "submit", {"text.txt": "top\n" + "changed\n" * 3}, login="alice")
    assert place.head != old
    assert place.ask("POST", "/pulls/1/reviews", review(commit_id=old, comments=[line()]))[0] == 200
    assert {one["line"] for one in place.ask("GET", "/pulls/1/comments")[1]} == {None}
    assert {one["original_line"] for one in place.ask("GET", "/pulls/1/comments")[1]} == {5, 8}


def test_line_comments_move_with_their_line(place):
    place.ask("POST", "/pulls/1/reviews", review(comments=[{"path": "new/ü.txt", "line": 2, "body": "x"}]))
    place.world.push("alice/corpus", "submit", {"new/ü.txt": "zero\none\ntwo\n"}, login="alice")
    [found] = place.ask("GET", "/pulls/1/comments")[1]
    assert (found["line"], found["original_line"]) == (3, 2)


def test_replies_are_one_deep(place):
    place.ask("POST", "/pulls/1/reviews", review(comments=[line()]))
    [first] = place.ask("GET", "/pulls/1/comments")[1]
    status, answer = place.ask("POST", f"/pulls/1/comments/{first['id']}/replies", {"body": "why"}, place.alice)
    assert (status, answer["in_reply_to_id"]) == (201, first["id"])
    assert place.ask("POST", f"/pulls/1/comments/{answer['id']}/replies", {"body": "so"})[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("POST", "/issues/1/comments", {"body": ""}, 422),
        ("POST", "/issues/1/comments", {"body": "x" * 65_537}, 422),
        ("POST", "/issues/1/comments", {}, 422),
        ("POST", "/pulls/1/comments", {"body": "x", "commit_id": "0" * 40, "path": "text.txt", "line": 5}, 422),
        ("DELETE", "/git/refs/heads/main", None, 422),
        ("POST", "/issues/99/comments", {"body": "x"}, 404),
        ("GET", "/issues/comments/99", None, 404),
        ("DELETE", "/issues/1/labels/none", None, 404),
        ("POST", "/issues/1/labels", ["x" * 51], 422),
        ("POST", "/labels", {"name": "x", "color": "#ff0000"}, 422),
        ("POST", f"/statuses/{'0' * 40}", {"state": "success"}, 422),
        ("GET", f"/commits/{'0' * 40}/statuses", None, 422),
        ("GET", f"/commits/{'0' * 40}/pulls", None, 422),
        ("POST", "/git/refs", {"ref": "heads/x", "sha": "0" * 40}, 422),
        ("POST", "/git/refs", {"ref": "refs/heads/x", "sha": "0" * 40}, 422),
        ("GET", "/git/ref/heads/none", None, 404),
        ("DELETE", "/git/refs/heads/none", None, 422),
        ("POST", "/git/trees", {"tree": [{"path": "../x", "mode": "100644", "content": ""}]}, 422),
        ("POST", "/git/trees", {"tree": [{"path": "x", "mode": "100644", "sha": "0" * 40}]}, 422),
        ("POST", "/git/commits", {"message": "x", "tree": "0" * 40}, 422),
        ("POST", "/pulls", {"title": "x", "head": "alice:submit", "base": "main"}, 422),
        ("POST", "/pulls", {"title": "x", "head": "alice:none", "base": "main"}, 422),
        ("POST", "/pulls", {"title": "x", "head": "alice:main", "base": "main"}, 422),
        ("POST", "/actions/workflows/none.yml/dispatches", {"ref": "main"}, 404),
        ("POST", "/actions/workflows/review.yml/dispatches", {"ref": "main"}, 422),
        ("POST", "/actions/workflows/review.yml/dispatches", {"ref": "main", "inputs": {"pull": "1", "x": "1"}}, 422),
        ("POST", "/actions/workflows/review.yml/dispatches", {"ref": "none", "inputs": {"pull": "1"}}, 422),
        ("GET", "/collaborators/nobody/permission", None, 404),
        ("GET", "/no/such/thing", None, 404),
    ],
)
def test_refusals(place, method: str, path: str, data: object, status: int):
    found, answer = place.ask(method, path, data)
    assert (found, bool(answer["message"])) == (status, True)
    assert place.world.writes == []


def test_a_status_description_has_140_characters(place):
    path = f"/statuses/{place.head}"
    assert place.ask("POST", path, {"state": "success", "description": "x" * 140})[0] == 201
    assert place.ask("POST", path, {"state": "success", "description": "x" * 141})[0] == 422


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("POST", "/issues/1/comments", {"body": "hello"}, 201),
        ("POST", "/pulls/1/reviews", {"event": "COMMENT", "body": "hello"}, 200),
        ("POST", "/issues/1/labels", ["x"], 403),
        ("PUT", "/pulls/1/merge", {}, 404),
        ("POST", "/git/blobs", {"content": "x"}, 404),
        ("PATCH", "/pulls/1", {"state": "closed"}, 403),
        ("GET", "/collaborators/alice/permission", None, 403),
    ],
)
def test_what_a_stranger_may(place, method: str, path: str, data: object, status: int):
    assert place.ask(method, path, data, place.world.token("mallory"))[0] == status


def test_a_stranger_edits_nobody_elses_comment(place):
    identity = place.ask("POST", "/issues/1/comments", {"body": "mine"})[1]["id"]
    for method, data in (("PATCH", {"body": "x"}), ("DELETE", None)):
        assert place.ask(method, f"/issues/comments/{identity}", data, place.alice)[0] == 403


def test_tokens(place):
    world: World = place.world
    path = f"/repos/owner/corpus/statuses/{place.head}"
    assert world.ask("wrong", "GET", "/repos/owner/corpus")[0] == 401
    assert world.ask(None, "GET", "/repos/owner/corpus")[0] == 200
    assert world.ask(None, "POST", path, {"state": "success"})[0] == 401
    token = world.token("owner", "actions", {"contents": "read", "statuses": "read"})
    status, answer = world.ask(token, "POST", path, {"state": "success"})
    assert (status, answer["message"]) == (403, "Resource not accessible by integration")
    assert world.ask(token, "GET", "/user")[0] == 403
    token = world.token("owner", "actions", {"statuses": "write"})
    status, answer = world.ask(token, "POST", path, {"state": "success"})
    assert (status, answer["creator"]["login"]) == (201, "github-actions[bot]")
    assert world.ask(token, "POST", "/repos/alice/corpus/labels", {"name": "x"})[0] == 403


def test_reading_a_private_repository_needs_the_permission(place):
    world: World = place.world
    world.state.repositories["owner/corpus"].private = True
    path = "/repos/owner/corpus/pulls"
    assert world.ask(world.token("owner", "actions", {"pull_requests": "read"}), "GET", path)[0] == 200
    assert world.ask(world.token("owner", "actions", {"contents": "write"}), "GET", path)[0] == 403
    assert world.ask(world.token("mallory"), "GET", path)[0] == 404
    assert world.ask(None, "GET", path)[0] == 404


def test_an_actions_token_opens_pull_requests_only_where_it_may(place):
    world: World = place.world
    world.push("owner/corpus", "record", {"x.txt": "x"})
    token = world.token("owner", "actions", {"pull_requests": "write"})
    data = {"title": "x", "head": "record", "base": "main"}
    assert place.ask("POST", "/pulls", data, token)[0] == 403
    settings = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True}
    assert place.ask("PUT", "/actions/permissions/workflow", settings)[0] == 204
    assert place.ask("POST", "/pulls", data, token)[0] == 201


def test_an_actions_token_changes_no_workflow(place):
    world: World = place.world
    token, main = world.token("owner", "actions", {"contents": "write"}), place.ask("GET", "/git/ref/heads/main")[1]

    def make(path: str, branch: str) -> int:
        entry = {"path": path, "mode": "100644", "type": "blob", "content": "on: push"}
        data = {"base_tree": main["object"]["sha"], "tree": [entry]}
        tree = place.ask("POST", "/git/trees", data, token)[1]["sha"]
        data = {"message": "x", "tree": tree, "parents": [main["object"]["sha"]]}
        sha = place.ask("POST", "/git/commits", data, token)[1]["sha"]
        return place.ask("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha}, token)[0]

    assert make("x.txt", "one") == 201
    assert make(".github/workflows/x.yml", "two") == 403


def test_pages(place):
    for number in range(35):
        place.ask("POST", "/issues/1/comments", {"body": str(number)})
    headers = {"Authorization": f"Bearer {place.owner}"}
    first = place.world.handle("GET", "/repos/owner/corpus/issues/1/comments", headers)
    assert len(first.json()) == 30
    assert 'page=2>; rel="next"' in first.headers["Link"]
    second = place.world.handle("GET", "/repos/owner/corpus/issues/1/comments?page=2", headers)
    assert [one["body"] for one in second.json()] == ["30", "31", "32", "33", "34"]
    assert 'rel="next"' not in second.headers["Link"]
    assert len(place.ask("GET", "/issues/1/comments?per_page=500")[1]) == 35
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= first.headers.keys()


def test_large_patches_are_left_out(place):
    place.world.limits.answer_lines = 12
    shown = place.ask("GET", "/pulls/1/files")[1]
    assert [(one["filename"], "patch" in one, one["additions"]) for one in shown] == [
        ("new/ü.txt", True, 2),
        ("text.txt", False, 0),
    ]
    assert "patch" in place.ask("GET", "/pulls/1/files?per_page=1&page=2")[1][0] or place.world.limits.answer_lines < 14
