"""Accounts, apps and the tokens of apps."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import jwt

from github_double import shapes
from github_double.routing import route
from github_double.state import App, Token, iso
from github_double.wire import Answer, Call, Problem, page

LEVELS = ("none", "read", "write", "admin")


@route("GET", "/user")
def get_me(call: Call) -> Answer:
    if call.token is None:
        raise Problem(401, "Requires authentication")
    if call.token.kind != "user":
        raise Problem(403, "Resource not accessible by integration")
    return Answer(shapes.full_account(call.world, call.account))


@route("GET", "/users/{username}")
def get_user(call: Call) -> Answer:
    found = call.state.account(call.names["username"])
    if found is None:
        raise Problem(404, "Not Found")
    return Answer(shapes.full_account(call.world, found))


@route("GET", "/rate_limit")
def get_rate(call: Call) -> Answer:
    most, used = 5000, call.token.used if call.token else 0
    rate = {"limit": most, "used": used, "remaining": max(0, most - used), "reset": call.state.clock + 3600}
    return Answer({"resources": {"core": rate, "search": rate, "graphql": rate}, "rate": rate})


def _app(call: Call) -> App:
    """The app of a JWT. Raises Problem 401."""
    if call.jwt is None:
        raise Problem(401, "A JSON web token could not be decoded")
    try:
        loose = jwt.decode(call.jwt, options={"verify_signature": False})
        found = call.state.apps.get(int(loose.get("iss", 0)))
        if found is not None and found.public_key:
            jwt.decode(call.jwt, found.public_key, algorithms=["RS256"])
    except (jwt.PyJWTError, ValueError):
        raise Problem(401, "A JSON web token could not be decoded") from None
    if found is None:
        raise Problem(404, "Integration not found")
    if int(loose.get("exp", 0)) - int(loose.get("iat", 0)) > 660:
        raise Problem(401, "'Expiration time' claim ('exp') is too far in the future")
    return found


def _installation(call: Call, app: App, identity: int) -> dict[str, Any]:
    owner = call.state.account(app.installations[identity])
    url = f"{call.world.api}/app/installations/{identity}"
    return {
        "id": identity,
        "account": shapes.account(call.world, owner.id if owner else 0),
        "repository_selection": "all",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{call.world.api}/installation/repositories",
        "html_url": f"{call.world.web}/settings/installations/{identity}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": owner.id if owner else 0,
        "target_type": "User",
        "permissions": {"metadata": "read"} | app.permissions,
        "events": [],
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }


@route("GET", "/app")
def get_app(call: Call) -> Answer:
    return Answer(shapes.app(call.world, _app(call)) | {"installations_count": len(_app(call).installations)})


@route("GET", "/app/installations")
def list_installations(call: Call) -> Answer:
    app = _app(call)
    return page(call, list(app.installations), lambda one: _installation(call, app, one))


@route("GET", "/app/installations/{installation_id}")
def get_installation(call: Call) -> Answer:
    app, identity = _app(call), call.number("installation_id")
    if identity not in app.installations:
        raise Problem(404, "Not Found")
    return Answer(_installation(call, app, identity))


@route("GET", "/repos/{owner}/{repo}/installation")
def get_repository_installation(call: Call) -> Answer:
    app, owner = _app(call), call.repository.owner.lower()
    for identity, login in app.installations.items():
        if login.lower() == owner:
            return Answer(_installation(call, app, identity))
    raise Problem(404, "Not Found")


@route("POST", "/app/installations/{installation_id}/access_tokens", mutates=False)
def create_access_token(call: Call) -> Answer:
    app, identity, fields = _app(call), call.number("installation_id"), call.fields()
    owner = app.installations.get(identity)
    if owner is None:
        raise Problem(404, "Not Found")
    wanted = fields.get("permissions") or app.permissions
    for name, level in wanted.items():
        if name != "metadata" and LEVELS.index(level) > LEVELS.index(app.permissions.get(name, "none")):
            raise Problem(422, "The permissions requested are not granted to this installation.")
    names = fields.get("repositories") or []
    homes = [call.state.repositories.get(f"{owner}/{name}".lower()) for name in names]
    if None in homes:
        raise Problem(422, "There is at least one repository that does not exist or is not accessible.")
    value = "ghs_" + sha256(str(call.state.next_id()).encode()).hexdigest()[:36]
    place = homes[0].key if len(homes) == 1 and homes[0] else None
    call.state.tokens[value] = Token(value, app.account, "app", dict(wanted), place, app.id)
    made = {"token": value, "expires_at": iso(call.state.clock + 3600), "permissions": dict(wanted)}
    return Answer(made | {"repository_selection": "selected" if names else "all"}, 201)
