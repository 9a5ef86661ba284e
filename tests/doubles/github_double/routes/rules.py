"""Rulesets and environments."""

from __future__ import annotations

from typing import Any

from github_double import rulesets, shapes
from github_double.access import is_at_least, role_of
from github_double.routing import route
from github_double.state import Repository
from github_double.wire import Answer, Call, Problem, need_text, page

RULESETS = "/repos/{owner}/{repo}/rulesets"
ENVIRONMENTS = "/repos/{owner}/{repo}/environments"
ENVIRONMENT = ENVIRONMENTS + "/{environment_name}"
BRANCHES = ENVIRONMENT + "/deployment-branch-policies"
TYPES = frozenset(
    [
        "creation",
        "update",
        "deletion",
        "required_linear_history",
        "merge_queue",
        "required_deployments",
        "required_signatures",
        "pull_request",
        "required_status_checks",
        "non_fast_forward",
        "commit_message_pattern",
        "commit_author_email_pattern",
        "committer_email_pattern",
        "branch_name_pattern",
        "tag_name_pattern",
        "workflows",
        "code_scanning",
        "copilot_code_review",
    ]
)
REQUIRED = {
    "pull_request": {
        "dismiss_stale_reviews_on_push",
        "require_code_owner_review",
        "require_last_push_approval",
        "required_approving_review_count",
        "required_review_thread_resolution",
    },
    "required_status_checks": {"required_status_checks", "strict_required_status_checks_policy"},
}
KNOWN = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")


def _summary(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in _shape(call, one).items() if name not in {"bypass_actors", "conditions", "rules"}
    }


