"""Issues, the comments of the conversation tab, and reactions to them."""

from __future__ import annotations

from typing import Any

from github_double import shapes
from github_double.access import is_at_least, is_integration, role_of
from github_double.routing import route
from github_double.state import Account, Comment, Issue, Reaction
from github_double.wire import Answer, Call, Problem, check_length, invalid, need_text, page

ISSUES = "/repos/{owner}/{repo}/issues"
COMMENTS = ISSUES + "/{issue_number}/comments"
COMMENT = ISSUES + "/comments/{comment_id}"
REACTIONS = COMMENT + "/reactions"
EITHER = "issues|pull_requests"


def issue_shape(call: Call, issue: Issue) -> dict[str, Any]:
    home, world = call.repository, call.world
    url = f"{world.api}/repos/{home.full_name}/issues/{issue.number}"
    kind = "pull" if issue.pull else "issues"
    shape = shapes.authored(world, home, issue.author) | {
        "id": issue.id,
        "node_id": shapes.node("I", issue.id),
        "number": issue.number,
        "url": url,
        "repository_url": f"{world.api}/repos/{home.full_name}",
        "comments_url": f"{url}/comments",
        "labels_url": f"{url}/labels{{/name}}",
        "html_url": f"{world.web}/{home.full_name}/{kind}/{issue.number}",
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "labels": shapes.labels(world, home, issue),
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": sum(
            (one.repository, one.number) == (home.key, issue.number) for one in call.state.comments.values()
        ),
        "created_at": issue.created,
        "updated_at": issue.updated,
        "closed_at": issue.closed,
    }
    if issue.pull:
        shape["pull_request"] = {"url": f"{world.api}/repos/{home.full_name}/pulls/{issue.number}"}
    return shape


@route("GET", ISSUES, "issues")
def list_issues(call: Call) -> Answer:
    home, state = call.repository, call.query.get("state", "open")
    found = [one for one in call.state.issues.values() if one.repository == home.key and state in {"all", one.state}]
    wanted = [name.lower() for name in call.query.get("labels", "").split(",") if name]
    found = [one for one in found if set(wanted) <= {name.lower() for name in one.labels}]
    return page(call, found[::-1], lambda one: issue_shape(call, one))


@route("POST", ISSUES, "issues")
def create_issue(call: Call) -> Answer:
    home, fields, state = call.repository, call.fields(), call.state
    title = need_text(fields, "title", "Issue", 256)
    check_length(fields.get("body") or "", "body", "Issue")
    home.last_number += 1
    issue = Issue(
        state.next_id(), home.key, home.last_number, call.account.id, title, fields.get("body"), state.now, state.now
    )
    state.issues[home.key, issue.number] = issue
    payload = {"action": "opened", "issue": issue_shape(call, issue), "repository": shapes.repository(call.world, home)}
    call.world.emit("issues", "opened", call.account, payload)
    return Answer(issue_shape(call, issue), 201)


@route("GET", ISSUES + "/{issue_number}", EITHER)
def get_issue(call: Call) -> Answer:
    return Answer(issue_shape(call, call.issue()))


@route("GET", COMMENTS, EITHER)
def list_comments(call: Call) -> Answer:
    issue, since = call.issue(), call.query.get("since", "")
    place = issue.repository, issue.number
    found = [one for one in call.state.comments.values() if (one.repository, one.number) == place]
    found = [one for one in found if one.updated >= since]
    return page(call, found, lambda one: shapes.issue_comment(call.world, one))


@route("GET", ISSUES + "/comments", EITHER)
def list_all_comments(call: Call) -> Answer:
    home, query = call.repository, call.query
    found = [one for one in call.state.comments.values() if one.repository == home.key]
    found = [one for one in found if one.updated >= query.get("since", "")]
    # GitHub ignores the direction where no sort is asked for.
    if query.get("sort") in {"created", "updated"}:
        is_updated = query["sort"] == "updated"
        found.sort(key=lambda one: (one.updated if is_updated else one.created, one.id))
        if query.get("direction", "desc" if is_updated else "asc") == "desc":
            found.reverse()
    return page(call, found, lambda one: shapes.issue_comment(call.world, one))


