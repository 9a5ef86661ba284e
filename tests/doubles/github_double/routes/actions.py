"""Actions: starting workflows, and the settings and variables that workflows see."""

from __future__ import annotations

import zlib
from typing import Any

import yaml

from github_double import shapes
from github_double.routes.statuses import find_commit
from github_double.routing import route
from github_double.wire import Answer, Call, Problem, invalid, need_text, page

ACTIONS = "/repos/{owner}/{repo}/actions"
FOLDER = ".github/workflows/"
MOST_INPUTS = 25
APPROVALS = ("first_time_contributors_new_to_github", "first_time_contributors", "all_external_contributors")


def _files(call: Call, ref: str) -> dict[str, str]:
    """Path to blob of the workflow files of a commit."""
    entries = call.world.git(call.repository).tree(ref, deep=True)
    suffixes = (".yml", ".yaml")
    return {
        path: sha
        for _, kind, sha, _, path in entries
        if kind == "blob" and path.startswith(FOLDER) and path.endswith(suffixes)
    }


def _identity(path: str) -> int:
    return zlib.crc32(path.encode())


def _default_files(call: Call) -> dict[str, str]:
    home = call.repository
    tip = home.branch(home.default_branch)
    return _files(call, tip) if tip else {}


def _find(call: Call) -> str:
    """The path of a workflow of the default branch, by file name or id."""
    wanted = call.names["workflow_id"]
    for path in _default_files(call):
        if wanted in {path.removeprefix(FOLDER), str(_identity(path))}:
            return path
    raise Problem(404, "Not Found")


def _shape(call: Call, path: str) -> dict[str, Any]:
    home, world = call.repository, call.world
    text = world.git(home).blob(_default_files(call)[path]).decode(errors="replace")
    data = yaml.safe_load(text)
    name = data.get("name", path) if isinstance(data, dict) else path
    return {
        "id": _identity(path),
        "node_id": shapes.node("W", _identity(path)),
        "name": name,
        "path": path,
        "state": "active",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "url": f"{world.api}/repos/{home.full_name}/actions/workflows/{_identity(path)}",
        "html_url": f"{world.web}/{home.full_name}/blob/{home.default_branch}/{path}",
        "badge_url": f"{world.web}/{home.full_name}/workflows/{path}/badge.svg",
    }


@route("GET", ACTIONS + "/workflows", "actions")
def list_workflows(call: Call) -> Answer:
    return page(call, sorted(_default_files(call)), lambda path: _shape(call, path), wrap="workflows")


@route("GET", ACTIONS + "/workflows/{workflow_id}", "actions")
def get_workflow(call: Call) -> Answer:
    return Answer(_shape(call, _find(call)))


@route("POST", ACTIONS + "/workflows/{workflow_id}/dispatches", "actions", role="write")
def dispatch(call: Call) -> Answer:
    path, fields, home = _find(call), call.fields(), call.repository
    ref, inputs = need_text(fields, "ref", "Workflow"), fields.get("inputs") or {}
    try:
        sha = find_commit(call, ref)
    except Problem:
        raise Problem(422, f"No ref found for: {ref}") from None
    blob = _files(call, sha).get(path)
    if blob is None:
        raise Problem(422, f"No workflow {path} at {ref}")
    _check_inputs(yaml.safe_load(call.world.git(home).blob(blob)), inputs)
    payload = {
        "inputs": inputs,
        "ref": ref if ref.startswith("refs/") else f"refs/heads/{ref}",
        "workflow": path,
        "repository": shapes.repository(call.world, home),
        "sender": shapes.account(call.world, call.account.id),
    }
    call.world.emit("workflow_dispatch", None, call.account, payload)
    return Answer(None, 204)


def _check_inputs(workflow: dict[Any, Any], inputs: dict[str, Any]) -> None:
    """Raise Problem 422 where the workflow does not take them. YAML reads the key `on` as true."""
    triggers = workflow.get("on", workflow.get(True))
    listed = {triggers: None} if isinstance(triggers, str) else triggers
    if not listed or "workflow_dispatch" not in listed:
        raise Problem(422, "Workflow does not have 'workflow_dispatch' trigger")
    details = listed["workflow_dispatch"] if isinstance(listed, dict) else None
    declared = (details or {}).get("inputs") or {}
    unknown = sorted(inputs.keys() - declared.keys())
    if unknown:
        raise Problem(422, f"Unexpected inputs provided: {unknown}".replace("'", '"'))
    if len(inputs) > MOST_INPUTS or any(not isinstance(value, str) for value in inputs.values()):
        raise Problem(422, "Invalid request.\n\nInputs are at most 25 strings.")
    for name, about in declared.items():
        if (about or {}).get("required") and name not in inputs and "default" not in about:
            raise Problem(422, f"Required input '{name}' not provided")


@route("GET", ACTIONS + "/permissions/workflow", "administration", role="admin")
def get_workflow_permissions(call: Call) -> Answer:
    home = call.repository
    may = home.actions_may_approve
    return Answer({"default_workflow_permissions": home.workflow_default, "can_approve_pull_request_reviews": may})


@route("PUT", ACTIONS + "/permissions/workflow", "administration", role="admin")
def set_workflow_permissions(call: Call) -> Answer:
    home, fields = call.repository, call.fields()
    default = fields.get("default_workflow_permissions", home.workflow_default)
    if default not in {"read", "write"}:
        raise invalid("Repository", "default_workflow_permissions")
    home.workflow_default = default
    home.actions_may_approve = bool(fields.get("can_approve_pull_request_reviews", home.actions_may_approve))
    return Answer(None, 204)


@route("GET", ACTIONS + "/permissions", "administration", role="admin")
def get_permissions(call: Call) -> Answer:
    blank = {"enabled": True, "allowed_actions": "all", "sha_pinning_required": False}
    return Answer({name: _kept(call).get(name, value) for name, value in blank.items()})


@route("PUT", ACTIONS + "/permissions", "administration", role="admin")
def set_permissions(call: Call) -> Answer:
    fields = call.fields()
    if not isinstance(fields.get("enabled"), bool):
        raise Problem(422, 'Invalid request.\n\n"enabled" wasn\'t supplied.')
    names = {"enabled", "allowed_actions", "sha_pinning_required"}
    _kept(call).update({name: value for name, value in fields.items() if name in names})
    return Answer(None, 204)


def _kept(call: Call) -> dict[str, Any]:
    kept: dict[str, Any] = call.repository.actions_settings
    return kept


@route("GET", ACTIONS + "/permissions/fork-pr-contributor-approval", "administration", role="admin")
def get_fork_approval(call: Call) -> Answer:
    return Answer({"approval_policy": _kept(call).get("approval_policy", "first_time_contributors")})


@route("PUT", ACTIONS + "/permissions/fork-pr-contributor-approval", "administration", role="admin")
def set_fork_approval(call: Call) -> Answer:
    policy = call.fields().get("approval_policy")
    if policy not in APPROVALS:
        raise Problem(422, "Invalid request.\n\napproval_policy is not a possible value.")
    _kept(call)["approval_policy"] = policy
    return Answer(None, 204)
