"""Pull requests: lists, one, its files and commits, opening, changing, merging."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from github_double import pulls, rulesets
from github_double.access import is_at_least, is_integration, role_of
from github_double.commit_shapes import commit_shape
from github_double.git import FileChange
from github_double.routing import route
from github_double.state import Issue, Pull
from github_double.wire import Answer, Call, Problem, check_length, invalid, need_text, page

PULLS = "/repos/{owner}/{repo}/pulls"
ONE = PULLS + "/{pull_number}"


@route("GET", PULLS, "pull_requests")
def list_pulls(call: Call) -> Answer:
    home, query = call.repository, call.query
    state = query.get("state", "open")
    if state not in {"open", "closed", "all"}:
        raise invalid("PullRequest", "state")
    found = [one for one in call.state.issues.values() if one.repository == home.key and one.pull]
    found = [one for one in found if state in {"all", one.state}]
    if "base" in query:
        found = [one for one in found if one.pull and one.pull.base_branch == query["base"]]
    if "head" in query:
        owner, _, branch = query["head"].partition(":")
        wanted = owner.lower(), branch
        # GitHub ignores a head that has no owner.
        found = [one for one in found if not branch or (one.pull and _head_of(one.pull) == wanted)]
    sort = query.get("sort", "created")
    direction = query.get("direction", "desc" if sort == "created" else "asc")
    found.sort(key=lambda one: (one.updated if sort == "updated" else one.created, one.number))
    if direction == "desc":
        found.reverse()
    return page(call, found, lambda one: pulls.simple_pull(call.world, one))


def _head_of(pull: Pull) -> tuple[str, str]:
    return pull.head_owner.lower(), pull.head_branch


@route("POST", PULLS, "pull_requests")
def create_pull(call: Call) -> Answer:
    home, fields = call.repository, call.fields()
    title = need_text(fields, "title", "PullRequest", 256)
    base = need_text(fields, "base", "PullRequest")
    head = need_text(fields, "head", "PullRequest")
    if fields.get("body"):
        check_length(fields["body"], "body", "PullRequest")
    if call.token and call.token.kind == "actions" and not home.actions_may_approve:
        raise Problem(403, "GitHub Actions is not permitted to create or approve pull requests.")
    source = pulls.find_head(call.world, home, head, fields.get("head_repo"))
    may = is_integration(call.token) or is_at_least(role_of(source[0], call.account), "write")
    if not may and not is_at_least(role_of(home, call.account), "write"):
        raise Problem(403, "must be a collaborator")
    issue = pulls.open_pull(call.world, home, source, base, (title, fields.get("body")), call.account)
    if fields.get("draft") and issue.pull:
        issue.pull.draft = True
    return Answer(pulls.full_pull(call.world, issue), 201)


@route("GET", ONE, "pull_requests")
def get_pull(call: Call) -> Answer:
    issue, _ = call.pull()
    return Answer(pulls.full_pull(call.world, issue))


@route("PATCH", ONE, "pull_requests")
def edit_pull(call: Call) -> Answer:
    issue, _ = call.pull()
    fields = call.fields()
    is_own = issue.author == call.account.id
    if (
        not is_own
        and not is_integration(call.token)
        and not is_at_least(role_of(call.repository, call.account), "write")
    ):
        raise Problem(403, "Must have write access to the repository.")
    state = fields.get("state", issue.state)
    if state not in {"open", "closed"}:
        raise invalid("PullRequest", "state")
    if "title" in fields:
        issue.title = need_text(fields, "title", "PullRequest", 256)
    if "body" in fields:
        check_length(fields["body"] or "", "body", "PullRequest")
        issue.body = fields["body"]
    issue.updated = call.state.now
    if {"title", "body"} & fields.keys():
        pulls.emit_pull(call.world, "edited", issue, call.account)
    if state != issue.state:
        (pulls.close if state == "closed" else pulls.reopen)(call.world, issue, call.account)
    return Answer(pulls.full_pull(call.world, issue))


@route("GET", ONE + "/files", "pull_requests")
def list_files(call: Call) -> Answer:
    issue, pull = call.pull()
    changes = call.world.pull_changes(issue.repository, pull)[: call.world.limits.files]
    answer = page(call, changes, lambda one: _file(call, pull, one))
    _leave_out_patches(call, answer.data)
    return answer


def _file(call: Call, pull: Pull, change: FileChange) -> dict[str, Any]:
    home = call.repository
    path = quote(change.path)
    url = f"{call.world.api}/repos/{home.full_name}/contents/{path}?ref={pull.head}"
    web = f"{call.world.web}/{home.full_name}"
    shape: dict[str, Any] = {
        "sha": change.blob if change.status != "removed" else None,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{web}/blob/{pull.head}/{path}",
        "raw_url": f"{web}/raw/{pull.head}/{path}",
        "contents_url": url,
    }
    if change.previous:
        shape["previous_filename"] = change.previous
    if change.patch is not None:
        shape["patch"] = change.patch
    return shape


def _leave_out_patches(call: Call, shown: list[dict[str, Any]]) -> None:
    """Past the limits GitHub sends no patch; past those of the whole answer it even says that nothing was added."""
    limits, lines, size = call.world.limits, 0, 0
    for shape in shown:
        patch = shape.get("patch")
        if patch is None:
            continue
        count, weight = patch.count("\n") + 1, len(patch.encode())
        if count > limits.file_lines or weight > limits.file_bytes:
            del shape["patch"]
        elif lines + count > limits.answer_lines or size + weight > limits.answer_bytes:
            del shape["patch"]
            shape.update(additions=0, deletions=0, changes=0)
            lines = limits.answer_lines
        else:
            lines, size = lines + count, size + weight


@route("GET", ONE + "/commits", "pull_requests")
def list_commits(call: Call) -> Answer:
    _, pull = call.pull()
    home, git = call.repository, call.world.git(call.repository)
    found = git.between(pull.base_sha, pull.head)[:250]
    return page(call, found, lambda sha: commit_shape(call.world, home, git.commit(sha)))


@route("GET", ONE + "/merge", "contents")
def is_merged(call: Call) -> Answer:
    _, pull = call.pull()
    if pull.merged_as is None:
        raise Problem(404, "Not Found")
    return Answer(None, 204)


@route("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests")
def list_pulls_of_commit(call: Call) -> Answer:
    home, sha = call.repository, call.names["commit_sha"]
    git = call.world.git(home)
    if git.kind(sha) != "commit":
        raise Problem(422, f"No commit found for SHA: {sha}")
    tip = home.branch(home.default_branch)
    is_in = bool(tip and git.is_ancestor(sha, tip))
    found = [one for one in call.state.issues.values() if one.repository == home.key and one.pull]
    found = [one for one in found if one.pull and _has_commit(call, one, one.pull, sha, is_in=is_in)]
    return page(call, sorted(found, key=lambda one: one.number), lambda one: pulls.simple_pull(call.world, one))


def _has_commit(call: Call, issue: Issue, pull: Pull, sha: str, *, is_in: bool) -> bool:
    if is_in:
        git = call.world.git(call.repository)
        return pull.merged_as == sha or (pull.merged_as is not None and sha in git.between(pull.base_sha, pull.head))
    if pull.head_repository != issue.repository and not call.world.limits.fork_commits_have_pulls:
        return False
    return issue.state == "open" and sha in call.world.git(call.repository).between(pull.base_sha, pull.head)


@route("PUT", ONE + "/merge", "contents", role="write")
def merge_pull(call: Call) -> Answer:
    issue, pull = call.pull()
    fields = call.fields()
    method = fields.get("merge_method", "merge")
    if method not in {"merge", "squash", "rebase"}:
        raise invalid("PullRequest", "merge_method")
    if pull.draft:
        raise Problem(405, "Pull Request is still a draft")
    if issue.state != "open" or pulls.merged_tree(call.world, call.repository, pull) is None:
        raise Problem(405, "Pull Request is not mergeable")
    if "sha" in fields and fields["sha"] != pull.head:
        raise Problem(409, "Head branch was modified. Review and try the merge again.")
    violations = rulesets.violations_of_merge(call.world, issue, call.account, call.app, method)
    if violations:
        raise Problem(405, "Repository rule violations found\n\n" + "\n\n".join(violations) + "\n\n")
    message = "\n\n".join(filter(None, (fields.get("commit_title"), fields.get("commit_message"))))
    sha = pulls.merge(call.world, issue, call.account, method, message)
    return Answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})
