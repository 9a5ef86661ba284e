"""Git objects and refs over the API."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from github_double import pulls, rulesets, shapes
from github_double.access import has_permission
from github_double.commit_shapes import git_commit_shape
from github_double.git import GitFailed
from github_double.routes.statuses import find_commit
from github_double.routing import route
from github_double.state import Repository
from github_double.wire import Answer, Call, Problem, need_text, page

GIT = "/repos/{owner}/{repo}/git"
MODES = frozenset({"100644", "100755", "120000", "160000"})
BAD_REF = re.compile(r"\.\.|[\x00-\x20~^:?*\[\\\x7f]|//|/\.|@\{|\.lock(/|$)|\.$|/$")
WORKFLOWS = ".github/workflows"


@route("POST", GIT + "/blobs", "contents", role="write")
def create_blob(call: Call) -> Answer:
    fields = call.fields()
    content, encoding = fields.get("content"), fields.get("encoding", "utf-8")
    if not isinstance(content, str):
        raise Problem(422, 'Invalid request.\n\n"content" wasn\'t supplied.')
    try:
        raw = base64.b64decode(content) if encoding == "base64" else content.encode()
    except binascii.Error:
        raise Problem(422, "content is not valid Base64") from None
    sha = call.world.git(call.repository).add_blob(raw)
    return Answer({"sha": sha, "url": _url(call, f"blobs/{sha}")}, 201)


def _url(call: Call, rest: str) -> str:
    return f"{call.world.api}/repos/{call.repository.full_name}/git/{rest}"


@route("GET", GIT + "/blobs/{file_sha}", "contents")
def get_blob(call: Call) -> Answer:
    sha, git = call.names["file_sha"], call.world.git(call.repository)
    if git.kind(sha) != "blob":
        raise Problem(404, "Not Found")
    raw = git.blob(sha)
    shape = {
        "sha": sha,
        "node_id": shapes.node("B", int(sha[:8], 16)),
        "size": len(raw),
        "url": _url(call, f"blobs/{sha}"),
    }
    return Answer(shape | {"content": base64.encodebytes(raw).decode(), "encoding": "base64"})


def _entry(call: Call, one: Any) -> tuple[str, str | None, str]:
    """`(mode, sha or None, path)` of an entry of a new tree. Raises Problem 422."""
    if not isinstance(one, dict):
        raise Problem(422, "Invalid tree info")
    path, mode, git = one.get("path"), one.get("mode"), call.world.git(call.repository)
    parts = path.split("/") if isinstance(path, str) else [""]
    if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts) or "\0" in str(path):
        raise Problem(422, "tree.path contains a malformed path component")
    if mode not in MODES:
        raise Problem(422, "Must supply a valid tree.mode")
    if ("sha" in one) == ("content" in one):
        raise Problem(422, "Must supply either tree.sha or tree.content")
    if "content" in one:
        return mode, git.add_blob(str(one["content"]).encode()), str(path)
    sha = one["sha"]
    if sha is not None and git.kind(sha) != "blob":
        raise Problem(422, f"tree.sha {sha} is not a valid blob")
    return mode, sha, str(path)


@route("POST", GIT + "/trees", "contents", role="write")
def create_tree(call: Call) -> Answer:
    fields, git = call.fields(), call.world.git(call.repository)
    base, listed = fields.get("base_tree"), fields.get("tree")
    if not isinstance(listed, list) or not listed:
        raise Problem(422, "Invalid tree info")
    if base is not None and git.kind(base) not in {"tree", "commit"}:
        raise Problem(404, "Not Found")
    entries = [_entry(call, one) for one in listed]
    there = {path for *_, path in git.tree(base, deep=True)} if base else set()
    if any(sha is None and path not in there for _, sha, path in entries):
        raise Problem(422, "GitRPC::BadObjectState")
    try:
        sha = git.add_tree(base, entries)
    except GitFailed:
        raise Problem(422, "GitRPC::BadObjectState") from None
    return Answer(_tree(call, sha, deep=False), 201)


def _tree(call: Call, sha: str, *, deep: bool) -> dict[str, Any]:
    shown = []
    for mode, kind, one, size, path in call.world.git(call.repository).tree(sha, deep=deep):
        entry: dict[str, Any] = {"path": path, "mode": mode, "type": kind, "sha": one}
        if size is not None:
            entry["size"] = size
        shown.append(entry | {"url": _url(call, f"{kind}s/{one}")})
    return {"sha": sha, "url": _url(call, f"trees/{sha}"), "tree": shown, "truncated": False}


@route("GET", GIT + "/trees/{tree_sha}", "contents")
def get_tree(call: Call) -> Answer:
    git, name = call.world.git(call.repository), call.names["tree_sha"]
    try:
        sha = name if git.kind(name) == "tree" else git.commit(find_commit(call, name)).tree
    except Problem:
        raise Problem(404, "Not Found") from None
    return Answer(_tree(call, sha, deep="recursive" in call.query))


@route("POST", GIT + "/commits", "contents", role="write")
def create_commit(call: Call) -> Answer:
    fields, git, home = call.fields(), call.world.git(call.repository), call.repository
    message, tree = need_text(fields, "message", "Commit"), need_text(fields, "tree", "Commit")
    parents = fields.get("parents") or []
    if git.kind(tree) != "tree":
        raise Problem(422, "Tree SHA does not exist")
    if any(git.kind(parent) != "commit" for parent in parents):
        raise Problem(422, "Parent SHA does not exist or is not a commit object")
    author = fields.get("author") or {}
    who = call.account
    person = (
        author.get("name") or who.login,
        author.get("email") or f"{who.id}+{who.login}@users.noreply.github.example",
    )
    sha = git.add_commit(tree, parents, message, person, f"{call.state.clock} +0000")
    return Answer(git_commit_shape(call.world, home, git.commit(sha)), 201)


@route("GET", GIT + "/commits/{commit_sha}", "contents")
def get_commit(call: Call) -> Answer:
    git, sha = call.world.git(call.repository), call.names["commit_sha"]
    if git.kind(sha) != "commit":
        raise Problem(404, "Not Found")
    return Answer(git_commit_shape(call.world, call.repository, git.commit(sha)))


def _ref(call: Call, name: str, sha: str) -> dict[str, Any]:
    kind = call.world.git(call.repository).kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": shapes.node("REF", int(sha[:8], 16)),
        "url": _url(call, name),
        "object": {"type": kind, "sha": sha, "url": _url(call, f"{kind}s/{sha}")},
    }


@route("GET", GIT + "/ref/{ref}", "contents")
def get_ref(call: Call) -> Answer:
    name = f"refs/{call.names['ref']}"
    sha = call.repository.refs.get(name)
    if sha is None:
        raise Problem(404, "Not Found")
    return Answer(_ref(call, name, sha))


@route("GET", GIT + "/matching-refs/{ref}", "contents")
def list_matching_refs(call: Call) -> Answer:
    refs, start = call.repository.refs, f"refs/{call.names['ref']}"
    found = sorted(name for name in refs if name.startswith(start))
    return page(call, found, lambda name: _ref(call, name, refs[name]))


def check_move(call: Call, home: Repository, name: str, sha: str | None, *, force: bool = False) -> None:
    """Raise what GitHub says where a ref may not become `sha` (None: deleted)."""
    if not name.startswith("refs/heads/"):
        return
    branch = name.removeprefix("refs/heads/")
    if sha is None and branch == home.default_branch:
        raise Problem(422, "Cannot delete the default branch")
    found = rulesets.violations_of_push(home, branch, call.account, call.app, forced=force, deletes=sha is None)
    if found:
        raise Problem(422, "Repository rule violations found\n\n" + "\n\n".join(found) + "\n\n")
    if sha is not None:
        _check_workflows(call, home, sha)


def _check_workflows(call: Call, home: Repository, sha: str) -> None:
    """Tokens with permissions change workflow files only with that of their own; an Actions token never has it."""
    token, git = call.token, call.world.git(home)
    if token is None or token.permissions is None or has_permission(token, ("workflows",), "write"):
        return

    def read(commit: str) -> set[tuple[str, str]]:
        return {
            (path, blob)
            for _, kind, blob, _, path in git.tree(commit, deep=True)
            if kind == "blob" and WORKFLOWS in path
        }

    known: set[tuple[str, str]] = set()
    for name, tip in home.refs.items():
        if name.startswith("refs/heads/"):
            known |= read(tip)
    if not read(sha) <= known:
        raise Problem(403, "Resource not accessible by integration")


@route("POST", GIT + "/refs", "contents", role="write")
def create_ref(call: Call) -> Answer:
    home, fields = call.repository, call.fields()
    name, sha = need_text(fields, "ref", "Reference"), need_text(fields, "sha", "Reference")
    if not name.startswith("refs/") or name.count("/") < 2 or BAD_REF.search(name):
        raise Problem(
            422, "Reference name is not valid" if name.startswith("refs/") else "Reference does not start with refs/"
        )
    if name.startswith("refs/pull/"):
        raise Problem(422, "Reference update failed")
    if call.world.git(home).kind(sha) is None:
        raise Problem(422, "Object does not exist")
    if name in home.refs:
        raise Problem(422, "Reference already exists")
    check_move(call, home, name, sha)
    try:
        move_ref(call, home, name, sha)
    except GitFailed:
        raise Problem(422, "Reference update failed") from None
    return Answer(_ref(call, name, sha), 201)


def move_ref(call: Call, home: Repository, name: str, sha: str | None) -> None:
    """Set a ref and let follow what follows."""
    old = dict(home.refs)
    call.world.set_refs(home, {name: sha})
    pulls.after_push(call.world, home, old, call.account)


@route("PATCH", GIT + "/refs/{ref}", "contents", role="write")
def edit_ref(call: Call) -> Answer:
    home, fields, name = call.repository, call.fields(), f"refs/{call.names['ref']}"
    sha, git, old = need_text(fields, "sha", "Reference"), call.world.git(home), home.refs.get(name)
    if old is None:
        raise Problem(422, "Reference does not exist")
    if git.kind(sha) is None:
        raise Problem(422, "Object does not exist")
    is_forced = not git.is_ancestor(old, sha)
    if is_forced and not fields.get("force"):
        raise Problem(422, "Update is not a fast forward")
    check_move(call, home, name, sha, force=is_forced)
    move_ref(call, home, name, sha)
    return Answer(_ref(call, name, sha))


@route("DELETE", GIT + "/refs/{ref}", "contents", role="write")
def delete_ref(call: Call) -> Answer:
    home, name = call.repository, f"refs/{call.names['ref']}"
    if name not in home.refs:
        raise Problem(422, "Reference does not exist")
    check_move(call, home, name, None)
    move_ref(call, home, name, None)
    return Answer(None, 204)
