"""Requirement 9: nothing that was found about one head is ever said, set, approved or merged for another.

How a publisher behaves whose head moves between two of its own requests: tests/selfsown/pull/test_exactly_once.py.
"""

from __future__ import annotations

import pytest
from tests.security.scene import GOOD, NAME, Scene

from selfsown.cli.main import main

OTHER = ("When do I sow broad beans?", "In late autumn where winters are mild, otherwise in early spring.")
BAD = ("Is it?", "ok")


@pytest.fixture
def ruled(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With the ruleset that `selfsown setup-github` makes for an App."""
    monkeypatch.setattr("selfsown.github_settings.WRITE_PAUSE", None)
    with monkeypatch.context() as owner:
        owner.setenv("GITHUB_TOKEN", scene.tokens["owner"])
        assert main(["setup-github", "--publish", "--app-id", str(scene.app)]) == 0
    return scene


def move(scene: Scene, *chats: tuple[str, ...]) -> str:
    """Mira pushes something else to the branch."""
    return scene.push(scene.commit(scene.good(*chats)))


@pytest.mark.parametrize("later", [BAD, OTHER], ids=["worse", "as good"])
def test_between_the_judge_and_the_post(ruled: Scene, later):
    number, old = ruled.bring(ruled.good())
    folder = ruled.judge(number, old)
    new = move(ruled, GOOD, later)
    writes = list(ruled.world.writes)
    said = ruled.post(number, old, folder)
    assert (said.code, said.told["outcome"], said.told["writes"]) == (0, "superseded", 0)
    assert "superseded" in said.err
    assert ruled.world.writes == writes
    assert ruled.statuses(old) == ruled.statuses(new) == ruled.comments(number) == []
    forged = ruled.post(number, new, folder)
    assert (forged.code, ruled.comments(number)) == (3, []), "judgements of the old head are none of the new one"
    assert ruled.statuses(new)[0][0] == "error"


def test_between_the_commit_that_was_named_and_any_step(ruled: Scene):
    number, old = ruled.bring(ruled.good())
    new = move(ruled, OTHER)
    folder = ruled.kept / "in"
    said = ruled.step("collect", "--pull", number, "--head", old, "-o", folder)
    assert (said.code, said.told["outcome"], folder.exists()) == (0, "superseded", False)
    assert ruled.step("find", "--head", old).told == []
    assert ruled.step("find", "--pull", number, "--head", old).told == []
    assert ruled.step("find", "--pull", number).told == [{"pull": number, "head": new}]


def test_between_a_command_and_its_run(ruled: Scene, monkeypatch: pytest.MonkeyPatch):
    number, old = ruled.bring(ruled.good())
    ruled.review(number, old)
    ruled.ask("owner", "POST", f"/issues/{number}/comments", {"body": "/rejudge"})
    assert ruled.step("answer", "--pull", number, "--publish").code == 0
    (event,) = [it for it in [*ruled.world.events, *ruled.world.muted] if it.name == "workflow_dispatch"]
    assert event.payload["inputs"] == {"pull": str(number), "head": old}
    assert ruled.statuses(old)[0][0] == "pending"
    new = move(ruled, BAD)
    writes = list(ruled.world.writes)
    assert ruled.step("find", "--pull", number, "--head", old).told == []
    assert ruled.step("post", "--pull", number, "--head", old, "--unjudged", "x", "--publish").told["writes"] == 0
    assert ruled.world.writes == writes
    assert ruled.statuses(new) == []
    assert ruled.merge(number, old)[0] == 409
    assert ruled.step("find", "--sweep").told == [{"pull": number, "head": new}]


def test_between_the_review_and_the_merge(ruled: Scene):
    number, old = ruled.bring(ruled.good())
    ruled.pass_check(old, "validate")
    assert ruled.review(number, old).told["decision"] == "human"
    ruled.approve(number, old)
    new = move(ruled, GOOD, BAD)
    ruled.pass_check(new, "validate")
    main_before = ruled.world.state.repositories[NAME].branch("main")
    assert ruled.merge(number, old) == (409, "Head branch was modified. Review and try the merge again.")
    status, why = ruled.merge(number, new)
    assert status == 405
    assert 'Required status check "selfsown/review" is expected.' in why
    assert "approving review" in why, "the approval of the old head is none of the new one"
    ruled.approve(number, new)
    assert ruled.review(number, new).told["decision"] == "changes"
    assert ruled.merge(number, new)[0] == 405
    assert ruled.world.state.repositories[NAME].branch("main") == main_before
    assert ruled.statuses(old)[0][0] == "success"


def test_a_head_that_goes_away_and_comes_back_has_its_own_review_again(ruled: Scene):
    number, first = ruled.bring(ruled.good())
    ruled.review(number, first)
    second = move(ruled, BAD)
    ruled.review(number, second)
    (sticky,) = ruled.comments(number)
    assert second[:12] in sticky
    ruled.push(first)
    assert ruled.step("find", "--pull", number).told == [{"pull": number, "head": first}]
    ruled.review(number, first)
    (sticky,) = ruled.comments(number)
    assert first[:12] in sticky
    assert second[:12] not in sticky
    assert (ruled.statuses(first)[0][0], ruled.statuses(second)[0][0]) == ("success", "failure")
