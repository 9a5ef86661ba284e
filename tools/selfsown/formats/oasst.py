"""OASST message trees: `{"prompt": {"text", "role", "replies": […]}}`.

One conversation per path from the root to a leaf. A request that nobody answered is refused where its siblings go on
(the conversation up to it is part of their paths); otherwise the path ends with the answer before it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from selfsown.formats.draft import Draft, Refused, Said, read_role, show

MERGES_TURNS = False

MOST_PATHS = 1_000  # of one tree: paths share their beginnings, so a small hostile tree could make a huge corpus


def matches(entry: Mapping[str, Any]) -> bool:
    """Whether it has a prompt with a text."""
    return isinstance(entry.get("prompt"), dict)


def read_drafts(entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
    """The paths of the tree, and its branches that are none."""
    root = entry.get("prompt")
    if not isinstance(root, dict):
        raise Refused("not-this-format", "there is no object called prompt: only message trees are read, not flat rows")
    return _walk(root)


def _walk(root: dict[str, Any]) -> Iterator[Draft | Refused]:
    reason = _why_not(root)
    if reason:
        raise Refused(*reason)
    waiting: list[tuple[dict[str, Any], ...]] = [(root,)]
    paths = 0
    while waiting:
        path = waiting.pop()
        replies = path[-1].get("replies") or []
        going_on = [reply for reply in replies if _why_not(reply) is None]
        if any(_is_answered(reply) for reply in going_on):
            unanswered = [reply for reply in going_on if _is_unanswered(reply)]
            going_on = [reply for reply in going_on if not _is_unanswered(reply)]
            for reply in unanswered:
                yield Refused("unanswered-branch", "nobody answered this request; its siblings go on", reply)
        for reply in replies:
            reason = _why_not(reply)
            if reason:
                yield Refused(*reason, reply)
        waiting += [(*path, reply) for reply in reversed(going_on)]
        paths += not going_on
        if paths > MOST_PATHS:
            yield Refused("too-many-paths", f"the tree has more than {MOST_PATHS:,} paths; the others are left out")
            return
        if not going_on:
            yield _read_path(path)


def _why_not(node: Any) -> tuple[str, str] | None:
    """Why a branch ends before this node."""
    if not isinstance(node, dict) or not isinstance(node.get("replies") or [], list):
        return "not-this-format", f"a branch holds {show(node)}, not a message with replies"
    if node.get("deleted") is True:
        return "deleted-branch", "the message was deleted; it and everything below it is left out"
    text = node.get("text")
    if not isinstance(text, str) or not text.strip():
        return "empty-branch", "the message has no text; it and everything below it is left out"
    return None


def _read_path(path: tuple[dict[str, Any], ...]) -> Draft | Refused:
    turns: list[Said] = []
    try:
        turns = [(read_role(node.get("role"), index), node["text"]) for index, node in enumerate(path)]
    except Refused as refused:
        refused.part = path[-1]
        return refused
    facts: dict[str, Any] = {}
    language = path[0].get("lang")
    if isinstance(language, str) and language:
        facts["language"] = language
    models = {node.get("model_name") for node, turn in zip(path, turns, strict=True) if turn[0] == "assistant"}
    if len(models) == 1 and isinstance(model := models.pop(), str) and model:
        facts["model"] = model
    return Draft(turns, facts)


def _is_answered(reply: Any) -> bool:
    """Whether a request has an answer that can be used."""
    return _why_not(reply) is None and any(_why_not(answer) is None for answer in reply.get("replies") or [])


def _is_unanswered(reply: Any) -> bool:
    """Whether a usable request has no usable answer. (An answer without a request below it is the end of a path.)"""
    return _why_not(reply) is None and str(reply.get("role")) in ("prompter", "user") and not _is_answered(reply)
