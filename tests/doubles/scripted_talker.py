"""A Talker without a model: what it says is what a function says, word by word, as slowly as it is told to.

`say` maps the turns and the draw to the whole answer; an exception it raises comes out of the reply after `fails_after` words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown.serving.talker import LENGTH, STOPPED, WHOLE, Draw, Full

JUDGE = "scripted-talker"
Say = Callable[[tuple[Turn, ...], Draw], str]


def echo(turns: tuple[Turn, ...], draw: Draw) -> str:
    """An answer that names what was asked, so that nobody can get another's."""
    drawn = f" Drawn with {draw.seed}." if draw.temperature else ""
    return f"You said: {turns[-1].content} That is message {len(turns)}.{drawn}"


@dataclass
class ScriptedReply:
    """One answer on its way."""

    words: list[str]
    prompt_tokens: int
    most: int
    pause: float
    failure: SelfsownError | None = None
    fails_after: int = 2
    finish: str = ""
    answer_tokens: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __iter__(self) -> Iterator[str]:
        for word in self.words[: self.most]:
            if self.stopped.wait(self.pause) if self.pause else self.stopped.is_set():
                self.finish = STOPPED
                return
            if self.failure is not None and self.answer_tokens >= self.fails_after:
                raise self.failure
            self.answer_tokens += 1
            yield word
        self.finish = LENGTH if len(self.words) > self.most else WHOLE

    def stop(self) -> None:
        self.stopped.set()


@dataclass
class ScriptedTalker:
    """Answers with `say`; rates with the features under its own name, unless `judge` says otherwise."""

    rubric: Rubric
    say: Say = echo
    pause: float = 0.0  # seconds between two words
    name: str = "selfsown-round-0007"
    judge: Callable[[Conversation], Judgement | Unjudged] | None = None
    most_running: int = 1000
    fails_after: int = 2  # words, where `say` raises
    replies: list[ScriptedReply] = field(default_factory=list)
    asked: list[tuple[tuple[Turn, ...], Draw]] = field(default_factory=list)
    rated: list[Conversation] = field(default_factory=list)
    is_closed: bool = False

    def reply(self, turns: tuple[Turn, ...], draw: Draw) -> ScriptedReply:
        if sum(not reply.finish and not reply.stopped.is_set() for reply in self.replies) >= self.most_running:
            raise Full("too many people are talking to the model", seconds=7)
        failure, text = None, "one two three four"
        try:
            text = self.say(turns, draw)
        except SelfsownError as error:
            failure = error
        for word in draw.stop:
            text = text.partition(word)[0]
        words = [word + " " for word in text.split(" ")]
        if words:
            words[-1] = words[-1].removesuffix(" ")
        prompt = sum(len(turn.content.split()) for turn in turns)
        made = ScriptedReply(
            [word for word in words if word], prompt, draw.most_tokens, self.pause, failure, self.fails_after
        )
        self.asked.append((turns, draw))
        self.replies.append(made)
        return made

    def rate(self, conversation: Conversation) -> Judgement | Unjudged:
        self.rated.append(conversation)
        if self.judge is not None:
            return self.judge(conversation)
        found = FeaturesJudge().judge([conversation], self.rubric)[0]
        return replace(found, judge=JUDGE)

    def close(self) -> None:
        self.is_closed = True
        for reply in self.replies:
            reply.stop()
