"""Reviews. All of a review is taken, or nothing of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from github_double import shapes
from github_double.access import is_at_least, role_of
from github_double.diff import Place, read_hunk, read_places
from github_double.routing import route
from github_double.state import Issue, LineComment, Pull, Review
from github_double.wire import Answer, Call, Problem, check_length, invalid, need_text, page

REVIEWS = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"
ONE = REVIEWS + "/{review_id}"
STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
PART = "Pull request review thread"


def _of(call: Call, issue: Issue) -> list[Review]:
    place = issue.repository, issue.number
    mine = call.token.account if call.token else None
    found = [one for one in call.state.reviews.values() if (one.repository, one.number) == place]
    return [one for one in found if one.state != "PENDING" or one.author == mine]


def _find(call: Call) -> Review:
    issue, _ = call.pull()
    found = next((one for one in _of(call, issue) if one.id == call.number("review_id")), None)
    if found is None:
        raise Problem(404, "Not Found")
    return found


def _refuse(*sentences: str) -> Problem:
    return Problem(422, "Unprocessable Entity", sentences)


@route("GET", REVIEWS, "pull_requests")
def list_reviews(call: Call) -> Answer:
    issue, _ = call.pull()
    return page(call, _of(call, issue), lambda one: shapes.review(call.world, one))


@route("GET", ONE, "pull_requests")
def get_review(call: Call) -> Answer:
    return Answer(shapes.review(call.world, _find(call)))


def _check_event(call: Call, issue: Issue, event: str | None, body: str, *, has_comments: bool) -> str:
    """The state a review gets. Raises Problem 422 or 403."""
    if event is None:
        mine = [one for one in _of(call, issue) if one.state == "PENDING"]
        if mine:
            raise _refuse("User can only have one pending review per pull request")
        return "PENDING"
    if event not in STATES:
        raise invalid("", "event")
    is_empty = not body.strip()
    if is_empty and (event == "REQUEST_CHANGES" or (event == "COMMENT" and not has_comments)):
        raise _refuse("Pull request review body can't be blank")
    if event != "COMMENT" and issue.author == call.account.id:
        word = "approve" if event == "APPROVE" else "request changes on"
        raise _refuse(f"Can not {word} your own pull request")
    if event == "APPROVE" and call.token and call.token.kind == "actions" and not call.repository.actions_may_approve:
        raise _refuse("GitHub Actions is not permitted to approve pull requests.")
    return STATES[event]


@route("POST", REVIEWS, "pull_requests")
def create_review(call: Call) -> Answer:
    issue, pull = call.pull()
    fields, state = call.fields(), call.state
    body, commit = fields.get("body") or "", fields.get("commit_id") or pull.head
    comments = fields.get("comments") or []
    check_length(body, "body", "")
    if not isinstance(comments, list) or not all(isinstance(one, dict) for one in comments):
        raise Problem(422, "Invalid request.\n\nFor 'properties/comments', this is not an array of objects.")
    standing = _check_event(call, issue, fields.get("event"), body, has_comments=bool(comments))
    check_commit(call, pull, commit)
    found = [check_line(call, pull, commit, comment) for comment in comments]
    now = state.now
    review = Review(
        state.next_id(), issue.repository, issue.number, call.account.id, body, standing, commit, now, now, app=call.app
    )
    state.reviews[review.id] = review
    for comment in found:
        add_line_comment(call, issue, review, comment)
    issue.updated = now
    if standing != "PENDING":
        _emit(call, "submitted", review)
    return Answer(shapes.review(call.world, review))


def check_commit(call: Call, pull: Pull, commit: str) -> None:
    """A commit that belongs to the pull request, now or before a push. Raises Problem 422."""
    git = call.world.git(call.repository)
    is_one = commit in pull.heads or commit in git.between(pull.base_sha, pull.head)
    if not is_one:
        raise _refuse("commit_id is not part of the pull request")


def check_line(call: Call, pull: Pull, commit: str, fields: dict[str, Any]) -> LineComment:
    """A comment as it will be stored. Raises Problem 422 with GitHub's words."""
    body = need_text(fields, "body", "")
    git = call.world.git(call.repository)
    base = git.merge_base(pull.base_sha, commit) or pull.base_sha
    change = next((one for one in git.changes(base, commit) if one.path == fields.get("path")), None)
    if change is None:
        raise _refuse(f"{PART} path is invalid", f"{PART} diff hunk can't be blank")
    now, path, patch = call.state.now, change.path, change.patch or ""
    blank = LineComment(
        0, "", 0, 0, call.account.id, body, path, commit, None, "RIGHT", None, None, None, "", now, now, app=call.app
    )
    if fields.get("subject_type") == "file":
        return blank
    places = git.keep(("places", patch), lambda: read_places(patch))
    line, side = fields.get("line"), fields.get("side", "RIGHT")
    if line is None and fields.get("position") is not None:
        return _by_position(blank, patch, places, fields["position"])
    place = places.get((side, line)) if isinstance(line, int) else None
    if place is None:
        raise _refuse(f"{PART} line must be part of the diff, {PART} diff hunk can't be blank")
    start, start_side = fields.get("start_line"), fields.get("start_side", side)
    if start is not None:
        _check_start(start, line, place, places.get((start_side, start)))
    hunk = read_hunk(patch, place.position)
    known = start_side if start is not None else None
    return replace(blank, line=line, side=side, start_line=start, start_side=known, position=place.position, hunk=hunk)