@route("POST", COMMENTS, EITHER)
def create_comment(call: Call) -> Answer:
    issue, state = call.issue(), call.state
    body = need_text(call.fields(), "body", "IssueComment")
    now = state.now
    comment = Comment(state.next_id(), issue.repository, issue.number, call.account.id, body, now, now, app=call.app)
    state.comments[comment.id] = comment
    issue.updated = now
    _emit(call, "created", issue, comment)
    return Answer(shapes.issue_comment(call.world, comment), 201)


def _emit(call: Call, action: str, issue: Issue, comment: Comment) -> None:
    payload = {
        "action": action,
        "issue": issue_shape(call, issue),
        "comment": shapes.issue_comment(call.world, comment),
        "repository": shapes.repository(call.world, call.repository),
        "sender": shapes.account(call.world, call.account.id),
    }
    call.world.emit("issue_comment", action, call.account, payload)


def _find(call: Call) -> Comment:
    found = call.state.comments.get(call.number("comment_id"))
    if found is None or found.repository != call.repository.key:
        raise Problem(404, "Not Found")
    return found


def may_change(call: Call, author: int) -> None:
    """Authors change what is theirs, writers everybody's. Raises Problem 403."""
    who: Account = call.account
    if author != who.id and not is_integration(call.token) and not is_at_least(role_of(call.repository, who), "write"):
        raise Problem(403, "Must have admin rights to Repository.")


@route("GET", COMMENT, EITHER)
def get_comment(call: Call) -> Answer:
    return Answer(shapes.issue_comment(call.world, _find(call)))


@route("PATCH", COMMENT, EITHER)
def edit_comment(call: Call) -> Answer:
    comment = _find(call)
    may_change(call, comment.author)
    body = need_text(call.fields(), "body", "IssueComment")
    if body != comment.body:
        comment.body, comment.updated = body, call.state.now
        _emit(call, "edited", call.state.issues[comment.repository, comment.number], comment)
    return Answer(shapes.issue_comment(call.world, comment))


@route("DELETE", COMMENT, EITHER)
def delete_comment(call: Call) -> Answer:
    comment = _find(call)
    may_change(call, comment.author)
    del call.state.comments[comment.id]
    _emit(call, "deleted", call.state.issues[comment.repository, comment.number], comment)
    return Answer(None, 204)


@route("GET", REACTIONS, EITHER)
def list_reactions(call: Call) -> Answer:
    wanted = call.query.get("content")
    found = [one for one in _find(call).reactions if wanted in {None, one.content}]
    return page(call, found, lambda one: shapes.reaction(call.world, one))


@route("POST", REACTIONS, EITHER)
def create_reaction(call: Call) -> Answer:
    comment, content = _find(call), call.fields().get("content")
    if content not in shapes.CONTENTS:
        raise invalid("Reaction", "content")
    for one in comment.reactions:
        if (one.account, one.content) == (call.account.id, content):
            return Answer(shapes.reaction(call.world, one), 200)
    made = Reaction(call.state.next_id(), call.account.id, content, call.state.now)
    comment.reactions.append(made)
    return Answer(shapes.reaction(call.world, made), 201)


@route("DELETE", REACTIONS + "/{reaction_id}", EITHER)
def delete_reaction(call: Call) -> Answer:
    comment, identity = _find(call), call.number("reaction_id")
    found = next((one for one in comment.reactions if one.id == identity), None)
    if found is None:
        raise Problem(404, "Not Found")
    if found.account != call.account.id:
        raise Problem(403, "Must be the author of the reaction.")
    comment.reactions.remove(found)
    return Answer(None, 204)
