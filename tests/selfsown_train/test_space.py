"""The Space as it stands in space/: app.py clones, pulls the live round, and serves it until it is told to stop."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from selfsown.outbox.entry import State as Stand
from selfsown.outbox.store import Outbox
from selfsown.round import POINTER, State, write_round
from selfsown_train.places import open_place
from selfsown_train.publish import push_round

SECONDS = 120


@pytest.fixture
def garden(
    checkout: Path, workshop: Any, trained: Any, commit_all: Callable[[Path], None], tmp_path: Path
) -> tuple[Path, Path]:
    """A repository with code, corpus and a live round, and the place where the round's adapters were pushed."""
    root, place = tmp_path / "garden", tmp_path / "place"
    only = shutil.ignore_patterns(".selfsown", ".git", "__pycache__")
    shutil.copytree(workshop.repository.root, root, ignore=only)
    shutil.copytree(checkout / "tools", root / "tools", ignore=only)
    shutil.copytree(checkout / "training/selfsown_train", root / "training/selfsown_train", ignore=only)
    entry = replace(trained, state=State.PROMOTED)
    write_round(root, entry)
    (root / POINTER).write_text(json.dumps({"format": 1, "round": entry.number}))
    commit_all(root)
    push(workshop.repository.root, entry, place)
    return root, place


def push(root: Path, entry: Any, place: Path) -> None:
    from selfsown_train.adapter import adapters_folder

    place.mkdir()
    push_round(open_place(str(place)), entry, adapters_folder(root), lambda *_, **__: None)


@pytest.mark.slow
def test_the_space_serves_the_live_round_and_keeps_what_was_agreed_to(
    checkout: Path, garden: tuple[Path, Path], workshop: Any, tmp_path: Path
):
    disk, said = tmp_path / "data", tmp_path / "said.txt"
    disk.mkdir()
    environment = {
        **os.environ,
        "SELFSOWN_REPOSITORY": str(garden[0]),
        "SELFSOWN_PLACE": str(garden[1]),
        "SELFSOWN_CHECKOUT": str(tmp_path / "clone"),
        "SELFSOWN_DISK": str(disk),
        "SELFSOWN_CACHE": str(workshop.cache),
        "GRADIO_SERVER_PORT": "0",
        "OMP_NUM_THREADS": "1",
    }
    with said.open("w") as out:
        space = subprocess.Popen(
            [sys.executable, str(checkout / "space/app.py")], env=environment, cwd=tmp_path, stdout=out, stderr=out
        )
    try:
        address = wait_for_address(space, said)
        assert "gradio" in ask(address).decode()
        model = json.loads(ask(f"{address}v1/models"))["data"][0]["id"]
        answer = json.loads(
            ask(
                f"{address}v1/chat/completions",
                {"model": model, "max_tokens": 4, "messages": [{"role": "user", "content": "Who are you?"}]},
            )
        )
        assert answer["choices"][0]["message"]["role"] == "assistant"
    finally:
        space.send_signal(signal.SIGTERM)
        code = space.wait(timeout=SECONDS)
    assert code == 0, said.read_text()
    assert "stopped; what was agreed to is in the outbox" in said.read_text()
    assert "Who are you" not in said.read_text()
    with Outbox(disk / "outbox.db") as outbox:
        assert outbox.find(*Stand) == []  # nobody agreed to anything


def wait_for_address(space: Any, said: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and space.poll() is None:
        found = re.search(r"ready: (\S+)", said.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(said.read_text())


def ask(address: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"content-type": "application/json"})  # noqa: S310 - of this test
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return bytes(answer.read())


@pytest.fixture
def app(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("space_app", checkout / "space/app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_missing_is_said(app: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SELFSOWN_REPOSITORY", raising=False)
    with pytest.raises(SystemExit, match="SELFSOWN_REPOSITORY"):
        app.main()
    (tmp_path / "training").mkdir()
    (tmp_path / POINTER).write_text('{"format": 1, "round": null}')
    with pytest.raises(SystemExit, match="No round is live"):
        app.bring_round(tmp_path, {})


def test_a_clone_follows_its_repository(app: ModuleType, garden: tuple[Path, Path], commit_all: Any, tmp_path: Path):
    clone = tmp_path / "clone"
    app.bring(str(garden[0]), "", clone)
    (garden[0] / "new.txt").write_text("new")
    commit_all(garden[0])
    app.bring(str(garden[0]), "", clone)
    assert (clone / "new.txt").read_text() == "new"


def test_the_space_asks_for_what_the_project_needs(checkout: Path):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["judge"], *extras["chat"], *extras["github"]]
    named = {
        re.split(r"[<>=\[]", line)[0].lower() for line in (checkout / "space/requirements.txt").read_text().split("\n")
    }
    assert {re.split(r"[<>=\[]", line)[0].lower() for line in needed} - named == {"selfsown"}
    front = yaml.safe_load((checkout / "space/README.md").read_text().split("---")[1])
    assert (front["sdk"], front["app_file"]) == ("gradio", "app.py")
    assert f"gradio=={front['sdk_version']}" in (checkout / "space/requirements.txt").read_text()
    assert f"gradio=={front['sdk_version']}" in (checkout / "constraints.txt").read_text()
