"""`selfsown ci due` and `ci propose` against the GitHub double: a round is trained once and proposed once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from github_double import World, connect, serve

from selfsown.cli import hosting
from selfsown.cli.ci.due import find_candidate
from selfsown.cli.ci.launch import find_job
from selfsown.cli.main import main
from selfsown.errors import UsageError
from selfsown.github import open_github
from selfsown.proposal import Candidate
from selfsown.pull.pace import Pace
from selfsown.repo import Repository
from selfsown.round import Round, State, render_round, write_promoted, write_round


@dataclass
class Place:
    """A repository of the double with the starter corpus, and a clone of it."""

    world: World
    root: Path
    capsys: pytest.CaptureFixture[str]
    told: str = ""

    @property
    def commit(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def candidate(self) -> Candidate:
        with Repository(self.root) as repository:
            found = find_candidate(repository, self.commit, "tiny")
        assert found is not None
        return found

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=owner", "-c", "user.email=owner@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def say(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """What the command printed."""
        self.capsys.readouterr()
        assert main(["ci", *arguments]) == code
        said = self.capsys.readouterr()
        self.told = " ".join(said.err.split())
        (line,) = said.out.splitlines()
        return json.loads(line)

    def statuses(self) -> list[dict[str, Any]]:
        """The statuses of the commit, newest first."""
        return self.world.ask(os.environ["GITHUB_TOKEN"], "GET", f"/repos/owner/corpus/commits/{self.commit}/statuses")[
            1
        ]


@pytest.fixture
def place(tmp_path, checkout, commit_all, monkeypatch, capsys) -> Iterator[Place]:
    root = tmp_path / "clone"
    for folder in ("schema", "corpus/sources", "training/recipes"):
        shutil.copytree(checkout / folder, root / folder)
    for shard in sorted((checkout / "corpus" / "original").rglob("starter-*.jsonl"))[:2]:
        target = root / shard.relative_to(checkout)
        target.parent.mkdir(parents=True)
        shutil.copy(shard, target)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")  # no merge of just now
    commit_all(root)
    world = World(tmp_path / "world")
    world.now = datetime.now(UTC)
    world.add_account("owner")
    world.add_repository("owner", "corpus", root)
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/corpus")
    permissions = {"contents": "write", "pull_requests": "write", "statuses": "write", "metadata": "read"}
    monkeypatch.setenv("GITHUB_TOKEN", world.token("owner", permissions=permissions))
    for name in ("SELFSOWN_APP_ID", "SELFSOWN_APP_KEY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(root)
    monkeypatch.setattr(hosting, "open_host", lambda it=os.environ: open_github(it, write_pause=0))
    monkeypatch.setattr("selfsown.effect.Pace", lambda: Pace(settle=0))
    with connect(world):
        yield Place(world, root, capsys)


def made(candidate: Candidate, state: State = State.GATED) -> Round:
    """The round as a training job would have made it."""
    return Round(
        number=candidate.number,
        state=state,
        created="2026-11-21",
        parent=None,
        plan={**candidate.plan, "libraries": {"torch": "2.13.0"}},
        base={"name": "built:x", "revision": "", "digest": "5" * 12, "files": {"model.safetensors": "5" * 64}},
        adapter={"digest": "6" * 64, "files": {}},
        training={"rows": 9, "rows_used": 9, "steps": 3, "first_loss": 2.0, "last_loss": 1.0},
        gate={"decision": "pass", "reason": "it fell", "incumbent": None, "judge": "j", "checks": []},
    )


@pytest.fixture
def handed(place, tmp_path) -> Path:
    """The folder that the training job hands over."""
    folder = tmp_path / "round"
    folder.mkdir()
    entry = made(place.candidate)
    (folder / f"{entry.name}.json").write_bytes(render_round(entry))
    return folder


def test_the_first_round_is_due_at_the_commit_that_is_checked_out(place):
    assert place.say("due") == {"due": True, "commit": place.commit, "round": "0001", "live": "", "live_run": ""}


def test_a_round_that_is_on_main_is_not_due(place):
    entry = made(place.candidate)
    write_round(place.root, entry)
    assert place.say("due")["due"] is False


def test_a_recipe_that_changed_makes_a_round_due_and_names_the_live_one(place):
    entry = made(place.candidate)
    write_round(place.root, entry)
    write_promoted(place.root, entry)
    recipe = place.root / "training/recipes/tiny.toml"
    recipe.write_text(recipe.read_text().replace("seed = 20261121", "seed = 1"))
    facts = place.say("due")
    assert (facts["due"], facts["round"], facts["live"], facts["live_run"]) == (True, "0002", "0001", "")


def test_too_few_conversations_are_no_failure(place):
    place.git("rm", "-r", "--quiet", "corpus/original")
    place.git("commit", "--quiet", "-m", "Empty")
    assert place.say("due")["due"] is False


def test_a_dry_run_writes_nothing(place, handed):
    said = place.say("propose", "--rounds", str(handed), "--commit", place.commit)
    assert said["outcome"] == "planned"
    assert place.world.writes == []


def test_a_round_is_proposed_once_and_then_not_due(place, handed):
    arguments = ("propose", "--rounds", str(handed), "--commit", place.commit, "--publish")
    first = place.say(*arguments)
    writes = list(place.world.writes)
    assert first["outcome"] == "proposed"
    assert place.say(*arguments) == first
    assert place.world.writes == writes
    assert place.say("due")["due"] is False
    bare = place.world.folder(place.world.state.repositories["owner/corpus"])
    shown = subprocess.run(
        ["git", "diff", "--name-only", place.commit, first["branch"]],
        cwd=bare,
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.split() == ["training/rounds/0001.json"]


def test_a_round_file_that_was_tampered_with_opens_nothing(place, handed):
    path = handed / "0001.json"
    entry = made(place.candidate)
    corpus = {**entry.plan["corpus"], "conversations_digest": "f" * 12}
    path.write_bytes(render_round(replace(entry, plan={**entry.plan, "corpus": corpus})))
    place.capsys.readouterr()
    assert main(["ci", "propose", "--rounds", str(handed), "--commit", place.commit, "--publish"]) == 3
    shown = place.capsys.readouterr()
    assert "the round file is refused: its corpus is not what" in shown.err
    assert shown.out == ""
    assert place.world.writes == []


@pytest.mark.parametrize("commit", ["main", "HEAD", "a" * 39, "-x"])
def test_a_commit_is_40_hex_digits(place, handed, commit):
    with pytest.raises(SystemExit) as stop:
        main(["ci", "propose", "--rounds", str(handed), f"--commit={commit}"])
    assert stop.value.code == 2


def test_whether_a_round_is_due_needs_neither_torch_nor_a_trainer(place, selfsown):
    with serve(place.world) as address:
        done = selfsown("ci", "due", at=place.root, bare=True, code=with_address(address))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["due"] is True


def with_address(address: str) -> str:
    """The command in an installation that has the `github` extra and no other, asking this address."""
    return f"""import os
