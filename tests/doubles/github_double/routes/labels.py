"""Labels of a repository and on issues."""

from __future__ import annotations

from typing import Any

from github_double import pulls, shapes
from github_double.routing import route
from github_double.state import Label, Repository
from github_double.wire import Answer, Call, Problem, invalid, need_text, page

LABELS = "/repos/{owner}/{repo}/labels"
ON_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/labels"
EITHER = "issues|pull_requests"
MOST = 100


def _make(call: Call, home: Repository, name: str, color: str, description: str | None) -> Label:
    label = Label(call.state.next_id(), name, color, description)
    home.labels[name.lower()] = label
    return label


@route("GET", LABELS, EITHER)
def list_labels(call: Call) -> Answer:
    home = call.repository
    found = sorted(home.labels.values(), key=lambda one: one.name)
    return page(call, found, lambda one: shapes.label(call.world, home, one))


@route("POST", LABELS, EITHER, role="write")
def create_label(call: Call) -> Answer:
    home, fields = call.repository, call.fields()
    name = need_text(fields, "name", "Label", 50)
    color = str(fields.get("color", "ededed"))
    if len(color) != 6 or set(color.lower()) - set("0123456789abcdef"):
        raise invalid("Label", "color")
    description = fields.get("description")
    if description is not None and len(description) > 100:
        raise invalid("Label", "description", "custom", "description is too long (maximum is 100 characters)")
    if name.lower() in home.labels:
        raise invalid("Label", "name", "already_exists")
    return Answer(shapes.label(call.world, home, _make(call, home, name, color, description)), 201)


@route("GET", LABELS + "/{name}", EITHER)
def get_label(call: Call) -> Answer:
    found = call.repository.labels.get(call.names["name"].lower())
    if found is None:
        raise Problem(404, "Not Found")
    return Answer(shapes.label(call.world, call.repository, found))


@route("PATCH", LABELS + "/{name}", EITHER, role="write")
def edit_label(call: Call) -> Answer:
    found = call.repository.labels.get(call.names["name"].lower())
    if found is None:
        raise Problem(404, "Not Found")
    fields = call.fields()
    found.color = fields.get("color", found.color)
    found.description = fields.get("description", found.description)
    return Answer(shapes.label(call.world, call.repository, found))


def _names(data: Any) -> list[str]:
    """GitHub takes an object, and still takes the bare list that PyGithub sends."""
    listed = data.get("labels", []) if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise Problem(422, "Invalid request.\n\nFor 'links/0/schema', nil is not an array.")
    names = [one.get("name") if isinstance(one, dict) else one for one in listed]
    for name in names:
        if not isinstance(name, str) or not name.strip() or len(name) > 50:
            raise invalid("Label", "name")
    return [str(name) for name in names]


def _set(call: Call, names: list[str]) -> Answer:
    issue, home = call.issue(), call.repository
    unique = list({name.lower(): name for name in names}.values())
    if len(unique) > MOST:
        raise invalid("Issue", "labels", "custom", "Only 100 labels can be on an issue.")
    labels = [home.labels.get(name.lower()) or _make(call, home, name, "ededed", None) for name in unique]
    before, issue.labels = issue.labels, [label.name for label in labels]
    if before != issue.labels:
        issue.updated = call.state.now
        for label in labels:
            if label.name not in before:
                call.state.fresh.add(label.id)
                _emit(call, "labeled", label)
        for name in before:
            if name not in issue.labels:
                _emit(call, "unlabeled", home.labels[name.lower()])
    return page(call, labels, lambda one: shapes.label(call.world, home, one))


def _emit(call: Call, action: str, label: Label) -> None:
    issue = call.issue()
    if issue.pull:
        more = {"label": shapes.label(call.world, call.repository, label)}
        pulls.emit_pull(call.world, action, issue, call.account, **more)


@route("GET", ON_ISSUE, EITHER)
def list_on_issue(call: Call) -> Answer:
    home = call.repository
    found = [home.labels[name.lower()] for name in call.issue().labels]
    return page(call, found, lambda one: shapes.label(call.world, home, one))


@route("POST", ON_ISSUE, EITHER, role="triage")
def add_on_issue(call: Call) -> Answer:
    return _set(call, call.issue().labels + _names(call.data))


@route("PUT", ON_ISSUE, EITHER, role="triage")
def set_on_issue(call: Call) -> Answer:
    return _set(call, _names(call.data))


@route("DELETE", ON_ISSUE, EITHER, role="triage")
def clear_on_issue(call: Call) -> Answer:
    _set(call, [])
    return Answer(None, 204)


@route("DELETE", ON_ISSUE + "/{name}", EITHER, role="triage")
def remove_on_issue(call: Call) -> Answer:
    issue, gone = call.issue(), call.names["name"].lower()
    if gone not in {name.lower() for name in issue.labels}:
        raise Problem(404, "Label does not exist")
    return _set(call, [name for name in issue.labels if name.lower() != gone])
