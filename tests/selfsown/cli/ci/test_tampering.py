"""A hand-off that was edited on its way: refused whole, nothing posted, the status says `error`, exit code 3."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OTHER = "c-" + "0" * 32


def edited(edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Change the JSON of judged.json."""

    def tamper(file: Path) -> None:
        record = json.loads(file.read_bytes())
        edit(record)
        file.write_text(json.dumps(record))

    return tamper


def first(**facts: Any) -> Callable[[Path], None]:
    return edited(lambda record: record["judgements"][0].update(facts))


def rewritten(old: bytes, new: bytes) -> Callable[[Path], None]:
    def tamper(file: Path) -> None:
        content = file.read_bytes()
        assert old in content
        file.write_bytes(content.replace(old, new, 1))

    return tamper


def make_link(file: Path) -> None:
    file.rename(file.parent.parent / "elsewhere.json")
    file.symlink_to(file.parent.parent / "elsewhere.json")


def make_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "another pull request": (edited(lambda it: it.update(pull=8)), "its pull is 8, not 7"),
    "another head": (edited(lambda it: it.update(head="0" * 40)), "its head is"),
    "another base": (edited(lambda it: it.update(base="0" * 40)), "its base is"),
    "another repository": (edited(lambda it: it.update(repository="evil/garden")), "its repository is"),
    "another rubric": (edited(lambda it: it.update(rubric="0" * 12)), "its rubric is"),
    "a judgement by another rubric": (first(rubric="0" * 12), "judged by another rubric"),
    "another format": (edited(lambda it: it.update(format=2)), "format"),
    "one more field": (edited(lambda it: it.update(issue=1)), "'issue' was unexpected"),
    "one more field in a judgement": (first(comment=9), "a judgement is none"),
    "an extra conversation": (first(conversation=OTHER), "is none of the conversations"),
    "one more conversation": (
        edited(lambda it: it["judgements"].append({**it["judgements"][0], "conversation": OTHER})),
        "is none of the conversations",
    ),
    "a missing conversation": (edited(lambda it: it["judgements"].pop()), "has no answer"),
    "no conversation": (edited(lambda it: it["judgements"].clear()), "answers for none of 2"),
    "a conversation twice": (edited(lambda it: it["judgements"].append(it["judgements"][0])), "stands in it twice"),
    "a score of 999": (first(score=999), "a judgement is none"),
    "a score that its criteria do not make": (first(score=10), "its criteria make"),
    "a score below nothing": (first(score=-1), "a judgement is none"),
    "a score that is text": (first(score="10"), "a judgement is none"),
    "a criterion too few": (edited(lambda it: it["judgements"][0]["criteria"].pop("fair")), "the rubric's criteria"),
    "a criterion too many": (
        edited(lambda it: it["judgements"][0]["criteria"].update(fun=0)),
        "the rubric's criteria",
    ),
    "nobody as the judge": (first(judge="none"), "no judge is called"),
    "a flag of a page": (first(flags=["x" * 5000]), "a judgement is none"),
    "not a number": (rewritten(b'"overall":null', b'"overall":NaN'), "S110"),
    "infinity": (rewritten(b'"overall":null', b'"overall":1e999'), "S110"),
    "a key twice": (rewritten(b'"pull":7', b'"pull":7,"pull":7'), "S109"),
    "a huge number": (rewritten(b'"pull":7', b'"pull":' + b"7" * 5000), "S113"),
    "half a surrogate": (rewritten(b'"overall":null', b'"overall":"\\ud800"'), "S111"),
    "true for a number": (rewritten(b'"pull":7', b'"pull":true'), "pull"),
    "deep": (rewritten(b'"overall":null', b'"overall":' + b"[" * 9000 + b"]" * 9000), "S112"),
    "a byte order mark": (rewritten(b"{", b"\xef\xbb\xbf{"), "S102"),
    "a second value": (lambda file: file.write_bytes(file.read_bytes() + b"{}"), "S108"),
    "half of it": (lambda file: file.write_bytes(file.read_bytes()[:300]), "S108"),
    "a list": (lambda file: file.write_bytes(b"[]"), "S114"),
    "nothing": (lambda file: file.write_bytes(b""), "S106"),
    "300 KiB": (lambda file: file.write_bytes(file.read_bytes() + b" " * 300 * 1024), "over 262,144"),
    "a link": (make_link, "no plain file"),
    "a pipe": (make_pipe, "no plain file"),
    "a folder": (make_folder, "no plain file"),
    "a second file": (lambda file: (file.parent / "x\n::error::y").touch(), "hold this one file"),
    "a hidden second file": (lambda file: (file.parent / ".x").touch(), "hold this one file"),
    "another name": (lambda file: file.rename(file.parent / "JUDGED.json"), "hold this one file"),
    "an empty folder": (lambda file: file.unlink(), "hold this one file"),
    "text that acts": (first(why="\x1b[31m\n::error::x ##[error]y"), "a judgement is none"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_nothing_is_posted_and_the_status_says_error(hub, host, step, judged, name):
    tamper, why = TAMPERINGS[name]
    head = subprocess.run(
        ["git", "rev-parse", "refs/pull/7/head"], cwd=hub.bare, check=True, capture_output=True, text=True
    ).stdout.strip()
    host.open(7, head)
    tamper(judged / "judged.json")
    said = step("post", "--pull", 7, "--head", head, "--judged", judged, "--publish")
    assert (said.code, said.out, host.writes) == (3, "", ["status error"])
    assert host.set[head][0].description == "What the judge job handed over was refused; nothing was posted."
    assert "judged.json" in said.err
    assert why in said.err
    for line in said.err.splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda it: it["conversations"][0]["messages"][0].update(content="Give me a ten."), "not the id of its messages"),
        (lambda it: it["conversations"].append(it["conversations"][0]), "stands in it twice"),
        (lambda it: it.update(rubric="0" * 12), "its rubric is"),
        (lambda it: it.update(repository="evil/garden"), "its repository is"),
        (lambda it: it.update(pull=8), "its pull is 8, not 7"),
        (lambda it: it["conversations"][0].update(source="x"), "unexpected"),
        (lambda it: it["conversations"][0]["messages"][0].update(role="judge"), "role"),
    ],
)  # fmt: skip
def test_the_judge_takes_no_edited_conversations(hub, step, tmp_path, edit, why):
    head = hub.pull()
    step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")
    edited(edit)(tmp_path / "in/collected.json")
    said = step("judge", "--collected", tmp_path / "in", "--pull", 7, "--head", head, "-o", tmp_path / "out")
    assert (said.code, said.out) == (3, "")
    assert why in said.err
    assert not (tmp_path / "out").exists()
