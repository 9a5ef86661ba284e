"""From what stands there to what is wanted, one difference at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.host import StatusState
from selfsown.pull import sentences
from selfsown.pull.present import Present, verdict_marker
from selfsown.pull.reconcile import decide_writes
from selfsown.pull.wanted import Status, Verdict, Wanted, decide_failed
from selfsown.pull.writes import (
    AddLabel,
    AddReview,
    AddSticky,
    EditLineComment,
    EditReview,
    EditSticky,
    Hide,
    Obsolete,
    RemoveLabel,
    SetStatus,
)
from selfsown.render.markdown import MARKER, Comment, comment_marker
from selfsown.review import Decision

A, B, C = ("a" * 16, "b" * 16, "c" * 16)


def comment(key: str, text: str = "new") -> Comment:
    return Comment(key, "a.jsonl", 1, f"{comment_marker(key)}\n\n{text}\n")


def wanted_of(head: str, decision: Decision = Decision.CHANGES, *comments: Comment) -> Wanted:
    return Wanted(
        head=head,
        status=Status(StatusState.FAILURE, "mend it"),
        verdict=Verdict(decision, "new", comments),
        sticky=f"{MARKER}\n\nnew\n",
        label="waiting:author",
    )


def is_done(posted, **facts) -> Present:
    """Everything as `wanted_of` wants it, but for `facts`."""
    done = Present(
        pull=posted.pull(labels=("waiting:author",)),
        stickies=(posted.sticky(1, "new"),),
        reviews=(posted.review(2, Decision.CHANGES, "new"),),
        status=posted.status(StatusState.FAILURE, "mend it"),
    )
    return replace(done, **facts)


def hide(*obsolete: str) -> Hide:
    """`hide("PRR2", "PRRC10 10")`: nodes, with the id of a line comment behind a blank."""
    parts = (it.partition(" ") for it in obsolete)
    return Hide(tuple(Obsolete(node, int(line) if line else None) for node, _, line in parts))


def test_an_empty_pull_request_gets_all_of_it_in_order(posted):
    writes = decide_writes(wanted_of(posted.head, Decision.CHANGES, comment(A)), Present(posted.pull()))
    assert [type(write) for write in writes] == [AddReview, AddSticky, AddLabel, SetStatus]
    review = writes[0]
    assert review.body.startswith(f"{verdict_marker(Decision.CHANGES, posted.head)}\n")
    assert [(it.path, it.line) for it in review.comments] == [("a.jsonl", 1)]
    assert sentences.NO_LINE_COMMENTS in review.bare_body
    assert sentences.NO_LINE_COMMENTS not in review.body


def test_where_all_is_as_wanted_nothing_is_written(posted):
    assert decide_writes(wanted_of(posted.head), is_done(posted)) == ()


def test_line_ends_of_the_host_are_no_difference(posted):
    sticky = replace(posted.sticky(1), body=f"{MARKER}\r\n\r\nnew")
    assert decide_writes(wanted_of(posted.head), is_done(posted, stickies=(sticky,))) == ()


def test_a_later_push_with_the_same_verdict_edits_in_place(posted):
    lines = (posted.line(10, A, 2), posted.line(11, B, 2), posted.line(12, C, 2, "new"))
    present = is_done(posted, stickies=(posted.sticky(1, "other"),), lines=lines)
    wanted = wanted_of(posted.later, Decision.CHANGES, comment(A), comment(C), comment("d" * 16))
    assert decide_writes(wanted, present) == (
        EditReview(2, f"{verdict_marker(Decision.CHANGES, posted.later)}\n\nnew\n"),
        EditLineComment(10, comment(A).body),
        EditSticky(1, wanted.sticky),
        hide("PRRC11 11"),
    )


def test_another_verdict_is_posted_anew_and_the_old_one_hidden_with_its_comments(posted):
    present = is_done(posted, lines=(posted.line(10, A, 2),))
    writes = decide_writes(wanted_of(posted.head, Decision.HUMAN, comment(A)), present)
    assert [type(write) for write in writes] == [AddReview, Hide]
    assert len(writes[0].comments) == 1
    assert writes[1:] == (hide("PRR2", "PRRC10 10"),)


def test_only_the_newest_verdict_counts_as_told(posted):
    """Fine, then changes, then fine again is worth a notification though a fine one still stands."""
    reviews = (posted.review(2, Decision.HUMAN, "new"), posted.review(3, Decision.CHANGES, "new"))
    writes = decide_writes(wanted_of(posted.head, Decision.HUMAN), is_done(posted, reviews=reviews))
    assert [type(write) for write in writes] == [AddReview, Hide]
    writes = decide_writes(wanted_of(posted.head, Decision.CHANGES), is_done(posted, reviews=reviews))
    assert writes == (hide("PRR2"),)


@pytest.mark.parametrize("decision", [Decision.CHANGES, Decision.HUMAN])
def test_what_a_person_replied_to_is_never_hidden(posted, decision):
    present = is_done(posted, lines=(posted.line(10, A, 2),), replied=frozenset({10}))
    writes = decide_writes(wanted_of(posted.head, decision), present)
    assert Obsolete("PRRC10", 10) not in {it for write in writes if isinstance(write, Hide) for it in write.obsolete}


def test_a_comment_a_person_replied_to_is_edited_and_not_posted_again(posted):
    present = is_done(posted, lines=(posted.line(10, A, 2), posted.line(11, B, 2)), replied=frozenset({10}))
    writes = decide_writes(wanted_of(posted.head, Decision.HUMAN, comment(A), comment(B)), present)
    assert [it.body for it in writes[0].comments] == [comment(B).body]
    assert writes[1:] == (EditLineComment(10, comment(A).body), hide("PRR2", "PRRC11 11"))


def test_doubles_are_hidden_the_oldest_sticky_and_the_newest_review_stay(posted):
    present = is_done(
        posted,
        stickies=(posted.sticky(1, "new"), posted.sticky(5, "new")),
        reviews=(posted.review(2, Decision.CHANGES, "new"), posted.review(6, Decision.CHANGES, "new")),
        lines=(posted.line(10, A, 2, "new"), posted.line(11, A, 6, "new")),
    )
    writes = decide_writes(wanted_of(posted.head, Decision.CHANGES, comment(A)), present)
    assert writes == (hide("PRR2", "PRRC10 10", "IC5"),)


def test_while_the_judge_is_silent_an_old_verdict_says_so_and_keeps_its_comments(posted):
    wanted = replace(wanted_of(posted.later), verdict=None, outstanding="not yet", label="waiting:judge")
    present = is_done(posted, lines=(posted.line(10, A, 2),))
    writes = decide_writes(wanted, present)
    assert writes[0] == EditReview(2, f"{verdict_marker(Decision.CHANGES, posted.later)}\n\nnot yet\n")
    assert [type(write) for write in writes] == [EditReview, RemoveLabel, AddLabel]
    assert not any(isinstance(write, AddReview) for write in decide_writes(wanted, Present(posted.pull())))


def test_a_review_whose_comments_were_refused_keeps_saying_so(posted):
    bare = posted.review(2, Decision.CHANGES, f"new\n\n{sentences.NO_LINE_COMMENTS}")
    wanted = wanted_of(posted.head, Decision.CHANGES, comment(A))
    assert decide_writes(wanted, is_done(posted, reviews=(bare,))) == ()


def test_exactly_one_of_our_labels_stays_and_no_other_is_touched(posted):
    present = is_done(posted, pull=posted.pull(labels=("good", "Waiting:Judge", "waiting:reviewer", "waiting:else")))
    assert decide_writes(wanted_of(posted.head), present) == (
        RemoveLabel("waiting:reviewer"),
        RemoveLabel("Waiting:Judge"),
        AddLabel("waiting:author"),
    )


@pytest.mark.parametrize("change", [{"status": None}, {"status": ("pending", "mend it")}, {"status": ("failure", "x")}])
def test_another_status_is_set_last(posted, change):
    status = change["status"] and posted.status(StatusState(change["status"][0]), change["status"][1])
    writes = decide_writes(wanted_of(posted.head), is_done(posted, status=status, stickies=()))
    assert [type(write) for write in writes] == [AddSticky, SetStatus]


def test_a_failed_tool_changes_the_status_only(posted):
    present = is_done(posted, stickies=(posted.sticky(1), posted.sticky(4)), lines=(posted.line(10, A, 2),))
    assert [type(write) for write in decide_writes(decide_failed(posted.head, "why"), present)] == [SetStatus]
