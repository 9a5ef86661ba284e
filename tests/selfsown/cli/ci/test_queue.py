"""`selfsown ci queue` against the GitHub double: the merge queue's commit gets the status once."""

from __future__ import annotations

import json

import pytest
from github_double import World, connect

from selfsown.cli.main import main


@pytest.fixture
def queued(tmp_path, commit_all, monkeypatch):
    root = tmp_path / "clone"
    commit_all(root)
    world = World(tmp_path / "world")
    world.add_account("owner")
    home = world.add_repository("owner", "corpus", root)
    head = world.push(home, "gh-readonly-queue/main/pr-7", {"corpus/x": "x\n"})
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/corpus")
    monkeypatch.setenv("GITHUB_TOKEN", world.token("owner", kind="actions", permissions={"statuses": "write"}))
    for name in ("SELFSOWN_APP_ID", "SELFSOWN_APP_KEY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(root)
    with connect(world):
        yield world, head


def test_the_status_is_set_once(queued, capsys):
    world, head = queued
    assert main(["ci", "queue", "--head", head]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "planned"
    assert world.writes == []
    for outcome in ("reported", "known"):
        assert main(["ci", "queue", "--head", head, "--publish"]) == 0
        assert json.loads(capsys.readouterr().out)["outcome"] == outcome
    assert world.writes == [("POST", f"/repos/owner/corpus/statuses/{head}")]


def test_a_commit_is_40_hex_digits(queued):
    with pytest.raises(SystemExit) as stop:
        main(["ci", "queue", "--head", "gh-readonly-queue/main/pr-7"])
    assert stop.value.code == 2
