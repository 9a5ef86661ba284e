"""`selfsown submit --publish` and `--plan` from the outside, against the double over HTTP and through git."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from github.Requester import Requester
from github_double import serve
from tests.selfsown.bot.stage import NAME, Stage, build_stage, chat, near, put
from tests.selfsown.pull.stage import patient

from selfsown.bot import run
from selfsown.cli import hosting
from selfsown.cli.main import main
from selfsown.github import open_github
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox


@pytest.fixture(scope="module")
def home(tmp_path_factory, checkout) -> Iterator[Stage]:
    stage = build_stage(tmp_path_factory.mktemp("home"), checkout)
    yield stage
    shutil.rmtree(stage.folder, ignore_errors=True)


@pytest.fixture
def outbox(home, tmp_path, monkeypatch) -> Iterator[Outbox]:
    """The outbox of a clone whose origin is the double's repository; the environment names the double. It began hours ago."""
    Requester.resetConnectionClasses()
    home.reset()
    clone = tmp_path / "clone"
    origin = str(home.world.folder(home.repository()))
    subprocess.run(["git", "clone", "--quiet", origin, str(clone)], check=True, capture_output=True)
    monkeypatch.chdir(clone)
    monkeypatch.setattr(run, "Pace", patient)
    monkeypatch.setattr(hosting, "open_host", lambda environment: open_github(environment, write_pause=0))
    monkeypatch.delenv("SELFSOWN_APP_ID", raising=False)
    monkeypatch.delenv("SELFSOWN_OUTBOX", raising=False)
    with serve(home.world) as address:
        monkeypatch.setenv("GITHUB_API_URL", address)
        monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
        monkeypatch.setenv("GITHUB_TOKEN", home.tokens["bot"])
        with Outbox(clone / ".selfsown/outbox.db", lambda: datetime.now(UTC) - timedelta(hours=3)) as opened:
            yield opened


def test_from_the_outbox_to_a_pull_request_and_back(home, outbox, capsys):
    keys = [put(outbox, chat(plant)) for plant in ("garlic", "beans")]
    assert main(["submit", "--publish"]) == 0
    said = capsys.readouterr()
    assert said.out == "1\n"
    assert "pull request 1 is open, with 2 conversations" in said.err
    assert main(["submit", "--plan"]) == 0
    assert "is pull request 1: that comes first" in capsys.readouterr().err
    home.merge(1)
    late = put(outbox, chat("kale"))
    assert main(["submit", "--publish"]) == 0
    said = capsys.readouterr()
    assert "was merged" in said.err
    assert said.out == "2\n"
    states = [outbox.read(key).state for key in (*keys, late)]
    assert states == [State.MERGED, State.MERGED, State.SUBMITTED]
    assert "clove" not in said.err + said.out


def test_the_plan_changes_nothing_and_says_what_waits(home, outbox, capsys, monkeypatch):
    put(outbox, chat("garlic"))
    put(outbox, near("garlic"))
    assert main(["submit", "--plan"]) == 0
    said = capsys.readouterr()
    assert "next: submit/chats-" in said.err
    assert "1 waits: it repeats another that goes first" in said.err
    assert (said.out, home.ours, outbox.find(batch="")) == ("", [], outbox.find(State.SCREENED))
    monkeypatch.delenv("GITHUB_TOKEN")
    assert main(["submit", "--plan"]) == 0
    assert "without GITHUB_TOKEN" in capsys.readouterr().err


def test_a_branch_of_this_checkout_is_taken_over(home, outbox, capsys, monkeypatch):
    key = put(outbox, chat("garlic"))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "someone@example.org")
    assert main(["submit"]) == 0
    branch = capsys.readouterr().out.strip()
    assert (outbox.read(key).state, outbox.read(key).pull) == (State.SUBMITTED, None)
    assert main(["submit", "--publish"]) == 0
    assert (outbox.read(key).pull, outbox.read(key).batch) == (1, branch)
    assert [it.pull.head_branch for it in home.open] == [branch]


def test_what_was_withdrawn_after_the_merge_is_said(home, outbox, capsys):
    key = put(outbox, chat("garlic"))
    main(["submit", "--publish"])
    home.merge(1)
    outbox.withdraw(key)
    capsys.readouterr()
    assert main(["submit", "--publish"]) == 0
    assert f"selfsown withdraw {chat('garlic').id} --publish" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["chats.json", "--publish"], {}, "about the outbox"),
        (["--publish", "--plan"], {}, "not allowed with"),
        (["--publish"], {"GITHUB_TOKEN": ""}, "GITHUB_TOKEN"),
    ],
)
def test_what_cannot_be_meant(outbox, capsys, monkeypatch, arguments, variables, words):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        code = main(["submit", *arguments])
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert words in capsys.readouterr().err
