"""What answers: the promise a model's engine makes to the service, so that the service needs no torch and no model.

Everything here is called from many threads at once. A reply is pulled: whoever asked reads its pieces, and may stop it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement, Unjudged
from selfsown.policy import ChatPolicy

WHOLE, LENGTH, STOPPED = "stop", "length", "stopped"  # how a reply ends; the first two are OpenAI's words


class Full(SelfsownError):
    """Too many wait already. `seconds` is after how long it may be worth asking again."""

    def __init__(self, message: str, tip: str = "try again in a moment", *, seconds: int = 5) -> None:
        super().__init__(message, tip)
        self.seconds = seconds


class TooLong(SelfsownError):
    """The last message alone does not fit into the model's window, or is longer than what is taken."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How an answer is drawn. `temperature` 0 is the likeliest words; `stop` are texts at which it ends, left out of it.

    With `seed`, the same question gets the same answer, whoever else is being answered.
    """

    most_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Reply(Protocol):
    """An answer on its way. Iterated once, by one thread; the pieces joined are the answer, whole characters only.

    Iterating raises SelfsownError where the answer failed. The numbers are final when the iteration has ended.
    """

    def __iter__(self) -> Iterator[str]:
        """The pieces of text as they come."""
        ...

    def stop(self) -> None:
        """End it soon, from any thread; stopping again, or after the end, changes nothing."""
        ...

    @property
    def finish(self) -> str:
        """WHOLE, LENGTH (the most tokens, or the window) or STOPPED; "" while it goes on."""
        ...

    @property
    def prompt_tokens(self) -> int:
        """How many tokens the model has read."""
        ...

    @property
    def answer_tokens(self) -> int:
        """How many tokens the model has written."""
        ...


class Talker(Protocol):
    """A model that answers and that rates conversations, both from any thread."""

    @property
    def name(self) -> str:
        """What clients call it, such as "selfsown-round-0007"."""
        ...

    def reply(self, turns: tuple[Turn, ...], draw: Draw) -> Reply:
        """The next turn of the assistant. Returns at once. Raises Full or TooLong."""
        ...

    def rate(self, conversation: Conversation) -> Judgement | Unjudged:
        """The answer to the mission's question and the criteria. Waits until it is there. Raises Full."""
        ...

    def close(self) -> None:
        """End everything; what is being answered fails."""
        ...


def is_whole(finish: str, policy: ChatPolicy) -> bool:
    """Whether an answer that ended like this may be published: what was stopped, or met its limit, breaks off."""
    return finish == WHOLE or (finish == LENGTH and policy.cut_answers)
