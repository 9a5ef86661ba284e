"""The project itself as a repository of the double, served, with people who clone, push and comment, and its workflows.

Everything that is done here is done as people do it: the real CLI in a clone, git over HTTP, requests with a token.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from github_double import World, serve, truth
from github_double.runner import Runner, WorkflowRun
from github_double.state import Comment, Event, LineComment, Repository, Review, Status

from selfsown.cli.main import main

NAME = "octo/corpus"
OWNER, AUTHOR, MAINTAINER, READER = "octo", "ann", "mira", "reader"
CONTEXT = "selfsown/review"
LABELS = {"waiting:author", "waiting:reviewer", "waiting:judge"}
STICKY = "<!-- selfsown:review -->"
# A model that is trained in seconds: the same recipe with smaller numbers. What is off there stays off.
SMALLER = {
    "vocabulary": 512, "hidden_size": 16, "layers": 1, "heads": 1, "context": 1024, "rank": 4, "epochs": 0.1, "resamples": 200,
    "answers": 6, "answer_tokens": 12,
}  # fmt: skip
FEWER = {"ratings": 4, "pairs": 2, "corrected": 1, "attacks": 1, "benign": 1, "rank": 4}
SOURCE = """id = "ann"
title = "What Ann asked her assistant"
license = "CC0-1.0"
origin = "Held by Ann, written down by hand"
contact = "ann@example.org"
consent = "Ann is the only person in them and gives them away"
"""
GOOD = (
    ("How deep do I plant garlic?", "About five centimetres deep, with the pointed end up, in October."),
    (
        "Why is the sky blue?",
        "Air scatters short waves of light more than long ones, so blue reaches us from everywhere.",
    ),
)
POOR = ("Tell me how tides work.", "tides tides tides tides tides tides tides tides tides tides tides and")


def export_project(checkout: Path, place: Path) -> Path:
    """A repository with the files of the checkout as they are now, in one commit. Its tests stay behind: no workflow of a
    pull request, a comment or a round looks at them, and every job of each checks out all there is."""
    every = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", ":!tests"]
    listed = subprocess.check_output(every, cwd=checkout).decode().split("\0")
    for name in filter(None, listed):
        if (checkout / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(checkout / name, place / name)
    git(place, "init", "--initial-branch=main")
    commit(place)
    return place


def furnish(shipped: Path, place: Path) -> Path:
    """The same, owned by OWNER, and with the recipes `seconds` and `judge-seconds`."""
    shutil.copytree(shipped, place)
    owners = place / ".github" / "CODEOWNERS"
    owners.write_text(owners.read_text().replace("@OWNER", f"@{OWNER}"))
    recipes = place / "training/recipes"
    policy = place / "schema/policy.toml"  # neither merges nor second thoughts are waited for here
    waits = re.compile(r"^(quiet_minutes|hold_minutes) = \d+", re.MULTILINE)
    policy.write_text(waits.sub(r"\1 = 0", policy.read_text()))
    for name, values, new in (("tiny", SMALLER, "seconds"), ("judge-tiny", FEWER, "judge-seconds")):
        recipe = (recipes / f"{name}.toml").read_text()
        for key, value in values.items():
            recipe = re.sub(rf"^{key} = (?!0\b)\S+", f"{key} = {value}", recipe, flags=re.MULTILINE)
        (recipes / f"{new}.toml").write_text(recipe)
    commit(place)
    return place


def environment(**more: str) -> dict[str, str]:
    """What a person's shell has: programs, a name, no settings of this machine."""
    who = {"GIT_AUTHOR_NAME": "someone", "GIT_AUTHOR_EMAIL": "someone@example.org"}
    who |= {"GIT_COMMITTER_NAME": "someone", "GIT_COMMITTER_EMAIL": "someone@example.org"}
    path = f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    return {"PATH": path, "HOME": os.devnull, "LANG": "C.UTF-8"} | quiet | who | more


