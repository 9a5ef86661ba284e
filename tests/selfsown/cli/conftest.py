"""A small repository with the project's rules, and the command line as people and machines meet it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUN = "from selfsown.cli.main import main\nraise SystemExit(main())\n"


@pytest.fixture
def plan() -> dict[str, Any]:
    """The plan of some round, as its schema has it."""
    return {
        "corpus": {
            "commit": "a" * 40,
            "conversations": 9,
            "conversations_digest": "0" * 12,
            "held_out": 3,
            "held_out_digest": "1" * 12,
            "ratings": 2,
            "ratings_digest": "2" * 12,
            "pairs": 1,
            "pairs_digest": "9" * 12,
            "sources": {"starter": 9},
            "licenses": {"CC0-1.0": 9},
            "human_share": 1.0,
            "left_out": {},
            "pairs_left_out": {},
        },
        "recipe": {"name": "tiny", "digest": "3" * 12, "values": {}},
        "rubric": "4" * 12,
        "libraries": {},
    }


@pytest.fixture
def small(tmp_path, checkout) -> Path:
    """A repository on `main` with schema/, the starter source and one shard."""
    root = tmp_path / "small"
    shutil.copytree(checkout / "schema", root / "schema")
    shard = sorted((checkout / "corpus/original").rglob("starter-*.jsonl"))[0].relative_to(checkout)
    for path in (shard, Path("corpus/sources/starter.toml"), *sorted(Path("training/recipes").glob("*.toml"))):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / path, root / path)
    shutil.copytree(checkout / "training/recipes", root / "training/recipes", dirs_exist_ok=True)
    (root / ".gitignore").write_text(".selfsown/\n")
    for arguments in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "base"],
    ):
        identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture(scope="session")
def selfsown(without_extras: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a process of its own; `bare` is an installation without extras."""

    def run(*arguments: object, at: Path, bare: bool = False, code: str = RUN, **options: object):
        environment = os.environ | {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
        environment |= {
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.org",
            "NO_COLOR": "1",
            "COLUMNS": "160",
        }
        command = [sys.executable, "-c", (without_extras if bare else "") + code, *map(str, arguments)]
        options = {"capture_output": True, "text": True, "timeout": 60, **options}
        return subprocess.run(command, cwd=at, env=environment, check=False, **options)

    return run
