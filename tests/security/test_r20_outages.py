"""Requirement 20: model or GitHub down, slow, cut off, a full disk: no crash, no accept by default, and it goes on later."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import model_server
import pytest
from github_double import Fault
from model_server import Answer, completion
from tests.security.scene import Scene

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from selfsown.cli.main import main
raise SystemExit(main())
"""
GOOD_ANSWER = {"Yes": 0.9, "No": 0.1}


def say_429(_request, _number: int) -> Answer:
    return Answer(b'{"error": {"code": "rate_limited"}}', 429, {"retry-after": "3600"})


def stall(_request, _number: int) -> Answer:
    return Answer(b"{}", drip=6000)


def cut_off(_request, _number: int) -> Answer:
    return Answer(b'{"choices": [' + b" " * 200, breaks_off=True)


def say_html(_request, _number: int) -> Answer:
    return Answer(b"<html>Bad gateway</html>", 502, {"content-type": "text/html"})


def say_no_json(_request, _number: int) -> Answer:
    return Answer(b"<html>fine</html>", 200, {"content-type": "text/html"})


def drop_logprobs(_request, _number: int) -> Answer:
    return Answer(json.dumps(completion({"Yes": 1.0}, logprobs=None)).encode())


def refuse_key(_request, _number: int) -> Answer:
    return Answer(b'{"error": {"code": "invalid_api_key", "message": "sk-secret"}}', 401)


def die_on_the_way(_request, number: int):
    return GOOD_ANSWER if number < 3 else Answer(b"", 503)


MODELS = {
    "429": say_429, "a stall": stall, "cut off": cut_off, "502": say_html, "no JSON": say_no_json,
    "no log probabilities": drop_logprobs, "a refused key": refuse_key, "down half-way": die_on_the_way,
}  # fmt: skip


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that has two seconds and eight requests."""
    for name, value in {"MODEL": "m", "KEY": "sk-secret", "MOST_SECONDS": "2", "MOST_REQUESTS": "8"}.items():
        monkeypatch.setenv(f"SELFSOWN_API_{name}", value)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def judge_by_api(scene: Scene, number: int, head: str):
    """Collect and judge; what the judge job said, and where its file would be."""
    place = scene.kept / "in"
    assert scene.step("collect", "--pull", number, "--head", head, "-o", place).code == 0
    out = scene.kept / "out"
    return scene.step("judge", "--collected", place, "--judge", "api", "-o", out), out


def post_as_the_workflow_does(scene: Scene, number: int, head: str, code: int, out: Path):
    """review.yml: with the file where the judge job succeeded, and without it where not."""
    if code == 0:
        return scene.post(number, head, out)
    assert not out.exists()
    return scene.step("post", "--pull", number, "--head", head, "--unjudged", "the judge gave no answer", "--publish")


def assert_it_waits(scene: Scene, number: int, head: str, said) -> None:
    """No accept: pending with the reason, no score, no verdict, and the label says whose turn it is."""
    assert said.code == 0, said.err
    assert scene.statuses(head) == [("pending", "Waiting on the judge; it runs again by itself.")]
    (sticky,) = scene.comments(number)
    assert "Waiting on the judge" in sticky
    assert "no score" in sticky
    assert not re.search(r"\d / 10", sticky)
    assert scene.ask("owner", "GET", f"/pulls/{number}/reviews") == []
    assert [one["name"] for one in scene.ask("owner", "GET", f"/issues/{number}/labels")] == ["waiting:judge"]


def pass_an_hour(scene: Scene) -> None:
    """Every status is older than the sweeper's patience."""
    for status in scene.world.state.statuses:
        status.created = "2026-01-01T00:00:00Z"


def assert_it_recovers(scene: Scene, number: int, head: str) -> None:
    """An hour later the sweeper comes back to it, and the review is made."""
    pass_an_hour(scene)
    assert scene.step("find", "--sweep").told == [{"pull": number, "head": head}]
    assert scene.review(number, head).told["decision"] == "human"
    assert scene.statuses(head)[0][0] == "success"
    assert len(scene.comments(number)) == 1
    assert len(scene.ask("owner", "GET", f"/pulls/{number}/reviews")) == 1


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.usefixtures("budget")
def test_a_model_that_fails(scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str):
    number, head = scene.bring(scene.good())
    with model_server.serve(MODELS[name]) as served:
        monkeypatch.setenv("SELFSOWN_API_URL", served.url)
        said, out = judge_by_api(scene, number, head)
        assert len(served.requests) <= 8
    assert said.code in (0, 3)
    assert "unexpected" not in said.err
    assert "sk-secret" not in said.err + said.out
    posted = post_as_the_workflow_does(scene, number, head, said.code, out)
    assert_it_waits(scene, number, head, posted)
    assert_it_recovers(scene, number, head)


