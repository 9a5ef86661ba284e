"""One answer as it comes, for whoever pulls it; it is settled exactly once: ended, failed, stopped or dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from selfsown.errors import SelfsownError
from selfsown.serving.talker import STOPPED, WHOLE, Reply

FAILED = "failed"


class Silent(SelfsownError):
    """The model had nothing to say."""


class Answer:
    """Iterate over its pieces, in one thread; close it from any thread.

    `finish` is "" while it goes on, then WHOLE, LENGTH, STOPPED or FAILED. `settle` is called once, when that is known.
    """

    def __init__(self, reply: Reply, settle: Callable[[Answer], None]) -> None:
        self.finish = ""
        self._reply = reply
        self._settle = settle
        self._pieces = iter(reply)
        self._said: list[str] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next piece. Raises what the model's failure raises, and Silent where it ended without a word."""
        failed = True
        try:
            piece = next(self._pieces, None)
            failed = False
        finally:
            if failed:
                self._end(FAILED)
        with self._lock:
            if piece is not None and not self.finish:
                self._said.append(piece)
                return piece
        if piece is None and not self.finish:
            self._end_well()
        raise StopIteration

    def close(self) -> None:
        """Stop it; what was said so far is what it said. Closing again, or after the end, changes nothing."""
        self._reply.stop()
        self._end(STOPPED)

    @property
    def text(self) -> str:
        """What was said so far, without outer white space."""
        return "".join(self._said).strip()

    @property
    def prompt_tokens(self) -> int:
        """How many tokens the model has read."""
        return self._reply.prompt_tokens

    @property
    def answer_tokens(self) -> int:
        """How many tokens the model has written."""
        return self._reply.answer_tokens

    def _end_well(self) -> None:
        finish = self._reply.finish or WHOLE
        if not self.text and finish != STOPPED:
            self._end(FAILED)
            raise Silent("the model had nothing to say", "ask again, in other words")
        self._end(finish)

    def _end(self, finish: str) -> None:
        with self._lock:
            if self.finish:
                return
            self.finish = finish
        self._settle(self)


class Pieces:
    """The pieces of an answer for one reader. Where the reader goes away, started or not, the model is stopped."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next piece, as Answer has it."""
        return next(self.answer)

    def close(self) -> None:
        """The reader goes away. After the end, that changes nothing."""
        self.answer.close()

    def __del__(self) -> None:
        """The reader went away without a word."""
        self.close()
