"""From the end of a chat to a merged pull request, with nothing of ours replaced: the server, the bot, the workflows.

A model that learned one answer by heart is served; a program of somebody else's talks to it and ends the chat. What lies in
the outbox then goes out as a pull request from a fork, is reviewed by the shipped workflows, and is merged by a person.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from tests.e2e.scene import AUTHOR, MAINTAINER, NAME, OWNER, Scene, check_fine, environment, git, set_up, told

from selfsown.cli.main import main
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import open_outbox

pytest.importorskip("trl", reason="the `train` extra is not installed")
pytest.importorskip("gradio", reason="the `chat` extra is not installed")
openai = pytest.importorskip("openai", reason="the `api` extra is not installed")

pytestmark = pytest.mark.slow

REQUEST = "How deep do I plant garlic?"
ANSWER = "About five centimetres deep, with the pointed end up, in October."
CONSENT = {"X-Selfsown-Consent": "publish, train"}
READY = re.compile(r"ready: (http://\S+/)")
# Enough for one answer learned by heart; the adapter of the round leaves it as it is.
BY_HEART = (
    ("base", {"vocabulary": 512, "hidden_size": 64, "layers": 2, "heads": 2}),
    ("instruction", {"epochs": 80, "learning_rate": 5e-3, "files": '["by-heart.json"]'}),
    ("sft", {"epochs": 0.1, "learning_rate": 1e-6}),
    ("data", {"held_out": 0.01}),
)


def train_by_heart(place: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Round 1 of a checkout: a model that answers REQUEST with ANSWER."""
    recipe = (place / "training/recipes/tiny.toml").read_text()
    for section, values in BY_HEART:
        for name, value in values.items():
            line = re.compile(rf"(^\[{section}\](?:.*\n(?!\[))*?.*\n{name} = )[^#\n]*", re.MULTILINE)
            recipe, found = line.subn(lambda match, value=value: f"{match[1]}{value} ", recipe)
            assert found == 1, (section, name)
    (place / "training/recipes/by-heart.toml").write_text(recipe)
    (place / "by-heart.json").write_text(json.dumps([{"instruction": REQUEST, "output": ANSWER}]))
    monkeypatch.chdir(place)
    monkeypatch.setenv("SELFSOWN_CACHE", str(cache))
    assert main(["train", "by-heart"]) == 0


@contextmanager
def served(place: Path, cache: Path, log: Path) -> Iterator[str]:
    """The address of `selfsown serve` in a process of its own, which is told to stop at the end, and does."""
    command = [sys.executable, "-m", "selfsown", "serve", "--round", "1", "--port", "0"]
    around = environment(SELFSOWN_CACHE=str(cache), HOME=str(log.parent), HF_HUB_OFFLINE="1", COLUMNS="200")
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=place, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process,
    ):
        assert process.stderr is not None
        try:
            for line in process.stderr:
                out.write(line)
                if found := READY.search(line.decode()):
                    break
            else:
                pytest.fail(log.read_text())
            yield found[1]
            process.send_signal(signal.SIGTERM)
            out.write(process.stderr.read())
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()


def chat_and_end(address: str) -> None:
    """What a program of somebody else's does with OpenAI's client; then it ends the chat."""
    client = openai.OpenAI(base_url=f"{address}v1", api_key="none", max_retries=0)
    asked = [{"role": "user", "content": REQUEST}]
    answer = client.chat.completions.create(model="selfsown", messages=asked, temperature=0, extra_headers=CONSENT)
    assert answer.choices[0].message.content == ANSWER
    code = answer.selfsown["code"]
    ended = httpx.post(f"{address}v1/selfsown/conversations/{code}/end", json={}, timeout=60)
    assert ended.status_code == 200, ended.text
    assert ended.json()["kept"] is True, ended.text


def only_entry(place: Path) -> Entry:
    with open_outbox(place) as outbox:
        (entry,) = outbox.find()
    return entry


def submit(scene: Scene, place: Path) -> str:
    """What cron does; the number of the open pull request, if there is one."""
    host = {"GITHUB_TOKEN": scene.tokens[AUTHOR], "GITHUB_REPOSITORY": NAME, "GITHUB_API_URL": scene.server}
    return scene.selfsown(place, "submit", "--publish", **host)


def test_a_chat_that_ended_well_is_reviewed_merged_and_learned_of(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(scene, monkeypatch)
    place, cache = scene.clone(AUTHOR, NAME), tmp_path / "cache"  # AUTHOR may not push there: it goes by the fork
    train_by_heart(place, cache, monkeypatch)
    with served(place, cache, tmp_path / "serve.log") as address:
        chat_and_end(address)
    assert ANSWER not in (tmp_path / "serve.log").read_text()
    entry = only_entry(place)
    assert (entry.state, entry.consent.train) == (State.SCREENED, True)
    assert entry.conversation is not None

    scene.runner.lose_new()
    number = int(submit(scene, place))
    runs = scene.runner.deliver_new()
    check_fine(runs)
    assert told(runs)[:2] == [("validate", "pull_request", "success"), ("review", "workflow_run", "success")]
    sticky, _, status, label = scene.posted(number).only()
    assert (status.state, label) == ("success", "waiting:reviewer")
    assert entry.conversation.id in sticky.body
    assert only_entry(place).state is State.SUBMITTED

    assert submit(scene, place) == str(number)  # it waits for people, and sends nothing twice
    scene.do(MAINTAINER, "POST", f"/pulls/{number}/reviews", {"event": "APPROVE", "body": "Read it."})
    status_code, answer = scene.merge(OWNER, number)
    assert status_code == 200, answer
    assert submit(scene, place) == ""
    assert [one for one, _ in scene.pulls()] == [number]
    merged = only_entry(place)
    assert (merged.state, merged.conversation, merged.published) == (State.MERGED, None, entry.conversation.id)
    check_corpus(scene, entry)


def check_corpus(scene: Scene, entry: Entry) -> None:
    """The conversation stands on main once, as it was said, with the consent that was given."""
    assert entry.conversation is not None
    found = git(scene.world.folder(scene.home), "grep", "-h", entry.conversation.id, "main", "--", "corpus/original")
    (line,) = found.splitlines()
    record = orjson.loads(line)
    assert [one["content"] for one in record["messages"]] == [REQUEST, ANSWER]
    assert record["ext"]["consent"]["train"] is True
    assert record["model"] == "selfsown-round-0001"
