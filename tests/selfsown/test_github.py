"""The door to GitHub, one answer at a time: what each means, what is refused as nonsense, and that no secret is said."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import urllib3
from github import Auth
from github.Requester import Requester

from selfsown.errors import UsageError
from selfsown.github import GitHub, open_github
from selfsown.host import Busy, Host, HostError, Permission, Refused, StatusState, Unsure

SHA = "a1" * 20
TOKEN = "ghp_thesecretofthetest"
USER = {"login": "mira", "id": 11, "type": "User"}
COMMENT = {
    "id": 5,
    "node_id": "IC5",
    "user": USER,
    "body": "hello",
    "issue_url": "https://api.github.com/repos/owner/corpus/issues/3",
    "html_url": "https://github.com/owner/corpus/pull/3#issuecomment-5",
    "created_at": "2026-09-14T10:00:00Z",
    "updated_at": "2026-09-14T10:00:00Z",
}
PULL = {
    "number": 3,
    "state": "open",
    "draft": False,
    "user": USER,
    "labels": [{"name": "good"}],
    "head": {"sha": SHA, "ref": "topic", "repo": {"full_name": "mira/corpus"}},
    "base": {"sha": "0" * 40, "ref": "main", "repo": {"full_name": "owner/corpus"}},
    "merged_at": None,
    "merge_commit_sha": "c" * 40,
    "changed_files": 2,
    "created_at": "2026-09-14T10:00:00Z",
    "updated_at": "2026-09-14T10:00:00Z",
}


class Script:
    """Answers in their order, and what was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[tuple[str, str, Any, dict[str, str]]] = []

    def say(self, status: int, data: Any, **headers: str) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, text))

    def connection(self) -> type:
        script = self

        class Connection:
            def __init__(self, host: str, *_: Any, **__: Any) -> None:
                self.host = host

            def request(self, verb: str, url: str, data: Any, headers: dict[str, str], *_: Any) -> None:
                script.asked.append((verb, url, json.loads(data) if data else None, headers))

            def getresponse(self) -> Any:
                answer = script.answers.pop(0)
                if isinstance(answer, BaseException):
                    raise answer
                status, headers, text = answer
                response = requests.Response()
                response.status_code, response.headers = status, requests.structures.CaseInsensitiveDict(headers)
                response._content, response.encoding = text.encode(), "utf-8"
                from github.Requester import RequestsResponse

                return RequestsResponse(response)

            def close(self) -> None:
                """Nothing is open."""

        return Connection


@pytest.fixture
def script() -> Iterator[Script]:
    found = Script()
    Requester.injectConnectionClasses(found.connection(), found.connection())
    yield found
    Requester.resetConnectionClasses()


@pytest.fixture
def door(script) -> GitHub:
    return GitHub("owner/corpus", Auth.Token(TOKEN), write_pause=0)


def test_the_door_is_a_host(door):
    host: Host = door
    assert {name for name in vars(Host) if not name.startswith("_")} <= set(dir(host))


def test_an_answer_becomes_a_record(door, script):
    script.say(200, PULL)
    pull = door.pull(3)
    assert (pull.head, pull.head_repository, pull.author.login, pull.merged_as) == (SHA, "mira/corpus", "mira", None)
    assert (pull.labels, pull.changed_files, pull.is_open) == (("good",), 2, True)
    assert script.asked[0][:2] == ("GET", "/repos/owner/corpus/pulls/3")


def test_a_fork_that_is_gone_and_an_account_that_is_gone(door, script):
    script.say(200, {**PULL, "head": {**PULL["head"], "repo": None}, "user": None})
    pull = door.pull(3)
    assert (pull.head_repository, pull.author.login, pull.author.id) == (None, "ghost", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"number": "3"},
        {"number": True},
        {"number": -1},
        {"head": {**PULL["head"], "sha": "main"}},
        {"head": {**PULL["head"], "sha": SHA.upper()}},
        {"head": None},
        {"user": {"login": "a b", "id": 1}},
        {"user": {"login": "mira", "id": "11"}},
        {"user": {"login": "../admin", "id": 1}},
        {"created_at": "yesterday"},
        {"labels": [{"name": 5}]},
    ],
)
def test_nonsense_is_no_usable_answer(door, script, change):
    script.say(200, {**PULL, **change})
    with pytest.raises(Unsure, match="GitHub's answer"):
        door.pull(3)