@pytest.mark.usefixtures("budget")
def test_a_model_that_is_not_there(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SELFSOWN_API_URL", "http://127.0.0.1:9/v1")
    number, head = scene.bring(scene.good())
    said, out = judge_by_api(scene, number, head)
    assert_it_waits(scene, number, head, post_as_the_workflow_does(scene, number, head, said.code, out))


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("", "refuse-connection"), ("", "429"), ("", "403-secondary"), ("", "502"), ("", "html"), ("", "truncated"),
        ("^POST /repos", "500"), ("^POST .*/statuses", "429"),
    ],
)  # fmt: skip
def test_github_that_is_down_while_posting(scene: Scene, where: str, kind: str):
    number, head = scene.bring(scene.good())
    folder = scene.judge(number, head)
    scene.world.faults[:] = [Fault(where, kind, times=10_000)]
    said = scene.post(number, head, folder)
    asked = 10_000 - scene.world.faults[0].times
    assert (said.code, said.out) == (3, "")
    assert "unexpected" not in said.err
    assert "Traceback" not in said.err
    assert 0 < asked < 60, "tries are bounded"
    scene.world.faults.clear()
    assert [state for state, _ in scene.statuses(head) if state == "success"] == []
    pass_an_hour(scene)
    assert scene.step("find", "--sweep").told == [{"pull": number, "head": head}]
    again = scene.post(number, head, folder)
    assert (again.code, again.told["outcome"]) == (0, "posted")
    assert scene.statuses(head)[0][0] == "success"
    visible = [one for one in scene.world.state.comments.values() if not one.minimized]
    assert len(visible) == 1
    assert len([one for one in scene.world.state.reviews.values() if not one.minimized]) == 1


def test_github_that_is_down_while_looking(scene: Scene):
    number, head = scene.bring(scene.good())
    scene.world.faults[:] = [Fault("", "502", times=10_000)]
    said = scene.step("find", "--sweep")
    assert (said.code, said.out, "unexpected" in said.err) == (3, "", False)
    scene.world.faults.clear()
    assert scene.step("find", "--sweep").told == [{"pull": number, "head": head}]


def limited(most: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A step of which no file may grow over `most` bytes: what a full disk looks like to a program."""
    command = [sys.executable, "-c", LIMITED, str(most), "ci", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))


def test_a_full_disk(scene: Scene):
    number, head = scene.bring(scene.good(*[(f"What is {n}?", f"The number after {n - 1}. " * 40) for n in range(30)]))
    place = scene.kept / "in"
    collect = ("collect", "--pull", number, "--head", head, "-o", place)
    said = limited(4096, *collect)
    assert (said.returncode, said.stdout) == (3, "")
    assert "unexpected" not in said.stderr
    assert not list(place.glob("*"))
    assert scene.step(*collect).code == 0, "what was left half fetched is in nobody's way"
    said = limited(512, "judge", "--collected", place, "-o", scene.kept / "out")
    assert (said.returncode, said.stdout) == (3, "")
    assert "judged.json: cannot be written to" in said.stderr
    assert "File too large" in said.stderr
    assert not list((scene.kept / "out").glob("*"))


def test_a_folder_that_cannot_be(scene: Scene):
    number, head = scene.bring(scene.good())
    file = scene.kept.parent / "file"
    file.touch()
    for place in (file, file / "below"):
        said = scene.step("collect", "--pull", number, "--head", head, "-o", place)
        assert (said.code, said.out) == (3, "")
        assert f"collected.json: cannot be written to {place}" in said.err
        assert "name a folder with -o" in said.err
    said = scene.step("post", "--pull", number, "--head", head, "--judged", file / "below", "--publish")
    assert said.code == 3
    assert scene.statuses(head)[0][0] == "error"
    assert scene.comments(number) == []
