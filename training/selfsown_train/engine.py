"""The chatbot for many at once: one thread owns the model, everybody else asks it.

Requests join and leave a running batch between two tokens (`running`), first come, first served. Between tokens the same
thread rates conversations that have ended, with the judge's adapter on the same base: before the next token of a chat,
but never for longer than the chats have had since the last rating. A request that fails ends alone: where a pass with
several fails, they run again one by one, so that it shows whose fault it was.
"""

from __future__ import annotations

import copy
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from jinja2 import TemplateError

from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown.serving.talker import Draw, Full, TooLong
from selfsown_train.answering import EngineReply, Ids, Request
from selfsown_train.generation import most_characters, newest, shorten
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.running import Reader, Reading, Rows, join, leave_out

_LOG = logging.getLogger(__name__)

_LEAST_ROOM = 16  # tokens for an answer; a question that leaves less is too long
_TOKENS, _TOKENS_ELSEWHERE = 16_384, 262_144  # of the batch, answers included: what the model keeps of them has to fit
_PIECE, _PIECE_ELSEWHERE = 256, 4_096  # tokens of newcomers read between two tokens of the others
_RATED_TOGETHER = 4
_LONGEST_HINT = 60  # seconds
_SHORTER = "say it in fewer words, or in several messages"
_CLOSED = ("the model is being shut down", "start it again")

# What torch, transformers and tokenizers raise on a bad input, too little memory or a bug of theirs.
_FAILURES = (
    RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError, MemoryError, OSError,
    SelfsownError,
)  # fmt: skip

Answer = Judgement | Unjudged