@pytest.mark.parametrize(
    ("status", "data", "headers", "kind"),
    [
        (429, {"message": "slow down"}, {}, Busy),
        (429, "<html>", {}, Busy),
        (403, {"message": "You have exceeded a secondary rate limit."}, {}, Busy),
        (403, {"message": "Forbidden"}, {"retry_after": "7"}, Busy),
        (403, {"message": "API rate limit exceeded"}, {"x_ratelimit_remaining": "0"}, Busy),
        (403, {"message": "Resource not accessible by integration"}, {"x_ratelimit_remaining": "9"}, Refused),
        (401, {"message": "Bad credentials"}, {}, Refused),
        (404, {"message": "Not Found"}, {}, Refused),
        (422, {"message": "Validation Failed", "errors": ["no such line"]}, {}, Refused),
        (307, {"message": "Moved"}, {}, Refused),
        (404, "<html>not json</html>", {}, Unsure),
        (404, {}, {}, Unsure),
        (500, {"message": "Server Error"}, {}, Unsure),
        (502, "<html>", {}, Unsure),
        (503, "", {}, Unsure),
        (200, "<!DOCTYPE html>", {}, Unsure),
        (200, '{"id": 5', {}, Unsure),
        (200, "", {}, Unsure),
        (200, "[]", {}, Unsure),
        (200, "null", {}, Unsure),
    ],
)
@pytest.mark.parametrize("ask", ["pull", "add_comment"])
def test_every_answer_has_one_meaning_for_reads_and_writes(door, script, status, data, headers, kind, ask):
    script.say(status, data, **headers)
    with pytest.raises(HostError) as caught:
        door.pull(3) if ask == "pull" else door.add_comment(3, "hello")
    assert type(caught.value) is kind
    assert len(script.asked) == 1
    if kind is Refused:
        assert caught.value.code == status


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("reset"),
        requests.Timeout("slow"),
        requests.exceptions.ChunkedEncodingError("cut"),
        urllib3.exceptions.ProtocolError("cut"),
        ConnectionResetError("reset"),
    ],
)
def test_a_broken_connection_is_no_answer_and_nothing_is_repeated(door, script, error):
    script.answers.append(error)
    with pytest.raises(Unsure, match=r"POST /repos/owner/corpus/issues/3/comments: no answer came"):
        door.add_comment(3, "hello")
    assert len(script.asked) == 1


def test_how_long_to_wait_is_what_github_says(door, script, monkeypatch):
    monkeypatch.setattr("selfsown.github_wire.time.time", lambda: 1_000.0)
    script.say(429, {"message": "x"}, retry_after="17")
    script.say(403, {"message": "API rate limit exceeded"}, x_ratelimit_remaining="0", x_ratelimit_reset="1090")
    script.say(403, {"message": "You have exceeded a secondary rate limit"})
    waits = []
    for _ in range(3):
        with pytest.raises(Busy) as caught:
            door.pull(3)
        waits.append(caught.value.wait)
    assert waits == [17.0, 91.0, None]


def test_a_list_is_read_to_its_end(door, script):
    for page in range(1, 4):
        more = {"link": f'<https://api.github.com/x?page={page + 1}>; rel="next"'} if page < 3 else {}
        entries = [{**COMMENT, "id": page * 1000 + index} for index in range(100 if page < 3 else 7)]
        script.say(200, entries, **more)
    assert len(door.comments(3)) == 207
    assert ["per_page=100" in url and f"page={number}" in url for number, (_, url, _, _) in enumerate(script.asked, 1)]


def test_a_list_without_end_is_refused(door, script):
    for _ in range(100):
        script.say(200, [COMMENT], link='<https://api.github.com/x>; rel="next"')
    with pytest.raises(Refused, match="more than 100 pages"):
        door.comments(3)


