"""Commit statuses and check runs."""

from __future__ import annotations

from typing import Any

from github_double import shapes
from github_double.routing import route
from github_double.state import ACTIONS_ACCOUNT_ID, ACTIONS_APP_ID, App, CheckRun, Status
from github_double.wire import Answer, Call, Problem, check_length, invalid, need_text, page

SHA = "/repos/{owner}/{repo}/commits/{ref}"
STATES = ("error", "failure", "pending", "success")
MOST_OF_ONE_CONTEXT = 1000
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out")


def find_commit(call: Call, ref: str) -> str:
    """The commit of a branch, tag or sha. Raises Problem 422."""
    home = call.repository
    for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/{ref}"):
        if name in home.refs:
            return home.refs[name]
    if len(ref) == 40 and call.world.git(home).kind(ref) == "commit":
        return ref
    raise Problem(422, f"No commit found for SHA: {ref}")


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", "statuses", role="write")
def create_status(call: Call) -> Answer:
    home, fields, state, sha = call.repository, call.fields(), call.state, call.names["sha"]
    if call.world.git(home).kind(sha) != "commit":
        raise Problem(422, f"No commit found for SHA: {sha}")
    if fields.get("state") not in STATES:
        raise invalid("Status", "state", "custom", "state is not included in the list")
    description, context = fields.get("description"), fields.get("context") or "default"
    check_length(description or "", "description", "Status", 140)
    check_length(context, "context", "Status", 255)
    url = fields.get("target_url")
    if url and not str(url).startswith(("http://", "https://")):
        raise invalid("Status", "target_url", "custom", "target_url must use http(s) scheme")
    if (
        sum((one.repository, one.sha, one.context) == (home.key, sha, context) for one in state.statuses)
        >= MOST_OF_ONE_CONTEXT
    ):
        raise invalid("Status", "", "custom", "This SHA and context has reached the maximum number of statuses.")
    made = Status(
        state.next_id(), home.key, sha, context, fields["state"], description, url, call.account.id, call.app, state.now
    )
    state.statuses.append(made)
    payload = shapes.status(call.world, made) | {"sha": sha, "repository": shapes.repository(call.world, home)}
    call.world.emit("status", None, call.account, payload)
    return Answer(shapes.status(call.world, made), 201)


def _statuses(call: Call, sha: str) -> list[Status]:
    key = call.repository.key
    return [one for one in reversed(call.state.statuses) if (one.repository, one.sha) == (key, sha)]


@route("GET", SHA + "/statuses", "statuses", at="/repos/{owner}/{repo}/statuses/{ref}")
@route("GET", SHA + "/statuses", "statuses")
def list_statuses(call: Call) -> Answer:
    found = _statuses(call, find_commit(call, call.names["ref"]))
    return page(call, found, lambda one: shapes.status(call.world, one))


@route("GET", SHA + "/status", "statuses")
def get_combined(call: Call) -> Answer:
    sha, home = find_commit(call, call.names["ref"]), call.repository
    newest: dict[str, Status] = {}
    for one in _statuses(call, sha):
        newest.setdefault(one.context, one)
    states = {one.state for one in newest.values()}
    state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    answer = page(call, list(newest.values()), lambda one: shapes.status(call.world, one))
    url = f"{call.world.api}/repos/{home.full_name}/commits/{sha}"
    more = {"sha": sha, "total_count": len(newest), "commit_url": url, "url": f"{url}/status"}
    whole = {"state": state, "statuses": answer.data, "repository": shapes.repository(call.world, home)} | more
    return Answer(whole, 200, answer.headers)


