"""Who we are on GitHub, from the environment: a token, or an App that signs in to its installation.

A token or key is checked for its shape before it is used and never quoted: not in an error, not in its cause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import jwt
from github import Auth, Github

from selfsown.errors import UsageError
from selfsown.github_facts import read_int
from selfsown.github_wire import ask

API = "https://api.github.com"

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")
_API = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._/-]*)?|http://(?:localhost|127\.0\.0\.1)(?::\d+)?")
_TOKEN = re.compile(r"[A-Za-z0-9_.:-]{1,2000}")


def sign_in(environment: Mapping[str, str]) -> tuple[str, str, Auth.Auth]:
    """`owner/name`, the address of the API, and what proves who we are. Raises UsageError and HostError."""
    repository = environment.get("GITHUB_REPOSITORY", "").strip()
    if not _REPOSITORY.fullmatch(repository):
        raise UsageError("GITHUB_REPOSITORY does not name a repository", "set GITHUB_REPOSITORY=owner/name")
    api = (environment.get("GITHUB_API_URL", "").strip() or API).rstrip("/")
    if not _API.fullmatch(api):
        raise UsageError("GITHUB_API_URL is no https address", f"leave it unset for {API}, or name your server's API")
    app, key = (environment.get(name, "").strip() for name in ("SELFSOWN_APP_ID", "SELFSOWN_APP_KEY"))
    if app or key:
        return repository, api, _app(repository, api, app, key)
    return repository, api, Auth.Token(_token(environment.get("GITHUB_TOKEN", "").strip()))


def _token(token: str) -> str:
    if not token:
        raise UsageError(
            "there is no token for GitHub",
            "set GITHUB_TOKEN (in a workflow: ${{ github.token }}), or SELFSOWN_APP_ID with SELFSOWN_APP_KEY",
        )
    if not _TOKEN.fullmatch(token):
        raise UsageError("GITHUB_TOKEN holds characters that no token has", "copy the token again, one line, no quotes")
    return token


def _app(repository: str, api: str, app: str, key: str) -> Auth.Auth:
    if not re.fullmatch(r"[1-9]\d{0,11}", app):
        raise UsageError("SELFSOWN_APP_ID is no number", "set SELFSOWN_APP_ID to the App ID that the App's page shows")
    if not key:
        raise UsageError("SELFSOWN_APP_KEY is not set", "set it to the App's private key, the whole .pem file")
    proof = Auth.AppAuth(int(app), key)
    try:
        proof.create_jwt()
    except (ValueError, TypeError, jwt.PyJWTError):
        tip = "set it to the whole .pem file of the App's private key, with its BEGIN and END lines"
        raise UsageError("SELFSOWN_APP_KEY is no private key", tip) from None
    requester = Github(auth=proof, base_url=api, retry=None, timeout=30).requester
    installation = read_int(ask(requester, "GET", f"/repos/{repository}/installation"))
    return proof.get_installation_auth(installation)
