"""Which code host a command line means, and what it may show it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from typing import cast

from selfsown.errors import SelfsownError, UsageError
from selfsown.extras import need
from selfsown.host import Host
from selfsown.repo import Access, Repository

# With a host in it: the last two folders of a path on this machine would name a stranger's repository.
_ADDRESS = re.compile(
    r"(?:[a-z+]+://[^/]+/|[^/:]+:/?)(?:[^/]+/)*"
    r"(?P<owner>[A-Za-z0-9_.-]{1,100})/(?P<name>[A-Za-z0-9_.-]{1,100}?)(?:\.git)?/?",
    re.ASCII,
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_DEFAULT_SERVER = "https://github.com"


def open_host(environment: Mapping[str, str] = os.environ) -> Host:
    """The code host that the environment names. Raises MissingExtra without the `github` extra."""
    opener = cast(Callable[[Mapping[str, str]], Host], need("selfsown.github", "github").open_github)
    return opener(environment)


def open_host_of(repository: Repository) -> Host:
    """The code host of a checkout: where the environment names no repository, that of origin."""
    name = read_repository_name(repository)
    if not (os.environ.get("GITHUB_TOKEN") or os.environ.get("SELFSOWN_APP_ID")):
        raise UsageError("GITHUB_TOKEN is not set", "export GITHUB_TOKEN: the host wants to know who is asking")
    return open_host({**os.environ, "GITHUB_REPOSITORY": name})


def read_repository_name(repository: Repository) -> str:
    """`owner/name`: GITHUB_REPOSITORY, or the end of origin's address. Raises SelfsownError where neither says it."""
    name = os.environ.get("GITHUB_REPOSITORY", "")
    if not name:
        match = _ADDRESS.fullmatch(repository.origin())
        name = f"{match['owner']}/{match['name']}" if match else ""
    if not _NAME.fullmatch(name):
        raise SelfsownError(
            "it is not clear which repository at the host this is: neither GITHUB_REPOSITORY nor the address of origin says it",
            "export GITHUB_REPOSITORY=owner/name",
        )
    return name


def read_access(environment: Mapping[str, str] = os.environ) -> Access | None:
    """What git may show the server of GITHUB_SERVER_URL, or None: public repositories need nothing."""
    token = environment.get("GITHUB_TOKEN")
    return Access(environment.get("GITHUB_SERVER_URL") or _DEFAULT_SERVER, token) if token else None


def read_audit_key(environment: Mapping[str, str] = os.environ) -> bytes:
    """What keeps the draw of blind audits from being foreseen: made of the App's key, which only posting jobs hold."""
    key = environment.get("SELFSOWN_APP_KEY", "")
    return hashlib.sha256(b"selfsown-audit-key:" + key.encode()).digest() if key else b""


def read_run_url(environment: Mapping[str, str] = os.environ) -> str | None:
    """The address of the workflow run, where this is one."""
    run, name = environment.get("GITHUB_RUN_ID", ""), environment.get("GITHUB_REPOSITORY", "")
    server = environment.get("GITHUB_SERVER_URL") or _DEFAULT_SERVER
    return f"{server}/{name}/actions/runs/{run}" if run.isdecimal() and _NAME.fullmatch(name) else None
