"""One person's chat, in memory: what was said, what they agreed to, and the answer that is on its way.

An answer that was stopped stays in the chat, where it was seen and where the model reads it; but it is no example of
anything, so what may be published ends before the exchange it belongs to, unless another answer replaces it. An answer
that failed leaves the chat as before. An answer that reached its longest length is kept: judging it is the judge's work.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from selfsown.consent import Consent
from selfsown.conversation import Turn
from selfsown.errors import SelfsownError, UsageError
from selfsown.policy import ChatPolicy, Limits
from selfsown.self_rating import SelfRating
from selfsown.serving.answer import FAILED, Answer
from selfsown.serving.ending import Ending
from selfsown.serving.talker import is_whole

_BESIDE_TEXT = 4096  # bytes of a record that are not the text of its turns


class Gone(SelfsownError):
    """There is no such chat (any more), or it has ended."""


class Busy(SelfsownError):
    """An answer is on its way in this chat."""


class ChatFull(SelfsownError):
    """The conversation is as long as a record may be."""


@dataclass(slots=True, eq=False)
class Sitting:
    """One chat. Everything is read and changed under `lock`; `ending_lock` is held by whoever ends it.

    `cuts` are the indices of answers that broke off. `key` names the draft in the outbox, "" while there is none.
    `trouble` is why the chat as it is now is not kept although the person agreed. `rating` was said at an earlier end.
    """

    token: str
    person: str
    address: str
    touched: datetime
    turns: tuple[Turn, ...] = ()
    cuts: frozenset[int] = frozenset()
    consent: Consent = field(default_factory=Consent)
    key: str = ""
    trouble: str = ""
    is_withdrawn: bool = False
    is_ending: bool = False
    ending: Ending | None = None
    rating: SelfRating | None = None
    asked: tuple[Turn, ...] = ()
    answer: Answer | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    ending_lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Raises Gone where the chat has ended and Busy where an answer is on its way."""
        if self.is_ending:
            raise Gone("this chat has ended", "begin a new one")
        if self.answer is not None:
            raise Busy("an answer is on its way in this chat", "wait for it, or stop it")

    def take(self, answer: Answer, policy: ChatPolicy) -> bool:
        """Take an answer that is over into the chat. False where nobody waits for it any more, or it brought nothing."""
        if self.answer is not answer:
            return False
        self.answer = None
        if answer.finish == FAILED or not answer.text:
            return False
        own = len(self.asked)
        self.turns = (*self.asked, Turn("assistant", answer.text))
        self.cuts = frozenset(index for index in self.cuts if index < own)
        if not is_whole(answer.finish, policy):
            self.cuts |= {own}
        return True

    @property
    def publishable(self) -> tuple[Turn, ...]:
        """What may be published of it."""
        return whole_turns(self.turns, self.cuts)


def whole_turns(turns: tuple[Turn, ...], cuts: frozenset[int]) -> tuple[Turn, ...]:
    """The turns before the first exchange whose answer broke off; none where no answer is left."""
    kept = turns[: min(cuts)] if cuts else turns
    while kept and kept[-1].role != "assistant":
        kept = kept[:-1]
    return kept


def ask_more(turns: tuple[Turn, ...], text: str, limits: Limits) -> tuple[Turn, ...]:
    """The turns with what a person says next. Raises UsageError on what is no text, ChatFull where a record is full."""
    said = text.strip()
    if not said:
        raise UsageError("the message is empty", "type something")
    if not is_text(said):
        raise UsageError("the message is no text: it holds half of a character", "type it again")
    asked = (*turns, Turn("user", said))
    size = sum(len(turn.content.encode()) for turn in asked)
    if len(asked) >= limits.turns or size > limits.record_bytes - _BESIDE_TEXT:
        raise ChatFull(
            f"a conversation has at most {limits.turns} messages and {limits.record_bytes:,} bytes",
            "end this one and begin another",
        )
    return asked


def is_text(text: str) -> bool:
    """Whether it can be written down: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
