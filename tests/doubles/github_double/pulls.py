"""The life of a pull request: opened, pushed to, closed, merged; and what each of that makes known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_double import shapes
from github_double.state import Account, Issue, Pull, Repository
from github_double.wire import Problem, invalid

if TYPE_CHECKING:
    from github_double.git import FileChange
    from github_double.world import World


def side(world: World, owner: str, home: Repository | None, branch: str, sha: str) -> dict[str, Any]:
    who = world.state.account(owner)
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": shapes.account(world, who.id if who else 0),
        "repo": shapes.repository(world, home) if home else None,
    }


def simple_pull(world: World, issue: Issue) -> dict[str, Any]:
    """What lists show."""
    pull = issue.pull
    assert pull is not None
    home = world.state.repositories[issue.repository]
    url = f"{world.api}/repos/{home.full_name}/pulls/{issue.number}"
    html = f"{world.web}/{home.full_name}/pull/{issue.number}"
    issue_url = f"{world.api}/repos/{home.full_name}/issues/{issue.number}"
    statuses_url = f"{world.api}/repos/{home.full_name}/statuses/{pull.head}"
    links = {
        "url": url,
        "html_url": html,
        "issue_url": issue_url,
        "comments_url": f"{issue_url}/comments",
        "statuses_url": statuses_url,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{world.api}/repos/{home.full_name}/pulls/comments{{/number}}",
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
    }
    places = {
        "self": url,
        "html": html,
        "issue": issue_url,
        "comments": links["comments_url"],
        "statuses": statuses_url,
    }
    places |= {name: links[f"{name}_url"] for name in ("commits", "review_comments", "review_comment")}
    head_home = world.state.repositories.get(pull.head_repository or "")
    return (
        links
        | shapes.authored(world, home, issue.author)
        | {
            "id": pull.id,
            "node_id": shapes.node("PR", pull.id),
            "number": issue.number,
            "state": issue.state,
            "locked": False,
            "title": issue.title,
            "body": issue.body,
            "created_at": issue.created,
            "updated_at": issue.updated,
            "closed_at": issue.closed,
            "merged_at": pull.merged_at,
            "merge_commit_sha": pull.merged_as,
            "assignee": None,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            # The description of lists knows no label without a description.
            "labels": [one | {"description": one["description"] or ""} for one in shapes.labels(world, home, issue)],
            "milestone": None,
            "draft": pull.draft,
            "head": side(world, pull.head_owner, head_home, pull.head_branch, pull.head),
            "base": side(world, home.owner, home, pull.base_branch, pull.base_sha),
            "_links": {name: {"href": address} for name, address in places.items()},
            "auto_merge": None,
        }
    )


def full_pull(world: World, issue: Issue) -> dict[str, Any]:
    """What asking for one shows."""
    pull = issue.pull
    assert pull is not None
    home = world.state.repositories[issue.repository]
    files = world.pull_changes(issue.repository, pull)
    where = issue.repository, issue.number
    mergeable = None if issue.state == "closed" else merged_tree(world, home, pull) is not None
    return simple_pull(world, issue) | {
        "labels": shapes.labels(world, home, issue),
        "merged": pull.merged_as is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": "unknown" if mergeable is None else "clean" if mergeable else "dirty",
        "merged_by": shapes.account(world, pull.merged_by) if pull.merged_by else None,
        "comments": sum((one.repository, one.number) == where for one in world.state.comments.values()),
        "review_comments": sum((one.repository, one.number) == where for one in world.state.line_comments.values()),
        "maintainer_can_modify": False,
        "commits": len(world.git(home).between(pull.base_sha, pull.head)),
        "additions": sum(one.additions for one in files),
        "deletions": sum(one.deletions for one in files),
        "changed_files": len(files),
    }


def merged_tree(world: World, home: Repository, pull: Pull) -> str | None:
    tip = home.branch(pull.base_branch)
    return world.git(home).merged_tree(tip, pull.head) if tip else None


def pull_changes(world: World, home: Repository, base: str, head: str) -> list[FileChange]:
    git = world.git(home)
    return git.changes(git.merge_base(base, head) or base, head)


def emit_pull(world: World, action: str, issue: Issue, actor: Account, **more: Any) -> None:
    payload = {
        "action": action,
        "number": issue.number,
        "pull_request": full_pull(world, issue),
        "repository": shapes.repository(world, world.state.repositories[issue.repository]),
        "sender": shapes.account(world, actor.id),
    }
    world.emit("pull_request", action, actor, payload | more)


def emit_push(world: World, home: Repository, ref: str, old: str | None, actor: Account) -> None:
    zero, new = "0" * 40, home.refs.get(ref)
    payload = {
        "ref": ref,
        "before": old or zero,
        "after": new or zero,
        "created": old is None,
        "deleted": new is None,
        "forced": bool(old and new and not world.git(home).is_ancestor(old, new)),
        "head_commit": {"id": new} if new else None,
        "repository": shapes.repository(world, home),
        "pusher": {"name": actor.login},
        "sender": shapes.account(world, actor.id),
    }
    world.emit("push", None, actor, payload)


def find_head(world: World, home: Repository, head: str, head_repo: str | None) -> tuple[Repository, str]:
    """The repository and branch that `owner:branch` means. Raises Problem 422 as GitHub does."""
    owner, _, branch = head.rpartition(":")
    owner = owner or home.owner
    network = home.parent or home.key
    for one in world.state.repositories.values():
        is_family = network in {one.parent, one.key}
        if one.owner.lower() == owner.lower() and is_family and head_repo in {None, one.name} and one.branch(branch):
            return one, branch
    raise invalid("PullRequest", "head")


def open_pull(  # the same facts as the API takes
    world: World,
    home: Repository,
    source: tuple[Repository, str],
    base: str,
    text: tuple[str, str | None],
    who: Account,
) -> Issue:
    """Open a pull request. `text` is title and body."""
    head_home, branch = source
    head, tip = head_home.branch(branch), home.branch(base)
    if tip is None:
        raise invalid("PullRequest", "base")
    assert head is not None
    _check_new(world, home, source, base)
    state = world.state
    home.last_number += 1
    pull = Pull(state.next_id(), head_home.key, head_home.owner, branch, head, base, tip, False, [head], who.id)
    identity = state.next_id()
    issue = Issue(identity, home.key, home.last_number, who.id, *text, state.now, state.now, pull=pull)
    state.issues[home.key, issue.number] = issue
    _set_pull_ref(world, home, issue)
    emit_pull(world, "opened", issue, who)
    return issue


def _check_new(world: World, home: Repository, source: tuple[Repository, str], base: str) -> None:
    head_home, branch = source
    head, tip = head_home.branch(branch), home.branch(base)
    assert head is not None
    assert tip is not None
    if not world.git(home).between(tip, head):
        raise invalid(
            "PullRequest", "", "custom", f"No commits between {home.owner}:{base} and {head_home.owner}:{branch}"
        )
    for one in world.state.issues.values():
        pull = one.pull
        if one.repository != home.key or one.state != "open" or pull is None:
            continue
        if (pull.base_branch, pull.head_repository, pull.head_branch) == (base, head_home.key, branch):
            text = f"A pull request already exists for {head_home.owner}:{branch}."
            raise invalid("PullRequest", "", "custom", text)


def _set_pull_ref(world: World, home: Repository, issue: Issue) -> None:
    assert issue.pull is not None
    world.set_refs(home, {f"refs/pull/{issue.number}/head": issue.pull.head})


def after_push(world: World, home: Repository, old: dict[str, str], actor: Account) -> None:
    """What follows when refs of a repository are not what they were: events, and pull requests that move."""
    changed = sorted(name for name in old.keys() | home.refs.keys() if old.get(name) != home.refs.get(name))
    for ref in changed:
        if not ref.startswith("refs/heads/"):
            continue
        emit_push(world, home, ref, old.get(ref), actor)
        branch = ref.removeprefix("refs/heads/")
        for issue in list(world.state.issues.values()):
            pull = issue.pull
            if pull and issue.state == "open" and (pull.head_repository, pull.head_branch) == (home.key, branch):
                _move(world, issue, pull, home.branch(branch), actor)


def _move(world: World, issue: Issue, pull: Pull, head: str | None, actor: Account) -> None:
    if head is None:
        close(world, issue, actor)
        return
    base_home = world.state.repositories[issue.repository]
    before, pull.head, pull.pusher = pull.head, head, actor.id
    pull.heads.append(head)
    pull.base_sha = base_home.branch(pull.base_branch) or pull.base_sha
    issue.updated = world.state.now
    _set_pull_ref(world, base_home, issue)
    world.dismiss_stale(issue)
    emit_pull(world, "synchronize", issue, actor, before=before, after=head)


def close(world: World, issue: Issue, actor: Account) -> None:
    issue.state, issue.closed, issue.updated = "closed", world.state.now, world.state.now
    emit_pull(world, "closed", issue, actor)


def reopen(world: World, issue: Issue, actor: Account) -> None:
    pull = issue.pull
    assert pull is not None
    if pull.merged_as:
        raise invalid("PullRequest", "state", "invalid", "state cannot be changed. The pull request was merged.")
    head_home = world.state.repositories.get(pull.head_repository or "")
    if head_home is None or head_home.branch(pull.head_branch) is None:
        raise invalid("PullRequest", "state", "invalid", "state cannot be changed. The branch is gone.")
    issue.state, issue.closed, issue.updated = "open", None, world.state.now
    emit_pull(world, "reopened", issue, actor)


def merge(world: World, issue: Issue, actor: Account, method: str, message: str) -> str:
    """Merge and return the new tip of the base branch. Raises Problem 405 where it conflicts."""
    pull = issue.pull
    assert pull is not None
    home = world.state.repositories[issue.repository]
    git, tip = world.git(home), home.branch(pull.base_branch)
    tree = merged_tree(world, home, pull)
    if tip is None or tree is None:
        raise Problem(405, "Pull Request is not mergeable")
    person = (actor.login, f"{actor.id}+{actor.login}@users.noreply.github.example")
    parents = [tip, pull.head] if method == "merge" else [tip]
    default = f"Merge pull request #{issue.number} from {pull.head_owner}/{pull.head_branch}"
    text = message or (default if method == "merge" else f"{issue.title} (#{issue.number})")
    sha = git.add_commit(tree, parents, text, person, f"{world.state.clock} +0000")
    old = dict(home.refs)
    pull.base_sha = tip
    world.set_refs(home, {f"refs/heads/{pull.base_branch}": sha})
    pull.merged_as, pull.merged_by, pull.merged_at = sha, actor.id, world.state.now
    after_push(world, home, old, actor)
    close(world, issue, actor)
    return sha
