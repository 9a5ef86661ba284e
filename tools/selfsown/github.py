"""The one door to GitHub: `GitHub` is a Host over PyGithub. Facts are checked as they come in, nothing is retried here.

Errors come as Refused, Unsure or Busy (selfsown.github_wire says which), so that selfsown.pull.publish can decide what
to do about each. Sign-in is selfsown.github_sign_in; `open_github` stands here too, because this is the door.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from github import Auth, Github

from selfsown.github_facts import (
    dig,
    is_on_pull,
    read_account,
    read_comment,
    read_content,
    read_file,
    read_int,
    read_line_comment,
    read_pull,
    read_repository,
    read_review,
    read_sha,
    read_status,
    read_text,
    read_time,
    read_viewer,
)
from selfsown.github_sign_in import API, sign_in
from selfsown.github_wire import HIDDEN, VIEWER, ask, ask_all, ask_graph, render_hide
from selfsown.host import (
    Account,
    LineComment,
    Permission,
    PostedComment,
    PostedLineComment,
    PostedReview,
    PostedStatus,
    Pull,
    PullFile,
    Refused,
    StatusState,
)

WRITE_PAUSE = 1.0  # seconds GitHub asks to leave between writes
MOST_FILES = 3_000  # more GitHub does not list
_NODES = 100  # of one GraphQL question


def open_github(environment: Mapping[str, str], write_pause: float = WRITE_PAUSE) -> GitHub:
    """The repository that the environment names, with the token or App it holds.

    Reads GITHUB_REPOSITORY, GITHUB_API_URL, and SELFSOWN_APP_ID with SELFSOWN_APP_KEY or else GITHUB_TOKEN. Raises
    UsageError naming the variable that is missing or malformed, and HostError where an App cannot sign in.
    """
    repository, api, auth = sign_in(environment)
    return GitHub(repository, auth, api, write_pause)


class GitHub:
    """One repository on GitHub. Every public method is that of selfsown.host.Host."""

    def __init__(self, repository: str, auth: Auth.Auth, api: str = API, write_pause: float = WRITE_PAUSE) -> None:
        self._repository = repository
        self._sign_in = (auth, api, write_pause)
        self._client = Github(
            auth=auth,
            base_url=api,
            retry=None,
            timeout=30,
            seconds_between_requests=None,
            seconds_between_writes=write_pause,
        )
        self._requester = self._client.requester
        self._me: Account | None = None
        self._default_branch = ""

    @property
    def repository(self) -> str:
        return self._repository

    def me(self) -> Account:
        if self._me is None:
            self._me = read_viewer(ask_graph(self._requester, VIEWER, {}))
        return self._me

    def default_branch(self) -> str:
        if not self._default_branch:
            self._default_branch = read_text(self._ask("GET", ""), "default_branch")
        return self._default_branch

    def can_push(self) -> bool:
        said = self._ask("GET", "").get("permissions")
        return self.me().is_bot or (isinstance(said, dict) and said.get("push") is True)

    def at(self, repository: str) -> GitHub:
        return GitHub(repository, *self._sign_in)

    # -- facts ------------------------------------------------------------------------------------------------------
    def pull(self, number: int) -> Pull:
        return read_pull(self._ask("GET", f"/pulls/{number}"))

    def pulls(self, state: str = "open", most: int = 200) -> list[Pull]:
        order = ("created", "asc") if state == "open" else ("updated", "desc")
        asked = {"state": state, "base": self.default_branch(), "sort": order[0], "direction": order[1]}
        return [read_pull(entry) for entry in self._all("/pulls", asked, most)]

    def pulls_of(self, sha: str) -> list[Pull]:
        """GitHub sometimes knows no pull request of a fork's commit; then the open ones are looked through."""
        try:
            named = [
                read_pull(entry)
                for entry in self._all(f"/commits/{sha}/pulls")
                if read_text(entry, "base.repo.full_name").lower() == self._repository.lower()
            ]
        except Refused as error:
            if error.code not in (404, 422):
                raise
            named = []
        branch = self.default_branch()
        found = [pull for pull in named if pull.head == sha and pull.is_open and pull.base == branch]
        return found or [pull for pull in self.pulls() if pull.head == sha]

    def files(self, number: int) -> list[PullFile]:
        return [read_file(entry) for entry in self._all(f"/pulls/{number}/files", most=MOST_FILES)]

    def comments(self, number: int) -> list[PostedComment]:
        return [read_comment(entry) for entry in self._all(f"/issues/{number}/comments")]

    def comment(self, identity: int) -> PostedComment:
        found = self._ask("GET", f"/issues/comments/{identity}")
        if not is_on_pull(found):
            raise Refused(f"comment {identity} is not on a pull request", "name a comment of a pull request", 404)
        return read_comment(found)

    def recent_comments(self, since: str) -> list[PostedComment]:
        asked = {"since": since, "sort": "created", "direction": "asc"}
        return [read_comment(entry) for entry in self._all("/issues/comments", asked) if is_on_pull(entry)]

    def reviews(self, number: int) -> list[PostedReview]:
        return [read_review(entry) for entry in self._all(f"/pulls/{number}/reviews")]

    def line_comments(self, number: int) -> list[PostedLineComment]:
        return [read_line_comment(entry) for entry in self._all(f"/pulls/{number}/comments")]

    def hidden(self, nodes: Collection[str]) -> frozenset[str]:
        asked = sorted(nodes)
        found: set[str] = set()
        for start in range(0, len(asked), _NODES):
            part = {"ids": asked[start : start + _NODES]}
            entries = dig(ask_graph(self._requester, HIDDEN, part, may_miss=True), "nodes")
            known = [entry for entry in entries or [] if isinstance(entry, dict)]
            found |= {read_text(entry, "id") for entry in known if entry.get("isMinimized") is True}
        return frozenset(found)

    def statuses(self, sha: str) -> list[PostedStatus]:
        return [read_status(entry) for entry in self._all(f"/commits/{sha}/statuses")]

    def permission(self, login: str) -> Permission:
        try:
            found = self._ask("GET", f"/collaborators/{quote(login, safe='')}/permission")
        except Refused as error:
            if error.code == 404:
                return Permission.NONE
            raise
        names = (found.get("role_name"), read_text(found, "permission"))  # a role of an organisation's own has any name
        return next((Permission(name) for name in names if name in set(Permission)), Permission.NONE)

    def created(self, login: str) -> str:
        return read_time(ask(self._requester, "GET", f"/users/{quote(login, safe='')}"), "created_at")

    def reactions(self, comment: int) -> frozenset[str]:
        found = self._all(f"/issues/comments/{comment}/reactions")
        return frozenset(read_text(entry, "content") for entry in found if read_account(entry).id == self.me().id)

    # -- writes -----------------------------------------------------------------------------------------------------
    def add_comment(self, number: int, body: str) -> int:
        return read_int(self._ask("POST", f"/issues/{number}/comments", {"body": body}))

    def edit_comment(self, identity: int, body: str) -> None:
        read_int(self._ask("PATCH", f"/issues/comments/{identity}", {"body": body}))

    def add_review(self, number: int, head: str, body: str, comments: Sequence[LineComment]) -> int:
        lines = [{"path": it.path, "line": it.line, "side": "RIGHT", "body": it.body} for it in comments]
        review = {"commit_id": head, "event": "COMMENT", "body": body, "comments": lines}
        return read_int(self._ask("POST", f"/pulls/{number}/reviews", review))

    def edit_review(self, number: int, identity: int, body: str) -> None:
        read_int(self._ask("PUT", f"/pulls/{number}/reviews/{identity}", {"body": body}))

    def edit_line_comment(self, identity: int, body: str) -> None:
        read_int(self._ask("PATCH", f"/pulls/comments/{identity}", {"body": body}))

    def hide(self, nodes: Collection[str]) -> None:
        asked = sorted(nodes)
        for start in range(0, len(asked), _NODES):
            part = {f"id{number}": node for number, node in enumerate(asked[start : start + _NODES])}
            ask_graph(self._requester, render_hide(part), part)

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str | None) -> None:
        status = {"context": context, "state": state.value, "description": description[:140]}
        read_int(self._ask("POST", f"/statuses/{sha}", {**status, **({"target_url": url} if url else {})}))

    def add_label(self, number: int, label: str) -> None:
        self._ask("POST", f"/issues/{number}/labels", {"labels": [label]})

    def remove_label(self, number: int, label: str) -> None:
        try:
            self._ask("DELETE", f"/issues/{number}/labels/{quote(label, safe='')}")
        except Refused as error:
            if error.code != 404:
                raise

    def react(self, comment: int, content: str) -> None:
        read_int(self._ask("POST", f"/issues/comments/{comment}/reactions", {"content": content}))

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> None:
        path = f"/actions/workflows/{quote(workflow, safe='')}/dispatches"
        self._ask("POST", path, {"ref": self.default_branch(), "inputs": dict(inputs)})

    def branch_sha(self, branch: str) -> str | None:
        try:
            return read_sha(self._ask("GET", f"/git/ref/heads/{quote(branch)}"), "object.sha")
        except Refused as error:
            if error.code == 404:
                return None
            raise

    def commit_files(self, branch: str, parent: str, files: Mapping[str, bytes | None], message: str) -> str:
        tree = [
            {"path": path, "mode": "100644", "type": "blob", "sha": None if content is None else self._blob(content)}
            for path, content in files.items()
        ]
        below = read_sha(self._ask("GET", f"/git/commits/{parent}"), "tree.sha")
        made = read_sha(self._ask("POST", "/git/trees", {"base_tree": below, "tree": tree}), "sha")
        commit = {"message": message, "tree": made, "parents": [parent]}
        sha = read_sha(self._ask("POST", "/git/commits", commit), "sha")
        self._ask("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
        return sha

    def delete_branch(self, branch: str) -> None:
        try:
            self._ask("DELETE", f"/git/refs/heads/{quote(branch)}")
        except Refused as error:
            if error.code not in (404, 422) or self.branch_sha(branch) is not None:
                raise

    def read_file(self, commit: str, path: str) -> bytes | None:
        try:
            place = f"/repos/{self._repository}/contents/{quote(path)}"
            found = ask(self._requester, "GET", place, None, {"ref": commit})
        except Refused as error:
            if error.code == 404:
                return None
            raise
        return read_content(found)

    def fork(self) -> str:
        return read_repository(self._ask("POST", "/forks", {"default_branch_only": True}))

    def pulls_from(self, branch: str) -> list[Pull]:
        head = branch if ":" in branch else f"{self._repository.partition('/')[0]}:{branch}"
        asked = {"state": "all", "head": head}
        return [read_pull(entry) for entry in self._all("/pulls", asked)]

    def open_pull(self, branch: str, title: str, body: str) -> int:
        asked = {"title": title, "head": branch, "base": self.default_branch(), "body": body}
        return read_int(self._ask("POST", "/pulls", asked), "number")

    def close_pull(self, number: int) -> None:
        read_int(self._ask("PATCH", f"/pulls/{number}", {"state": "closed"}), "number")

    # -- asking -----------------------------------------------------------------------------------------------------
    def _blob(self, content: bytes) -> str:
        blob = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return read_sha(self._ask("POST", "/git/blobs", blob), "sha")

    def _ask(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return ask(self._requester, verb, f"/repos/{self._repository}{path}", body)

    def _all(self, path: str, parameters: Mapping[str, Any] | None = None, most: int = 10_000) -> list[Any]:
        return ask_all(self._requester, f"/repos/{self._repository}{path}", parameters, most)
