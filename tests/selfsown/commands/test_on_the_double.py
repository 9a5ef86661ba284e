"""The same through the real door, against the double: every write fails in every way once, and the steps from end to end."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from github import Auth
from github_double import Fault, Killed, World, connect
from tests.selfsown.commands.fake_host import make_chat

from selfsown.cli import hosting
from selfsown.cli.ci import answer as answer_step
from selfsown.cli.ci import record as record_step
from selfsown.cli.main import main
from selfsown.commands.ledger import MARKER, read_ledger
from selfsown.github import GitHub
from selfsown.host import Host
from selfsown.pull.pace import Pace
from selfsown.shard import pack_shards

NAME, BOT = "owner/corpus", "selfsown-review[bot]"
RIGHTS = {
    "actions": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "write",
    "metadata": "read",
}
WORKFLOW = """name: review
on:
  workflow_dispatch:
    inputs:
      pull: {required: true, type: string}
      head: {required: true, type: string}
jobs: {}
"""
CHATS = [make_chat(topic) for topic in ("tea", "coffee", "water")]


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "core.excludesFile="]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@dataclass
class Yard:
    """A world with a pull request of mira's, and a trusted clone in which the steps run."""

    world: World
    number: int
    tokens: dict[str, str]
    trusted: Path
    clean: bytes

    def say(self, who: str, body: str) -> int:
        path = f"/repos/{NAME}/issues/{self.number}/comments"
        status, made = self.world.ask(self.tokens[who], "POST", path, {"body": body})
        assert status == 201
        return int(made["id"])

    def door(self) -> GitHub:
        return GitHub(NAME, Auth.Token(self.tokens["bot"]), write_pause=0)

    def ours(self, marker: str) -> list[Any]:
        bot = self.world.state.tokens[self.tokens["bot"]].account
        found = [it for it in self.world.state.comments.values() if it.author == bot and it.body.startswith(marker)]
        return [it for it in found if not it.minimized]

    def dispatched(self) -> int:
        return sum(path.endswith("/dispatches") for _, path in self.world.writes)

    def merge(self) -> None:
        status, _ = self.world.ask(self.tokens["owner"], "PUT", f"/repos/{NAME}/pulls/{self.number}/merge", {})
        assert status == 200
        self.follow()

    def follow(self) -> None:
        """The trusted clone is at the default branch."""
        git(self.trusted, "fetch", "--quiet", "origin", "main")
        git(self.trusted, "reset", "--quiet", "--hard", "FETCH_HEAD")


@pytest.fixture(scope="module")
def built(tmp_path_factory, checkout, rulebook) -> Yard:
    root = tmp_path_factory.mktemp("yard")
    start = root / "start"
    shutil.copytree(checkout / "schema", start / "schema")
    shutil.copytree(checkout / "corpus/sources", start / "corpus/sources")
    (start / ".github/workflows").mkdir(parents=True)
    (start / ".github/workflows/review.yml").write_text(WORKFLOW)
    git(start, "init", "--quiet", "--initial-branch=main")
    git(start, "add", "--all", "--force")
    git(start, "commit", "--quiet", "--message=start")
    world = World(root / "world")
    world.now = datetime.now(UTC) - timedelta(hours=1)
    for login in ("owner", "mira", "rhea", "max"):
        world.add_account(login)
    world.add_account("young", created="2099-01-01T00:00:00Z")
    home = world.add_repository("owner", "corpus", start)
    world.add_collaborator(home, "max", "triage")
    world.add_account(BOT, is_bot=True)
    tokens = {name: world.token(name) for name in ("owner", "mira", "rhea", "max", "young")}
    tokens["bot"] = world.token(BOT, kind="app", permissions=RIGHTS, repository=home)
    world.fork(home, "mira")
    shards = {shard.path: shard.content for shard in pack_shards("original", CHATS, rulebook.policy.limits)}
    world.push("mira/corpus", "topic", shards, login="mira")
    number = world.open_pull(home, "mira:topic", login="mira")
    trusted = root / "trusted"
    git(root, "clone", "--quiet", str(world.folder(home)), str(trusted))
    return Yard(world, number, tokens, trusted, world.snapshot())


