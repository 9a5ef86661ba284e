"""`selfsown ci find`: from a commit, a number or nothing to pull requests, and nothing but numbers and ids goes on."""

from __future__ import annotations

import pytest

from selfsown.cli.main import main
from selfsown.host import Account, PostedStatus, StatusState

A, B, C = "a" * 40, "b" * 40, "c" * 40


def test_a_commit_that_no_open_pull_request_is_at(host, step):
    host.open(1, A)
    host.open(2, B, is_open=False)
    said = step("find", "--head", B)
    assert (said.code, said.told) == (0, [])
    assert "nothing to review" in said.err


def test_several_pull_requests_may_share_a_commit(host, step):
    host.open(1, A)
    host.open(2, B)
    host.open(3, A)
    assert step("find", "--head", A).out == f'[{{"pull":1,"head":"{A}"}},{{"pull":3,"head":"{A}"}}]\n'


def test_where_the_host_does_not_know_a_fork_s_commit_the_open_pull_requests_are_listed(host, step):
    host.listed_by_head = False
    host.open(1, A)
    host.open(2, B)
    assert step("find", "--head", B).told == [{"pull": 2, "head": B}]


def test_a_number_gives_its_head_of_now(host, step):
    host.open(1, A)
    host.open(2, B, is_open=False)
    host.open(3, C, base="release")
    assert step("find", "--pull", 1).told == [{"pull": 1, "head": A}]
    assert step("find", "--pull", 1, "--head", A).told == [{"pull": 1, "head": A}]
    assert step("find", "--pull", 1, "--head", B).told == []
    assert step("find", "--pull", 2).told == []
    assert step("find", "--pull", 3).told == []


def test_the_sweep_finds_what_has_no_review(host, step):
    host.open(1, A)
    host.open(2, B)
    stranger = Account(99, "stranger", False)
    now = "2026-09-14T10:00:00+00:00"
    host.set[A] = [PostedStatus("selfsown/review", StatusState.SUCCESS, "fine", host.me(), now)]
    host.set[B] = [PostedStatus("selfsown/review", StatusState.SUCCESS, "fine", stranger, now)]
    assert step("find", "--sweep").told == [{"pull": 2, "head": B}]


def test_the_app_that_posts_settles_a_head_for_a_sweep_that_is_the_workflow(host, step):
    host.open(1, A)
    app = Account(77, "selfsown-app[bot]", True)
    host.set[A] = [PostedStatus("selfsown/review", StatusState.FAILURE, "mend", app, "2026-09-14T10:00:00+00:00")]
    assert step("find", "--sweep").told == []


def test_the_sweep_looks_at_a_bounded_number(host, step, monkeypatch):
    for number in range(1, 200):
        host.open(number, f"{number:040x}", updated=f"2026-09-14T10:00:00.{number:06}+00:00")
    asked = []
    monkeypatch.setattr(host, "statuses", lambda sha: asked.append(sha) or [])
    assert len(step("find", "--sweep").told) == 5
    assert len(asked) == 60
    assert f"{199:040x}" in asked


@pytest.mark.parametrize("arguments", [[], ["--sweep", "--pull", "1"], ["--sweep", "--head", A]])
def test_it_is_one_or_the_other(host, step, arguments):
    assert step("find", *arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--head", "main"], ["--head", A[:39]], ["--head", A + "\n"], ["--head", "A" * 40], ["--pull", "0"],
        ["--pull", "-1"], ["--pull", "1 2"], ["--pull", "$(id)"], ["--pull", "\u0661"], ["--pull", "9" * 20],
    ],
)  # fmt: skip
def test_nothing_but_numbers_and_commit_ids_comes_in(host, arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["ci", "find", *arguments])
    assert stop.value.code == 2
    assert capsys.readouterr().out == ""