def test_a_list_that_is_none_is_no_answer(door, script):
    script.say(200, {"message": "hm"})
    with pytest.raises(Unsure, match="no list"):
        door.comments(3)


def test_a_comment_on_a_plain_issue_is_none_of_ours(door, script):
    script.say(200, {**COMMENT, "html_url": "https://github.com/owner/corpus/issues/3#issuecomment-5"})
    with pytest.raises(Refused, match="not on a pull request"):
        door.comment(5)


def test_the_account_is_asked_for_once(door, script):
    script.say(200, {"data": {"viewer": {"login": "selfsown-review[bot]", "databaseId": 77}}})
    assert door.me() == door.me()
    assert (door.me().id, door.me().is_bot) == (77, True)
    assert len(script.asked) == 1


def test_nothing_is_asked_where_there_is_nothing_to_ask(door, script):
    assert door.hidden([]) == frozenset()
    assert script.asked == []


def test_hidden_asks_a_hundred_at_a_time_and_passes_over_what_is_gone(door, script):
    gone = [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]
    script.say(200, {"data": {"nodes": [{"id": "N1", "isMinimized": True}, None, {}]}, "errors": gone})
    script.say(200, {"data": {"nodes": [{"id": "N2", "isMinimized": False}]}})
    assert door.hidden({f"N{index}" for index in range(101)}) == {"N1"}
    assert [len(body["variables"]["ids"]) for _, _, body, _ in script.asked] == [100, 1]


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ({"type": "NOT_FOUND", "message": "gone"}, Refused, 404),
        ({"type": "FORBIDDEN", "message": "no"}, Refused, 403),
        ({"type": "RATE_LIMITED", "message": "wait"}, Busy, None),
        ({"message": "no such field", "extensions": {"code": "undefinedField"}}, Refused, 422),
        ({"message": "Something went wrong while executing your query"}, Unsure, None),
        ("what", Unsure, None),
    ],
)
def test_graphql_says_errors_with_200(door, script, error, kind, code):
    script.say(200, {"data": None, "errors": [error]})
    with pytest.raises(HostError) as caught:
        door.hide(["N1"])
    assert type(caught.value) is kind
    assert getattr(caught.value, "code", None) == code


def test_permission_reads_a_role_that_an_organisation_made_as_what_it_allows(door, script):
    script.say(200, {"permission": "write", "role_name": "maintain"})
    script.say(200, {"permission": "write", "role_name": "data steward"})
    script.say(404, {"message": "Not Found"})
    assert [door.permission("mira") for _ in range(3)] == [Permission.MAINTAIN, Permission.WRITE, Permission.NONE]


def test_a_label_that_is_gone_is_off(door, script):
    script.say(404, {"message": "Label does not exist"})
    door.remove_label(3, "waiting:author")
    assert script.asked[0][1] == "/repos/owner/corpus/issues/3/labels/waiting%3Aauthor"


def test_a_status_is_cut_to_what_github_takes(door, script):
    script.say(201, {"id": 1})
    door.set_status(SHA, "selfsown/review", StatusState.PENDING, "x" * 300, None)
    assert script.asked[0][2] == {"context": "selfsown/review", "state": "pending", "description": "x" * 140}


def test_githubs_own_words_are_made_inert_and_cut(door, script):
    script.say(422, {"message": "a\u202eb\n" + "x" * 900})
    with pytest.raises(Refused) as caught:
        door.pull(3)
    assert "\\u{202E}" in caught.value.message
    assert len(caught.value.message) < 400


