"""Local stand-ins for the actions that workflows use, so that no run needs the network.

What stands in for `actions/NAME` is the folder tests/doubles/actions/NAME. act wants a git repository for each.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

ACTIONS = Path(__file__).resolve().parents[1] / "actions"
USES = re.compile(r"^[^#\n]*\buses:\s*['\"]?([\w-][\w.-]*)/([\w.-]+)@([\w./-]+)", re.MULTILINE)


@cache
def make_stand_ins() -> Path:
    """The folder with each stand-in as a git repository of its own, made once and gone when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="act-actions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    quiet = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Double", "-c", "user.email=double@selfsown.example"]
    for source in sorted(path for path in ACTIONS.iterdir() if (path / "action.yml").is_file()):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        for arguments in (
            ["init", "--quiet"],
            ["add", "--all"],
            [*identity, "commit", "--quiet", "--message", "Stand in"],
        ):
            subprocess.run(["git", *arguments], cwd=folder / source.name, check=True, env=quiet)
    return folder


def find_uses(checkout: Path) -> dict[str, str]:
    """Every `actions/NAME@REF` that workflows and local actions of a checkout use, with NAME.

    Raises AssertionError for an action that nothing stands in for.
    """
    found = {}
    for path in sorted((checkout / ".github").rglob("*.y*ml")):
        for owner, name, ref in USES.findall(path.read_text(encoding="utf-8")):
            known = owner == "actions" and (ACTIONS / name / "action.yml").is_file()
            assert known, f"{path.name} uses {owner}/{name}: nothing in {ACTIONS} stands in for it"
            found[f"{owner}/{name}@{ref}"] = name
    return found