BLOCKED.discard("github")
os.environ["GITHUB_API_URL"] = {address!r}
from selfsown.cli.ci.launch import find_job
from selfsown.cli.main import main
from selfsown.errors import UsageError
from selfsown.github import open_github
raise SystemExit(main())
"""


def test_a_round_waits_until_merges_have_settled_and_a_person_need_not(place, monkeypatch):
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    shard = next((place.root / "corpus/original").rglob("*.jsonl"))
    place.git("rm", "--quiet", str(shard))
    place.git("commit", "--quiet", "-m", "Just now")
    monkeypatch.setattr("selfsown.cli.ci.due._training", lambda *_: [])  # the host has not seen this commit
    assert place.say("due")["due"] is False
    assert place.say("due", "--now", "true")["due"] is True


def test_another_proposed_round_is_waited_for(place, handed):
    place.say("propose", "--rounds", str(handed), "--commit", place.commit, "--publish")
    recipe = place.root / "training/recipes/tiny.toml"
    recipe.write_text(recipe.read_text().replace("seed = 20261121", "seed = 1"))
    assert place.say("due", "--now", "true")["due"] is False
    assert "another round waits in pull request" in place.told


def test_a_training_elsewhere_is_marked_waited_for_and_brought_back(place, handed, monkeypatch):
    jobs = place.root / "training/jobs"
    jobs.mkdir(parents=True, exist_ok=True)
    (jobs / "here.sh").write_text('echo "$COMMIT $RECIPE ${GITHUB_TOKEN:-none}" > started\n')
    arguments = ("launch", "here", "--commit", place.commit)
    assert place.say(*arguments)["outcome"] == "planned"
    assert not (place.root / "started").exists()
    assert place.say(*arguments, "--publish")["outcome"] == "launched"
    assert (place.root / "started").read_text() == f"{place.commit} tiny none\n", "the script gets no token of ours"
    assert place.say("due")["due"] is False
    assert "is being trained elsewhere" in place.told
    place.say("propose", "--rounds", str(handed), "--commit", place.commit, "--publish")
    newest = place.statuses()[0]
    assert (newest["context"], newest["state"]) == ("selfsown/round", "success")
    assert newest["description"] == "round 0001 passed: it fell"


def test_a_job_that_does_not_start_is_an_error_of_its_commit(place):
    jobs = place.root / "training/jobs"
    jobs.mkdir(parents=True, exist_ok=True)
    (jobs / "broken.sh").write_text("exit 7\n")
    assert main(["ci", "launch", "broken", "--commit", place.commit, "--publish"]) == 3
    assert place.statuses()[0]["state"] == "error"
    assert place.say("due")["due"] is True


@pytest.mark.parametrize("name", ["../escape", "nothing", "", "-x"])
def test_a_job_is_a_script_of_its_folder(place, name):
    with pytest.raises(SystemExit) if name == "-x" else pytest.raises(UsageError):
        find_job(place.root, name) if name != "-x" else main(["ci", "launch", name, "--commit", place.commit])


def test_who_brought_the_data_is_told_once_what_became_of_it(place):
    world, token = place.world, os.environ["GITHUB_TOKEN"]
    world.push("owner/corpus", "mine", {"corpus/notes.txt": "x"}, login="owner")
    number = world.open_pull("owner/corpus", "mine", login="owner")
    status, merged = world.ask(token, "PUT", f"/repos/owner/corpus/pulls/{number}/merge", {})
    assert status == 200
    change = {"value": -0.2, "low": -0.3, "high": -0.1, "n": 4}
    own = {"before": 2.2, "after": 2.0, "difference": change}
    effect = {"commit": merged["sha"], "trained": 4, "held_out": 1, "own": own, "neighbours": None, "preferred": None}
    stranger = {**effect, "commit": "e" * 40}
    write_round(place.root, replace(made(place.candidate), effects=(effect, stranger)))
    assert place.say("tell") == {"outcome": "planned", "comments": 1}
    assert place.say("tell", "--publish") == {"outcome": "told", "comments": 1}
    assert place.say("tell", "--publish") == {"outcome": "told", "comments": 0}
    _, comments = world.ask(token, "GET", f"/repos/owner/corpus/issues/{number}/comments")
    assert ["4 conversations of this pull request" in one["body"] for one in comments] == [True]
