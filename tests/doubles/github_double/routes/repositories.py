"""Repositories, their branches, and who may do what in them."""

from __future__ import annotations

from typing import Any

from github_double import shapes
from github_double.access import role_of
from github_double.commit_shapes import commit_shape
from github_double.routing import route
from github_double.state import Repository
from github_double.wire import Answer, Call, Problem, page

REPOSITORY = "/repos/{owner}/{repo}"
LEGACY = {"maintain": "write", "triage": "read"}


@route("GET", REPOSITORY)
def get_repository(call: Call) -> Answer:
    shape = shapes.repository(call.world, call.repository)
    if call.token and call.token.kind == "user":
        shape["permissions"] = shapes.permissions(call.world, call.repository, call.account)
    return Answer(shape)


@route("PATCH", REPOSITORY, "administration", role="admin")
def edit_repository(call: Call) -> Answer:
    home, fields = call.repository, call.fields()
    if "default_branch" in fields:
        if home.branch(fields["default_branch"]) is None:
            raise Problem(422, "Validation Failed", [{"resource": "Repository", "field": "default_branch"}])
        home.default_branch = fields["default_branch"]
    known = {"allow_merge_commit", "allow_squash_merge", "allow_rebase_merge", "allow_auto_merge", "description"}
    known |= {"delete_branch_on_merge", "squash_merge_commit_title", "squash_merge_commit_message", "has_issues"}
    home.settings |= {name: value for name, value in fields.items() if name in known}
    return Answer(shapes.repository(call.world, home))


@route("POST", REPOSITORY + "/forks", "administration")
def create_fork(call: Call) -> Answer:
    """The fork of the account, made unless it has one. An App's bot owns nothing, so it cannot have one."""
    home, who = call.repository, call.account
    if who.is_bot:
        raise Problem(403, "Resource not accessible by integration")
    network = home.parent or home.key
    owned = [one for one in call.state.repositories.values() if one.owner.lower() == who.login.lower()]
    if network in {one.key for one in owned}:
        raise Problem(403, "A repository cannot be forked by its owner.")
    found = next((one for one in owned if one.parent == network), None)
    if found is None:
        if any(one.name.lower() == home.name.lower() for one in owned):
            raise Problem(422, "Validation Failed", [{"resource": "Repository", "field": "name", "code": "custom"}])
        found = call.world.fork(home, who.login, default_only=bool(call.fields().get("default_branch_only")))
    return Answer(shapes.repository(call.world, found), 202)


@route("GET", REPOSITORY + "/collaborators/{username}/permission", role="write")
def get_permission(call: Call) -> Answer:
    home, who = call.repository, call.state.account(call.names["username"])
    if who is None:
        raise Problem(404, f"{call.names['username']} is not a user")
    role = role_of(home, who)
    user = shapes.account(call.world, who.id) | {
        "role_name": role,
        "permissions": shapes.permissions(call.world, home, who),
    }
    return Answer({"permission": LEGACY.get(role, role), "role_name": role, "user": user})


@route("GET", REPOSITORY + "/branches", "contents")
def list_branches(call: Call) -> Answer:
    home = call.repository
    names = sorted(ref.removeprefix("refs/heads/") for ref in home.refs if ref.startswith("refs/heads/"))
    return page(call, names, lambda name: _branch(call, home, name))


def _branch(call: Call, home: Repository, name: str) -> dict[str, Any]:
    sha = home.refs[f"refs/heads/{name}"]
    url = f"{call.world.api}/repos/{home.full_name}/commits/{sha}"
    return {"name": name, "commit": {"sha": sha, "url": url}, "protected": bool(home.rulesets)}


@route("GET", REPOSITORY + "/branches/{branch}", "contents")
def get_branch(call: Call) -> Answer:
    home, name = call.repository, call.names["branch"]
    sha = home.branch(name)
    if sha is None:
        raise Problem(404, "Branch not found")
    url = f"{call.world.api}/repos/{home.full_name}/branches/{name}"
    more = {"_links": {"self": url, "html": f"{call.world.web}/{home.full_name}/tree/{name}"}}
    more |= {"protection": {"enabled": bool(home.rulesets)}, "protection_url": f"{url}/protection"}
    commit = commit_shape(call.world, home, call.world.git(home).commit(sha))
    return Answer(_branch(call, home, name) | {"commit": commit} | more)
