"""GitHub's JSON of what the double remembers: what clients need; the OpenAPI description completes the rest."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from github_double.access import role_of
from github_double.diff import follow_line, read_places
from github_double.state import (
    ACTIONS_APP_ID,
    GHOST_ID,
    Account,
    App,
    Comment,
    Issue,
    Label,
    LineComment,
    Reaction,
    Repository,
    Review,
    Status,
)

if TYPE_CHECKING:
    from github_double.world import World

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def node(prefix: str, identity: int) -> str:
    """A GraphQL id."""
    return f"{prefix}_{base64.urlsafe_b64encode(identity.to_bytes(9, 'big')).decode()}"


def read_node(text: str) -> tuple[str, int] | None:
    prefix, _, rest = text.partition("_")
    try:
        return prefix, int.from_bytes(base64.urlsafe_b64decode(rest), "big")
    except ValueError:
        return None


def account(world: World, identity: int) -> dict[str, Any]:
    found = world.state.accounts.get(identity) or world.state.accounts.get(GHOST_ID) or Account(GHOST_ID, "ghost")
    url = f"{world.api}/users/{quote(found.login)}"
    kind = "Bot" if found.is_bot else "Organization" if found.is_organization else "User"
    return {
        "login": found.login,
        "id": found.id,
        "node_id": node("BOT" if found.is_bot else "U", found.id),
        "avatar_url": f"{world.web}/avatars/{found.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.web}/{quote(found.login)}",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def full_account(world: World, found: Account) -> dict[str, Any]:
    more = {"created_at": found.created, "updated_at": found.created, "public_repos": 0, "public_gists": 0}
    return account(world, found.id) | more | {"name": None, "followers": 0, "following": 0}


def app(world: World, found: App) -> dict[str, Any]:
    return {
        "id": found.id,
        "slug": found.slug,
        "node_id": node("A", found.id),
        "owner": account(world, found.account),
        "name": found.slug,
        "description": "",
        "external_url": f"{world.web}/apps/{found.slug}",
        "html_url": f"{world.web}/apps/{found.slug}",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {"metadata": "read"} | found.permissions,
        "events": [],
    }


def performed_by(world: World, identity: int | None) -> dict[str, Any] | None:
    found = world.state.apps.get(identity) if identity is not None and identity != ACTIONS_APP_ID else None
    return app(world, found) if found else None


def repository(world: World, found: Repository) -> dict[str, Any]:
    owner = world.state.account(found.owner)
    url = f"{world.api}/repos/{found.full_name}"
    shape = {
        "id": found.id,
        "node_id": node("R", found.id),
        "name": found.name,
        "full_name": found.full_name,
        "owner": account(world, owner.id if owner else GHOST_ID),
        "private": found.private,
        "visibility": "private" if found.private else "public",
        "fork": found.parent is not None,
        "url": url,
        "html_url": f"{world.web}/{found.full_name}",
        "clone_url": f"{world.web}/{found.full_name}.git",
        "default_branch": found.default_branch,
        "archived": False,
        "disabled": False,
        "has_issues": True,
        "description": None,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "pushed_at": "2020-01-01T00:00:00Z",
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
    } | found.settings
    parent = world.state.repositories.get(found.parent or "")
    if parent:
        shape |= {"parent": repository(world, parent), "source": repository(world, parent)}
    return shape


def permissions(world: World, found: Repository, who: Account) -> dict[str, bool]:
    role = role_of(found, who)
    order = ("read", "triage", "write", "maintain", "admin")
    names = dict(zip(order, ("pull", "triage", "push", "maintain", "admin"), strict=True))
    held = order[: order.index(role) + 1] if role in order else ()
    return {names[one]: one in held for one in order}


def label(world: World, home: Repository, found: Label) -> dict[str, Any]:
    return {
        "id": found.id,
        "node_id": node("LA", found.id),
        "url": f"{world.api}/repos/{home.full_name}/labels/{quote(found.name)}",
        "name": found.name,
        "color": found.color,
        "default": False,
        "description": found.description,
    }


def labels(world: World, home: Repository, issue: Issue) -> list[dict[str, Any]]:
    return [label(world, home, home.labels[name.lower()]) for name in issue.labels]


def association(home: Repository, who: Account | None) -> str:
    if who is None:
        return "NONE"
    if who.login.lower() == home.owner.lower():
        return "OWNER"
    return "COLLABORATOR" if who.id in home.collaborators else "NONE"


def authored(world: World, home: Repository, identity: int) -> dict[str, Any]:
    return {
        "user": account(world, identity),
        "author_association": association(home, world.state.accounts.get(identity)),
    }


def issue_comment(world: World, found: Comment) -> dict[str, Any]:
    home = world.state.repositories[found.repository]
    url = f"{world.api}/repos/{home.full_name}/issues"
    kind = "pull" if world.state.issues[found.repository, found.number].pull else "issues"
    return authored(world, home, found.author) | {
        "id": found.id,
        "node_id": node("IC", found.id),
        "url": f"{url}/comments/{found.id}",
        "html_url": f"{world.web}/{home.full_name}/{kind}/{found.number}#issuecomment-{found.id}",
        "issue_url": f"{url}/{found.number}",
        "body": found.body,
        "created_at": found.created,
        "updated_at": found.updated,
        "reactions": reactions(found, f"{url}/comments/{found.id}/reactions"),
        "performed_via_github_app": performed_by(world, found.app),
    }


def reactions(found: Comment, url: str) -> dict[str, Any]:
    counts = {content: sum(one.content == content for one in found.reactions) for content in CONTENTS}
    return {"url": url, "total_count": len(found.reactions)} | counts


def reaction(world: World, found: Reaction) -> dict[str, Any]:
    return {
        "id": found.id,
        "node_id": node("REA", found.id),
        "user": account(world, found.account),
        "content": found.content,
        "created_at": found.created,
    }


def review(world: World, found: Review) -> dict[str, Any]:
    home = world.state.repositories[found.repository]
    page = f"{world.web}/{home.full_name}/pull/{found.number}"
    pull_url = f"{world.api}/repos/{home.full_name}/pulls/{found.number}"
    html = f"{page}#pullrequestreview-{found.id}"
    shape = authored(world, home, found.author) | {
        "id": found.id,
        "node_id": node("PRR", found.id),
        "body": found.body,
        "state": found.state,
        "html_url": html,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": html}, "pull_request": {"href": pull_url}},
        "commit_id": found.commit,
    }
    return shape if found.state == "PENDING" else shape | {"submitted_at": found.submitted}


def line_now(world: World, found: LineComment) -> int | None:
    """Where the line of a comment is in the present diff, None where it is outdated."""
    pull = world.state.issues[found.repository, found.number].pull
    if pull is None or found.line is None:
        return None
    if pull.head == found.commit:
        return found.line
    git = world.git(world.state.repositories[found.repository])
    if found.side == "LEFT":
        line: int | None = found.line
    else:
        line = follow_line(git.changes_of(found.path, found.commit, pull.head), found.line)
    patch = next((one.patch for one in world.pull_changes(found.repository, pull) if one.path == found.path), None)
    if line is None or patch is None:
        return None
    places = git.keep(("places", patch), lambda: read_places(patch))
    return line if (found.side, line) in places else None


def line_comment(world: World, found: LineComment) -> dict[str, Any]:
    home = world.state.repositories[found.repository]
    pull = world.state.issues[found.repository, found.number].pull
    assert pull is not None
    url = f"{world.api}/repos/{home.full_name}/pulls"
    html = f"{world.web}/{home.full_name}/pull/{found.number}#discussion_r{found.id}"
    now = line_now(world, found)
    shift = None if now is None or found.line is None or found.start_line is None else now - found.line
    start = None if shift is None or found.start_line is None else found.start_line + shift
    shape = authored(world, home, found.author) | {
        "id": found.id,
        "node_id": node("PRRC", found.id),
        "url": f"{url}/comments/{found.id}",
        "html_url": html,
        "pull_request_url": f"{url}/{found.number}",
        "pull_request_review_id": found.review,
        "diff_hunk": found.hunk,
        "path": found.path,
        "position": None if now is None else found.position,
        "original_position": found.position,
        "commit_id": found.commit if now is None else pull.head,
        "original_commit_id": found.commit,
        "body": found.body,
        "created_at": found.created,
        "updated_at": found.updated,
        "line": now,
        "original_line": found.line,
        "start_line": start,
        "original_start_line": found.start_line,
        "side": found.side,
        "start_side": found.start_side,
        "subject_type": "line" if found.line is not None else "file",
        "reactions": {"url": f"{url}/comments/{found.id}/reactions", "total_count": 0} | dict.fromkeys(CONTENTS, 0),
        "_links": {
            "self": {"href": f"{url}/comments/{found.id}"},
            "html": {"href": html},
            "pull_request": {"href": f"{url}/{found.number}"},
        },
    }
    return shape if found.reply_to is None else shape | {"in_reply_to_id": found.reply_to}


def status(world: World, found: Status) -> dict[str, Any]:
    home = world.state.repositories[found.repository]
    return {
        "id": found.id,
        "node_id": node("SC", found.id),
        "url": f"{world.api}/repos/{home.full_name}/statuses/{found.sha}",
        "avatar_url": f"{world.web}/avatars/{found.author}",
        "state": found.state,
        "description": found.description,
        "target_url": found.url,
        "context": found.context,
        "created_at": found.created,
        "updated_at": found.created,
        "creator": account(world, found.author),
    }
