"""S314 template-tokens: no leaked tokens of a chat template; quoted in code they are a warning.

A token in a text becomes a control token wherever a template is applied to it, so it could end a turn or open another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem

NUMBER = "S314"
NAME = "template-tokens"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")

# Without `<` and `INST]`, nothing below can match but behind one of these, whatever its case.
_LABELS = (b"### ", b"human:", b"assistant:", b"user:")

_TOKENS = re.compile(
    r"<[|\uff5c][A-Za-z0-9_\u2581/-]{1,40}[|\uff5c]>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
    r"|^### (?:Instruction|Input|Response|Human|Assistant|User|System):",
    re.MULTILINE,
)
# At the very start of a turn a label is a leak; further down it may be a play that somebody asked for.
_LABEL = re.compile(r"^[ \t]*(?:Human|Assistant|User|HUMAN|ASSISTANT|USER):", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_TICKS = re.compile("`+")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name the first token of every text, and whether it is quoted."""
    if b"<" in entry.raw or b"INST]" in entry.raw or _may_have_label(entry):
        for field, text in entry.texts:
            yield from _look(field, text, entry.kind)


def _may_have_label(entry: Entry) -> bool:
    """A cheap look: a label needs a colon besides those after the keys of the record and its messages."""
    colons = len(entry.record) + 2 * len(entry.contents) if entry.kind == "original" else 0
    if entry.raw.count(b":") <= colons:
        return False
    lowered = entry.raw.lower()
    return any(label in lowered for label in _LABELS)


def _look(field: str, text: str, kind: str) -> Iterator[Problem]:
    token, label = _TOKENS.search(text), _LABEL.search(text)
    if token is None and label is None:
        return
    prose = without_code(text)
    in_prose = _TOKENS.search(prose)
    leads = _LABEL.match(text)
    first = in_prose or leads or token or label
    if first is None:
        return
    is_error = kind != "ratings" and (in_prose is not None or leads is not None)
    yield Problem(
        f"{first[0].strip()!r} at character {first.start() + 1} looks like a leaked chat template"
        + ("" if is_error else " (quoted, or within the text)"),
        "remove it; to speak about it, put it in a code span: `…`",
        field,
        level=None if is_error else Level.WARNING,
    )


def without_code(text: str) -> str:
    """`text` with fenced blocks and code spans blanked out, every other character in its place. Linear in length."""
    if "`" not in text and "~~~" not in text:
        return text
    lines, fence = [], ""
    for line in text.split("\n"):
        match = _FENCE.fullmatch(line)
        if fence:
            lines.append(" " * len(line))
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            fence = match[1]
            lines.append(" " * len(line))
        else:
            lines.append(line)
    return _without_spans("\n".join(lines))


def _without_spans(text: str) -> str:
    ticks = list(_TICKS.finditer(text))
    next_of: dict[int, int] = {}
    closing: list[int | None] = [None] * len(ticks)
    for index in range(len(ticks) - 1, -1, -1):
        length = len(ticks[index][0])
        closing[index] = next_of.get(length)
        next_of[length] = index
    parts, position, index = [], 0, 0
    while index < len(ticks):
        end = closing[index]
        if end is None:
            index += 1
            continue
        start, stop = ticks[index].start(), ticks[end].end()
        parts += [text[position:start], " " * (stop - start)]
        position, index = stop, end + 1
    return "".join([*parts, text[position:]])
