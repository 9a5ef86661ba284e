"""Comments on lines, outside of posting a review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from github_double import shapes
from github_double.routes.issues import may_change
from github_double.routes.reviews import add_line_comment, check_commit, check_line
from github_double.routing import route
from github_double.state import Issue, LineComment, Pull, Review
from github_double.wire import Answer, Call, Problem, need_text, page

COMMENTS = "/repos/{owner}/{repo}/pulls/{pull_number}/comments"
COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}"


def _visible(call: Call) -> list[LineComment]:
    """Comments of pending reviews are their author's alone."""
    mine, reviews = call.token.account if call.token else None, call.state.reviews
    found = [one for one in call.state.line_comments.values() if one.repository == call.repository.key]
    return [one for one in found if reviews[one.review].state != "PENDING" or one.author == mine]


def _find(call: Call) -> LineComment:
    found = next((one for one in _visible(call) if one.id == call.number("comment_id")), None)
    if found is None:
        raise Problem(404, "Not Found")
    return found


@route("GET", COMMENTS, "pull_requests")
def list_line_comments(call: Call) -> Answer:
    issue, _ = call.pull()
    found = [one for one in _visible(call) if one.number == issue.number and one.updated >= call.query.get("since", "")]
    return page(call, found, lambda one: shapes.line_comment(call.world, one))


@route("GET", COMMENT, "pull_requests")
def get_line_comment(call: Call) -> Answer:
    return Answer(shapes.line_comment(call.world, _find(call)))


@route("PATCH", COMMENT, "pull_requests")
def edit_line_comment(call: Call) -> Answer:
    comment = _find(call)
    may_change(call, comment.author)
    body = need_text(call.fields(), "body", "PullRequestReviewComment")
    if body != comment.body:
        comment.body, comment.updated = body, call.state.now
        _emit(call, "edited", comment)
    return Answer(shapes.line_comment(call.world, comment))


@route("DELETE", COMMENT, "pull_requests")
def delete_line_comment(call: Call) -> Answer:
    comment = _find(call)
    may_change(call, comment.author)
    del call.state.line_comments[comment.id]
    _emit(call, "deleted", comment)
    return Answer(None, 204)


@route("POST", COMMENTS, "pull_requests")
def create_line_comment(call: Call) -> Answer:
    issue, pull = call.pull()
    fields = call.fields()
    if "in_reply_to" in fields:
        return _reply(call, issue, int(fields["in_reply_to"]))
    commit = need_text(fields, "commit_id", "PullRequestReviewComment")
    checked = _check(call, pull, commit, fields)
    made = add_line_comment(call, issue, _own_review(call, issue, commit), checked)
    _emit(call, "created", made)
    return Answer(shapes.line_comment(call.world, made), 201)


@route("POST", COMMENTS + "/{comment_id}/replies", "pull_requests")
def create_reply(call: Call) -> Answer:
    issue, _ = call.pull()
    return _reply(call, issue, call.number("comment_id"))


def _check(call: Call, pull: Pull, commit: str, fields: dict[str, Any]) -> LineComment:
    """As for a review, but GitHub says it in records here."""
    try:
        check_commit(call, pull, commit)
        return check_line(call, pull, commit, fields)
    except Problem as problem:
        place = {"resource": "PullRequestReviewComment", "code": "custom", "field": "pull_request_review_thread"}
        raise Problem(422, "Validation Failed", [place | {"message": text} for text in problem.errors]) from None


def _own_review(call: Call, issue: Issue, commit: str) -> Review:
    """GitHub wraps every single comment in a review without a body."""
    state, now = call.state, call.state.now
    place = issue.repository, issue.number
    review = Review(state.next_id(), *place, call.account.id, "", "COMMENTED", commit, now, now, app=call.app)
    state.reviews[review.id] = review
    return review


def _reply(call: Call, issue: Issue, identity: int) -> Answer:
    parent = next((one for one in _visible(call) if one.id == identity and one.number == issue.number), None)
    if parent is None or parent.reply_to is not None:
        # GitHub does not take replies to replies.
        raise Problem(404, "Not Found")
    body, now = need_text(call.fields(), "body", "PullRequestReviewComment"), call.state.now
    review = _own_review(call, issue, parent.commit)
    answer = replace(parent, author=call.account.id, body=body, created=now, updated=now, reply_to=parent.id)
    made = add_line_comment(call, issue, review, replace(answer, minimized=None, app=call.app))
    _emit(call, "created", made)
    return Answer(shapes.line_comment(call.world, made), 201)


def _emit(call: Call, action: str, comment: LineComment) -> None:
    payload = {
        "action": action,
        "comment": shapes.line_comment(call.world, comment),
        "pull_request": {"number": comment.number},
        "repository": shapes.repository(call.world, call.repository),
        "sender": shapes.account(call.world, call.account.id),
    }
    call.world.emit("pull_request_review_comment", action, call.account, payload)
