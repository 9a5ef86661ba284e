"""Which requests are one conversation. A client sends the whole history with every request and no name for the chat.

A request goes on with a conversation when its history is what was said in it, to the letter but for outer white space; it
asks again when it ends with the question that was answered last. Because only histories that were said here are known,
a client cannot put words into the model's mouth: such a conversation is answered, and never kept. Only digests are held.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from selfsown.conversation import Turn

MOST = 50_000  # histories that are known at a time, some 20 MB


class Step(StrEnum):
    """What a request is to the conversations that are known: a first one, the next of one, the last one of one again, one
    that leaves the path of one, or one whose history was not said here.
    """

    BEGIN = "begin"
    GO_ON = "go on"
    AGAIN = "again"
    BRANCH = "branch"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request belongs. `token` is the chat's, "" for a first one and for a foreign one."""

    step: Step
    token: str = ""


class Lineage:
    """The histories that were said here, by who said them. The oldest are forgotten first. Safe for many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._said: OrderedDict[bytes, str] = OrderedDict()  # a history that ends with an answer: its chat
        self._asked: OrderedDict[bytes, str] = OrderedDict()  # a history that ends with the last question of its chat
        self._heads: dict[str, bytes] = {}
        self._questions: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def find(self, who: Hashable, turns: tuple[Turn, ...]) -> Place:
        """Where a request belongs. Its last turn is the user's."""
        history = digest(who, turns[:-1])
        with self._lock:
            again = self._asked.get(digest(who, turns))
            if again is not None:
                return Place(Step.AGAIN, again)
            if all(turn.role != "assistant" for turn in turns):
                return Place(Step.BEGIN)
            token = self._said.get(history)
            if token is None:
                return Place(Step.FOREIGN)
            return Place(Step.GO_ON if self._heads.get(token) == history else Step.BRANCH, token)

    def ask(self, who: Hashable, turns: tuple[Turn, ...], token: str) -> None:
        """A chat is being asked this."""
        with self._lock:
            self._asked.pop(self._questions.get(token, b""), None)
            self._questions[token] = self._note(self._asked, self._questions, digest(who, turns), token)

    def learn(self, who: Hashable, turns: tuple[Turn, ...], token: str) -> None:
        """A chat stands like this now; its last turn is an answer that was said here."""
        with self._lock:
            self._heads[token] = self._note(self._said, self._heads, digest(who, turns), token)

    def _note(self, table: OrderedDict[bytes, str], newest: dict[str, bytes], name: bytes, token: str) -> bytes:
        table[name] = token
        table.move_to_end(name)
        while len(table) > self._most:
            gone, owner = table.popitem(last=False)
            if newest.get(owner) == gone:
                del newest[owner]
        return name


def digest(who: Hashable, turns: tuple[Turn, ...]) -> bytes:
    """A name for what somebody said and heard."""
    found = hashlib.sha256(repr(who).encode())
    for turn in turns:
        text = turn.content.strip().encode()
        found.update(f"{turn.role} {len(text)} ".encode() + text)
    return found.digest()
