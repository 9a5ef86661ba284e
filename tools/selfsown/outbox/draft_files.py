"""Draft submissions that wait on this machine: one file per conversation, whole or not there.

`.selfsown/outbox/<id>.jsonl` is a draft; `.selfsown/outbox/submitted/<id>.jsonl` has been put on a branch.
"""

from __future__ import annotations

from pathlib import Path

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation
from selfsown.shard import write_atomically


def outbox_folder(root: Path) -> Path:
    """Where the drafts of a checkout lie."""
    return root / ".selfsown" / "outbox"


def write_draft(root: Path, conversation: Conversation) -> Path:
    """Keep a conversation as a draft. Keeping it again changes nothing."""
    path = outbox_folder(root) / f"{conversation.id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, canonical_line(conversation.to_json()))
    return path


def list_drafts(root: Path) -> list[Path]:
    """The drafts, in the order of their ids."""
    return sorted(outbox_folder(root).glob("c-*.jsonl"))


def mark_submitted(drafts: list[Path]) -> None:
    """Move drafts to the submitted ones."""
    for path in drafts:
        folder = path.parent / "submitted"
        folder.mkdir(exist_ok=True)
        path.replace(folder / path.name)
