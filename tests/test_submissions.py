"""Cases as folders: `base/` and `head/` become two commits of a real repository, `expected.json` is what is found.

`base/` and `head/` hold the whole tree besides schema/, which is the project's own. After a rule has changed on purpose:
SELFSOWN_UPDATE_CASES=1 pytest tests/test_submissions.py, then read the diff.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from selfsown.corpus import read_base_corpus
from selfsown.repo import Repository
from selfsown.validate import Validation, validate_submission

CASES = Path(__file__).parent / "submissions"
TODAY = "2026-05-06"


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "core.excludesFile="]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def build_repository(case: Path, checkout: Path, root: Path) -> None:
    git(root, "init", "--quiet", "--initial-branch=main")
    shutil.copytree(checkout / "schema", root / "schema")
    shutil.copytree(case / "base", root, dirs_exist_ok=True, symlinks=True)
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message=base")
    git(root, "checkout", "--quiet", "-b", "head")
    for path in root.iterdir():
        if path.name not in {".git", "schema"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(case / "head", root, dirs_exist_ok=True, symlinks=True)
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message=head")
    # What follows must come from the objects: nothing of the head is in the work tree any more.
    git(root, "checkout", "--quiet", "main")


def validate_case(case: Path, checkout: Path, root: Path) -> Validation:
    build_repository(case, checkout, root)
    with Repository(root) as repository:
        rulebook = repository.rulebook("main")
        submission = repository.submission("main", "head", rulebook.policy.limits.shard_bytes)
        return validate_submission(submission, rulebook, read_base_corpus(repository, submission.base), TODAY)


@pytest.mark.parametrize("name", sorted(case.name for case in CASES.iterdir() if case.is_dir()))
def test_case(name: str, checkout: Path, tmp_path: Path):
    case = CASES / name
    validation = validate_case(case, checkout, tmp_path)
    found = [
        [finding.number, finding.level.value, finding.location.path, finding.location.line, finding.location.field]
        for finding in validation.findings
    ]
    expected = case / "expected.json"
    if os.environ.get("SELFSOWN_UPDATE_CASES"):
        rows = ",\n".join(f"  {json.dumps(row)}" for row in found)
        expected.write_text(f"[\n{rows}\n]\n" if rows else "[]\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))
    assert validation.is_fine == all(row[1] == "warning" for row in found)
