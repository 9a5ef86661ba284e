"""Who may do what: tokens to accounts, roles of people, permissions of apps."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from github_double.routing import Route
from github_double.state import ROLES, Repository, State, Token
from github_double.wire import Call, Problem

if TYPE_CHECKING:
    from github_double.state import Account

LEVELS = ("none", "read", "write", "admin")


def read_credentials(headers: Mapping[str, str]) -> str | None:
    """The secret of an Authorization header: token, bearer, or the password of basic (git's way)."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"token", "bearer"}:
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return password if password and password != "x-oauth-basic" else user
    return None


def find_token(state: State, secret: str | None) -> Token | None:
    """None is anonymous. Raises Problem 401 for a secret nobody has."""
    if secret is None:
        return None
    found = state.tokens.get(secret)
    if found is None:
        raise Problem(401, "Bad credentials")
    return found


def role_of(repository: Repository, account: Account) -> str:
    """The role of an account; reading is everybody's in a public repository."""
    if repository.owner.lower() == account.login.lower():
        return "admin"
    return repository.collaborators.get(account.id, "none" if repository.private else "read")


def is_at_least(role: str, needed: str) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


def has_permission(token: Token, names: tuple[str, ...], level: str) -> bool:
    held = token.permissions or {}
    wanted = LEVELS.index(level)
    return not names or any(LEVELS.index(held.get(name, "none")) >= wanted for name in names)


def is_integration(token: Token | None) -> bool:
    return token is not None and token.kind in {"app", "actions"}


def check_access(call: Call, route: Route) -> None:
    """Raise the Problem GitHub raises where the token may not use this route on this repository."""
    if "{repo}" not in route.template:
        return
    if call.jwt is not None:
        if route.template.endswith("/installation"):
            return
        raise Problem(401, "Bad credentials")
    repository = call.repository
    if is_integration(call.token):
        _check_integration(call, route, repository)
    else:
        _check_person(call, route, repository)


def _check_integration(call: Call, route: Route, repository: Repository) -> None:
    token = call.token
    assert token is not None
    is_here = token.repository is None or token.repository == repository.key
    if not is_here and repository.private:
        raise Problem(404, "Not Found")
    if route.level == "read" and not route.mutates and not repository.private:
        return
    if not is_here or not has_permission(token, route.needs, route.level):
        raise Problem(403, "Resource not accessible by integration")


def _check_person(call: Call, route: Route, repository: Repository) -> None:
    token = call.token
    if token is None:
        if repository.private:
            raise Problem(404, "Not Found")
        if route.mutates:
            raise Problem(401, "Requires authentication")
        if route.role != "read":
            raise Problem(403, "Must have push access to view collaborator permission.")
        return
    role = role_of(repository, call.account)
    if role == "none":
        raise Problem(404, "Not Found")
    is_private_or_write = repository.private or route.mutates
    if token.permissions is not None and is_private_or_write and not has_permission(token, route.needs, route.level):
        raise Problem(403, "Resource not accessible by personal access token")
    if not is_at_least(role, route.role):
        hidden = {"contents", "statuses", "administration", "actions_variables"} & set(route.needs)
        raise Problem(404, "Not Found") if hidden else Problem(403, "Must have write access to the repository.")
