"""Optional parts: imported where they are used, and where one is missing the error names the exact command."""

from __future__ import annotations

import json
import shlex
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from types import ModuleType
from urllib.parse import unquote, urlparse

from selfsown.errors import MissingExtra

TORCH = "torch==2.13.0"
_WITHOUT_TORCH = frozenset({"api", "evaluate", "github", "sign"})


def need(module: str, extra: str) -> ModuleType:
    """Import an optional module. Raises MissingExtra with the install command where it, or what it needs, is absent."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("selfsown"):
            raise
        raise MissingExtra(
            f"this needs the '{extra}' extra ({error.name} is not installed)", install_command(extra)
        ) from error


def install_command(extra: str) -> str:
    """What to type: torch first where it is needed, because a plain `torch` may bring gigabytes of CUDA packages."""
    pip = f"{shlex.quote(sys.executable)} -m pip install"
    wanted = f"{pip} {_requirement(extra)}"
    return wanted if extra in _WITHOUT_TORCH else f"{pip} {TORCH} && {wanted}"


def _requirement(extra: str) -> str:
    """How this very installation is named to pip: a checkout, an archive, or the bare name."""
    try:
        record = distribution("selfsown").read_text("direct_url.json")
    except PackageNotFoundError:
        record = None
    if not record:
        return shlex.quote(f"selfsown[{extra}]")
    origin = json.loads(record)
    url = str(origin["url"])
    if "vcs_info" in origin:
        url = f"{origin['vcs_info']['vcs']}+{url}@{origin['vcs_info']['commit_id']}"
    if not url.startswith("file://"):
        return shlex.quote(f"selfsown[{extra}] @ {url}")
    path = unquote(urlparse(url).path)
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return editable + shlex.quote(f"{path}[{extra}]")
