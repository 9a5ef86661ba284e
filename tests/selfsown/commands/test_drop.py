"""What `/drop` proposes, run to the letter in a real clone, is a submission without the record and without a fault."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace

import pytest
from tests.selfsown.commands.fake_host import AUTHOR, make_chat

from selfsown.commands.answer import answer_pull
from selfsown.commands.drop import Drop, decide_drop
from selfsown.pull.reading import read_submission
from selfsown.repo import Repository
from selfsown.shard import pack_shards, write_shard
from selfsown.submission import REGULAR_FILE, Change, Submission

TODAY = "2026-11-21"


@pytest.fixture
def clone(tmp_path, checkout, commit_all, rulebook):
    """A function that makes a clone with conversations about the given things on the branch `data`."""

    def make(*topics: str) -> Repository:
        root = tmp_path / "clone"
        for folder in ("schema", "corpus/sources"):
            (root / folder).mkdir(parents=True)
            for file in (checkout / folder).iterdir():
                (root / folder / file.name).write_bytes(file.read_bytes())
        commit_all(root)
        chats = [make_chat(topic) for topic in topics]
        shards = list(pack_shards("original", chats, rulebook.policy.limits))
        for shard in shards:
            write_shard(root, shard)
        for command in (["checkout", "-q", "-b", "data"], ["add", "--all"], commit("Data")):
            subprocess.run(["git", *command], cwd=root, check=True)
        return Repository(root)

    return make


def commit(message: str) -> list[str]:
    return ["-c", "user.name=T", "-c", "user.email=t@selfsown.example", "commit", "-q", "-m", message]


def proposed(scene, repository: Repository, body: str) -> tuple[str, ...]:
    """What is answered to a comment by the author, as the shell lines in its fence."""
    reading = read_submission(repository, "main", "data", TODAY)
    scene.host.say(AUTHOR, body)
    answer_pull(replace(scene.desk, look=lambda _: reading), 7)
    (reply,) = scene.host.bodies("<!-- selfsown:answer")
    (block,) = re.findall(r"^```text\n(.*?)\n```$", reply, re.MULTILINE | re.DOTALL)
    return tuple(block.split("\n"))


@pytest.mark.parametrize(
    ("topics", "dropped"),
    [(("tea",), {"tea"}), (("tea", "coffee"), {"tea"}), (("a", "b", "c", "d"), {"a", "c"}), (("a", "b"), {"a", "b"})],
)
def test_the_proposed_commands_leave_a_valid_submission_without_the_record(scene, clone, topics, dropped):
    with clone(*topics) as repository:
        body = "\n".join(f"/drop {make_chat(topic).id}" for topic in dropped)
        script = "set -eu\n" + "\n".join(proposed(scene, repository, body))
        subprocess.run(["sh", "-c", script], cwd=repository.root, check=True)
        status = subprocess.run(
            ["git", "status", "--porcelain"], cwd=repository.root, check=True, capture_output=True, text=True
        )
        assert not [line for line in status.stdout.splitlines() if line[1] != " "], "everything is staged"
        subprocess.run(["git", *commit("Drop")], cwd=repository.root, check=True)
        after = read_submission(repository, "main", "data", TODAY)
    assert after.validation.findings == ()
    left = {entry.record["id"] for entry in after.validation.entries}
    assert left == {make_chat(topic).id for topic in topics if topic not in dropped}


def test_answering_changes_nothing_in_the_repository(scene, clone):
    with clone("tea", "coffee") as repository:
        before = repository.resolve("data")
        proposed(scene, repository, f"/drop {make_chat('tea').id}")
        assert repository.resolve("data") == before
        assert scene.host.committed == {}


PATH = "corpus/original/2026-11/aa/starter-aaaaaaaaaaaa.jsonl"


def submission(path: str = PATH, **changes: object) -> Submission:
    change = Change(path, "A", REGULAR_FILE, 4, b"{}\n{}\n")
    return Submission("b" * 40, "a" * 40, "", "", (replace(change, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "corpus/original/2026-11/aa/$(reboot)-aaaaaaaaaaaa.jsonl",
        "corpus/original/2026-11/aa/starter-aaaaaaaaaaaa.jsonl\n",
        "corpus/original/2026-11/aa/../aa/starter-aaaaaaaaaaaa.jsonl",
        "corpus/original/2026-11/aa/starter-aaaaaaaaaaaa.jsonl; reboot",
        "corpus/original/2026-11/aa/-rf-aaaaaaaaaaaa.jsonl",
        "corpus/original/2026-13/aa/starter-aaaaaaaaaaaa.jsonl",
        "elsewhere/starter-aaaaaaaaaaaa.jsonl",
        "corpus/original/2026-11/aa/stärter-aaaaaaaaaaaa.jsonl",
    ],
)
def test_no_path_but_a_plain_one_becomes_part_of_a_command(path):
    assert decide_drop(submission(path), path, {1}) is None


def test_only_what_the_pull_request_adds_is_dropped():
    assert decide_drop(submission(), PATH, {1}) is not None
    for change in ({"status": "M"}, {"status": "D"}, {"content": None}):
        assert decide_drop(submission(**change), PATH, {1}) is None
    assert decide_drop(submission(), "corpus/original/2026-11/aa/other-aaaaaaaaaaaa.jsonl", {1}) is None


@pytest.mark.parametrize("lines", [set(), {0}, {3}, {1, 3}])
def test_lines_that_are_not_there_are_not_dropped(lines):
    assert decide_drop(submission(), PATH, lines) is None


def test_the_last_record_takes_the_file_with_it():
    assert decide_drop(submission(), PATH, {1, 2}) == Drop(PATH, (1, 2), None)
    assert Drop(PATH, (1, 2), None).commands == (f"git rm --quiet {PATH}",)