def _run(call: Call, run: CheckRun) -> dict[str, Any]:
    home, world = call.repository, call.world
    url = f"{world.api}/repos/{home.full_name}"
    actions = App(ACTIONS_APP_ID, "github-actions", ACTIONS_ACCOUNT_ID, None, {})
    return {
        "id": run.id,
        "node_id": shapes.node("CR", run.id),
        "head_sha": run.sha,
        "external_id": run.external_id,
        "url": f"{url}/check-runs/{run.id}",
        "html_url": f"{world.web}/{home.full_name}/runs/{run.id}",
        "details_url": run.url,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started,
        "completed_at": run.completed,
        "name": run.name,
        "check_suite": {"id": run.app},
        "app": shapes.app(world, world.state.apps.get(run.app, actions)),
        "pull_requests": [],
        "output": {
            "title": run.output.get("title"),
            "summary": run.output.get("summary"),
            "text": run.output.get("text"),
            "annotations_count": run.output.get("count", 0),
            "annotations_url": f"{url}/check-runs/{run.id}/annotations",
        },
    }


def _change(call: Call, run: CheckRun, fields: dict[str, Any]) -> None:
    """Take over what a request says of a check run. Raises Problem 422 before anything is changed."""
    conclusion, status = fields.get("conclusion"), fields.get("status", run.status)
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion")
    if status == "completed" and conclusion is None and run.conclusion is None:
        raise Problem(422, 'Invalid request.\n\nMissing required key "conclusion".')
    output = fields.get("output") or {}
    annotations = output.get("annotations", [])
    if len(annotations) > 50:
        raise Problem(422, f"Invalid request.\n\nNo more than 50 items are allowed; {len(annotations)} were supplied.")
    for name in ("summary", "text"):
        check_length(output.get(name) or "", name, "CheckRun", 65_535)
    run.conclusion = conclusion or run.conclusion
    run.status = "completed" if run.conclusion else status
    run.completed = fields.get("completed_at") or (call.state.now if run.conclusion else None)
    run.output = run.output | output | {"count": run.output.get("count", 0) + len(annotations)}


@route("POST", "/repos/{owner}/{repo}/check-runs", "checks", role="admin")
def create_run(call: Call) -> Answer:
    home, fields, state = call.repository, call.fields(), call.state
    if call.app is None:
        raise Problem(403, "You must authenticate via a GitHub App.")
    name, sha = need_text(fields, "name", "CheckRun"), need_text(fields, "head_sha", "CheckRun")
    if call.world.git(home).kind(sha) != "commit":
        raise Problem(422, f"No commit found for SHA: {sha}")
    started, outside = fields.get("started_at", state.now), fields.get("external_id", "")
    url = fields.get("details_url")
    run = CheckRun(0, home.key, sha, name, call.app, "queued", None, started, None, url, outside, {})
    _change(call, run, fields)
    run.id = state.next_id()
    state.check_runs[run.id] = run
    _emit(call, "created", run)
    return Answer(_run(call, run), 201)


def _emit(call: Call, action: str, run: CheckRun) -> None:
    payload = {
        "action": action,
        "check_run": _run(call, run),
        "repository": shapes.repository(call.world, call.repository),
    }
    call.world.emit("check_run", action, call.account, payload)


def _find(call: Call) -> CheckRun:
    found = call.state.check_runs.get(call.number("check_run_id"))
    if found is None or found.repository != call.repository.key:
        raise Problem(404, "Not Found")
    return found


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks")
def get_run(call: Call) -> Answer:
    return Answer(_run(call, _find(call)))


@route("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks", role="admin")
def edit_run(call: Call) -> Answer:
    run = _find(call)
    if call.app != run.app:
        raise Problem(403, "Invalid app_id `0` - check run can only be modified by the GitHub App that created it.")
    was = run.status
    _change(call, run, call.fields())
    if run.status == "completed" != was:
        _emit(call, "completed", run)
    return Answer(_run(call, run))


@route("GET", SHA + "/check-runs", "checks")
def list_runs(call: Call) -> Answer:
    key, sha, query = call.repository.key, find_commit(call, call.names["ref"]), call.query
    found = [one for one in call.state.check_runs.values() if (one.repository, one.sha) == (key, sha)]
    found = [one for one in found if query.get("check_name") in {None, one.name}]
    found = [one for one in found if query.get("app_id") in {None, str(one.app)}]
    if query.get("filter", "latest") == "latest":
        found = list({(one.app, one.name): one for one in found}.values())
    return page(call, found[::-1], lambda one: _run(call, one), wrap="check_runs")
