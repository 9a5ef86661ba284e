"""Shared fixtures: the checkout, the real data beside it, small repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from selfsown.rulebook import Rulebook, load_folder_rulebook

ROOT = Path(__file__).resolve().parents[1]


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
