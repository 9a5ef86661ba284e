"""Batches: frozen before they are sent, one at a time, and undone without losing who withdrew."""

from __future__ import annotations

import pytest
from tests.selfsown.outbox.stage import YES, chat, screened

from selfsown.outbox.entry import OutboxError, State


@pytest.fixture
def keys(outbox):
    return [screened(outbox, text, "Hello.") for text in ("a", "b", "c")]


def states(outbox, keys):
    return [str(outbox.read(key).state) for key in keys]


def test_only_what_is_screened_is_planned_and_all_or_nothing(outbox, keys):
    draft = outbox.keep(None, chat("d", "Hello."), YES)
    for wrong, words in (([keys[0], draft], "is draft"), ([], "needs"), ([keys[0], "o-1"], "no entry o-1")):
        with pytest.raises(OutboxError, match=words):
            outbox.plan("submit/x", wrong)
        assert outbox.find(batch="") == outbox.find()
    with pytest.raises(OutboxError, match="needs a branch"):
        outbox.plan("", keys)


def test_one_batch_is_open_at_a_time(outbox, keys, clock):
    outbox.plan("submit/x", keys[:1])
    outbox.plan("submit/x", keys[:1])
    for branch, others in (("submit/y", keys[1:]), ("submit/x", keys[:2])):
        with pytest.raises(OutboxError, match="submit/x is still open"):
            outbox.plan(branch, others)
    outbox.submit("submit/x", 4)
    with pytest.raises(OutboxError, match="submit/x is still open"):
        outbox.plan("submit/y", keys[1:])
    outbox.merge(keys[0])
    outbox.plan("submit/y", keys[1:])
    assert outbox.planned_on("2026-01-01") == 3
    assert outbox.planned_on("2026-01-02") == 0


def test_a_batch_that_never_got_out_is_released(outbox, keys):
    outbox.plan("submit/x", keys)
    outbox.withdraw(keys[1])
    outbox.release("submit/x")
    assert [(entry.state, entry.batch, entry.published) for entry in outbox.find()] == [
        (State.SCREENED, "", ""), (State.WITHDRAWN, "", ""), (State.SCREENED, "", ""),
    ]  # fmt: skip
    assert outbox.planned_on("2026-01-01") == 0
    outbox.release("submit/x")
    outbox.plan("submit/y", [keys[0]])


def test_a_branch_of_this_checkout_is_no_open_batch_and_can_be_released(outbox, keys):
    outbox.plan("submit/x", keys[:1])
    outbox.submit("submit/x", None)
    outbox.plan("submit/y", keys[1:2])
    assert states(outbox, keys) == ["submitted", "screened", "screened"]
    outbox.release("submit/x")
    assert states(outbox, keys) == ["screened"] * 3


def test_a_batch_has_one_pull_request(outbox, keys):
    with pytest.raises(OutboxError, match="no batch submit/x is planned"):
        outbox.submit("submit/x", 4)
    outbox.plan("submit/x", keys)
    outbox.withdraw(keys[1])
    outbox.submit("submit/x", 4)
    outbox.submit("submit/x", 4)
    assert [(entry.state, entry.pull) for entry in outbox.find()] == [
        (State.SUBMITTED, 4), (State.WITHDRAWN, 4), (State.SUBMITTED, 4),
    ]  # fmt: skip
    with pytest.raises(OutboxError, match="is pull request 4 already, not 5"):
        outbox.submit("submit/x", 5)
    with pytest.raises(OutboxError, match="is pull request 4 already"):
        outbox.release("submit/x")


def test_a_submission_is_recalled_without_who_withdrew(outbox, keys):
    outbox.plan("submit/x", keys)
    outbox.submit("submit/x", 4)
    outbox.withdraw(keys[1])
    outbox.recall("submit/x")
    outbox.settle("submit/x")
    assert states(outbox, keys) == ["screened", "withdrawn", "screened"]
    gone = outbox.read(keys[1])
    assert (gone.batch, gone.pull, gone.published) == ("", 4, chat("b", "Hello.").id)
    assert outbox.sent([chat(text, "Hello.").id for text in "abz"]) == {chat("b", "Hello.").id}
    outbox.plan("submit/y", [keys[0], keys[2]])


def test_what_was_dropped_is_declined_and_its_text_is_gone(outbox, keys):
    outbox.plan("submit/x", keys)
    outbox.submit("submit/x", 4)
    outbox.decline(keys[0], "dropped in review")
    outbox.merge(keys[1])
    assert [(outbox.read(key).reason, outbox.read(key).conversation) for key in keys[:2]] == [
        ("dropped in review", None), ("", None),
    ]  # fmt: skip
    with pytest.raises(OutboxError, match="is declined and cannot become merged"):
        outbox.merge(keys[0])
