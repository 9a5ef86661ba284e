"""A repository on the double, served over HTTP and git, with a fork that an attacker pushes to by real git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from github_double import World

from selfsown.cli.main import main
from selfsown.conversation import Conversation, Turn
from selfsown.policy import Limits
from selfsown.pull.wanted import CONTEXT
from selfsown.shard import pack_shards

NAME, FORK = "owner/garden", "mira/garden"
APP = "selfsown-review"
RIGHTS = {"contents": "read", "issues": "write", "pull_requests": "write", "statuses": "write", "actions": "write"}
COPIED = ("schema", ".github", "corpus/sources")
GOOD = ("How deep do I plant garlic?", "About five centimetres deep, with the pointed end up.")
PLAIN, LINK, PROGRAM, SUBMODULE = "100644", "120000", "100755", "160000"
Entries = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Said:
    """The exit code, the last line of stdout as JSON, and all that was printed."""

    code: int
    told: Any
    out: str
    err: str


def git(root: Path, *arguments: str, content: bytes | None = None, **variables: str) -> str:
    """Run git as mira would, without this machine's settings; its stdout."""
    identity = ["-c", "user.name=mira", "-c", "user.email=mira@example.org", "-c", "core.excludesFile="]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0", **variables}
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, input=content, capture_output=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def shards(limits: Limits, *chats: tuple[str, ...]) -> dict[str, tuple[str, bytes]]:
    """The entries of a good data pull request."""
    roles, day = ("user", "assistant"), datetime.now(UTC).date().isoformat()
    records = [
        Conversation(tuple(Turn(roles[at % 2], text) for at, text in enumerate(texts)), "chat", "CC0-1.0", day)
        for texts in chats
    ]
    return {shard.path: (PLAIN, shard.content) for shard in pack_shards("original", records, limits)}


