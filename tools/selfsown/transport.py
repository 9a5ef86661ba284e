"""How git is let out: which transports are allowed, and what it is told by the environment. No git is run here."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field

from selfsown.errors import RepoError

_TRANSPORT = re.compile(r"(?P<scheme>https?|ssh|git|file)://", re.ASCII)
_SSH_ADDRESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*:(?!:|//)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Access:
    """A token, and the one server that may see it (such as `https://github.com`)."""

    server: str
    token: str = field(repr=False)


def read_scheme(address: str) -> str:
    """The transport that git takes for an address. Raises RepoError on one that is not allowed."""
    match = _TRANSPORT.match(address)
    if match:
        return match["scheme"]
    if "::" not in address and _SSH_ADDRESS.match(address):
        return "ssh"
    if "::" in address or "://" in address:
        raise RepoError("origin is reached by a transport that is not allowed here", "use https, ssh or a folder")
    return "file"


def fetch_environment(scheme: str, access: Access | None) -> dict[str, str]:
    """What git is told by the environment: ask nobody, filter nothing, and whom to show the token."""
    told = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_ALLOW_PROTOCOL": scheme}
    if access and scheme in ("http", "https"):
        taken = os.environ.get("GIT_CONFIG_COUNT", "0")
        number = int(taken) if taken.isdecimal() else 0
        login = base64.b64encode(f"x-access-token:{access.token}".encode()).decode("ascii")
        told["GIT_CONFIG_COUNT"] = str(number + 1)
        told[f"GIT_CONFIG_KEY_{number}"] = f"http.{access.server.rstrip('/')}/.extraHeader"
        told[f"GIT_CONFIG_VALUE_{number}"] = f"Authorization: Basic {login}"
    return told
