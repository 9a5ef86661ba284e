"""Drafts that an older Selfsown left as files: taken in once, whole or not at all, and never sent unscreened."""

from __future__ import annotations

import pytest
from tests.selfsown.outbox.stage import chat

from selfsown.canonical import canonical_line
from selfsown.outbox.entry import OutboxError, State
from selfsown.outbox.store import find_outbox, open_outbox


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / ".selfsown" / "outbox"
    (folder / "submitted").mkdir(parents=True)
    for text, where in (("a", folder), ("b", folder), ("out", folder / "submitted")):
        entry = chat(text, "Hello.")
        (where / f"{entry.id}.jsonl").write_bytes(canonical_line({**entry.to_json(), "self_rating": 8.5}))
    return folder


def states(outbox):
    return sorted((str(entry.state), entry.conversation.turns[0].content) for entry in outbox.find())


def test_they_are_taken_in_and_removed(tmp_path, old):
    with find_outbox(tmp_path, {}) as outbox:
        assert states(outbox) == [("rated", "a"), ("rated", "b"), ("submitted", "out")]
        entry = outbox.find(State.RATED)[0]
        assert (entry.rating, entry.conversation.self_rating, entry.consent.train) == (8.5, 8.5, True)
        assert outbox.sent([chat("out", "Hello.").id]) == {chat("out", "Hello.").id}
    assert not old.exists()


def test_a_kill_between_taking_in_and_removing_doubles_none(tmp_path, old, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            open_outbox(tmp_path, {})
    with open_outbox(tmp_path, {}) as outbox:
        outbox.withdraw(outbox.find(State.RATED)[0].key)
        assert len(outbox.find()) == 3
    assert not old.exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"id":"c-1"}', b"\xff"])
def test_one_that_does_not_read_is_named_and_none_is_taken_in(tmp_path, old, content):
    (old / "c-broken.jsonl").write_bytes(content)
    (old / "notes.txt").write_text("mine")
    with pytest.raises(OutboxError, match=r"c-broken\.jsonl does not read"):
        open_outbox(tmp_path, {})
    assert len(list(old.rglob("c-*.jsonl"))) == 4
    (old / "c-broken.jsonl").unlink()
    with open_outbox(tmp_path, {}) as outbox:
        assert len(outbox.find()) == 3
    assert [path.name for path in old.iterdir()] == ["notes.txt"]
