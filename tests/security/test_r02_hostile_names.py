"""Requirement 2, what needs no runner: names that a shell or a runner would obey go through every step as nothing but text.

The half that runs the real workflow files is in tests/e2e.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from tests.security.scene import PLAIN, Scene, git

from selfsown.cli.main import main

SHELL = ('"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "';touch pwned;'", "x | touch pwned", "$(id)")
RUNNER = (
    "x\nLD_PRELOAD=/tmp/pwned.so",
    "work<<END\n[]\nEND\nPATH=/tmp",
    "x\n::set-env name=PATH::/tmp",
    "x\r::add-path::/tmp",
    "x\n::stop-commands::y",
    "x\n##[set-output name=work]y",
    "x\n::error::forged",
)
BRANCHES = (
    'x";touch${IFS}pwned;"',
    "$(touch${IFS}pwned)",
    "`touch${IFS}pwned`",
    "';touch${IFS}pwned;'",
    "--upload-pack=x",
)
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
ANNOTATION = re.compile(r"::(error|warning|notice) (file=[^,:]+,)?(line=\d+,)?title=(S\d{3} [a-z-]+|more)::")
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


@pytest.fixture
def runner(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The files through which a step speaks to its runner, by their variables."""
    files = {name: tmp_path / f"runner-{name}" for name in FILES}
    for name, path in files.items():
        path.touch()
        monkeypatch.setenv(name, str(path))
    return files


def outside_code(markdown: str) -> str:
    """The text and HTML of a page that stand in no code."""
    parts = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(markdown):
        if token.type in ("html_block", "inline"):
            parts += [one.content for one in token.children or [token] if one.type != "code_inline"]
    return "\n".join(parts)


def escaped(name: str) -> str:
    """What people are shown of it."""
    return name.replace("\n", r"\u{000A}").replace("\r", r"\u{000D}")


def attack(scene: Scene, name: str, branch: str) -> tuple[int, str]:
    """A pull request that carries a name wherever GitHub and git let it."""
    person = name.replace("\n", " ").replace("\r", " ")
    who = {"GIT_AUTHOR_NAME": person, "GIT_COMMITTER_NAME": person, "GIT_AUTHOR_EMAIL": f"{person}@example.org"}
    path = name.replace("/", ":")
    entries = {
        **scene.good(),
        f"corpus/original/{path}.jsonl": (PLAIN, b"{}\n"),
        f"{path}": (PLAIN, name.encode()),
    }
    head = scene.push(scene.commit(entries, message=f"{name}\n\n{name}", **who), branch)
    return scene.open(branch, title=name), head


@pytest.mark.parametrize(("name", "branch"), zip(SHELL + RUNNER, BRANCHES * 3, strict=False))
def test_no_name_is_more_than_text(scene: Scene, runner, tmp_path: Path, name: str, branch: str):
    number, head = attack(scene, name, branch)
    before, environment = scene.seen(), dict(os.environ)
    found = scene.step("find", "--head", head)
    assert found.out == f'[{{"pull":{number},"head":"{head}"}}]\n'
    folder = scene.judge(number, head)
    posted = scene.post(number, head, folder)
    assert (posted.code, posted.told["decision"]) == (0, "changes")
    validated = main(["validate", "--base", "HEAD", "--head", head, "--format", "github"])
    said = scene.capsys.readouterr()
    assert validated == 1

    assert dict(os.environ) == environment
    assert scene.seen() == before
    assert [path for path in tmp_path.rglob("pwned*") if ".git" not in path.parts] == []
    for out in (posted.out, posted.err, said.err):
        assert not COMMAND.search(out)
    commands = [line for line in said.out.splitlines() if COMMAND.search(line)]
    assert commands
    assert all(ANNOTATION.match(line) for line in commands)
    assert [path.read_bytes() for key, path in runner.items() if key != "GITHUB_STEP_SUMMARY"] == [b""] * 3
    pages = [runner["GITHUB_STEP_SUMMARY"].read_text(), *scene.comments(number)]
    assert len(pages) == 2
    for page in pages:
        assert not re.search(r"pwned|LD_PRELOAD|PATH=|forged|stop-commands|##\[|\$\(", outside_code(page))
        assert f"S502 unknown-file corpus/original/{escaped(name.replace('/', ':'))}.jsonl" in page


def test_a_step_takes_no_name_at_all(scene: Scene):
    """What workflows hand to steps are numbers and commit ids; anything else ends with the usage, before any request."""
    scene.world.state.events.clear()
    for hostile in (*SHELL, *RUNNER, *BRANCHES, "-1", "7 ", "0x7"):
        for option in ("--pull", "--head"):
            with pytest.raises(SystemExit) as stop:
                main(["ci", "find", f"{option}={hostile}"])
            assert stop.value.code == 2
    assert git(scene.trusted, "status", "--porcelain") == ""
