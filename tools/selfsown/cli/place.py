"""Where a verb works: the checkout around the current folder, and the project's own folders in it."""

from __future__ import annotations

import datetime
from pathlib import Path

from selfsown.repo import Repository


def find_checkout(start: Path | None = None) -> Path | None:
    """The nearest folder upwards that holds `corpus/` or `schema/` beside a `.git`, or None."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists() and ((folder / "schema").is_dir() or (folder / "corpus").is_dir()):
            return folder
    return None


def today() -> str:
    """The day, UTC, YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def open_repository(start: Path | None = None) -> Repository:
    """The git repository around the current folder. Raises RepoError where there is none."""
    return Repository(start or Path.cwd())