class Engine:
    """A Talker (`selfsown.serving.talker`) on a loaded round. `most_running` answer at once, `most_waiting` queue."""

    def __init__(
        self, chat: ChatModel, name: str, rubric: Rubric, *, most_running: int = 32, most_waiting: int = 128
    ) -> None:
        self._chat, self._name, self._rubric = chat, name, rubric
        # Encoding changes the state of a tokenizer, and so may not happen beside decoding in another thread.
        self._encoding = replace(chat, tokenizer=copy.deepcopy(chat.tokenizer))
        self._encoding_lock = threading.Lock()
        self._judge = as_judge(chat, "round")
        self._reader = Reader(chat)
        self._most_running = most_running if self._reader.can_batch else 1
        self._most_waiting = most_waiting
        on_cpu = chat.model.device.type == "cpu"
        self._most_tokens = _TOKENS if on_cpu else _TOKENS_ELSEWHERE
        self._piece = _PIECE if on_cpu else _PIECE_ELSEWHERE
        self._waiting: deque[Request] = deque()
        self._ratings: deque[tuple[Conversation, Future[Answer]]] = deque()
        self._wake = threading.Condition()
        self._is_closed = False
        self._rows: Rows | None = None
        self._reading: Reading | None = None
        self._next_rating = 0.0
        self._pace = 0.0  # seconds from one finished answer to the next, while there is work
        self._worker = threading.Thread(target=self._work, name="engine", daemon=True)
        self._worker.start()

    @property
    def name(self) -> str:
        """What clients call it."""
        return self._name

    def reply(self, turns: tuple[Turn, ...], draw: Draw) -> EngineReply:
        """The next turn of the assistant; the oldest exchanges are left out where the model's window is full.

        Raises Full where too many wait, TooLong where the last turn alone leaves no room for an answer.
        """
        self._check_queue(len(self._waiting))
        ids = self._fit(turns, draw.most_tokens)
        room = max(1, min(draw.most_tokens, self._chat.context - len(ids)))
        request = Request(ids, room, draw, self._chat.tokenizer)
        with self._wake:
            self._check_queue(len(self._waiting))
            self._waiting.append(request)
            self._wake.notify()
        return EngineReply(request)

    def rate(self, conversation: Conversation) -> Answer:
        """What the model says of a conversation. Waits. Unjudged where it failed. Raises Full where too many wait."""
        future: Future[Answer] = Future()
        with self._wake:
            self._check_queue(len(self._ratings))
            self._ratings.append((conversation, future))
            self._wake.notify()
        return future.result()

    def close(self) -> None:
        """End the thread. What is being answered fails, what waits for a rating is not judged."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        self._worker.join()

    def _check_queue(self, length: int) -> None:
        if self._is_closed:
            raise SelfsownError(*_CLOSED)
        if length >= self._most_waiting:
            seconds = min(_LONGEST_HINT, 1 + int(self._pace * length))
            raise Full("too many wait for an answer already", f"try again in {seconds} s", seconds=seconds)

    def _fit(self, turns: tuple[Turn, ...], most_tokens: int) -> Ids:
        """The prompt, with room for the answer. Raises TooLong."""
        context = self._chat.context
        room = max(1, min(most_tokens, context // 2))
        if len(turns[-1].content) > most_characters(context):
            raise TooLong(f"the last message is longer than the {context} tokens that the model reads", _SHORTER)
        turns = newest(turns, context)
        try:
            with self._encoding_lock:
                ids = shorten(self._encoding, turns, context - room)
                if len(ids) + min(room, _LEAST_ROOM) > context:  # then the system turn goes, too
                    ids = shorten(self._encoding, turns[-1:], context - room)
        except TemplateError as error:
            raise SelfsownError(
                f"the model's chat template does not take these turns: {error}", "send others"
            ) from error
        if len(ids) + min(room, _LEAST_ROOM) > context:
            raise TooLong(
                f"the last message has {len(ids)} tokens; the model reads {context} in all, its answer included",
                _SHORTER,
            )
        return ids

    # From here on: the worker's thread.

    def _work(self) -> None:
        busy_since = time.monotonic()
        try:
            while self._wait():
                self._rate_next()
                self._admit()
                self._read_on()
                finished = self._step()
                if finished:
                    now = time.monotonic()
                    self._pace += 0.2 * ((now - busy_since) / finished - self._pace)
                    busy_since = now
                elif self._rows is None and self._reading is None:
                    busy_since = time.monotonic()
        finally:
            self._end_all()

    def _wait(self) -> bool:
        """Until there is work; False when there will be no more."""
        with self._wake:
            while not (self._is_closed or self._waiting or self._ratings or self._rows or self._reading):
                self._wake.wait()
            return not self._is_closed

    def _rate_next(self) -> None:
        """Rate a few, unless the chats are still owed the time that the last rating took."""
        if not self._ratings or (time.monotonic() < self._next_rating and (self._rows or self._reading)):
            return
        with self._wake:
            jobs = [self._ratings.popleft() for _ in range(min(_RATED_TOGETHER, len(self._ratings)))]
        begun = time.monotonic()
        for future, answer in zip((job[1] for job in jobs), self._ask_judge([job[0] for job in jobs]), strict=True):
            future.set_result(answer)
        ended = time.monotonic()
        self._next_rating = ended + (ended - begun)

    def _ask_judge(self, conversations: Sequence[Conversation]) -> list[Answer]:
        try:
            return self._judge.judge(conversations, self._rubric)
        except _FAILURES as error:
            if len(conversations) > 1:
                return [answer for entry in conversations for answer in self._ask_judge([entry])]
            return [Unjudged(conversations[0].id, self._judge.id, _describe(error), retry=True)]

    def _admit(self) -> None:
        """The next in the queue, and those behind it that fit into one piece with it."""
        with self._wake:
            if any(entry.is_over for entry in self._waiting):
                self._waiting = deque(entry for entry in self._waiting if not entry.is_over)
            group: list[Request] = []
            while self._waiting and self._has_place(group, self._waiting[0]):
                group.append(self._waiting.popleft())
        if not group:
            return
        try:
            self._reading = self._reader.begin(group)
        except _FAILURES as error:
            self._blame(group, error)

    def _has_place(self, group: list[Request], entry: Request) -> bool:
        running = self._rows.requests if self._rows else []
        others = [*running, *group]
        if not others:
            return self._reading is None
        if self._reading or len(others) >= self._most_running or entry.is_suspect or others[0].is_suspect:
            return False
        longest = max(entry.columns, self._rows.columns if self._rows else 0, *(one.columns for one in group), 0)
        piece = (len(group) + 1) * max(len(one.ids) for one in (*group, entry))
        return (len(others) + 1) * longest <= self._most_tokens and (not group or piece <= self._piece)

    def _read_on(self) -> None:
        """A piece of the newcomers' prompts; once they are read they join the batch."""
        if self._reading is None:
            return
        rows = self._reading.rows
        if all(entry.is_over for entry in rows.requests):
            self._reading = None
            return
        try:
            if self._reader.read(self._reading, max(1, self._piece // len(rows.requests))):
                self._rows = join(self._rows, rows) if self._rows else rows
                self._reading = None
        except _FAILURES as error:
            self._reading = None
            self._blame(rows.requests, error)

    def _step(self) -> int:
        """One more token for everybody; how many answers came to their end."""
        rows = self._rows
        if rows is None:
            return 0
        before = len(rows.requests)
        try:
            leave_out(rows)
            self._reader.step(rows)
        except _FAILURES as error:
            self._rows = None
            self._blame(rows.requests, error)
            return 0
        if not rows.requests:
            self._rows = None
        return before - len(rows.requests)

    def _blame(self, requests: Sequence[Request], error: Exception) -> None:
        """Who was alone has failed; of several nobody knows who it was."""
        _LOG.warning("a pass with %d requests failed: %s", len(requests), _describe(error))
        if len(requests) == 1:
            failure = SelfsownError(f"the model failed ({type(error).__name__})", "try again, or in other words")
            failure.__cause__ = error
            requests[0].fail(failure)
            return
        for entry in requests:
            entry.is_suspect = True
        with self._wake:
            self._waiting.extendleft(entry for entry in reversed(requests) if not entry.is_over)

    def _end_all(self) -> None:
        with self._wake:
            self._is_closed = True
            requests, ratings = [*self._waiting], [*self._ratings]
            self._waiting.clear()
            self._ratings.clear()
        for rows in (self._rows, self._reading.rows if self._reading else None):
            requests.extend(rows.requests if rows else ())
        for entry in requests:
            entry.fail(SelfsownError(*_CLOSED))
        for conversation, future in ratings:
            future.set_result(Unjudged(conversation.id, self._judge.id, _CLOSED[0], retry=True))


def _describe(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