def read_chats(root: Path, records: int) -> list[tuple[str, ...]]:
    """Turns of conversations of the starter corpus; two in five are the poor ones of tests/poor."""
    good = [path.read_bytes().splitlines() for path in sorted((root / "corpus/original").glob("*/*/*.jsonl"))]
    poor = (root / "tests/poor/poor.jsonl").read_bytes().splitlines()[::-1]
    chosen = [line for lines in good for line in lines][: records * 3 // 5]
    said = [json.loads(line)["messages"] for line in chosen + poor]
    chats = dict.fromkeys(tuple(turn["content"] for turn in turns) for turns in said if turns[0]["role"] == "user")
    return list(chats)[:records]


@dataclass
class Scene:
    """`author` is mira's clone, `trusted` the default branch as a workflow checks it out; `tokens` are by name."""

    world: World
    address: str
    author: Path
    trusted: Path
    limits: Limits
    tokens: dict[str, str]
    capsys: pytest.CaptureFixture[str]
    app: int
    kept: Path = field(default_factory=Path)

    # -- what an attacker does -------------------------------------------------------------------------------------
    def good(self, *chats: tuple[str, ...]) -> dict[str, tuple[str, bytes]]:
        return shards(self.limits, *(chats or (GOOD,)))

    def tree(self, entries: Entries, parent: str = "origin/main") -> str:
        """The tree of `parent` with entries added as bytes say, whatever a file system or git would think of them."""
        index = {"GIT_INDEX_FILE": str(self.author.parent / "made.index")}
        git(self.author, "read-tree", parent, **index)
        lines = b""
        for path, (mode, content) in entries.items():
            made = content.decode() if mode == SUBMODULE else self.blob(content)
            lines += f"{mode} {made}\t{path}\0".encode("utf-8", "surrogateescape")
        git(self.author, "update-index", "-z", "--index-info", content=lines, **index)
        return git(self.author, "write-tree", **index)

    def blob(self, content: bytes) -> str:
        return git(self.author, "hash-object", "-w", "--stdin", content=content)

    def make(self, kind: str, content: bytes) -> str:
        """Any object, also one that git itself would never write."""
        return git(self.author, "hash-object", "-w", "--literally", "-t", kind, "--stdin", content=content)

    def commit(self, entries: Entries, message: str = "Add", **who: str) -> str:
        return self.commit_tree(self.tree(entries), message, **who)

    def commit_tree(self, tree: str, message: str = "Add", **who: str) -> str:
        return git(self.author, "commit-tree", tree, "-p", "origin/main", "-m", message, **who)

    def push(self, sha: str, branch: str = "topic") -> str:
        """Push to the fork over HTTP, as mira."""
        signed = f"http.{self.address}/.extraHeader=Authorization: Bearer {self.tokens['mira']}"
        refspec = f"{sha}:refs/heads/{branch}"
        git(self.author, "-c", signed, "push", "--quiet", "--force", f"{self.address}/{FORK}.git", refspec)
        return sha

    def open(self, branch: str = "topic", title: str = "A contribution") -> int:
        asked = {"head": f"mira:{branch}", "base": "main", "title": title, "body": title}
        return int(self.ask("mira", "POST", "/pulls", asked)["number"])

    def bring(self, entries: Entries, branch: str = "topic", title: str = "A contribution") -> tuple[int, str]:
        """A pull request from the fork; its number and head."""
        head = self.push(self.commit(entries), branch)
        return self.open(branch, title), head

    # -- what the workflows do -------------------------------------------------------------------------------------
    def step(self, *arguments: object) -> Said:
        """`selfsown ci …` as a job runs it."""
        self.capsys.readouterr()
        code = main(["ci", *map(str, arguments)])
        said = self.capsys.readouterr()
        lines = said.out.splitlines()
        return Said(code, json.loads(lines[-1]) if lines else None, said.out, said.err)

    def judge(self, number: int, head: str) -> Path:
        """The first two jobs; the folder that they hand to the last."""
        place = self.kept / f"{number}-{head[:12]}"
        shutil.rmtree(place, ignore_errors=True)
        for said in (
            self.step("collect", "--pull", number, "--head", head, "-o", place / "in"),
            self.step("judge", "--collected", place / "in", "--pull", number, "--head", head, "-o", place / "out"),
        ):
            assert said.code == 0, said.err
        return place / "out"

    def post(self, number: int, head: str, folder: Path) -> Said:
        return self.step("post", "--pull", number, "--head", head, "--judged", folder, "--publish")

    def review(self, number: int, head: str) -> Said:
        """All three jobs."""
        said = self.post(number, head, self.judge(number, head))
        assert said.code == 0, said.err
        return said

    # -- what people and tests look at -----------------------------------------------------------------------------
    def send(self, who: str, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        return self.world.ask(self.tokens[who], method, f"/repos/{NAME}{path}", data)

    def ask(self, who: str, method: str, path: str, data: Any = None) -> Any:
        status, answer = self.send(who, method, path, data)
        assert 200 <= status < 300, answer
        return answer

    def comments(self, number: int) -> list[str]:
        return [one["body"] for one in self.ask("owner", "GET", f"/issues/{number}/comments")]

    def statuses(self, sha: str) -> list[tuple[str, str]]:
        """`(state, description)` of our context, newest first, whoever set them."""
        found = self.ask("owner", "GET", f"/commits/{sha}/statuses")
        return [(one["state"], one["description"]) for one in found if one["context"] == CONTEXT]

    def merge(self, number: int, sha: str, who: str = "owner") -> tuple[int, str]:
        """Try to merge exactly this head."""
        status, answer = self.send(who, "PUT", f"/pulls/{number}/merge", {"sha": sha})
        return status, answer["message"]

    def approve(self, number: int, head: str, who: str = "owner") -> None:
        self.ask(who, "POST", f"/pulls/{number}/reviews", {"event": "APPROVE", "commit_id": head})

    def pass_check(self, sha: str, name: str, conclusion: str = "success") -> None:
        """A job of a workflow is done: its check run is by GitHub Actions, whoever wrote the workflow file."""
        run = {"name": name, "head_sha": sha, "status": "completed", "conclusion": conclusion}
        self.ask("actions", "POST", "/check-runs", run)

    def seen(self) -> dict[str, bytes]:
        """Every file of the trusted checkout that is not git's own, and git's index, HEAD, settings and hooks."""
        files = [path for path in self.trusted.rglob("*") if path.is_symlink() or path.is_file()]
        git_folder = self.trusted / ".git"
        own = {git_folder / "index", git_folder / "HEAD", git_folder / "config"}
        kept = [path for path in files if git_folder not in path.parents or path in own or "hooks" in path.parts]
        return {str(path): path.read_bytes() for path in sorted(kept)}


def furnish(world: World, start: Path) -> tuple[dict[str, str], int]:
    """Accounts, the repository and the fork; the tokens by name, and the number of the App."""
    for login in ("owner", "mira", "wally", "stranger"):
        world.add_account(login)
    home = world.add_repository("owner", "garden", start)
    world.add_collaborator(home, "wally", "write")
    world.fork(home, "mira")
    app = world.add_app(APP, owner="owner", permissions=RIGHTS)
    tokens = {login: world.token(login) for login in ("owner", "mira", "wally", "stranger")}
    tokens["app"] = world.token(f"{APP}[bot]", "app", RIGHTS, home)
    tokens["actions"] = world.token("owner", "actions", {**RIGHTS, "checks": "write"}, home)
    return tokens, app.id


def make_start(root: Path, checkout: Path) -> Path:
    """A checkout with the project's own rules, workflows and owners, committed on main."""
    for name in COPIED:
        shutil.copytree(checkout / name, root / name)
    owners = root / ".github/CODEOWNERS"
    owners.write_text(owners.read_text().replace("@OWNER", "@owner"))
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message", "Begin")
    return root
