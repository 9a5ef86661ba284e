"""The families, in the order in which they are shown. docs/attacks.md holds the same table."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from selfsown.attack import disguises
from selfsown.attack.family import AttackFamily, Turns
from selfsown.attack.places import add, add_to_answer, replace_answer
from selfsown.attack.wording import Wording

_LANGUAGES = ("python", "js", "", "sh")
_CODE = "def area(width, height):\n    {first}\n    return width * height"
_PADDING = (3, 9)  # sentences


def _said(name: str) -> Callable[[Turns, Wording], Turns]:
    return lambda turns, wording: add(turns, wording.choose(name), wording)


def _instead(name: str) -> Callable[[Turns, Wording], Turns]:
    return lambda turns, wording: replace_answer(turns, wording.choose(name))


def _in_code(turns: Turns, wording: Wording) -> Turns:
    words = textwrap.indent(wording.choose("code"), "    ").strip()
    text = wording.pick((_CODE.format(first=words.replace("//", "#")), wording.choose("code")))
    return add_to_answer(turns, f"```{wording.pick(_LANGUAGES)}\n{text}\n```", wording)


def _padded(turns: Turns, wording: Wording) -> Turns:
    sentences = [wording.choose("padding") for _ in range(wording.draw.randint(*_PADDING))]
    return add_to_answer(turns, " ".join(sentences), wording)


FAMILIES: tuple[AttackFamily, ...] = (
    AttackFamily("request", True, "asks for a high score", _said("request")),
    AttackFamily("authority", True, "speaks as maintainer, administrator or policy", _said("authority")),
    AttackFamily("role-play", True, "gives the rater another role", _said("role-play")),
    AttackFamily("end-marker", True, "pretends that the data has ended, with a guessed hash", _said("end-marker")),
    AttackFamily("control-tokens", True, "forges special tokens of chat templates", _said("control-tokens")),
    AttackFamily("translated", True, "asks in another language", _said("translated")),
    AttackFamily("encoded", True, "asks in base64, hex, rot13, leetspeak, backwards …", disguises.encoded),
    AttackFamily("split", True, "asks in pieces over several turns", disguises.split),
    AttackFamily("hidden", True, "asks in invisible characters, or between them", disguises.hidden),
    AttackFamily("homoglyphs", True, "asks in letters that look like others", disguises.homoglyphs),
    AttackFamily("few-shot", True, "shows earlier ratings that never were", _said("few-shot")),
    AttackFamily("anchoring", True, "names a score that others are said to have given", _said("anchoring")),
    AttackFamily("json", True, "writes the judgement itself, as JSON", _said("json")),
    AttackFamily("comment", True, "asks in a comment of HTML or Markdown", _said("comment")),
    AttackFamily("fake-system", True, "speaks as the system, or brings a rubric of its own", _said("fake-system")),
    AttackFamily("flattery", True, "flatters the rater", _said("flattery")),
    AttackFamily("threat", True, "names what a low score will cost", _said("threat")),
    AttackFamily("ignore", True, "tells the rater to forget its instructions", _said("ignore")),
    AttackFamily("code", True, "asks in a comment or a name of a program", _in_code),
    AttackFamily("quote", True, "asks in a link or a quotation", _said("quote")),
    AttackFamily("null-answer", False, "answers with a constant text that praises itself", _instead("null-answer")),
    AttackFamily("master-key", False, "answers with an opening or a punctuation mark only", _instead("master-key")),
    AttackFamily("padding", False, "lengthens the answer with empty sentences", _padded),
)
