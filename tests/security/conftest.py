"""The scene of every attack: see scene.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from github_double import World, serve
from tests.security.scene import NAME, Scene, furnish, git, make_start

from selfsown.cli import hosting, posting
from selfsown.cli.ci import answer as answer_step
from selfsown.github import open_github
from selfsown.pull.pace import Pace
from selfsown.rulebook import Rulebook

VARIABLES = (
    "SELFSOWN_APP_ID",
    "SELFSOWN_APP_KEY",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_RUN_ID",
    "GITHUB_OUTPUT",
    "GITHUB_ENV",
)


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    """The checkout that the repository begins with."""
    return make_start(tmp_path_factory.mktemp("start"), checkout)


@pytest.fixture
def scene(
    tmp_path: Path,
    start: Path,
    rulebook: Rulebook,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Scene]:
    """The current folder is the trusted checkout; whoever posts is the App; nobody sleeps."""
    world = World(tmp_path / "world")
    world.now = datetime.now(UTC) - timedelta(hours=1)
    tokens, app = furnish(world, start)
    pace = Pace(sleep=lambda _: None)
    monkeypatch.setattr(posting, "PACE", pace)
    monkeypatch.setattr(answer_step, "Pace", lambda **_: pace)
    monkeypatch.setattr(hosting, "open_host", lambda it=os.environ: open_github(it, write_pause=0))
    with serve(world) as address:
        author, trusted = tmp_path / "author", tmp_path / "trusted"
        for clone in (author, trusted):
            git(tmp_path, "clone", "--quiet", str(start), str(clone))
            git(clone, "remote", "set-url", "origin", f"{address}/{NAME}.git")
        told = {"GITHUB_API_URL": address, "GITHUB_SERVER_URL": address, "GITHUB_REPOSITORY": NAME}
        for name, value in {**told, "GITHUB_TOKEN": tokens["app"]}.items():
            monkeypatch.setenv(name, value)
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.chdir(trusted)
        made = Scene(world, address, author, trusted, rulebook.policy.limits, tokens, capsys, app, tmp_path / "handed")
        yield made
