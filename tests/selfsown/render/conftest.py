"""Hostile text, and a review that carries it in every place where a contribution or a judge can put text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from selfsown.finding import Finding, Level, Location
from selfsown.judgement import Unjudged
from selfsown.other import Other
from selfsown.render.inert import visible
from selfsown.review import Review

TEXTS = 24
Nasty = Callable[[int], str]


@pytest.fixture(scope="session")
def nasty_review(build) -> Callable[[list[str]], Review]:
    """A review of one fixed shape whose texts are those given, TEXTS of them; an x keeps each from being empty.

    Lone surrogates reach file names but no conversation: the parser refuses them there.
    """

    def make(texts: list[str]) -> Review:
        assert len(texts) == TEXTS
        text = [f"x{part}" for part in texts]
        path = f"corpus/original/{text[0]}.jsonl"
        said = [part.encode("utf-8", "replace").decode() for part in text]
        chats = [build.chat(*said[1:5]), build.chat(*said[5:9], "and one more"), build.chat("fine?", said[9] + "!")]
        shown = visible(path, 300)
        findings = [
            Finding("S1", "rule", level, Location(shown, line, text[10]), text[11], text[12])
            for level, line in ((Level.ERROR, 1), (Level.WARNING, 2), (Level.ERROR, 9), (Level.ERROR, None))
        ]
        names = {**dict.fromkeys(("answers", "form", "fair", "correction"), 0.5), f"c{text[13]}": 0.5}
        second = build.judged(chats[1], 5, f"1{text[14]}", f"2{text[15]}", f"3{text[16]}", judge=f"j{text[17]}")
        answers = [
            replace(second, criteria=names),
            Unjudged(chats[2].id, f"j{text[17]}", text[18]),
        ]
        review = build.review(chats=chats, answers=answers, findings=findings, path=path)
        others = (
            Other("rating", text[19], 1, (("reason", text[20]),), (findings[1],)),
            Other("source", text[21], None, (("file", "added"), ("content", text[22])), ()),
        )
        return replace(review, others=others, head=text[23])

    return make
