"""`selfsown review` from the outside, on a real repository."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from selfsown.cli import review_
from selfsown.errors import RepoError, SelfsownError, UsageError
from selfsown.repo import Repository
from selfsown.shard import pack_shards

SOURCE = """id = "garden-bot"
title = "Garden bot"
license = "CC-BY-4.0"
origin = "a chatbot about gardens"
contact = "nobody@example.org"
consent = "made up"
"""


def git(root, *arguments) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


@pytest.fixture
def garden(checkout, tmp_path, monkeypatch):
    """A repository with the project's rules and one source on main."""
    shutil.copytree(checkout / "schema", tmp_path / "schema")
    (tmp_path / "corpus/sources").mkdir(parents=True)
    (tmp_path / "corpus/sources/garden-bot.toml").write_text(SOURCE)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "config", "user.name", "tester")
    git(tmp_path, "config", "user.email", "tester@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    monkeypatch.chdir(tmp_path)
    with Repository(tmp_path) as repository:
        yield repository


@pytest.fixture
def bring(garden, build):
    """Make a branch that adds conversations."""

    def add(branch, *chats):
        today = datetime.now(UTC).date().isoformat()
        dated = [replace(chat, created=today) for chat in chats]
        garden.write_submission(
            "main", branch, list(pack_shards("original", dated, build.rulebook.policy.limits)), "Add"
        )
        return dated

    return add


def run(*arguments) -> int:
    parser = argparse.ArgumentParser()
    review_.configure(parser)
    return review_.run(parser.parse_args([str(argument) for argument in arguments]))


GOOD = ("How deep do I plant garlic?", "About five centimetres deep, with the pointed end up.")
OTHER = ("When do I sow broad beans?", "In late autumn where winters are mild, otherwise in early spring.")


def test_a_good_branch_is_judged_without_any_extra_and_nothing_blocks(bring, build, tmp_path, capsys):
    bring("good", build.chat(*GOOD), build.chat(*OTHER))
    files = [tmp_path / name for name in ("r.md", "r.html", "r.json")]
    assert run("--head", "good", "--markdown", files[0], "--html", files[1], "--json", files[2]) == 0
    printed = capsys.readouterr()
    assert "needs a person's look" in printed.out
    assert "How deep do I plant garlic?" in printed.out
    assert f"wrote {files[1]}" in printed.err
    assert files[0].read_text().startswith("<!-- selfsown:review -->")
    assert files[1].read_text().startswith("<!doctype html>")
    review = json.loads(files[2].read_text())
    assert review["decision"] == "human"
    assert review["counts"]["conversations"] == 2
    assert all(row["answers"][0]["type"] == "judgement" for row in review["rows"])


def test_a_record_with_errors_is_not_judged_and_the_exit_code_says_so(bring, build, tmp_path):
    hidden = build.chat(OTHER[0], OTHER[1] + "\u200b\u202e")
    bring("bad", build.chat(*GOOD), hidden)
    assert run("--head", "bad", "--json", tmp_path / "r.json") == 1
    review = json.loads((tmp_path / "r.json").read_text())
    assert review["waiting_on"] == "author"
    assert [row["answers"][0]["type"] for row in review["rows"]] == ["unjudged", "judgement"]


def test_the_rules_are_those_of_the_base(garden, bring, build, tmp_path):
    chat = build.chat("Hi there, who are you?", "short")
    bring("tiny", chat)
    policy = tmp_path / "schema/policy.toml"
    git(tmp_path, "switch", "--quiet", "tiny")
    policy.write_text(policy.read_text().replace("conversation_characters = 4", "conversation_characters = 1"))
    garden.write_commit(["schema/policy.toml"], "Allow everything")
    git(tmp_path, "switch", "--quiet", "main")
    assert run("--head", "tiny") == 1


def test_several_judges_answer_side_by_side(bring, build, tmp_path):
    (chat,) = bring("good", build.chat(*GOOD))
    said = replace(build.judged(chat, 2, "doubtful"), rubric=build.rulebook.rubric.digest)
    script = tmp_path / "said.jsonl"
    script.write_text(json.dumps(said.to_json()) + "\n")
    assert (
        run("--head", "good", "--judge", "features", "--judge", f"scripted:{script}", "--json", tmp_path / "r.json")
        == 0
    )
    (row,) = json.loads((tmp_path / "r.json").read_text())["rows"]
    assert len(row["answers"]) == 2
    assert (row["score"], row["recommendation"]) == (2.0, "look")


def test_what_the_tool_cannot_do_is_its_own_failure(bring, build, tmp_path):
    bring("good", build.chat(*GOOD))
    with pytest.raises(RepoError, match="no commit 'nowhere'"):
        run("--head", "nowhere")
    with pytest.raises(SelfsownError, match="cannot write"):
        run("--head", "good", "--html", tmp_path / "missing" / "r.html")
    with pytest.raises(UsageError, match="no judge 'oracle'"):
        run("--head", "good", "--judge", "oracle")
