"""Shared fixtures: the checkout, the real data beside it, small repositories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import git  # noqa: TID251 - tests make repositories by hand
import pytest
from hypothesis import settings

from selfsown.rulebook import Rulebook, load_folder_rulebook

ROOT = Path(__file__).resolve().parents[1]
BLOCKER = """
import sys
BLOCKED = {
    "accelerate", "datasets", "github", "joblib", "matplotlib", "numpy", "openai", "peft", "phonenumbers", "pyarrow",
    "scipy", "sklearn", "stdnum", "tokenizers", "torch", "transformers", "trl",
}
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""

# The same cases every time: a test that fails has to fail again for whoever looks at it.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: on several cores the file that is begun last decides when all are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real conversations, read in place. Skips where they are absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real conversations are not here ({folder})")
    return folder


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The project's own policy, rubric, schemas and sources."""
    return load_folder_rulebook(ROOT)


@pytest.fixture(scope="session")
def commit_all() -> Callable[[Path], None]:
    """A function that makes a folder a git repository on `main` with one commit of everything in it."""

    def commit(root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        with git.Repo.init(root, initial_branch="main") as repository:
            repository.git.add("--all")
            actor = ["-c", "user.name=Test", "-c", "user.email=test@selfsown.example"]
            repository.git.execute(["git", *actor, "commit", "--quiet", "--allow-empty", "--message", "Start"])

    return commit


@pytest.fixture(scope="session")
def without_extras() -> str:
    """The beginning of a program that makes optional libraries look absent, as in a base installation."""
    return BLOCKER