def _check_start(start: int, line: int, end: Place, begin: Place | None) -> None:
    if start >= line:
        raise _refuse(f"{PART} start line must precede the end line.")
    if begin is None or begin.hunk != end.hunk:
        raise _refuse(f"{PART} start line must be part of the same hunk as the line.")


def _by_position(blank: LineComment, patch: str, places: dict[tuple[str, int], Place], position: int) -> LineComment:
    for (side, line), place in places.items():
        if place.position == position:
            return replace(blank, line=line, side=side, position=position, hunk=read_hunk(patch, position))
    raise _refuse(f"{PART} position is invalid")


def add_line_comment(call: Call, issue: Issue, review: Review, comment: LineComment) -> LineComment:
    made = replace(comment, id=call.state.next_id(), repository=issue.repository, number=issue.number, review=review.id)
    call.state.line_comments[made.id] = made
    return made


def _emit(call: Call, action: str, review: Review) -> None:
    payload = {
        "action": action,
        "review": shapes.review(call.world, review),
        "pull_request": {"number": review.number},
        "repository": shapes.repository(call.world, call.repository),
        "sender": shapes.account(call.world, call.account.id),
    }
    call.world.emit("pull_request_review", action, call.account, payload)


@route("PUT", ONE, "pull_requests")
def edit_review(call: Call) -> Answer:
    review = _find(call)
    if review.author != call.account.id:
        raise Problem(403, "Must be the author of the review.")
    body = need_text(call.fields(), "body", "")
    if body != review.body:
        review.body, review.updated = body, call.state.now
        if review.state != "PENDING":
            _emit(call, "edited", review)
    return Answer(shapes.review(call.world, review))


@route("DELETE", ONE, "pull_requests")
def delete_review(call: Call) -> Answer:
    review = _find(call)
    if review.state != "PENDING":
        raise _refuse("Can not delete a non-pending pull request review")
    for identity in [one.id for one in call.state.line_comments.values() if one.review == review.id]:
        del call.state.line_comments[identity]
    del call.state.reviews[review.id]
    return Answer(shapes.review(call.world, review))


@route("POST", ONE + "/events", "pull_requests")
def submit_review(call: Call) -> Answer:
    issue, _ = call.pull()
    review, fields = _find(call), call.fields()
    if review.state != "PENDING":
        raise _refuse("Can not submit a review that was submitted")
    body = fields.get("body") or review.body
    has_comments = any(one.review == review.id for one in call.state.line_comments.values())
    check_length(body, "body", "")
    review.state = _check_event(call, issue, fields.get("event") or "", body, has_comments=has_comments)
    review.body, review.submitted = body, call.state.now
    _emit(call, "submitted", review)
    return Answer(shapes.review(call.world, review))


@route("PUT", ONE + "/dismissals", "pull_requests")
def dismiss_review(call: Call) -> Answer:
    review = _find(call)
    need_text(call.fields(), "message", "")
    if call.app is None and not is_at_least(role_of(call.repository, call.account), "write"):
        raise Problem(403, "Must have write access to the repository.")
    if review.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise _refuse("Can not dismiss a commented pull request review")
    review.state = "DISMISSED"
    _emit(call, "dismissed", review)
    return Answer(shapes.review(call.world, review))


@route("GET", ONE + "/comments", "pull_requests")
def list_comments_of_review(call: Call) -> Answer:
    review = _find(call)
    found = [one for one in call.state.line_comments.values() if one.review == review.id]
    return page(call, found, lambda one: shapes.line_comment(call.world, one))