def git(place: Path, *arguments: str, **more: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=place, env=environment(**more), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def set_up(scene: Scene, monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    """What the owner does once: `selfsown setup-github --publish` in a clone."""
    monkeypatch.chdir(scene.clone(OWNER, NAME))
    for name, value in {"TOKEN": scene.tokens[OWNER], "REPOSITORY": NAME, "API_URL": scene.server}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setattr("selfsown.github_settings.WRITE_PAUSE", None)
    assert main(["setup-github", "--publish", *options]) == 0


def commit(place: Path, message: str = "Begin", **more: str) -> None:
    """Commit everything."""
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", message, **more)


@dataclass(frozen=True)
class Posted:
    """What of ours a pull request shows (hidden things left out, but counted), and the statuses of its head, newest last."""

    stickies: list[Comment]
    others: list[Comment]
    reviews: list[Review]
    lines: list[LineComment]
    hidden: int
    statuses: list[Status]
    labels: set[str]

    def only(self) -> tuple[Comment, Review, Status, str]:
        """Exactly one sticky, one review, one status and one label."""
        assert [len(self.stickies), len(self.reviews), len(self.labels)] == [1, 1, 1], self
        assert self.statuses, "there is no status"
        return self.stickies[0], self.reviews[0], self.statuses[-1], next(iter(self.labels))


@dataclass
class Scene:
    """One served world, the tokens of its people, and their clones."""

    world: World
    server: str
    runner: Runner
    root: Path
    tokens: dict[str, str]
    clones: list[Path] = field(default_factory=list)

    @property
    def home(self) -> Repository:
        return self.world.state.repositories[NAME]

    # -- what people do ---------------------------------------------------------------------------------------------
    def clone(self, login: str, repository: str) -> Path:
        """A clone that its owner may push from."""
        place = self.root / f"{login}-{len(self.clones)}"
        address = self.server.replace("http://", f"http://{login}:{self.tokens[login]}@")
        git(self.root, "clone", "--quiet", f"{address}/{repository}.git", str(place))
        self.clones.append(place)
        return place

    def selfsown(self, place: Path, *arguments: str, code: int = 0, **more: str) -> str:
        """What the real command prints on stdout. Fails where its exit code is another one."""
        command = [sys.executable, "-m", "selfsown", *arguments]
        done = subprocess.run(command, cwd=place, env=environment(**more), capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout.strip()

    def submit(self, chats: Sequence[tuple[str, str]], place: Path | None = None) -> tuple[Path, str]:
        """AUTHOR puts conversations onto a branch of a clone of the fork, with the file of their source; not pushed yet."""
        place = place or self.clone(AUTHOR, f"{AUTHOR}/corpus")
        (place / "corpus/sources/ann.toml").write_text(SOURCE)
        roles = ("user", "assistant")
        entries = [{"messages": [{"role": roles[k % 2], "content": t} for k, t in enumerate(chat)]} for chat in chats]
        (self.root / "chats.json").write_text(json.dumps(entries))
        given = ("--source", "ann", "--license", "CC0-1.0")
        branch = self.selfsown(place, "submit", str(self.root / "chats.json"), *given)
        (place / "corpus/sources/ann.toml").unlink()  # it is on the branch now
        git(place, "checkout", "--quiet", branch)
        return place, branch

    def push(self, place: Path, message: str = "Add more") -> None:
        """Commit everything in a clone and push its branch."""
        commit(place, message)
        git(place, "push", "--quiet", "origin", "HEAD")

    def ask(self, login: str, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        return self.world.ask(self.tokens[login], method, f"/repos/{NAME}{path}", data)

    def do(self, login: str, method: str, path: str, data: Any = None) -> Any:
        """A request that has to succeed."""
        status, answer = self.ask(login, method, path, data)
        assert status < 300, answer
        return answer

    def open_pull(self, branch: str, login: str = AUTHOR, title: str = "Some conversations") -> int:
        """By the API, as the page does."""
        data = {"title": title, "head": f"{login}:{branch}", "base": "main"}
        return int(self.do(login, "POST", "/pulls", data)["number"])

    def comment(self, login: str, number: int, body: str) -> int:
        return int(self.do(login, "POST", f"/issues/{number}/comments", {"body": body})["id"])

    def merge(self, login: str, number: int, **more: str) -> tuple[int, Any]:
        return self.ask(login, "PUT", f"/pulls/{number}/merge", {"sha": self.head(number)} | more)

    # -- what stands there ------------------------------------------------------------------------------------------
    def head(self, number: int) -> str:
        pull = self.world.state.issues[NAME, number].pull
        assert pull is not None
        return pull.head

    def line_of(self, number: int, path: str, line: int) -> str:
        """A line of a file of a pull request's head."""
        text = git(self.world.folder(self.home), "show", f"{self.head(number)}:{path}")
        return text.split("\n")[line - 1]

    def posted(self, number: int) -> Posted:
        state, place = self.world.state, (NAME, number)
        comments, reviews, lines = (
            [one for one in kept if (one.repository, one.number) == place and "<!-- selfsown:" in one.body]
            for kept in (state.comments.values(), state.reviews.values(), state.line_comments.values())
        )
        seen = [one for one in comments if one.minimized is None]
        head = self.head(number)
        return Posted(
            stickies=[one for one in seen if one.body.startswith(STICKY)],
            others=[one for one in seen if not one.body.startswith(STICKY)],
            reviews=[one for one in reviews if one.minimized is None],
            lines=[one for one in lines if one.minimized is None],
            hidden=sum(one.minimized is not None for one in (*comments, *reviews, *lines)),
            statuses=[one for one in state.statuses if (one.sha, one.context) == (head, CONTEXT)],
            labels=LABELS & set(state.issues[NAME, number].labels),
        )

    def pulls(self) -> list[tuple[int, str]]:
        """Number and branch of every pull request."""
        issues = self.world.state.issues.values()
        return [(one.number, one.pull.head_branch) for one in issues if one.repository == NAME and one.pull]

    def last_event(self, name: str) -> Event:
        return next(event for event in reversed(self.world.events) if event.name == name)


def told(runs: Sequence[WorkflowRun]) -> list[tuple[str, str, str]]:
    """Runs in words."""
    return [(run.name, run.event, run.conclusion) for run in runs]


def check_fine(runs: Sequence[WorkflowRun]) -> None:
    """No run failed; else the log is the message."""
    for run in runs:
        assert run.conclusion in {"success", "skipped"}, f"{run.name} ({run.event}):\n{run.log[-6000:]}"


@contextmanager
def open_scene(project: Path, root: Path) -> Iterator[Scene]:
    """A world with people, the repository and AUTHOR's fork of it."""
    world = World(root / "world")
    world.truth = truth
    world.now = datetime.now(UTC)
    for login in (OWNER, AUTHOR, MAINTAINER, READER):
        world.add_account(login)
    world.add_repository(*NAME.split("/"), project)
    world.add_collaborator(NAME, MAINTAINER, "maintain")
    world.fork(NAME, AUTHOR)
    tokens = {login: world.token(login) for login in (OWNER, AUTHOR, MAINTAINER, READER)}
    with serve(world) as server:
        scene = Scene(world, server, Runner(world, server, NAME, root / "kept"), root, tokens)
        try:
            yield scene
        finally:
            for number, run in enumerate(scene.runner.runs, 1):
                (root / f"{number:02d}-{Path(run.path).stem}.log").write_text(run.log)
