"""find → collect → judge → post, each as its job runs it, on real git and a code host in memory."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from selfsown.cli.main import main
from selfsown.errors import SelfsownError
from selfsown.host import StatusState, Unsure
from selfsown.judge.features import FeaturesJudge

HIDDEN = ("When do I sow peas?", "In sp\u200bring.\u202e")


def git(root: Path, *arguments: str, **options) -> str:
    return (
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, **options)
        .stdout.decode()
        .strip()
    )


def test_a_good_pull_request_from_the_commit_to_the_review(hub, host, step, tmp_path, monkeypatch):
    head = hub.pull()
    host.open(7, head)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    before = hub.seen()
    assert step("find", "--head", head).told == [{"pull": 7, "head": head}]
    collected = step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")
    assert collected.told == {
        "pull": 7, "head": head, "base": git(hub.trusted, "rev-parse", "HEAD"), "outcome": "collected", "judgeable": 2,
        "errors": 0,
    }  # fmt: skip
    judged = step("judge", "--collected", tmp_path / "in", "--pull", 7, "--head", head, "-o", tmp_path / "out")
    assert judged.told == {"pull": 7, "head": head, "judged": 2, "unjudged": 0}
    dry = step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "out")
    assert (dry.told["outcome"], host.writes) == ("dry-run", [])
    assert "post a review with" in dry.err
    posted = step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "out", "--publish")
    assert posted.code == 0
    assert posted.told == {
        "pull": 7,
        "head": head,
        "decision": "human",
        "writes": dry.told["writes"],
        "outcome": "posted",
    }
    assert host.writes == ["review", "comment", "label waiting:reviewer", "status success"]
    assert "How deep do I plant garlic?" in host.posted[0].body
    assert host.posted[0].body in (tmp_path / "page.md").read_text()
    assert hub.seen() == before


def test_a_bad_contribution_is_a_good_post(hub, host, step, tmp_path):
    head = hub.pull(7, HIDDEN, ("How deep do I plant garlic?", "Five centimetres deep."))
    host.open(7, head)
    collected = step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")
    assert (collected.code, collected.told["judgeable"], collected.told["errors"]) == (0, 1, 2)
    assert step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out").code == 0
    posted = step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "out", "--publish")
    assert (posted.code, posted.told["decision"]) == (0, "changes")
    assert host.writes[-2:] == ["label waiting:author", "status failure"]


def test_nothing_of_where_a_conversation_comes_from_reaches_the_judge(hub, step, tmp_path):
    head = hub.pull()
    step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")
    told = json.loads((tmp_path / "in/collected.json").read_bytes())
    assert {key for chat in told["conversations"] for key in chat} == {"id", "messages"}
    assert "garden-bot" not in (tmp_path / "in/collected.json").read_text()


def test_without_judgements_the_review_waits_for_the_judge(hub, host, step):
    head = hub.pull()
    host.open(7, head)
    posted = step("post", "--pull", 7, "--head", head, "--unjudged", "skipped\x1b[31m", "--publish")
    assert posted.code == 0
    assert host.writes[-2:] == ["label waiting:judge", "status pending"]
    assert "review" not in host.writes
    assert "\x1b" not in posted.err


def test_a_judge_that_fails_as_a_whole_leaves_no_file_and_no_zero(hub, step, tmp_path, monkeypatch):
    head = hub.pull()
    step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")

    def fail(*_):
        raise SelfsownError("the model does not answer", "wait")

    monkeypatch.setattr(FeaturesJudge, "judge", fail)
    said = step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out")
    assert (said.code, said.out) == (3, "")
    assert not (tmp_path / "out").exists()


def test_several_judges_answer_in_one_file(hub, host, step, tmp_path, judged):
    head = hub.push(7, git(hub.bare, "rev-parse", "refs/pull/7/head"))
    said = [
        json.dumps({**entry, "judge": "another"})
        for entry in json.loads((judged / "judged.json").read_bytes())["judgements"]
    ]
    (tmp_path / "script.jsonl").write_text("\n".join(said) + "\n")
    two = ["--judge", "features", "--judge", f"scripted:{tmp_path / 'script.jsonl'}"]
    assert step("judge", "--collected", tmp_path / "in", *two, "-o", tmp_path / "two").told["judged"] == 4
    host.open(7, head)
    assert step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "two", "--publish").code == 0
    assert "Judged by 2 judges" in host.posted[0].body


def test_where_the_head_has_moved_nothing_is_collected_or_posted(hub, host, step, judged, tmp_path):
    old = git(hub.bare, "rev-parse", "refs/pull/7/head")
    host.open(7, hub.pull(7, ("Is rhubarb a fruit?", "It is a vegetable, by its stalks.")))
    collected = step("collect", "--pull", 7, "--head", old, "-o", tmp_path / "again")
    assert (collected.code, collected.told["outcome"]) == (0, "superseded")
    assert not (tmp_path / "again").exists()
    posted = step("post", "--pull", 7, "--head", old, "--judged", judged, "--publish")
    assert (posted.code, posted.told["outcome"], posted.told["decision"]) == (0, "superseded", None)
    assert "superseded" in posted.err
    assert host.writes == []


def test_where_the_head_moves_after_the_fetch_the_host_has_the_last_word(hub, host, step, judged):
    head = git(hub.bare, "rev-parse", "refs/pull/7/head")
    host.open(7, "f" * 40)
    posted = step("post", "--pull", 7, "--head", head, "--judged", judged, "--publish")
    assert (posted.code, posted.told["outcome"], host.writes) == (0, "superseded", [])
    host.open(7, head, is_open=False)
    assert step("post", "--pull", 7, "--head", head, "--judged", judged).told["outcome"] == "superseded"


def test_where_the_tool_fails_the_status_says_so(hub, host, step, judged, monkeypatch):
    head = git(hub.bare, "rev-parse", "refs/pull/7/head")
    host.open(7, head)
    monkeypatch.setenv("GITHUB_RUN_ID", "99")

    def fail(*_):
        raise Unsure("no answer from ::error::", "try again")

    monkeypatch.setattr(host, "files", fail)
    said = step("post", "--pull", 7, "--head", head, "--judged", judged, "--publish")
    assert (said.code, said.out, host.writes) == (3, "", ["status error"])
    (status,) = host.set[head]
    assert status.description == "The review failed; it is tried again by itself. Run 99, attempt 1."
    monkeypatch.setattr(host, "set_status", fail)
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    assert step("post", "--pull", 7, "--head", head, "--judged", judged, "--publish").code == 3


def test_what_nobody_expected_sets_the_status_too_and_a_kill_does_not(hub, host, step, judged, monkeypatch):
    head = git(hub.bare, "rev-parse", "refs/pull/7/head")
    host.open(7, head)

    def fail(error):
        def decide(*_):
            raise error

        return decide

    monkeypatch.setattr("selfsown.cli.posting.decide_wanted", fail(ZeroDivisionError("\n::error::x ##[error]y")))
    said = step("post", "--pull", 7, "--head", head, "--judged", judged, "--publish")
    assert (said.code, host.writes) == (3, ["status error"])
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in said.err.splitlines())
    monkeypatch.setattr("selfsown.cli.posting.decide_wanted", fail(KeyboardInterrupt()))
    assert step("post", "--pull", 7, "--head", head, "--judged", judged, "--publish").code == 130
    assert host.writes == ["status error"]


def test_a_dry_run_that_fails_writes_nothing_either(hub, host, step, judged, tmp_path):
    head = git(hub.bare, "rev-parse", "refs/pull/7/head")
    host.open(7, head)
    said = step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "nothing")
    assert (said.code, host.writes) == (3, [])
    assert "the status would be set to error" in said.err


def test_the_rules_are_those_of_the_trusted_checkout(hub, host, step, tmp_path):
    policy = (
        (hub.author / "schema/policy.toml").read_bytes().replace(b"combining_marks = 30", b"combining_marks = 30000")
    )
    chat = ("How deep do I plant garlic?", "Fi" + "\u0316" * 40 + "ve centimetres.")
    head = hub.push(7, hub.commit({**hub.shards(chat), "schema/policy.toml": ("100644", policy)}))
    host.open(7, head)
    posted = step("post", "--pull", 7, "--head", head, "--unjudged", "x", "--publish")
    assert posted.told["decision"] == "changes"
    assert "S309" in host.posted[0].body


def hostile(hub) -> dict[str, tuple[str, bytes]]:
    """Requirement 3 of the security report: what a pull request may be made of, beside one good shard."""
    month = "corpus/original/2026-09"
    good = hub.shards(("Is rhubarb a fruit?", "It is a vegetable, by its stalks."))
    (path,) = good
    return {
        **good,
        f"{month}/link.jsonl": ("120000", b"/etc/passwd"),
        f"{month}/module": ("160000", git(hub.author, "rev-parse", "main").encode()),
        f"{month}/program.jsonl": ("100755", b"#!/bin/sh\ntouch owned\n"),
        "corpus/.gitattributes": ("100644", b"* filter=evil diff=evil\n"),
        ".gitattributes": ("100644", b"* filter=evil\n"),
        "conftest.py": ("100644", b"open('owned', 'w')\n"),
        "tools/selfsown/cli/main.py": ("100644", b"open('owned', 'w')\n"),
        path.replace("garden-bot", "GARDEN-BOT"): ("100644", good[path][1]),
        f"{month}/cafe\u0301.jsonl": ("100644", b"x"),
        f"{month}/caf\u00e9.jsonl": ("100644", b"x"),
        f"{month}/\u202egpj.jsonl": ("100644", b"x"),
        f"{month}/a\n::error::b##[error]c\x1b[31m.jsonl": ("100644", b"x"),
        f"{month}/$(touch owned).jsonl": ("100644", b"x"),
        f"{month}/not-utf-8-\udce9.jsonl": ("100644", b"x"),
        f"{month}/pointer.jsonl": ("100644", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    }


def test_whatever_a_pull_request_is_made_of_nothing_of_it_lands_on_the_disk(
    hub, host, step, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    git(hub.trusted, "config", "filter.evil.smudge", "touch owned")
    git(hub.trusted, "config", "diff.evil.textconv", "touch owned")
    head = hub.push(7, hub.commit(hostile(hub)))
    host.open(7, head)
    before = hub.seen()
    said = [
        step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in"),
        step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out"),
        step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "out", "--publish"),
    ]
    assert [one.code for one in said] == [0, 0, 0]
    assert said[2].told["decision"] == "changes"
    assert hub.seen() == before
    assert not list(tmp_path.rglob("owned"))
    main(["validate", "--base", "HEAD", "--head", head, "--format", "json"])
    numbers = {finding["number"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert {"S501", "S502", "S503", "S504", "S506", "S507", "S515"} <= numbers
    for line in "".join(one.out + one.err for one in said).splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    assert "\x1b" not in (tmp_path / "page.md").read_text()


@pytest.mark.parametrize("name", ["..", ".git", ".GIT"])
def test_objects_that_git_refuses_are_the_contribution_s_problem(hub, host, step, tmp_path, name):
    blob = git(hub.author, "hash-object", "-w", "--stdin", input=b"x")
    raw = f"100644 {name}\0".encode() + bytes.fromhex(blob)
    tree = git(hub.author, "hash-object", "-w", "--literally", "-t", "tree", "--stdin", input=raw)
    identity = {
        "env": os.environ
        | {f"GIT_{who}_{what}": "m@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    }
    head = hub.push(7, git(hub.author, "commit-tree", tree, "-p", "main", "-m", "x", **identity))
    host.open(7, head)
    before = hub.seen()
    collected = step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")
    assert (collected.code, collected.told["judgeable"]) == (0, 0)
    assert step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out").code == 0
    posted = step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "out", "--publish")
    assert (posted.code, posted.told["decision"]) == (0, "changes")
    assert "S519 bad-history" in host.posted[0].body
    assert hub.seen() == before


def test_commits_without_a_common_history_are_the_contribution_s_problem(hub, host, step):
    identity = {
        "env": os.environ
        | {f"GIT_{who}_{what}": "m@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    }
    head = hub.push(
        7, git(hub.author, "commit-tree", git(hub.author, "rev-parse", "main^{tree}"), "-m", "x", **identity)
    )
    host.open(7, head)
    assert step("post", "--pull", 7, "--head", head, "--unjudged", "x").told["decision"] == "changes"


def test_a_pull_request_over_the_limits_does_not_fill_the_hand_off(hub, host, step, tmp_path):
    chats = [(f"What is {number} and {number}?", f"{number * 2}, and " + "a long word " * 900) for number in range(130)]
    head = hub.pull(7, *chats)
    host.open(7, head)
    collected = step("collect", "--pull", 7, "--head", head, "-o", tmp_path / "in")
    assert 0 < collected.told["judgeable"] <= 100
    assert (tmp_path / "in/collected.json").stat().st_size < 2 * 1024 * 1024
    assert step("judge", "--collected", tmp_path / "in", "-o", tmp_path / "out").code == 0
    posted = step("post", "--pull", 7, "--head", head, "--judged", tmp_path / "out", "--publish")
    assert posted.told["decision"] == "changes"


def test_a_status_of_before_does_not_hide_a_new_failure(hub, host, step, tmp_path, monkeypatch):
    head = hub.pull()
    host.open(7, head)
    for run in ("1", "2"):
        monkeypatch.setenv("GITHUB_RUN_ID", run)
        assert step("post", "--pull", 7, "--head", head, "--judged", tmp_path, "--publish").code == 3
    assert [status.state for status in host.set[head]] == [StatusState.ERROR] * 2
    assert replace(host.set[head][0], description="") == replace(host.set[head][1], description="")
