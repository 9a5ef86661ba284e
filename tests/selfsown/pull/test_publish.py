"""Publishing on the double, one trouble at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from github_double import Fault, Killed
from tests.selfsown.pull.stage import BOT, Stage, patient

from selfsown.host import Busy, Refused, StatusState, Unsure
from selfsown.pull import sentences
from selfsown.pull.pace import Pace
from selfsown.pull.present import verdict_marker
from selfsown.pull.publish import Outcome, plan, publish
from selfsown.pull.wanted import CONTEXT, decide_failed
from selfsown.pull.writes import AddReview, AddSticky, EditSticky, SetStatus
from selfsown.render.markdown import MARKER


def post(stage: Stage, name: str = "first", pace: Pace | None = None) -> Outcome:
    head = stage.heads[name]
    return publish(stage.door(), stage.number, head, stage.decide(head), pace or patient())


def kinds(outcome: Outcome) -> list[str]:
    return [type(write).__name__ for write in outcome.written]


def test_a_first_review_takes_four_writes(stage):
    waits: list[float] = []
    outcome = post(stage, pace=patient(waits=waits))
    assert kinds(outcome) == ["AddReview", "AddSticky", "AddLabel", "SetStatus"]
    assert len(stage.world.writes) == 4
    assert (outcome.is_superseded, outcome.tries, waits) == (False, 1, [Pace().settle])
    assert [it.line for it in stage.mine("line_comments")] == [1, 4, 2, 3]
    assert stage.status(stage.head).state == "success"


def test_again_writes_nothing(stage):
    post(stage)
    waits: list[float] = []
    assert post(stage, pace=patient(waits=waits)).written == ()
    assert waits == []


def test_a_dry_run_reads_only_and_says_what_it_would_write(stage):
    head = stage.heads["first"]
    planned = plan(stage.door(), stage.number, head, stage.decide(head))
    assert stage.world.writes == []
    assert planned == post(stage).written
    stage.move("broken")
    assert plan(stage.door(), stage.number, head, stage.decide(head)) is None


def test_a_later_push_of_the_same_verdict_edits_in_place(stage):
    post(stage)
    stage.move("rescored")
    told = stage.notifications
    assert kinds(post(stage, "rescored")) == [
        "EditReview",
        "EditLineComment",
        "EditLineComment",
        "EditSticky",
        "Hide",
        "SetStatus",
    ]
    assert stage.notifications == told


def test_a_flip_is_a_new_review_and_the_old_one_is_hidden(stage):
    post(stage)
    stage.move("broken")
    post(stage, "broken")
    assert len(stage.mine("reviews")) == 1
    assert len(stage.mine("reviews", visible=False)) == 2
    assert stage.waiting == ["waiting:author"]
    assert stage.status(stage.head).state == "failure"
    assert {it.commit for it in stage.mine("line_comments")} == {stage.head}


@pytest.mark.parametrize("what", ["moved", "closed"])
def test_what_was_superseded_is_given_up_without_a_write(stage, what):
    if what == "moved":
        stage.move("broken")
    else:
        stage.ask("owner", "PATCH", f"/pulls/{stage.number}", {"state": "closed"})
    before = list(stage.world.writes)
    outcome = post(stage)
    assert (outcome.is_superseded, outcome.written) == (True, ())
    assert stage.world.writes == before


def test_a_renamed_bot_knows_its_own(stage):
    post(stage)
    stage.world.rename_account(BOT, "another-name[bot]")
    assert post(stage).written == ()


def test_somebody_who_copies_our_markers_is_passed_over(stage):
    body = f"{MARKER}\n\nAll is well."
    fake = stage.ask("mira", "POST", f"/issues/{stage.number}/comments", {"body": body})["id"]
    review = {"event": "COMMENT", "body": f"{verdict_marker(stage.reviews[stage.head].decision, stage.head)}\n\nFine!"}
    stage.ask("mira", "POST", f"/pulls/{stage.number}/reviews", review)
    assert kinds(post(stage)) == ["AddReview", "AddSticky", "AddLabel", "SetStatus"]
    assert stage.world.state.comments[fake].body == body
    assert not stage.world.state.comments[fake].minimized


def test_a_status_somebody_else_sets_after_ours_is_answered_by_ours(stage):
    post(stage)
    stage.ask("owner", "POST", f"/statuses/{stage.head}", {"state": "error", "context": CONTEXT, "description": "no"})
    assert kinds(post(stage)) == ["SetStatus"]
    assert stage.status(stage.head).state == "success"


def test_a_comment_a_maintainer_edited_is_mended(stage):
    post(stage)
    sticky = stage.mine("comments")[0]
    wanted = sticky.body
    stage.ask("maintainer", "PATCH", f"/issues/comments/{sticky.id}", {"body": f"{MARKER}\n\nedited"})
    assert kinds(post(stage)) == ["EditSticky"]
    assert sticky.body == wanted


def test_a_comment_a_maintainer_deleted_comes_back_once(stage):
    post(stage)
    sticky = stage.mine("comments")[0]
    stage.ask("maintainer", "DELETE", f"/issues/comments/{sticky.id}")
    assert kinds(post(stage)) == ["AddSticky"]
    assert post(stage).written == ()


def test_a_comment_that_is_deleted_while_we_write_is_posted_anew(stage):
    post(stage)
    stage.move("rescored")
    sticky = stage.mine("comments")[0]

    door = stage.door()
    edit = door.edit_comment

    def edit_after_deletion(identity: int, body: str) -> None:
        if identity == sticky.id and sticky.id in stage.world.state.comments:
            stage.ask("maintainer", "DELETE", f"/issues/comments/{sticky.id}")
        edit(identity, body)

    door.edit_comment = edit_after_deletion
    head = stage.heads["rescored"]
    outcome = publish(door, stage.number, head, stage.decide(head), patient())
    assert outcome.tries == 2
    assert [it.body for it in stage.mine("comments")] == [stage.wanted(head).sticky]
    assert any(isinstance(write, AddSticky) for write in outcome.written)
    assert not any(isinstance(write, EditSticky) for write in outcome.written)


def test_our_own_among_more_than_a_hundred_comments_is_found(stage):
    for number in range(105):
        stage.ask("mira", "POST", f"/issues/{stage.number}/comments", {"body": f"comment {number}"})
    post(stage)
    for number in range(105):
        stage.ask("mira", "POST", f"/issues/{stage.number}/comments", {"body": f"comment {number}"})
    assert post(stage).written == ()
    assert len(stage.mine("comments")) == 1


def test_comments_on_lines_that_github_refuses_are_left_out_and_that_is_said(stage):
    head = stage.heads["first"]
    wanted = stage.wanted(head)
    wrong = tuple(replace(comment, line=77) for comment in wanted.verdict.comments)
    refused = replace(wanted, verdict=replace(wanted.verdict, comments=wrong))
    outcome = publish(stage.door(), stage.number, head, refused, patient())
    assert outcome.tries == 1
    assert isinstance(outcome.written[0], AddReview)
    assert outcome.written[0].comments == ()
    assert stage.mine("line_comments") == []
    assert sentences.NO_LINE_COMMENTS in stage.mine("reviews")[0].body
    assert publish(stage.door(), stage.number, head, refused, patient()).written == ()
    assert post(stage).written == ()


def test_a_review_that_is_refused_without_comments_too_is_an_error(stage):
    head = stage.heads["first"]
    wanted = stage.wanted(head)
    huge = replace(wanted, verdict=replace(wanted.verdict, body="x" * 70_000))
    with pytest.raises(Refused) as caught:
        publish(stage.door(), stage.number, head, huge, patient())
    assert caught.value.code == 422
    assert stage.world.writes == []


def test_a_lost_answer_is_read_again_and_not_repeated(stage):
    stage.world.faults.append(Fault(r"POST .*/reviews$", "lost-answer"))
    stage.world.faults.append(Fault(r"GET .*/reviews", "slow-list"))
    waits: list[float] = []
    outcome = post(stage, pace=patient(waits=waits))
    assert outcome.tries == 2
    assert len(stage.mine("reviews", visible=False)) == 1
    assert waits == [3.0, 2.0, 3.0]


def test_a_run_that_follows_a_killed_one_waits_for_slow_lists(stage):
    stage.world.faults.append(Fault(r"POST .*/issues/\d+/comments$", "kill-after"))
    with pytest.raises(Killed):
        post(stage)
    stage.world.faults.append(Fault(r"GET .*/issues/\d+/comments", "slow-list"))
    post(stage)
    assert stage.notifications == 2


def test_what_comes_twice_all_the_same_is_hidden(stage):
    """A list that lags longer than we wait: nobody can tell; the next run makes it one again."""
    stage.world.faults.append(Fault(r"POST .*/issues/\d+/comments$", "lost-answer"))
    stage.world.faults.append(Fault(r"GET .*/issues/\d+/comments", "slow-list", times=2))
    post(stage)
    assert len(stage.mine("comments")) == 2
    oldest = stage.mine("comments")[0].id
    assert kinds(post(stage)) == ["Hide"]
    assert [it.id for it in stage.mine("comments")] == [oldest]


def test_a_limit_is_waited_out_as_long_as_github_asks(stage):
    stage.world.faults.append(Fault(r"POST .*/reviews$", "429", wait=40))
    stage.world.faults.append(Fault(r"POST .*/statuses/", "403-secondary", wait=None))
    waits: list[float] = []
    assert post(stage, pace=patient(waits=waits)).tries == 3
    assert waits == [3.0, 40.5, 3.0, 60.5]


def test_a_limit_of_hours_is_left_to_the_sweeper(stage):
    stage.world.faults.append(Fault(r"POST .*/reviews$", "429", wait=3600))
    with pytest.raises(Busy):
        post(stage)
    assert stage.status(stage.head) is None


def test_after_five_tries_the_error_is_told(stage):
    stage.world.faults.append(Fault(r"POST .*/reviews$", "500", times=99))
    waits: list[float] = []
    with pytest.raises(Unsure):
        post(stage, pace=patient(waits=waits))
    assert [wait for wait in waits if wait != 3.0] == [2.0, 4.0, 8.0, 16.0]


def test_what_is_not_allowed_is_told_at_once(stage):
    stage.world.state.tokens[stage.tokens["bot"]].permissions["pull_requests"] = "read"
    stage.world.state.tokens[stage.tokens["bot"]].permissions["issues"] = "read"
    waits: list[float] = []
    with pytest.raises(Refused) as caught:
        post(stage, pace=patient(waits=waits))
    assert (caught.value.code, waits) == (403, [3.0])
    assert "permission" in caught.value.tip


def test_where_the_tool_failed_only_the_status_says_so(stage):
    head = stage.heads["first"]
    outcome = publish(stage.door(), stage.number, head, decide_failed(head, "the hand-off is broken"), patient())
    assert outcome.written == (SetStatus(head, StatusState.ERROR, "the hand-off is broken", None),)
    post(stage)
    assert stage.status(head).state == "success"


def test_labels_of_others_stay(stage):
    stage.ask("owner", "POST", f"/issues/{stage.number}/labels", {"labels": ["bug", "waiting:judge"]})
    post(stage)
    assert sorted(stage.issue.labels) == ["bug", "waiting:reviewer"]
