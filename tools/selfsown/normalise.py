"""Turns made fit for the corpus: which are kept, one spelling of the text, one turn per speaker in a row.

What can be said in one way only is changed (Unicode form C, line feeds, outer white space); what somebody meant is
never changed in silence: hidden and control characters stay where they are, and the rules refuse them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selfsown.canonical import nfc
from selfsown.characters import mark_runs
from selfsown.formats.draft import Draft, Refused, Said
from selfsown.policy import Limits

# str.strip would also take control characters, which are to be refused, not dropped.
_OUTER = (
    " \t\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

_MAY_BE_MARKS = re.compile("[\u0300-\U0010ffff]")  # a cheap look: the class of all marks is slow


@dataclass(frozen=True, slots=True)
class Normal:
    """The `messages` of a record, what was trimmed to get them, and the weights of their assistant turns."""

    messages: list[dict[str, str]]
    trimmed: tuple[str, ...]
    weights: list[int | None]


def normalise(draft: Draft, limits: Limits, *, merges_turns: bool) -> Normal:
    """The turns of a draft, trimmed, cleaned and merged. Raises Refused."""
    turns, weights = draft.turns, draft.weights
    if len(turns) > limits.turns * 4:
        raise Refused("too-many-turns", f"it has {len(turns):,} turns; a conversation has at most {limits.turns}")
    lead, first, last = find_exchanges(turns)
    trimmed = []
    if first > lead:
        trimmed.append("answer before the first request")
    if last < len(turns):
        trimmed.append("request after the last answer")
    if trimmed:
        weights = weights[:lead] + weights[first:last]
        turns = turns[:lead] + turns[first:last]
    most = limits.record_bytes
    if sum(len(text) for _, text in turns) > most:
        raise Refused("record-too-long", f"its text alone is longer than the {most:,} bytes of a record")
    messages = [
        {"content": clean_text(text, index, limits.combining_marks), "role": role}
        for index, (role, text) in enumerate(turns)
    ]
    if weights:
        weights = [weight for weight, (role, _) in zip(weights, turns, strict=True) if role == "assistant"]
    return Normal(merge_turns(messages) if merges_turns else messages, tuple(trimmed), weights)


def find_exchanges(turns: list[Said]) -> tuple[int, int, int]:
    """(turns of the system in front, first turn after them that is no answer, end of the last answer), or Refused."""
    lead = 0
    while lead < len(turns) and turns[lead][0] == "system":
        lead += 1
    first, last = lead, len(turns)
    while first < last and turns[first][0] == "assistant":
        first += 1
    while last > first and turns[last - 1][0] != "assistant":
        last -= 1
    if last - first < 2:
        missing = "request before an answer" if first == len(turns) else "answer after a request"
        raise Refused("no-exchange", f"there is no {missing} in it, so there is no exchange to learn from")
    return lead, first, last


def clean_text(text: str, index: int, most_marks: int) -> str:
    """One turn's text in form C, with line feeds, without outer white space. Raises Refused."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip(_OUTER)
    if not text:
        raise Refused("empty-turn", f"turn {index} has no text")
    if text.isascii():
        return text
    if _MAY_BE_MARKS.search(text) and mark_runs(most_marks).search(text):
        raise Refused("combining-marks", f"turn {index} has more than {most_marks} combining marks in a row")
    return nfc(text)


def merge_turns(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Turns of one speaker in a row become one, with a blank line between."""
    merged: list[dict[str, str]] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1]["content"] += "\n\n" + message["content"]
        else:
            merged.append(message)
    return merged