# -- signing in -----------------------------------------------------------------------------------------------------
PLAIN = {"GITHUB_REPOSITORY": "owner/corpus", "GITHUB_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY"),
        ({"GITHUB_REPOSITORY": "owner/../x/y"}, "GITHUB_REPOSITORY"),
        ({"GITHUB_REPOSITORY": "owner"}, "GITHUB_REPOSITORY"),
        ({"GITHUB_API_URL": "http://github.example"}, "GITHUB_API_URL"),
        ({"GITHUB_API_URL": "http://localhost:80@evil.example"}, "GITHUB_API_URL"),
        ({"GITHUB_API_URL": "file:///etc"}, "GITHUB_API_URL"),
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": f"{TOKEN}\nX-Evil: 1"}, "GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": f"{TOKEN} é"}, "GITHUB_TOKEN"),
        ({"SELFSOWN_APP_ID": "12"}, "SELFSOWN_APP_KEY"),
        ({"SELFSOWN_APP_KEY": f"-----BEGIN {TOKEN}"}, "SELFSOWN_APP_ID"),
        ({"SELFSOWN_APP_ID": "12", "SELFSOWN_APP_KEY": f"-----BEGIN {TOKEN}"}, "SELFSOWN_APP_KEY"),
    ],
)
def test_what_is_missing_is_named_and_never_quoted(change, named):
    with pytest.raises(UsageError) as caught:
        open_github({**PLAIN, **change})
    assert named in f"{caught.value.message} {caught.value.tip}"
    assert TOKEN not in told(caught.value)


def told(error: BaseException) -> str:
    """Everything an error could print: its message, its tip, and all its causes."""
    return f"{error!r} {vars(error)} {''.join(traceback.format_exception(error))}"


@pytest.mark.parametrize(
    "answer",
    [
        (401, {}, json.dumps({"message": "Bad credentials"})),
        (500, {}, "<html>"),
        (200, {}, "<html>"),
        (200, {}, "{"),
        requests.ConnectionError("reset"),
    ],
)
def test_no_error_tells_the_token(script, answer):
    door = open_github(PLAIN, write_pause=0)
    for ask in (lambda: door.pull(3), lambda: door.add_comment(3, "x"), door.me, lambda: door.hide(["N"])):
        script.answers.append(answer)
        with pytest.raises(HostError) as caught:
            ask()
        assert TOKEN not in told(caught.value)
    assert script.asked[0][3]["Authorization"] == f"token {TOKEN}"
    assert TOKEN not in repr(door)


def test_a_token_with_a_line_end_is_taken_without_it(script):
    script.say(200, PULL)
    open_github({**PLAIN, "GITHUB_TOKEN": f"{TOKEN}\n"}).pull(3)
    assert script.asked[0][3]["Authorization"] == f"token {TOKEN}"


@pytest.fixture(scope="module")
def key() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_an_app_signs_in_to_its_installation(script, key):
    script.say(200, {"id": 4711})
    door = open_github({"GITHUB_REPOSITORY": "owner/corpus", "SELFSOWN_APP_ID": "12", "SELFSOWN_APP_KEY": key})
    script.say(201, {"token": "ghs_short", "expires_at": "2036-01-01T00:00:00Z", "permissions": {}})
    script.say(200, PULL)
    assert door.pull(3).number == 3
    places = [url for _, url, _, _ in script.asked]
    assert places[:2] == ["/repos/owner/corpus/installation", "/app/installations/4711/access_tokens"]
    assert script.asked[0][3]["Authorization"].startswith("Bearer ey")
    assert script.asked[2][3]["Authorization"] == "token ghs_short"


@pytest.mark.parametrize(("status", "kind"), [(404, Refused), (500, Unsure), (401, Refused)])
def test_an_app_that_gets_no_token_says_so(script, key, status, kind):
    script.say(200, {"id": 4711})
    door = open_github({"GITHUB_REPOSITORY": "owner/corpus", "SELFSOWN_APP_ID": "12", "SELFSOWN_APP_KEY": key})
    script.say(status, {"message": "no"})
    with pytest.raises(kind) as caught:
        door.pull(3)
    assert "PRIVATE KEY" not in told(caught.value)


def test_an_app_that_is_not_installed_says_so(script, key):
    script.say(404, {"message": "Not Found"})
    with pytest.raises(Refused, match="installation"):
        open_github({"GITHUB_REPOSITORY": "owner/corpus", "SELFSOWN_APP_ID": "12", "SELFSOWN_APP_KEY": key})
