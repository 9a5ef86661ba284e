"""Where `make tools` has put what the tests need beyond Python packages. Absent, a test fails and says what to run."""

from __future__ import annotations

import sys
from pathlib import Path

TOOLS = Path(sys.prefix) / "tools"


class MissingTool(Exception):
    """Something that `make tools` fetches is not there."""


def fetched(name: str) -> Path:
    """The path of a fetched file, such as `github/openapi.json`. Raises MissingTool."""
    path = TOOLS / name
    if not path.exists():
        raise MissingTool(f"{path} is not there: run `make tools` (it needs a package registry once, then none).")
    return path
