"""The project's own tree as a repository, made once, and worlds that serve it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.scene import Scene, export_project, furnish, open_scene


@pytest.fixture(scope="session")
def shipped(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files of this checkout, as they are shipped."""
    return export_project(checkout, tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="session")
def project(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a maintainer has it."""
    return furnish(shipped, tmp_path_factory.mktemp("furnished") / "project")


@pytest.fixture
def scene(project: Path, tmp_path: Path) -> Iterator[Scene]:
    """A world of its own for one test."""
    with open_scene(project, tmp_path) as scene:
        yield scene


@pytest.fixture(scope="module")
def story(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A world that the tests of a module change one after the other, as days go by."""
    with open_scene(project, tmp_path_factory.mktemp("story")) as scene:
        yield scene
