"""A furnished double: `owner/corpus`, the fork of `alice`, and a pull request from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github_double import World

WORKFLOW = """
on:
  workflow_dispatch:
    inputs:
      pull: {required: true}
"""
TEXT = "".join(f"line {number}\n" for number in range(1, 31))


@dataclass
class Place:
    """A world, and requests in the name of one login."""

    world: World
    owner: str
    alice: str
    pull: int

    def ask(self, method: str, path: str, data: Any = None, token: str | None = None) -> tuple[int, Any]:
        """`path` below the repository."""
        return self.world.ask(token or self.owner, method, f"/repos/owner/corpus{path}", data)

    @property
    def head(self) -> str:
        return str(self.ask("GET", f"/pulls/{self.pull}")[1]["head"]["sha"])


@pytest.fixture
def place(tmp_path: Path, commit_all: Callable[[Path], None]) -> Place:
    source = tmp_path / "source"
    (source / ".github" / "workflows").mkdir(parents=True)
    (source / ".github" / "workflows" / "review.yml").write_text(WORKFLOW)
    (source / "text.txt").write_text(TEXT)
    commit_all(source)
    world = World(tmp_path / "world")
    for login in ("owner", "alice", "mallory"):
        world.add_account(login)
    world.add_repository("owner", "corpus", source)
    world.fork("owner/corpus", "alice")
    changed = TEXT.replace("line 5\n", "line five\n").replace("line 25\n", "")
    world.push("alice/corpus", "submit", {"text.txt": changed, "new/ü.txt": "one\ntwo\n"}, login="alice")
    number = world.open_pull("owner/corpus", "alice:submit", login="alice")
    return Place(world, world.token("owner"), world.token("alice"), number)


@pytest.fixture
def open_client() -> Callable[..., Github]:
    """A function that makes a PyGithub that neither waits nor tries again."""

    def make(token: str, base_url: str = "https://api.github.com") -> Github:
        return Github(
            auth=Auth.Token(token), base_url=base_url, retry=None, seconds_between_requests=0, seconds_between_writes=0
        )

    return make