def _shape(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    """Who may bypass is told to administrators only."""
    home = call.repository
    url = f"{call.world.api}/repos/{home.full_name}/rulesets/{one['id']}"
    more = {
        "node_id": shapes.node("RRS", one["id"]),
        "source_type": "Repository",
        "source": home.full_name,
        "_links": {"self": {"href": url}},
    }
    is_admin = call.token is not None and is_at_least(role_of(home, call.account), "admin")
    may = is_admin or bool(call.token and (call.token.permissions or {}).get("administration") == "write")
    return {name: value for name, value in (one | more).items() if may or name != "bypass_actors"}


def _find(call: Call) -> dict[str, Any]:
    found = call.repository.rulesets.get(call.number("ruleset_id"))
    if found is None:
        raise Problem(404, "Not Found")
    return found


def _check(fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("enforcement") not in {"active", "disabled", "evaluate"}:
        raise Problem(422, 'Invalid request.\n\n"enforcement" is not a possible value.')
    for rule in fields.get("rules", []):
        kind = rule.get("type")
        if kind not in TYPES:
            raise Problem(422, f"Validation Failed: Invalid rule '{kind}'")
        missing = REQUIRED.get(kind, set()) - (rule.get("parameters") or {}).keys()
        if missing:
            raise Problem(422, f"Invalid rule '{kind}': missing parameters {', '.join(sorted(missing))}")
    return {name: fields[name] for name in KNOWN if name in fields}


@route("GET", RULESETS)
def list_rulesets(call: Call) -> Answer:
    return page(call, list(call.repository.rulesets.values()), lambda one: _summary(call, one))


@route("POST", RULESETS, "administration", role="admin")
def create_ruleset(call: Call) -> Answer:
    home, fields, now = call.repository, call.fields(), call.state.now
    name = need_text(fields, "name", "Ruleset")
    if any(one["name"] == name for one in home.rulesets.values()):
        raise Problem(422, "Validation Failed", ["Name must be unique"])
    blank = {"target": "branch", "bypass_actors": [], "conditions": {}, "rules": []}
    made = blank | _check(fields) | {"id": call.state.next_id(), "created_at": now, "updated_at": now}
    home.rulesets[made["id"]] = made
    return Answer(_shape(call, made), 201)


@route("GET", RULESETS + "/{ruleset_id}")
def get_ruleset(call: Call) -> Answer:
    return Answer(_shape(call, _find(call)))


@route("PUT", RULESETS + "/{ruleset_id}", "administration", role="admin")
def edit_ruleset(call: Call) -> Answer:
    found = _find(call)
    found |= _check({"enforcement": found["enforcement"]} | call.fields()) | {"updated_at": call.state.now}
    return Answer(_shape(call, found))


@route("DELETE", RULESETS + "/{ruleset_id}", "administration", role="admin")
def delete_ruleset(call: Call) -> Answer:
    del call.repository.rulesets[_find(call)["id"]]
    return Answer(None, 204)


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch}")
def list_rules(call: Call) -> Answer:
    home = call.repository
    found = list(rulesets.active_rules(home, call.names["branch"]))
    more = {"ruleset_source_type": "Repository", "ruleset_source": home.full_name}
    return page(call, found, lambda one: one[1] | more | {"ruleset_id": one[0]["id"]})


# -- environments -------------------------------------------------------------------------------------------------------
def _environment(call: Call, home: Repository, name: str) -> dict[str, Any]:
    kept = home.environments[name]
    url = f"{call.world.api}/repos/{home.full_name}/environments/{name}"
    return {
        "id": kept["id"],
        "node_id": shapes.node("EN", kept["id"]),
        "name": name,
        "url": url,
        "html_url": url,
        "created_at": kept["created_at"],
        "updated_at": kept["updated_at"],
        "protection_rules": kept["protection_rules"],
        "deployment_branch_policy": kept["deployment_branch_policy"],
    }


@route("GET", ENVIRONMENTS, "actions")
def list_environments(call: Call) -> Answer:
    home = call.repository
    return page(call, list(home.environments), lambda name: _environment(call, home, name), wrap="environments")


@route("GET", ENVIRONMENT, "actions")
def get_environment(call: Call) -> Answer:
    if call.names["environment_name"] not in call.repository.environments:
        raise Problem(404, "Not Found")
    return Answer(_environment(call, call.repository, call.names["environment_name"]))


@route("PUT", ENVIRONMENT, "administration", role="admin")
def set_environment(call: Call) -> Answer:
    home, name, fields, now = call.repository, call.names["environment_name"], call.fields(), call.state.now
    policy = fields.get("deployment_branch_policy")
    if policy is not None and bool(policy.get("protected_branches")) == bool(policy.get("custom_branch_policies")):
        raise Problem(422, "protected_branches and custom_branch_policies cannot have the same value")
    blank = {"id": call.state.next_id(), "created_at": now, "policies": []}
    kept = home.environments.get(name, blank)
    rules: list[dict[str, Any]] = [{"id": kept["id"] + 1, "node_id": "GA_1", "type": "branch_policy"}] if policy else []
    reviewers = fields.get("reviewers") or []
    if reviewers:
        people = [{"type": one["type"], "reviewer": shapes.account(call.world, one["id"])} for one in reviewers]
        rules.append({"id": kept["id"] + 2, "node_id": "GA_2", "type": "required_reviewers", "reviewers": people})
    home.environments[name] = kept | {
        "updated_at": now,
        "protection_rules": rules,
        "deployment_branch_policy": policy,
    }
    return Answer(_environment(call, home, name))


def _policies(call: Call) -> list[dict[str, Any]]:
    kept = call.repository.environments.get(call.names["environment_name"])
    if kept is None:
        raise Problem(404, "Not Found")
    found: list[dict[str, Any]] = kept["policies"]
    return found


@route("GET", BRANCHES, "actions")
def list_policies(call: Call) -> Answer:
    return page(call, _policies(call), lambda one: one, wrap="branch_policies")


@route("POST", BRANCHES, "administration", role="admin")
def create_policy(call: Call) -> Answer:
    found, name = _policies(call), need_text(call.fields(), "name", "DeploymentBranchPolicy")
    policy = call.repository.environments[call.names["environment_name"]]["deployment_branch_policy"] or {}
    if not policy.get("custom_branch_policies"):
        raise Problem(404, "Not Found")
    if any(one["name"] == name for one in found):
        raise Problem(303, "Already exists")
    identity = call.state.next_id()
    made = {"id": identity, "node_id": shapes.node("DBP", identity), "name": name, "type": "branch"}
    found.append(made)
    return Answer(made)
