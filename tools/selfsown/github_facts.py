"""GitHub's JSON as records of selfsown.host. What is missing or malformed is no usable answer: Unsure, and named.

Ids, shas, logins and times are checked here, so nobody behind has to. Bodies, branch names and paths stay hostile.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from selfsown.host import (
    Account,
    PostedComment,
    PostedLineComment,
    PostedReview,
    PostedStatus,
    Pull,
    PullFile,
    StatusState,
    Unsure,
)

GHOST = Account(0, "ghost", False)  # whoever has deleted their account

_SHA = re.compile(r"[0-9a-f]{40}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_STATE = re.compile("|".join(StatusState))
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")
_ISSUE = re.compile(r"/issues/(\d{1,12})")


def dig(data: Any, path: str) -> Any:
    """What stands at `a.b` in nested objects. Raises Unsure where there is nothing."""
    for part in path.split("."):
        if not isinstance(data, dict) or part not in data:
            raise Unsure(f"GitHub's answer has no {path}", "try again later")
        data = data[part]
    return data


def read_int(data: Any, path: str = "id") -> int:
    """A whole number from 0."""
    found = dig(data, path)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise _nonsense(path, "a number")
    return found


def read_text(data: Any, path: str) -> str:
    """A string; empty where GitHub says null."""
    found = dig(data, path)
    if found is not None and not isinstance(found, str):
        raise _nonsense(path, "a text")
    return found or ""


def read_sha(data: Any, path: str) -> str:
    """A commit id of 40 hex digits."""
    return _matching(data, path, _SHA, "a commit id")


def read_time(data: Any, path: str) -> str:
    """A time, ISO 8601 in UTC."""
    return _matching(data, path, _TIME, "a time")


def read_account(data: Any, path: str = "user") -> Account:
    """A person or a bot; GHOST where the account is gone."""
    if dig(data, path) is None:
        return GHOST
    login = _matching(data, f"{path}.login", _LOGIN, "a login")
    is_bot = login.endswith("[bot]") or dig(data, path).get("type") == "Bot"
    return Account(read_int(data, f"{path}.id"), login, is_bot)


def read_viewer(data: Any) -> Account:
    """Who GraphQL's `viewer` is."""
    login = _matching(data, "viewer.login", _LOGIN, "a login")
    return Account(read_int(data, "viewer.databaseId"), login, login.endswith("[bot]"))


def read_pull(data: Any) -> Pull:
    """A pull request. Lists do not tell how many files it has: `changed_files` is 0 there."""
    is_merged = dig(data, "merged_at") is not None
    return Pull(
        number=read_int(data, "number"),
        head=read_sha(data, "head.sha"),
        head_branch=read_text(data, "head.ref"),
        head_repository=read_text(data, "head.repo.full_name") if dig(data, "head.repo") else None,
        base=read_text(data, "base.ref"),
        base_sha=read_sha(data, "base.sha"),
        author=read_account(data),
        is_open=read_text(data, "state") == "open",
        is_draft=bool(data.get("draft")),
        merged_as=read_sha(data, "merge_commit_sha") if is_merged else None,
        labels=tuple(read_text(label, "name") for label in dig(data, "labels")),
        changed_files=read_int(data, "changed_files") if "changed_files" in data else 0,
        created=read_time(data, "created_at"),
        updated=read_time(data, "updated_at"),
    )


def read_repository(data: Any) -> str:
    """`owner/name` of a repository."""
    return _matching(data, "full_name", _REPOSITORY, "a repository")


def read_content(data: Any) -> bytes | None:
    """The bytes of a file; None where it is a folder, a link, or too large for an answer."""
    if not isinstance(data, dict) or data.get("type") != "file" or data.get("encoding") != "base64":
        return None
    try:
        return base64.b64decode(read_text(data, "content"))
    except binascii.Error as error:
        raise _nonsense("content", "base64") from error


def read_file(data: Any) -> PullFile:
    """A file of a pull request."""
    patch = data.get("patch") if isinstance(data, dict) else None
    return PullFile(read_text(data, "filename"), read_text(data, "status"), patch if isinstance(patch, str) else None)


def read_comment(data: Any) -> PostedComment:
    """A comment of a conversation tab."""
    issue = _ISSUE.search(read_text(data, "issue_url"))
    if issue is None:
        raise _nonsense("issue_url", "an address of an issue")
    return PostedComment(
        id=read_int(data),
        node=read_text(data, "node_id"),
        pull=int(issue[1]),
        author=read_account(data),
        body=read_text(data, "body"),
        created=read_time(data, "created_at"),
        updated=read_time(data, "updated_at"),
    )


def is_on_pull(data: Any) -> bool:
    """Whether a comment stands on a pull request and not on a plain issue."""
    return "/pull/" in read_text(data, "html_url")


def read_review(data: Any) -> PostedReview:
    """A submitted review."""
    return PostedReview(
        id=read_int(data),
        node=read_text(data, "node_id"),
        author=read_account(data),
        body=read_text(data, "body"),
        commit=read_text(data, "commit_id"),
    )


def read_line_comment(data: Any) -> PostedLineComment:
    """A comment on a line; `line` is None where its line is no longer in the diff."""
    return PostedLineComment(
        id=read_int(data),
        node=read_text(data, "node_id"),
        author=read_account(data),
        body=read_text(data, "body"),
        path=read_text(data, "path"),
        line=read_int(data, "line") if data.get("line") is not None else None,
        review=read_int(data, "pull_request_review_id") if data.get("pull_request_review_id") is not None else 0,
        reply_to=read_int(data, "in_reply_to_id") if data.get("in_reply_to_id") is not None else None,
    )


def read_status(data: Any) -> PostedStatus:
    """A commit status."""
    return PostedStatus(
        context=read_text(data, "context"),
        state=StatusState(_matching(data, "state", _STATE, "a status")),
        description=read_text(data, "description"),
        author=read_account(data, "creator"),
        created=read_time(data, "created_at"),
    )


def _matching(data: Any, path: str, pattern: re.Pattern[str], what: str) -> str:
    found = dig(data, path)
    if not isinstance(found, str) or not pattern.fullmatch(found):
        raise _nonsense(path, what)
    return found


def _nonsense(path: str, what: str) -> Unsure:
    return Unsure(f"{path} in GitHub's answer is not {what}", "try again later")
