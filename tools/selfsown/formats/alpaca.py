"""Alpaca: `instruction`, possibly `input`, `output` or `response`; also the `system` and `history` of its relatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from selfsown.formats.draft import Draft, Refused, Said, show

MERGES_TURNS = False

_NO_INPUT = frozenset({"", "<noinput>", "noinput"})


def matches(entry: Mapping[str, Any]) -> bool:
    """Whether it has an instruction and an answer."""
    return "instruction" in entry and ("output" in entry or "response" in entry)


def read_drafts(entry: Mapping[str, Any]) -> Iterable[Draft | Refused]:
    """One exchange, after the system turn and the history if there are any."""
    answer = "output" if "output" in entry else "response"
    if answer not in entry or "instruction" not in entry:
        raise Refused("not-this-format", "there is no instruction, or neither output nor response")
    turns: list[Said] = []
    if _text(entry, "system").strip():
        turns.append(("system", _text(entry, "system")))
    turns += _read_history(entry.get("history") or [])
    request, given = _text(entry, "instruction"), _text(entry, "input")
    if given.strip().lower() not in _NO_INPUT:
        request = f"{request.rstrip()}\n\n{given}"
    turns += [("user", request), ("assistant", _text(entry, answer))]
    return (Draft(turns),)


def _read_history(history: Any) -> list[Said]:
    turns: list[Said] = []
    for pair in history if isinstance(history, list) else [history]:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)):
            raise Refused("not-this-format", f"history holds {show(pair)}, not a request and its answer")
        turns += [("user", pair[0]), ("assistant", pair[1])]
    return turns


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("not-text", f"{name} holds {show(value)}, not text")
    return value
