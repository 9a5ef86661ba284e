"""The steps against the double: the real door, real HTTP, real git over HTTP, a private repository and a fork."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from github_double import World, serve

from selfsown.cli import hosting, posting
from selfsown.cli.main import main
from selfsown.github import open_github
from selfsown.pull.pace import Pace

HIDDEN = ("When do I sow peas?", "In sp\u200bring, as soon as the ground can be worked.")
RIGHTS = {"contents": "read", "pull_requests": "write", "issues": "write", "statuses": "write"}


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def world(hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """`owner/garden` is private and holds what the hub's does; the trusted clone is a shallow one of it."""
    made = World(tmp_path / "world")
    for login in ("owner", "mira"):
        made.add_account(login)
    home = made.add_repository("owner", "garden", hub.author, private=True)
    made.add_collaborator(home, "mira", "read")
    made.fork(home, "mira")
    monkeypatch.setattr(posting, "PACE", Pace(sleep=lambda _: None))
    with serve(made) as address:
        token = made.token("owner", "actions", RIGHTS, home)
        monkeypatch.setenv("GITHUB_API_URL", address)
        monkeypatch.setenv("GITHUB_SERVER_URL", address)
        monkeypatch.setenv("GITHUB_TOKEN", token)
        monkeypatch.delenv("SELFSOWN_APP_ID", raising=False)
        monkeypatch.setattr(hosting, "open_host", lambda it=os.environ: open_github(it, write_pause=0))
        shutil.rmtree(hub.trusted)
        signed = f"http.{address}/.extraHeader=Authorization: Bearer {token}"
        git(tmp_path, "-c", signed, "clone", "--quiet", "--depth=1", f"{address}/owner/garden.git", str(hub.trusted))
        monkeypatch.chdir(hub.trusted)
        yield made


def push(world: World, hub, *chats: tuple[str, ...]) -> str:
    files = {path: content for path, (_, content) in hub.shards(*chats).items()}
    return world.push("mira/garden", "topic", files, login="mira")


def review(step, tmp_path: Path, number: int, head: str, name: str):
    for verb in (
        ["collect", "--pull", number, "--head", head, "-o", tmp_path / f"{name}-in"],
        ["judge", "--collected", tmp_path / f"{name}-in", "-o", tmp_path / f"{name}-out"],
    ):
        assert step(*verb).code == 0
    return step("post", "--pull", number, "--head", head, "--judged", tmp_path / f"{name}-out", "--publish")


def test_a_fork_s_pull_request_is_found_reviewed_and_edited_in_place(world, hub, step, tmp_path):
    head = push(world, hub, HIDDEN, ("How deep do I plant garlic?", "About five centimetres deep."))
    number = world.open_pull("owner/garden", "mira:topic", login="mira")
    before = hub.seen()
    assert step("find", "--head", head).told == [{"pull": number, "head": head}]
    assert step("find", "--sweep").told == [{"pull": number, "head": head}]
    posted = review(step, tmp_path, number, head, "one")
    assert (posted.code, posted.told["decision"], posted.told["outcome"]) == (0, "changes", "posted")
    assert 0 < len(world.writes) <= 12
    assert step("find", "--sweep").told == []
    first = list(world.writes)
    again = step("post", "--pull", number, "--head", head, "--judged", tmp_path / "one-out", "--publish")
    assert (again.told["writes"], world.writes) == (0, first)

    later = push(world, hub, ("Is rhubarb a fruit?", "It is a vegetable, by its stalks."))
    stale = step("post", "--pull", number, "--head", head, "--judged", tmp_path / "one-out", "--publish")
    assert (stale.told["outcome"], world.writes) == ("superseded", first)
    assert step("find", "--pull", number).told == [{"pull": number, "head": later}]
    assert review(step, tmp_path, number, later, "two").code == 0
    token = world.token("owner")
    comments = world.ask(token, "GET", f"/repos/owner/garden/issues/{number}/comments")[1]
    assert [comment["body"].startswith("<!-- selfsown:review -->") for comment in comments] == [True]
    assert hub.seen() == before


def test_a_hundred_conversations_cost_few_writes(world, hub, step, tmp_path):
    doubtful = [(f"What is {number} and {number}?", f"{number} and {number} is {number} " * 9) for number in range(50)]
    fine = [(f"Who wrote letter {number}?", f"The clerk who kept book {number} did.") for number in range(50)]
    head = push(world, hub, *doubtful, *fine)
    number = world.open_pull("owner/garden", "mira:topic", login="mira")
    posted = review(step, tmp_path, number, head, "one")
    assert posted.told["outcome"] == "posted"
    assert posted.told["writes"] == len(world.writes) <= 12
    comments = world.ask(world.token("owner"), "GET", f"/repos/owner/garden/pulls/{number}/comments?per_page=100")[1]
    assert len(comments) == 20


def test_a_tampered_hand_off_sets_the_status_and_posts_nothing(world, hub, step, tmp_path):
    head = push(world, hub, ("Is rhubarb a fruit?", "It is a vegetable, by its stalks."))
    number = world.open_pull("owner/garden", "mira:topic", login="mira")
    assert step("collect", "--pull", number, "--head", head, "-o", tmp_path / "in").code == 0
    assert step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out").code == 0
    file = tmp_path / "out/judged.json"
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "head": "0" * 40}))
    assert step("post", "--pull", number, "--head", head, "--judged", tmp_path / "out", "--publish").code == 3
    assert world.writes == [("POST", f"/repos/owner/garden/statuses/{head}")]


def test_a_private_repository_is_fetched_with_the_token_alone(world, hub, step, tmp_path, monkeypatch):
    head = push(world, hub, ("Is rhubarb a fruit?", "It is a vegetable, by its stalks."))
    number = world.open_pull("owner/garden", "mira:topic", login="mira")
    token = os.environ["GITHUB_TOKEN"]
    monkeypatch.delenv("GITHUB_TOKEN")
    refused = step("collect", "--pull", number, "--head", head, "-o", tmp_path / "in")
    assert (refused.code, refused.out) == (3, "")
    assert token not in refused.err
    monkeypatch.setenv("GITHUB_TOKEN", token)
    assert step("collect", "--pull", number, "--head", head, "-o", tmp_path / "in").code == 0
    assert token not in (hub.trusted / ".git/config").read_text()


def test_a_person_s_machine_does_it_in_one_go(world, hub, tmp_path, capsys):
    head = push(world, hub, ("Is rhubarb a fruit?", "It is a vegetable, by its stalks."))
    number = world.open_pull("owner/garden", "mira:topic", login="mira")
    assert main(["review", "--base", "HEAD", "--pull", str(number)]) == 0
    dry = capsys.readouterr()
    assert world.writes == []
    assert "Is rhubarb a fruit?" in dry.out
    assert "set the status to success" in dry.err
    assert "dry run" in dry.err
    assert main(["review", "--base", "HEAD", "--head", head, "--pull", str(number), "--publish"]) == 0
    assert ("POST", f"/repos/owner/garden/statuses/{head}") in world.writes
    assert main(["review", "--base", "HEAD", "--head", "HEAD", "--pull", str(number)]) == 2
    assert main(["review", "--base", "HEAD", "--publish"]) == 2
