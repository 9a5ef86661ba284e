"""What Actions keeps for workflows: variables, the names of secrets, artifacts."""

from __future__ import annotations

from github_double.routing import route
from github_double.wire import Answer, Call, Problem, need_text, page

ACTIONS = "/repos/{owner}/{repo}/actions"
IN_REPOSITORY = ACTIONS + "/variables"
IN_ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}/variables"


def _variables(call: Call) -> dict[str, dict[str, str]]:
    home, environment = call.repository, call.names.get("environment_name")
    if environment is None:
        return home.variables
    if environment not in home.environments:
        raise Problem(404, "Not Found")
    found: dict[str, dict[str, str]] = home.environments[environment].setdefault("variables", {})
    return found


def _one(call: Call) -> dict[str, str]:
    found = _variables(call).get(call.names["name"].upper())
    if found is None:
        raise Problem(404, "Not Found")
    return found


@route("GET", IN_REPOSITORY, "actions_variables", role="write")
@route("GET", IN_ENVIRONMENT, "environments", role="write")
def list_variables(call: Call) -> Answer:
    return page(call, list(_variables(call).values()), lambda one: one, wrap="variables", most=30)


@route("GET", IN_REPOSITORY + "/{name}", "actions_variables", role="write")
@route("GET", IN_ENVIRONMENT + "/{name}", "environments", role="write")
def get_variable(call: Call) -> Answer:
    return Answer(_one(call))


@route("POST", IN_REPOSITORY, "actions_variables", role="admin")
@route("POST", IN_ENVIRONMENT, "environments", role="admin")
def create_variable(call: Call) -> Answer:
    fields, now = call.fields(), call.state.now
    name, value = need_text(fields, "name", "Variable").upper(), need_text(fields, "value", "Variable", 49_152)
    if not name.replace("_", "A").isalnum() or name[0].isdigit() or name.startswith("GITHUB_"):
        raise Problem(422, "Variable names can only contain alphanumeric characters and underscores.")
    if name in _variables(call):
        raise Problem(409, "Already exists - Variable already exists")
    _variables(call)[name] = {"name": name, "value": value, "created_at": now, "updated_at": now}
    return Answer({}, 201)


@route("PATCH", IN_REPOSITORY + "/{name}", "actions_variables", role="admin")
@route("PATCH", IN_ENVIRONMENT + "/{name}", "environments", role="admin")
def edit_variable(call: Call) -> Answer:
    found = _one(call)
    found |= {"value": need_text(call.fields(), "value", "Variable", 49_152), "updated_at": call.state.now}
    return Answer(None, 204)


@route("DELETE", IN_REPOSITORY + "/{name}", "actions_variables", role="admin")
@route("DELETE", IN_ENVIRONMENT + "/{name}", "environments", role="admin")
def delete_variable(call: Call) -> Answer:
    del _variables(call)[_one(call)["name"]]
    return Answer(None, 204)


# -- secrets: names only, nobody is told the values -------------------------------------------------------------------
SECRETS = ACTIONS + "/secrets"
ENVIRONMENT_SECRETS = "/repos/{owner}/{repo}/environments/{environment_name}/secrets"


def _secrets(call: Call) -> dict[str, dict[str, str]]:
    home, environment = call.repository, call.names.get("environment_name")
    if environment is not None and environment not in home.environments:
        raise Problem(404, "Not Found")
    holder = home.actions_settings if environment is None else home.environments[environment]
    found: dict[str, dict[str, str]] = holder.setdefault("secrets", {})
    return found


@route("GET", SECRETS, "secrets", role="write")
@route("GET", ENVIRONMENT_SECRETS, "environments", role="write")
def list_secrets(call: Call) -> Answer:
    return page(call, list(_secrets(call).values()), lambda one: one, wrap="secrets")


@route("PUT", SECRETS + "/{secret_name}", "secrets", role="admin")
@route("PUT", ENVIRONMENT_SECRETS + "/{secret_name}", "environments", role="admin")
def set_secret(call: Call) -> Answer:
    need_text(call.fields(), "encrypted_value", "Secret")
    need_text(call.fields(), "key_id", "Secret")
    found, name, now = _secrets(call), call.names["secret_name"].upper(), call.state.now
    is_new = name not in found
    found[name] = {"created_at": now} | found.get(name, {}) | {"name": name, "updated_at": now}
    return Answer({}, 201) if is_new else Answer(None, 204)


@route("GET", ACTIONS + "/artifacts", "actions")
def list_artifacts(call: Call) -> Answer:
    wanted = call.query.get("name")
    found = [one for one in reversed(call.repository.artifacts) if wanted in {None, one["name"]}]
    return page(call, found, lambda one: one, wrap="artifacts")
