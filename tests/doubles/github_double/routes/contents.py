"""Files and commits as people look at them."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import quote

from github_double.commit_shapes import commit_shape, git_commit_shape
from github_double.routes.git_data import check_move, move_ref
from github_double.routes.statuses import find_commit
from github_double.routing import route
from github_double.wire import Answer, Call, Problem, need_text, page

REPOSITORY = "/repos/{owner}/{repo}"
CONTENTS = REPOSITORY + "/contents/{path}"
MOST_INLINE = 1_000_000


def _shape(call: Call, entry: tuple[str, str, str, int | None, str], path: str, ref: str) -> dict[str, Any]:
    _, kind, sha, size, _ = entry
    quoted, home, world = quote(path), call.repository, call.world
    url = f"{world.api}/repos/{home.full_name}/contents/{quoted}?ref={quote(ref)}"
    git_url = f"{world.api}/repos/{home.full_name}/git/{kind}s/{sha}"
    html = f"{world.web}/{home.full_name}/{'blob' if kind == 'blob' else 'tree'}/{quote(ref)}/{quoted}"
    return {
        "type": {"blob": "file", "tree": "dir"}.get(kind, "submodule"),
        "size": size or 0,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": url,
        "git_url": git_url,
        "html_url": html,
        "download_url": f"{world.web}/{home.full_name}/raw/{quote(ref)}/{quoted}" if kind == "blob" else None,
        "_links": {"self": url, "git": git_url, "html": html},
    }


def _find(call: Call, commit: str, path: str) -> tuple[str, str, str, int | None, str] | None:
    entries = call.world.git(call.repository).tree(commit, deep=True)
    return next((entry for entry in entries if entry[4] == path), None)


@route("GET", CONTENTS, "contents", at=REPOSITORY + "/contents/")
@route("GET", CONTENTS, "contents", at=REPOSITORY + "/contents")
@route("GET", CONTENTS, "contents")
def get_contents(call: Call) -> Answer:
    home, path = call.repository, call.names.get("path", "").strip("/")
    ref = call.query.get("ref") or home.default_branch
    try:
        commit = find_commit(call, ref)
    except Problem:
        raise Problem(404, f"No commit found for the ref {ref}") from None
    entry = _find(call, commit, path) if path else ("040000", "tree", commit, None, "")
    if entry is None:
        raise Problem(404, "Not Found")
    git = call.world.git(home)
    if entry[1] == "tree":
        inside = f"{path}/" if path else ""
        return Answer(
            [_shape(call, one, inside + one[4], ref) for one in git.tree(f"{commit}:{path}" if path else commit)]
        )
    raw = git.blob(entry[2])
    if len(raw) > MOST_INLINE:
        return Answer(_shape(call, entry, path, ref) | {"content": "", "encoding": "none"})
    return Answer(_shape(call, entry, path, ref) | {"content": base64.encodebytes(raw).decode(), "encoding": "base64"})


def _commit(call: Call, content: bytes | None) -> Answer:
    home, fields, path = call.repository, call.fields(), call.names["path"]
    message, branch = need_text(fields, "message", "Commit"), fields.get("branch") or home.default_branch
    tip, git = home.branch(branch), call.world.git(home)
    if tip is None:
        raise Problem(404, f"Branch {branch} not found")
    entry, given = _find(call, tip, path), fields.get("sha")
    if entry is None and content is None:
        raise Problem(404, "Not Found")
    if entry is not None and given is None:
        raise Problem(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given is not None and (entry is None or entry[2] != given):
        raise Problem(409, f"{path} does not match {given}")
    blob = git.add_blob(content) if content is not None else None
    tree = git.add_tree(tip, [("100644", blob, path)])
    person = call.account.login, f"{call.account.id}+{call.account.login}@users.noreply.github.example"
    sha = git.add_commit(tree, [tip], message, person, f"{call.state.clock} +0000")
    check_move(call, home, f"refs/heads/{branch}", sha)
    move_ref(call, home, f"refs/heads/{branch}", sha)
    made = _find(call, sha, path)
    shape = _shape(call, made, path, branch) if made else None
    commit = git_commit_shape(call.world, home, git.commit(sha))
    return Answer({"content": shape, "commit": commit}, 201 if entry is None else 200)


@route("PUT", CONTENTS, "contents", role="write")
def put_contents(call: Call) -> Answer:
    try:
        raw = base64.b64decode(str(call.fields().get("content", "")), validate=False)
    except binascii.Error:
        raise Problem(422, "content is not valid Base64") from None
    return _commit(call, raw)


@route("DELETE", CONTENTS, "contents", role="write")
def delete_contents(call: Call) -> Answer:
    return _commit(call, None)


@route("GET", REPOSITORY + "/commits", "contents")
def list_commits(call: Call) -> Answer:
    home, git = call.repository, call.world.git(call.repository)
    sha = find_commit(call, call.query.get("sha") or home.default_branch)
    paths = ["--", call.query["path"]] if "path" in call.query else []
    found = git.keep(("log", sha, *paths), lambda: git.text("rev-list", sha, *paths).split())
    return page(call, found, lambda one: commit_shape(call.world, home, git.commit(one)))


@route("GET", REPOSITORY + "/compare/{basehead}", "contents")
def compare(call: Call) -> Answer:
    home, git, world = call.repository, call.world.git(call.repository), call.world
    base_name, _, head_name = call.names["basehead"].partition("...")
    try:
        base, head = find_commit(call, base_name), find_commit(call, head_name)
    except Problem:
        raise Problem(404, "Not Found") from None
    fork = git.merge_base(base, head) or base
    ahead, behind = git.between(base, head), git.between(head, base)
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    url = f"{world.api}/repos/{home.full_name}/compare/{call.names['basehead']}"
    return Answer(
        {
            "url": url,
            "html_url": url,
            "permalink_url": url,
            "diff_url": f"{url}.diff",
            "patch_url": f"{url}.patch",
            "base_commit": commit_shape(world, home, git.commit(base)),
            "merge_base_commit": commit_shape(world, home, git.commit(fork)),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [commit_shape(world, home, git.commit(sha)) for sha in ahead[:250]],
            "files": _files(call, fork, head),
        }
    )


def _files(call: Call, base: str, head: str) -> list[dict[str, Any]]:
    url = f"{call.world.api}/repos/{call.repository.full_name}/contents"
    return [
        {
            "sha": one.blob,
            "filename": one.path,
            "status": one.status,
            "additions": one.additions,
            "deletions": one.deletions,
            "changes": one.additions + one.deletions,
            "blob_url": f"{url}/{quote(one.path)}",
            "raw_url": f"{url}/{quote(one.path)}",
            "contents_url": f"{url}/{quote(one.path)}?ref={head}",
        }
        | ({"patch": one.patch} if one.patch is not None else {})
        for one in call.world.git(call.repository).changes(base, head)[:300]
    ]


@route("GET", REPOSITORY + "/commits/{ref}", "contents")
def get_commit(call: Call) -> Answer:
    home, git = call.repository, call.world.git(call.repository)
    found = git.commit(find_commit(call, call.names["ref"]))
    files = _files(call, found.parents[0], found.sha) if found.parents else []
    added, deleted = sum(one["additions"] for one in files), sum(one["deletions"] for one in files)
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    return Answer(commit_shape(call.world, home, found) | {"files": files, "stats": stats})
