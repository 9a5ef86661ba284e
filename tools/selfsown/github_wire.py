"""One question to GitHub, and everything that can come back named as an answer, Refused, Unsure or Busy.

PyGithub brings the connection, the authentication and the pause between writes; it retries nothing here. A write whose
answer is lost may have happened, so whether it is repeated is decided where the state can be read again
(selfsown.pull.publish). Errors quote at most GitHub's own message, made inert, and never a header.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from typing import Any

from github import GithubException
from github.Requester import Requester
from urllib3.exceptions import HTTPError

from selfsown.host import Busy, HostError, Refused, Unsure
from selfsown.render.inert import visible

PAGE = 100
MOST_PAGES = 100

# The three GraphQL documents; REST can do none of this. A test checks them against GitHub's own schema.
VIEWER = "query { viewer { login databaseId } }"
HIDDEN = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Minimizable { isMinimized } } }"
_HIDE = (
    "{0}: minimizeComment(input: {{subjectId: ${0}, classifier: OUTDATED}}) {{ minimizedComment {{ isMinimized }} }}"
)

_AGAIN = "try again later: https://www.githubstatus.com says whether GitHub is well"
_TIPS = {
    401: "check the token (GITHUB_TOKEN) or the App's key: GitHub does not accept it",
    403: "give the token or App this permission; the workflow's `permissions:` say what each job needs",
    404: "check GITHUB_REPOSITORY, the number, and that the token or App may see this repository",
}
_ALLOW_PULLS = "`selfsown setup-github --publish` allows it; an organisation that forbids it needs an App of its own"
_LIMIT_WORDS = ("rate limit", "abuse detection", "please retry your request again later", "wait a few minutes")


def render_hide(names: Collection[str]) -> str:
    """The GraphQL document that minimises the nodes given as these variables."""
    return f"mutation({', '.join(f'${name}: ID!' for name in names)}) {{ {' '.join(map(_HIDE.format, names))} }}"


def ask(
    requester: Requester,
    verb: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Any:
    """The JSON that GitHub answers (None where the answer is empty). Raises Refused, Unsure or Busy."""
    return _ask(requester, verb, path, body, parameters)[0]


def ask_all(
    requester: Requester, path: str, parameters: Mapping[str, Any] | None = None, most: int = PAGE * MOST_PAGES
) -> list[Any]:
    """Every entry of a list, page by page, at most `most`. Raises as `ask`, and Refused where a list never ends."""
    entries: list[Any] = []
    for page in range(1, MOST_PAGES + 1):
        asked = {**(parameters or {}), "per_page": PAGE, "page": page}
        found, headers = _ask(requester, "GET", path, None, asked)
        if not isinstance(found, list):
            raise Unsure(f"GET {path}: GitHub answered no list", _AGAIN)
        entries += found
        if len(entries) >= most:
            return entries[:most]
        if 'rel="next"' not in headers.get("link", ""):
            return entries
    raise Refused(f"GET {path}: more than {MOST_PAGES} pages", "this pull request is too large to be reviewed here")


def ask_graph(
    requester: Requester, document: str, variables: Mapping[str, Any], *, may_miss: bool = False
) -> dict[str, Any]:
    """The `data` of a GraphQL answer. With `may_miss`, nodes that are gone are no error. Raises as `ask`."""
    answer, _ = _ask(requester, "POST", requester.graphql_url, {"query": document, "variables": dict(variables)}, None)
    if not isinstance(answer, dict):
        raise Unsure("POST /graphql: GitHub answered no object", _AGAIN)
    errors = answer.get("errors") or []
    serious = [error for error in errors if not (may_miss and _kind(error) == "NOT_FOUND")]
    if serious:
        raise _graph_error(serious[0])
    data = answer.get("data")
    if not isinstance(data, dict):
        raise Unsure("POST /graphql: GitHub's answer holds no data", _AGAIN)
    return data


def _ask(
    requester: Requester,
    verb: str,
    path: str,
    body: Mapping[str, Any] | None,
    parameters: Mapping[str, Any] | None,
) -> tuple[Any, Mapping[str, str]]:
    place = f"{verb} {path}"
    try:
        status, headers, text = requester.requestJson(verb, path, dict(parameters or {}), None, body)
    except GithubException as error:  # an App asks for its token before it asks for anything else
        raise error_of(f"{place}: no token for the App", error.status, error.headers or {}, error.data) from error
    except (OSError, HTTPError, RuntimeError, ValueError) as error:
        raise Unsure(f"{place}: no answer came ({type(error).__name__})", _AGAIN) from error
    try:
        answer = json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        if status == 429:
            raise error_of(place, status, headers, None) from error
        raise Unsure(f"{place}: GitHub answered {status} and no JSON", _AGAIN) from error
    if not 200 <= status < 300:
        raise error_of(place, status, headers, answer)
    return answer, headers


def error_of(place: str, status: int, headers: Mapping[str, str], answer: Any) -> HostError:
    """What an answer that is no success means."""
    said = _message(answer)
    if status == 429 or (status == 403 and _is_limit(headers, said)):
        return Busy(f"{place}: GitHub asks to wait ({status})", _AGAIN, _wait(headers))
    if status >= 500 or status == 408 or (status >= 400 and not said):
        return Unsure(f"{place}: GitHub answered {status}", _AGAIN)
    if "not permitted to create or approve pull requests" in said:
        return Refused(f"{place}: GitHub answered {status}: {said}", _ALLOW_PULLS, status)
    moved = "the repository has moved: set GITHUB_REPOSITORY to its new name" if status in (301, 302, 307, 308) else ""
    return Refused(f"{place}: GitHub answered {status}: {said}", moved or _TIPS.get(status, ""), status)


def _message(answer: Any) -> str:
    """What GitHub says is wrong, on one inert line."""
    if not isinstance(answer, dict) or not isinstance(answer.get("message"), str):
        return ""
    details = [error if isinstance(error, str) else _kind(error, "message") for error in answer.get("errors") or []]
    return visible("; ".join(part for part in (answer["message"], *details[:3]) if part), 300)


def _is_limit(headers: Mapping[str, str], said: str) -> bool:
    by_headers = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return by_headers or any(words in said.lower() for words in _LIMIT_WORDS)


def _wait(headers: Mapping[str, str]) -> float | None:
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return float(after[:9])
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(float(reset[:12]) - time.time(), 0.0) + 1
    return None


def _graph_error(error: Any) -> HostError:
    kind, said = _kind(error), visible(_kind(error, "message"), 300)
    if kind == "RATE_LIMITED" or any(words in said.lower() for words in _LIMIT_WORDS):
        return Busy("POST /graphql: GitHub asks to wait", _AGAIN)
    codes = {"NOT_FOUND": 404, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403}
    is_named = kind or (isinstance(error, dict) and isinstance(error.get("extensions"), dict))
    if not is_named:  # such as "Something went wrong while executing your query": it may have been done
        return Unsure(f"POST /graphql: {said}", _AGAIN)
    code = codes.get(kind, 422)
    return Refused(f"POST /graphql: GitHub answered {kind or 'an error'}: {said}", _TIPS.get(code, ""), code)


def _kind(error: Any, key: str = "type") -> str:
    found = error.get(key) if isinstance(error, dict) else None
    return found if isinstance(found, str) else ""
