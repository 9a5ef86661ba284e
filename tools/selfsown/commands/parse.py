"""Which commands a comment gives. Pure; the comment is hostile.

A command stands on a line of its own, in a paragraph at the top level of the comment, as plain text: nothing that is
code, quoted, listed, hidden in HTML or part of a link counts. A Markdown parser says what is what, so that a person
reads the comment as this does. Time is bounded: the worst comment costs some tenths of a second.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from selfsown.canonical import nfc
from selfsown.characters import BIDI_CONTROLS, BIDI_MARKS, CONTROLS, HIDDEN, mark_runs

MOST_COMMANDS = 5
MOST_REASON = 300  # characters
_MOST_BODY = 20_000  # characters: whoever commands is brief, and every pass reads every comment
_MOST_PARAGRAPH = 8_000  # characters
_MOST_MARKS = 4

_CANDIDATE = re.compile(r"^[ \t>]*/[A-Za-z]", re.MULTILINE)
_WORD = re.compile(r"/([A-Za-z]{2,12})(?=\s|$)", re.ASCII)
_SCORE = re.compile(r"(10(?:\.0)?|[0-9](?:\.[0-9])?)(?:/10)?", re.ASCII)
_ID = re.compile(r"(?:[cwr]-)?[0-9a-f]{8,32}", re.ASCII)
_LIKE_ID = re.compile(r"[cwr]-\S*", re.ASCII)
# Tags that quote, list, hide or set as code what stands between them, also where Markdown resumes in between.
_WRAPPING = re.compile(
    r"<!--.*?(?:-->|\Z)|<(/?)(a|blockquote|cite|code|del|details|dl|iframe|kbd|math|noembed|noframes|noscript|ol|plaintext|pre|q"
    r"|s|samp|script|select|strike|style|svg|table|template|textarea|title|tt|ul|xmp)\b",
    re.IGNORECASE | re.DOTALL,
)
_TEXT = frozenset({"text", "text_special", "code_inline"})
_BREAKS = frozenset({"softbreak", "hardbreak"})


class Verb(StrEnum):
    """The commands."""

    RATE = "rate"
    DROP = "drop"
    REJUDGE = "rejudge"
    EXPLAIN = "explain"
    HELP = "help"


class Fault(StrEnum):
    """Why a command cannot be meant like this."""

    MISSPELT = "misspelt"
    SCORE = "score"
    NO_ID = "no-id"
    BAD_ID = "bad-id"


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked. `target` is an id or the beginning of one; `score` is out of ten; a misspelt one asks for help."""

    verb: Verb
    target: str = ""
    score: float | None = None
    reason: str = ""
    fault: Fault | None = None


def parse_commands(body: str) -> tuple[Command, ...]:
    """The first MOST_COMMANDS commands of a comment, in order. A `/word` that is no command of ours is none."""
    if len(body) > _MOST_BODY or not _CANDIDATE.search(body):
        return ()
    found: list[Command] = []
    for line in _plain_lines(body):
        command = _read_line(line)
        if command is not None:
            found.append(command)
            if len(found) == MOST_COMMANDS:
                break
    return tuple(found)


def clean_reason(text: str) -> str:
    """`text` on one line, without what hides or steers, in NFC, at most MOST_REASON characters."""
    words = " ".join(text[: 4 * MOST_REASON].split())[: 2 * MOST_REASON]
    words = words.encode("utf-8", "ignore").decode("utf-8")
    for pattern in (CONTROLS, BIDI_CONTROLS, BIDI_MARKS):
        words = pattern.sub("", words)
    words = nfc(mark_runs(_MOST_MARKS).sub(lambda run: run[0][:_MOST_MARKS], words))[:MOST_REASON]
    shorter = None
    while shorter != words:  # what stood between two hidden characters may have been all that was in order
        words, shorter = HIDDEN.sub(lambda match: match[0] if match["flag"] else "", words), words
    return " ".join(words.split())


def _plain_lines(body: str) -> Iterator[str]:
    """The lines of top-level paragraphs, with what is code, link, emphasis or HTML in them known."""
    markdown = MarkdownIt("commonmark").enable("table").disable("inline")
    environment: dict[str, object] = {}
    tokens = markdown.parse(body, environment)
    wraps: Counter[str] = Counter()
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "html_block":
            _count_wraps(token.content, wraps)
        is_paragraph = token.type == "inline" and before is not None and before.type == "paragraph_open"
        if not is_paragraph or len(token.content) > _MOST_PARAGRAPH:
            continue
        children: list[Token] = []
        if token.level == 1 and ("<" in token.content or _CANDIDATE.search(token.content)):
            markdown.inline.parse(token.content, markdown, environment, children)
        for line in _lines(children):
            for child in line:
                if child.type == "html_inline":
                    _count_wraps(child.content, wraps)
            if not wraps.total() and line and line[0].type == "text" and line[0].level == 0:
                yield "".join(child.content for child in line if child.type in _TEXT)


def _lines(children: Iterable[Token]) -> Iterator[Sequence[Token]]:
    line: list[Token] = []
    for child in children:
        if child.type in _BREAKS:
            yield line
            line = []
        else:
            line.append(child)
    yield line


def _count_wraps(html: str, wraps: Counter[str]) -> None:
    """Note which wrapping tags this leaves open. Closing what is not open closes nothing."""
    for match in _WRAPPING.finditer(html):
        name = (match[2] or "").lower()
        if name:
            wraps[name] = max(wraps[name] + (-1 if match[1] else 1), 0)


def _read_line(line: str) -> Command | None:
    match = _WORD.match(line)
    if match is None:
        return None
    words = line[match.end() : match.end() + 4 * MOST_REASON].split()
    if match[1] not in tuple(Verb):
        is_close = difflib.get_close_matches(match[1].lower(), [*Verb], n=1, cutoff=0.75)
        return Command(Verb.HELP, fault=Fault.MISSPELT) if is_close else None
    verb = Verb(match[1])
    if verb is Verb.RATE:
        return _read_rate(words)
    if verb in (Verb.DROP, Verb.EXPLAIN):
        return _read_target(verb, words)
    return Command(verb, reason=clean_reason(" ".join(words)))


def _read_rate(words: list[str]) -> Command:
    score = _SCORE.fullmatch(words[0]) if words else None
    if score is None:
        return Command(Verb.RATE, fault=Fault.SCORE)
    rest, target = words[1:], ""
    if rest and _ID.fullmatch(rest[0]):
        target, rest = rest[0], rest[1:]
    elif rest and _LIKE_ID.fullmatch(rest[0]):
        return Command(Verb.RATE, score=float(score[1]), fault=Fault.BAD_ID)
    return Command(Verb.RATE, target, float(score[1]), clean_reason(" ".join(rest)))


def _read_target(verb: Verb, words: list[str]) -> Command:
    if not words:
        return Command(verb, fault=Fault.NO_ID)
    if not _ID.fullmatch(words[0]):
        return Command(verb, fault=Fault.BAD_ID)
    return Command(verb, words[0], reason=clean_reason(" ".join(words[1:])))
