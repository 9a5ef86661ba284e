"""A hub with a repository and pull requests made by hand, a trusted clone of it, and a code host in memory."""

# ruff: noqa: ARG002 - a fake takes what the protocol says

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from selfsown.cli import hosting, posting
from selfsown.cli.main import main
from selfsown.conversation import Conversation, Turn
from selfsown.host import Account, PostedComment, PostedReview, PostedStatus, Pull, PullFile
from selfsown.policy import Limits
from selfsown.pull.pace import Pace
from selfsown.shard import pack_shards

SOURCE = """id = "garden-bot"
title = "Garden bot"
license = "CC-BY-4.0"
origin = "a chatbot about gardens"
contact = "nobody@example.org"
consent = "made up"
"""
ME, MIRA = Account(7, "selfsown-review[bot]", True), Account(11, "mira", False)
TIME = "2026-09-14T10:00:00+00:00"
CHATS = (
    ("How deep do I plant garlic?", "About five centimetres deep, with the pointed end up."),
    ("When do I sow broad beans?", "In late autumn where winters are mild, otherwise in early spring."),
)


def git(root: Path, *arguments: str, **options: Any) -> str:
    identity = ["-c", "user.name=mira", "-c", "user.email=mira@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, **options)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


@dataclass
class Hub:
    """`bare` is the repository on the hub, `trusted` a clone of it; pull requests are trees of (mode, blob) by path."""

    bare: Path
    trusted: Path
    author: Path
    limits: Limits

    def commit(self, entries: dict[str, tuple[str, bytes]], parent: str = "main") -> str:
        """A commit on `parent` that adds entries; a submodule's content is a commit id."""
        index = {"env": {"GIT_INDEX_FILE": str(self.author / "made.index"), "PATH": "/usr/bin:/bin"}}
        git(self.author, "read-tree", parent, **index)
        lines = []
        for path, (mode, content) in entries.items():
            blob = (
                content.decode()
                if mode == "160000"
                else git(self.author, "hash-object", "-w", "--stdin", input=content)
            )
            lines.append(f"{mode} {blob}\t{path}\0".encode("utf-8", "surrogateescape"))
        git(self.author, "update-index", "-z", "--index-info", input=b"".join(lines), **index)
        return git(self.author, "commit-tree", git(self.author, "write-tree", **index), "-p", parent, "-m", "Add")

    def push(self, number: int, sha: str) -> str:
        git(self.author, "push", "--quiet", "--force", "origin", f"{sha}:refs/pull/{number}/head")
        return sha

    def shards(self, *chats: tuple[str, ...]) -> dict[str, tuple[str, bytes]]:
        """The entries of a good data pull request."""
        roles = ("user", "assistant")
        day = datetime.now(UTC).date().isoformat()
        records = [
            Conversation(
                tuple(Turn(roles[index % 2], text) for index, text in enumerate(texts)), "garden-bot", "CC-BY-4.0", day
            )
            for texts in chats
        ]
        return {shard.path: ("100644", shard.content) for shard in pack_shards("original", records, self.limits)}

    def pull(self, number: int = 7, *chats: tuple[str, ...]) -> str:
        """A good data pull request; its head."""
        return self.push(number, self.commit(self.shards(*(chats or CHATS))))

    def seen(self) -> dict[str, bytes]:
        """Every file of the trusted clone that is not git's own, and git's index and HEAD."""
        files = [path for path in self.trusted.rglob("*") if path.is_symlink() or path.is_file()]
        kept = {path for path in files if ".git" not in path.relative_to(self.trusted).parts}
        kept |= {self.trusted / ".git/index", self.trusted / ".git/HEAD"}
        return {str(path): path.read_bytes() for path in sorted(kept)}


@pytest.fixture
def hub(tmp_path: Path, checkout: Path, build, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The current folder is the trusted clone; the environment is that of a workflow without a token."""
    bare, trusted, author = tmp_path / "hub/owner/garden.git", tmp_path / "trusted", tmp_path / "author"
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare", "--initial-branch=main")
    git(tmp_path, "clone", "--quiet", str(bare), str(author))
    shutil.copytree(checkout / "schema", author / "schema")
    (author / "corpus/sources").mkdir(parents=True)
    (author / "corpus/sources/garden-bot.toml").write_text(SOURCE)
    git(author, "checkout", "--quiet", "-B", "main")
    git(author, "add", "--all")
    git(author, "commit", "--quiet", "--message", "Begin")
    git(author, "push", "--quiet", "origin", "main")
    git(tmp_path, "clone", "--quiet", str(bare), str(trusted))
    monkeypatch.chdir(trusted)
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/garden")
    for name in ("GITHUB_TOKEN", "GITHUB_STEP_SUMMARY", "GITHUB_RUN_ID", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    return Hub(bare, trusted, author, build.rulebook.policy.limits)


@dataclass
class FakeHost:
    """What a code host keeps of pull requests, and every write as it came."""

    pulls_: dict[int, Pull] = field(default_factory=dict)
    files_: tuple[PullFile, ...] = ()
    posted: list[PostedComment] = field(default_factory=list)
    reviewed: list[PostedReview] = field(default_factory=list)
    set: dict[str, list[PostedStatus]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    listed_by_head: bool = True
    repository: str = "owner/garden"

    def open(self, number: int, head: str, **facts: Any) -> Pull:
        plain = Pull(
            number, head, "topic", "mira/garden", "main", "0" * 40, MIRA, True, False, None, (), 1, TIME, TIME
        )  # fmt: skip
        self.pulls_[number] = replace(plain, **facts)
        return self.pulls_[number]

    def me(self) -> Account:
        return ME

    def default_branch(self) -> str:
        return "main"

    def pull(self, number: int) -> Pull:
        return self.pulls_[number]

    def pulls(self, state: str = "open", most: int = 200) -> list[Pull]:
        return [pull for pull in self.pulls_.values() if pull.is_open and pull.base == "main"]

    def pulls_of(self, sha: str) -> list[Pull]:
        return [pull for pull in self.pulls() if pull.head == sha] if self.listed_by_head else []

    def files(self, number: int) -> list[PullFile]:
        return list(self.files_)

    def comments(self, number: int) -> list[PostedComment]:
        return self.posted

    def reviews(self, number: int) -> list[PostedReview]:
        return self.reviewed

    def line_comments(self, number: int) -> list[Any]:
        return []

    def hidden(self, nodes: Any) -> frozenset[str]:
        return frozenset()

    def statuses(self, sha: str) -> list[PostedStatus]:
        return self.set.get(sha, [])

    def add_comment(self, number: int, body: str) -> int:
        self.writes.append("comment")
        self.posted.append(PostedComment(1, "IC1", number, ME, body, TIME, TIME))
        return 1

    def edit_comment(self, identity: int, body: str) -> None:
        self.writes.append("edit comment")

    def add_review(self, number: int, head: str, body: str, comments: Any) -> int:
        self.writes.append("review")
        self.reviewed.append(PostedReview(2, "PRR2", ME, body, head))
        return 2

    def set_status(self, sha: str, context: str, state: Any, description: str, url: str | None) -> None:
        self.writes.append(f"status {state.value}")
        self.set.setdefault(sha, []).insert(0, PostedStatus(context, state, description, ME, TIME))

    def add_label(self, number: int, label: str) -> None:
        self.writes.append(f"label {label}")

    def remove_label(self, number: int, label: str) -> None:
        self.writes.append(f"no label {label}")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHost]:
    """The code host that the steps open; nobody sleeps."""
    fake = FakeHost()
    monkeypatch.setattr(hosting, "open_host", lambda *_: fake)
    monkeypatch.setattr(posting, "PACE", Pace(sleep=lambda _: None))
    return fake


@dataclass(frozen=True)
class Said:
    """The exit code, the line of JSON on stdout, and what people read."""

    code: int
    told: Any
    out: str
    err: str


@pytest.fixture
def step(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a step as the command line does."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main(["ci", *map(str, arguments)])
        said = capsys.readouterr()
        lines = said.out.splitlines()
        return Said(code, json.loads(lines[-1]) if lines else None, said.out, said.err)

    return run


@pytest.fixture
def judged(hub: Hub, step, tmp_path: Path) -> Path:
    """The folder of judged.json for pull request 7, made by the steps themselves."""
    head = git(hub.bare, "rev-parse", "refs/pull/7/head") if (hub.bare / "refs/pull/7/head").exists() else hub.pull()
    assert step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in").code == 0
    assert step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out").code == 0
    return tmp_path / "out"
