"""One answer over HTTP, whole or as a stream. A client that goes away stops the model.

The first piece is waited for before the status is sent, so that what fails before it has its true code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import anyio
import orjson
from anyio import to_thread
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from selfsown.errors import SelfsownError
from selfsown.serving.answer import Silent
from selfsown.serving.completion_json import (
    Heading,
    finish_reason,
    render_chunk,
    render_completion,
    render_error,
    render_kept,
    render_usage,
)
from selfsown.serving.exchanges import Exchange, Exchanges

Result = TypeVar("Result")

_PATIENCE = 60.0  # seconds for a client to take a piece

_STREAM = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "x-accel-buffering": "no"}


class Threads:
    """Threads that wait for the model: one for each answer on its way, and no more than there may be answers."""

    def __init__(self, most: int) -> None:
        self._limiter = anyio.CapacityLimiter(most)

    async def run(self, function: Callable[[], Result]) -> Result:
        """Call a function that waits."""
        return await to_thread.run_sync(function, limiter=self._limiter)


class HttpAnswer(Response):
    """The answer to one request. `over` is called when it has ended, however it did."""

    def __init__(
        self,
        exchanges: Exchanges,
        exchange: Exchange,
        heading: Heading,
        threads: Threads,
        over: Callable[[], None],
        *,
        usage: bool | None,
    ) -> None:
        """`usage` says whether a stream ends with the numbers of tokens; None: no stream."""
        super().__init__()
        self._exchanges, self._exchange, self._heading = exchanges, exchange, heading
        self._threads, self._over, self._usage = threads, over, usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and watch whether the client is still there, and reads."""
        watcher = asyncio.ensure_future(self._watch(receive))
        send = _patient(send)
        try:
            try:
                first = await self._next()
            except SelfsownError as error:
                status, body, headers = render_error(error)
                await JSONResponse(body, status, headers)(scope, receive, send)
                return
            if self._usage is None:
                await self._answer_whole(first, scope, receive, send)
            else:
                await self._answer_stream(first, send)
        except TimeoutError:
            return  # nobody reads: the server closes the connection
        finally:
            watcher.cancel()
            self._exchange.pieces.close()
            self._over()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await self._threads.run(self._exchange.pieces.close)

    async def _next(self) -> str | None:
        """The next piece, None after the last. That the model had nothing to say is an answer, too."""

        def pull() -> str | None:
            try:
                return next(self._exchange.pieces, None)
            except Silent:
                return None

        return await self._threads.run(pull)

    async def _answer_whole(self, first: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            while first is not None:
                first = await self._next()
            body = render_completion(self._heading, self._exchange.pieces.answer, await self._finish())
        except SelfsownError as error:
            status, failure, headers = render_error(error)
            await JSONResponse(failure, status, headers)(scope, receive, send)
            return
        await JSONResponse(body)(scope, receive, send)

    async def _answer_stream(self, first: str | None, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in _STREAM.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send(send, render_chunk(self._heading, {"role": "assistant", "content": "", "refusal": None}))
        try:
            piece, is_begin = first, True
            while piece is not None:
                text = piece.lstrip() if is_begin else piece
                if text:
                    is_begin = False
                    await self._send(send, render_chunk(self._heading, {"content": text}))
                piece = await self._next()
            await self._send_end(send)
        except SelfsownError as error:
            await _send_event(send, render_error(error)[1])
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_end(self, send: Send) -> None:
        answer, kept = self._exchange.pieces.answer, await self._finish()
        last = render_chunk(self._heading, {}, finish_reason(answer))
        await self._send(send, last if kept is None else {**last, "selfsown": kept})
        if self._usage:
            usage = {**render_chunk(self._heading, {}), "choices": [], "usage": render_usage(answer)}
            await _send_event(send, usage)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": True})

    async def _finish(self) -> dict[str, Any] | None:
        return render_kept(*await self._threads.run(lambda: self._exchanges.finish(self._exchange)))

    async def _send(self, send: Send, chunk: Mapping[str, Any]) -> None:
        await _send_event(send, {**chunk, "usage": None} if self._usage else chunk)


def _patient(send: Send) -> Send:
    """Raises TimeoutError where the client takes nothing for too long: it would hold its place for ever."""

    async def patient(message: Message) -> None:
        async with asyncio.timeout(_PATIENCE):
            await send(message)

    return patient


async def _send_event(send: Send, value: Mapping[str, Any]) -> None:
    await send({"type": "http.response.body", "body": b"data: " + orjson.dumps(value) + b"\n\n", "more_body": True})
