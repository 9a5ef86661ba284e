"""A request to the engine, seen from both sides: the worker writes into it, whoever asked reads from it or stops it."""

from __future__ import annotations

import secrets
import threading
import weakref
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import torch

from selfsown.errors import SelfsownError
from selfsown.serving.talker import LENGTH, STOPPED, WHOLE, Draw
from selfsown_train.drawing import draw_token
from selfsown_train.spoken import Spoken

Ids = tuple[int, ...]


class Request:
    """What is asked, and the answer so far. The first end counts, whoever said it; after that nothing changes."""

    def __init__(self, ids: Ids, room: int, draw: Draw, tokenizer: Any) -> None:
        self.ids, self.room, self.draw = ids, room, draw
        self.written: list[int] = []
        self.pieces: SimpleQueue[str | None] = SimpleQueue()
        self.finish = ""
        self.error: SelfsownError | None = None
        self.is_suspect = False  # a pass failed with it in the batch: from now on it runs alone
        self._spoken = Spoken(tokenizer, draw.stop)
        seed = secrets.randbits(63) if draw.seed is None else draw.seed % 2**63
        self._generator = torch.Generator().manual_seed(seed) if draw.temperature > 0 else None
        self._lock = threading.RLock()  # a reply may be thrown away, and so stopped, in the middle of anything

    @property
    def columns(self) -> int:
        """The tokens it may come to: prompt and answer."""
        return len(self.ids) + self.room

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for more of it."""
        return bool(self.finish or self.error)

    def choose(self, scores: torch.Tensor, row: int, likeliest: int) -> int:
        """The next token, from its row of the scores [rows, vocabulary]."""
        if self._generator is None:
            return likeliest
        return draw_token(scores[row], self.draw.temperature, self.draw.top_p, self._generator)

    def take(self, token: int, ends: frozenset[int]) -> None:
        """One more token of the answer."""
        with self._lock:
            if self.is_over:
                return
            if token in ends:
                self._end(WHOLE)
                return
            self.written.append(token)
            self._say(self._spoken.add(token))
            if self._spoken.is_stopped or len(self.written) >= self.room:
                self._end(WHOLE if self._spoken.is_stopped else LENGTH)

    def stop(self) -> None:
        """Nobody wants more of it."""
        with self._lock:
            if not self.is_over:
                self.finish = STOPPED
                self.pieces.put(None)

    def fail(self, error: SelfsownError) -> None:
        """There will be no answer."""
        with self._lock:
            if not self.is_over:
                self.error = error
                self.pieces.put(None)

    def _end(self, finish: str) -> None:
        self._say(self._spoken.finish())
        self.finish = WHOLE if self._spoken.is_stopped else finish
        self.pieces.put(None)

    def _say(self, text: str) -> None:
        if text:
            self.pieces.put(text)


class EngineReply:
    """The Reply of `selfsown.serving.talker`. Where it is thrown away unread, the answer is stopped."""

    def __init__(self, request: Request) -> None:
        self._request = request
        weakref.finalize(self, request.stop).atexit = False

    def __iter__(self) -> Iterator[str]:
        """The pieces as they come. Raises SelfsownError where the answer failed."""
        while (piece := self._request.pieces.get()) is not None:
            yield piece
        self._request.pieces.put(None)
        if self._request.error is not None:
            raise self._request.error

    def stop(self) -> None:
        """End it at once, from any thread; what was said stays said."""
        self._request.stop()

    @property
    def finish(self) -> str:
        """How it ended; "" while it goes on, or where it failed."""
        return self._request.finish

    @property
    def prompt_tokens(self) -> int:
        """Tokens read."""
        return len(self._request.ids)

    @property
    def answer_tokens(self) -> int:
        """Tokens written; the one that ends an answer does not count."""
        return len(self._request.written)