@pytest.fixture
def yard(built: Yard, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    built.world.restore(built.clean)
    built.follow()
    monkeypatch.chdir(built.trusted)
    monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setattr(hosting, "open_host", lambda *_: built.door())
    pace = Pace(sleep=lambda _: None)
    monkeypatch.setattr(answer_step, "Pace", lambda **_: pace)
    monkeypatch.setattr(record_step, "Pace", lambda **_: pace)
    with connect(built.world):
        yield built


def run(*arguments: object) -> int:
    return main(["ci", *map(str, arguments)])


def ledger(yard: Yard) -> list[tuple[str, str, str]]:
    host: Host = yard.door()
    _, entries = read_ledger(yard.number, host.comments(yard.number), host.me())
    return [(entry.login, entry.verb, entry.code) for entry in entries]


def test_from_a_comment_to_a_merged_rating(yard, capsys):
    one, two = CHATS[0].id, CHATS[1].id
    first = yard.say("rhea", f"/rate 8 {one} Short and right.\n/explain {one[:10]}")
    yard.say("mira", f"/rate 10 {one}\n/drop {two}")
    yard.say("max", f"> /rejudge\n\n/rejudge\n/rate 3 {two}")
    yard.say("young", f"/rate 0 {one}")
    assert run("answer", "--comment", first, "--publish") == 0
    assert json.loads(capsys.readouterr().out) == {
        "pull": yard.number,
        "commands": 7,
        "decided": {"accepted": 6, "young": 1},
    }
    assert yard.dispatched() == 1
    assert len(yard.ours(MARKER)) == 1
    assert len(yard.ours("<!-- selfsown:answer ")) == 3
    before = list(yard.world.writes)
    assert run("answer", "--pull", yard.number, "--publish") == 0
    assert run("answer", "--recent", "--publish") == 0
    assert yard.world.writes == before, "once is enough"
    yard.merge()
    assert run("record", "--publish") == 0
    assert run("record", "--publish") == 0
    pulls = [issue.pull for issue in yard.world.state.issues.values() if issue.pull]
    assert len(pulls) == 2
    branch = next(name for name in yard.world.state.repositories[NAME].refs if "ratings/pull-" in name)
    git(yard.trusted, "fetch", "--quiet", "origin", branch)
    assert main(["validate", "--base", "main", "--head", "FETCH_HEAD"]) == 0
    shown = subprocess.run(["git", "diff", "main", "FETCH_HEAD"], check=True, capture_output=True, text=True).stdout
    assert [shown.count(f'"role":"{role}"') for role in ("reader", "author", "maintainer")] == [1, 1, 1]
    assert "Short and right." in shown


@pytest.mark.parametrize("arguments", [("answer", "--recent"), ("answer", "--pull", "PULL"), ("record",)])
def test_without_publish_nothing_is_written(yard, capsys, arguments):
    yard.say("max", f"/rejudge\n/rate 8 {CHATS[0].id}\n/help")
    if arguments == ("record",):
        assert run("answer", "--recent", "--publish") == 0
        yard.merge()
    before = list(yard.world.writes)
    capsys.readouterr()
    assert run(*(yard.number if it == "PULL" else it for it in arguments)) == 0
    assert yard.world.writes == before
    assert "would " in capsys.readouterr().err


def deliver(step: Callable[[], int]) -> None:
    """An event, an event whose run dies or is not answered, and the sweep."""
    for _ in range(3):
        try:
            step()
        except Killed:
            continue
    assert step() == 0


KINDS = (
    "kill-before",
    "kill-after",
    "lost-answer",
    "500",
    "502-after",
    "429",
    "403-secondary",
    "html-after",
    "truncated",
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_write_may_fail_and_each_thing_happens_once(yard, kind):
    writes, at = 99, 1
    while at <= writes:
        yard.world.restore(yard.clean)
        comments = [
            yard.say("max", f"/rejudge\n/rate 8 {CHATS[0].id}"),
            yard.say("rhea", f"/explain {CHATS[1].id}\n/rate 2 {CHATS[1].id}"),
        ]
        spoken = len(yard.world.writes)
        yard.world.faults.append(Fault(kind=kind, write=spoken + at))
        deliver(lambda: run("answer", "--pull", yard.number, "--publish"))
        assert [len(yard.ours(it)) for it in (MARKER, f"<!-- selfsown:answer {comments[1]} ")] == [1, 1]
        assert ledger(yard) == [(who, verb, "accepted") for who, verb in (
            ("max", "rejudge"), ("max", "rate"), ("rhea", "explain"), ("rhea", "rate"))]  # fmt: skip
        assert [yard.door().reactions(it) for it in comments] == [{"eyes", "+1"}] * 2
        assert yard.dispatched() <= 2
        statuses = yard.world.state.statuses
        assert len([it for it in statuses if it.context == "selfsown/review"]) == 1
        if kind.startswith("kill") is False:
            assert yard.dispatched() <= 1
        writes, at = len(yard.world.writes) - spoken, at + 1
    assert at > 8


@pytest.mark.parametrize("kind", KINDS)
def test_each_write_of_recording_may_fail_and_there_is_one_pull_request(yard, kind):
    yard.say("rhea", f"/rate 8 {CHATS[0].id}")
    assert run("answer", "--recent", "--publish") == 0
    yard.merge()
    merged, writes, at = yard.world.snapshot(), 99, 1
    while at <= writes:
        yard.world.restore(merged)
        spoken = len(yard.world.writes)
        yard.world.faults.append(Fault(kind=kind, write=spoken + at))
        deliver(lambda: run("record", "--publish"))
        assert len([issue for issue in yard.world.state.issues.values() if issue.pull]) == 2
        assert len([name for name in yard.world.state.repositories[NAME].refs if "ratings/pull-" in name]) == 1
        writes, at = len(yard.world.writes) - spoken, at + 1
    assert at > 4


def test_a_list_that_lags_gives_no_second_reply(yard):
    yard.say("rhea", "/help")
    yard.world.faults.append(Fault(match=r"GET .*/issues/\d+/comments", kind="slow-list", times=4))
    for _ in range(6):
        assert run("answer", "--recent", "--publish") == 0
    assert len(yard.ours("<!-- selfsown:answer ")) == len(yard.ours(MARKER)) == 1


@pytest.mark.parametrize("kind", ["500", "502", "429", "html", "truncated", "refuse-connection"])
def test_each_read_may_fail_and_is_asked_again(yard, kind):
    for skip in range(0, 30, 3):
        yard.world.restore(yard.clean)
        comment = yard.say("max", f"/rejudge\n/explain {CHATS[0].id}")
        yard.world.faults.append(Fault(match="^GET |graphql", kind=kind, skip=skip))
        assert run("answer", "--recent", "--publish") == 0
        assert yard.door().reactions(comment) == {"eyes", "+1"}
        assert [len(yard.ours(it)) for it in (MARKER, "<!-- selfsown:answer ")] == [1, 1]
        assert yard.dispatched() == 1
