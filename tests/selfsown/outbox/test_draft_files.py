"""Drafts: whole or not there, kept once, moved when submitted."""

from __future__ import annotations

import json

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.outbox import draft_files
from selfsown.outbox.draft_files import list_drafts, mark_submitted, outbox_folder, write_draft


def draft(text="Hi") -> Conversation:
    return Conversation((Turn("user", text), Turn("assistant", "Hello.")), "chat", "CC0-1.0", "2026-01-01")


def test_a_draft_is_one_line_under_its_id(tmp_path):
    path = write_draft(tmp_path, draft())
    assert path == outbox_folder(tmp_path) / f"{draft().id}.jsonl"
    assert json.loads(path.read_text()) == draft().to_json()
    assert path.read_bytes().endswith(b"}\n")


def test_keeping_it_again_changes_nothing(tmp_path):
    first = write_draft(tmp_path, draft()).read_bytes()
    assert write_draft(tmp_path, draft()).read_bytes() == first
    assert len(list_drafts(tmp_path)) == 1


def test_drafts_are_listed_by_id_and_nothing_else_is(tmp_path):
    assert list_drafts(tmp_path) == []
    paths = [write_draft(tmp_path, draft(str(number))) for number in range(4)]
    (outbox_folder(tmp_path) / ".c-half.jsonl.x1").write_text("half")
    (outbox_folder(tmp_path) / "notes.txt").write_text("mine")
    assert list_drafts(tmp_path) == sorted(paths)


def test_what_is_submitted_is_moved_and_can_be_kept_again(tmp_path):
    path = write_draft(tmp_path, draft())
    mark_submitted([path])
    assert list_drafts(tmp_path) == []
    assert (path.parent / "submitted" / path.name).is_file()
    mark_submitted([write_draft(tmp_path, draft())])
    assert list_drafts(tmp_path) == []


def test_a_crash_while_writing_leaves_no_draft(tmp_path, monkeypatch):
    def crash(path, content, **_):
        raise KeyboardInterrupt

    monkeypatch.setattr(draft_files, "write_atomically", crash)
    with pytest.raises(KeyboardInterrupt):
        write_draft(tmp_path, draft())
    assert list_drafts(tmp_path) == []
