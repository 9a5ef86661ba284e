"""GitHub's two JSONs of a commit: as git has it, and as people look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_double.shapes import node
from github_double.state import Repository

if TYPE_CHECKING:
    from github_double.git import Commit
    from github_double.world import World


def git_commit_shape(world: World, home: Repository, found: Commit) -> dict[str, Any]:
    url = f"{world.api}/repos/{home.full_name}/git"
    people = {"author": found.author, "committer": found.committer}
    return {
        "sha": found.sha,
        "node_id": node("C", int(found.sha[:8], 16)),
        "url": f"{url}/commits/{found.sha}",
        "html_url": f"{world.web}/{home.full_name}/commit/{found.sha}",
        **{name: {"name": who[0], "email": who[1], "date": who[2]} for name, who in people.items()},
        "message": found.message,
        "tree": {"sha": found.tree, "url": f"{url}/trees/{found.tree}"},
        "parents": [
            {
                "sha": sha,
                "url": f"{url}/commits/{sha}",
                "html_url": f"{world.web}/{home.full_name}/commit/{sha}",
            }
            for sha in found.parents
        ],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit_shape(world: World, home: Repository, found: Commit) -> dict[str, Any]:
    inner = git_commit_shape(world, home, found)
    url = f"{world.api}/repos/{home.full_name}/commits/{found.sha}"
    return {
        "sha": found.sha,
        "node_id": inner["node_id"],
        "url": url,
        "html_url": inner["html_url"],
        "comments_url": f"{url}/comments",
        "commit": {name: inner[name] for name in ("url", "author", "committer", "message", "tree", "verification")}
        | {"comment_count": 0},
        "author": None,
        "committer": None,
        "parents": inner["parents"],
    }
