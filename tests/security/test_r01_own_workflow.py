"""Requirement 1: a pull request that changes its own workflow merges nothing, whatever its jobs are called.

The rules are those that `selfsown setup-github` makes, with the shipped ruleset and with an App of one's own.
"""

from __future__ import annotations

import pytest
from tests.security.scene import NAME, PLAIN, Scene

from selfsown.cli.main import main
from selfsown.pull.wanted import CONTEXT

FORGED = (PLAIN, b"on: pull_request\njobs:\n  x:\n    name: selfsown/review\n    steps:\n      - run: 'true'\n")
WORKFLOW = ".github/workflows/validate.yml"


def set_up(scene: Scene, monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    """As the owner does, once; then the jobs are signed in again."""
    monkeypatch.setattr("selfsown.github_settings.WRITE_PAUSE", None)
    with monkeypatch.context() as owner:
        owner.setenv("GITHUB_TOKEN", scene.tokens["owner"])
        assert main(["setup-github", "--publish", *options]) == 0
    assert len(scene.world.state.repositories[NAME].rulesets) == 1


def forge(scene: Scene, head: str) -> None:
    """What the fork's own workflow file brings about: green jobs of any name, by GitHub Actions."""
    scene.pass_check(head, CONTEXT)
    scene.pass_check(head, "validate")


@pytest.fixture
def shipped(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Without an App: the workflow's own token posts."""
    set_up(scene, monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", scene.tokens["actions"])
    return scene


@pytest.fixture
def bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With an App of one's own, which posts."""
    set_up(scene, monkeypatch, "--app-id", str(scene.app))
    return scene


def test_a_green_job_of_that_name_does_not_outweigh_our_status(shipped: Scene):
    number, head = shipped.bring({WORKFLOW: FORGED, **shipped.good()})
    forge(shipped, head)
    shipped.approve(number, head)
    assert shipped.review(number, head).told["decision"] == "changes"
    forge(shipped, head)
    assert shipped.statuses(head) == [("failure", "Needs changes: 1 error to mend.")]
    status, why = shipped.merge(number, head)
    assert (status, "selfsown/review" in why, "validate" in why) == (405, True, False)
    (sticky,) = shipped.comments(number)
    assert "S501 outside-corpus .github/workflows/validate.yml" in sticky
    assert "maintenance pull request" in sticky


def test_a_workflow_alone_is_maintenance_and_waits_for_a_person(shipped: Scene):
    number, head = shipped.bring({WORKFLOW: FORGED})
    forge(shipped, head)
    assert shipped.review(number, head).told["decision"] == "human"
    (sticky,) = shipped.comments(number)
    assert "this is a maintenance pull request" in sticky
    status, why = shipped.merge(number, head)
    assert (status, "approving review" in why) == (405, True)


@pytest.mark.parametrize("entries", [{WORKFLOW: FORGED}, {}], ids=["its own workflow", "conversations alone"])
def test_before_our_review_a_person_s_approval_is_still_missing(shipped: Scene, entries):
    """The gap of the shipped ruleset that docs/security.md tells: the forged job counts until our status is there."""
    number, head = shipped.bring({**entries, **shipped.good()})
    forge(shipped, head)
    status, why = shipped.merge(number, head)
    assert (status, "approving review" in why, CONTEXT in why) == (405, True, False)


def test_with_an_app_of_ones_own_a_forged_job_never_counts(bound: Scene):
    number, head = bound.bring({WORKFLOW: FORGED, **bound.good()})
    forge(bound, head)
    bound.approve(number, head)
    status, why = bound.merge(number, head)
    assert (status, 'Required status check "selfsown/review" is expected.' in why) == (405, True)
    assert bound.review(number, head).told["decision"] == "changes"
    forge(bound, head)
    status, why = bound.merge(number, head)
    assert (status, 'Required status check "selfsown/review" is failing.' in why) == (405, True)


def test_the_same_rules_let_a_good_one_pass(bound: Scene):
    number, head = bound.bring(bound.good())
    bound.pass_check(head, "validate")
    bound.approve(number, head)
    assert bound.review(number, head).told["decision"] == "human"
    assert bound.merge(number, head)[0] == 200


@pytest.mark.parametrize("who", ["wally", "actions"])
def test_a_status_by_somebody_else_is_none(bound: Scene, who: str):
    number, head = bound.bring(bound.good(("Is it?", "ok")))
    bound.pass_check(head, "validate")
    bound.approve(number, head)
    forged = {"context": CONTEXT, "state": "success", "description": "fine"}
    bound.ask(who, "POST", f"/statuses/{head}", forged)
    assert bound.merge(number, head)[0] == 405
    assert bound.review(number, head).told["decision"] == "changes"
    bound.ask(who, "POST", f"/statuses/{head}", forged)
    assert bound.merge(number, head)[0] == 405
    folder = bound.judge(number, head)
    assert bound.post(number, head, folder).told["writes"] == 1, "what somebody put over our status is put right"
    assert bound.statuses(head)[0][0] == "failure"
    assert bound.post(number, head, folder).told["writes"] == 0


@pytest.mark.parametrize("who", ["mira", "stranger"])
def test_who_only_reads_sets_no_status_and_no_check(bound: Scene, who: str):
    _, head = bound.bring(bound.good())
    status, _ = bound.send(who, "POST", f"/statuses/{head}", {"context": CONTEXT, "state": "success"})
    run = {"name": CONTEXT, "head_sha": head, "status": "completed", "conclusion": "success"}
    assert (status, bound.send(who, "POST", "/check-runs", run)[0]) in {(403, 403), (404, 403), (404, 404), (403, 404)}
    assert bound.statuses(head) == []


def test_a_person_s_green_status_keeps_no_pull_request_from_its_review(bound: Scene):
    number, head = bound.bring(bound.good())
    bound.ask("wally", "POST", f"/statuses/{head}", {"context": CONTEXT, "state": "success"})
    assert bound.step("find", "--sweep").told == [{"pull": number, "head": head}]


def test_a_person_s_green_status_does_not_keep_ours_from_the_merge_queue(bound: Scene):
    queued = bound.world.push(NAME, "gh-readonly-queue/main/pr-7", {"corpus/x": "x"})
    bound.ask("wally", "POST", f"/statuses/{queued}", {"context": CONTEXT, "state": "success"})
    assert bound.step("queue", "--head", queued, "--publish").told["outcome"] == "reported"
    assert bound.step("queue", "--head", queued, "--publish").told["outcome"] == "known"
