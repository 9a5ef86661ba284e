"""The OpenAI-compatible endpoint: `/v1/models` and `/v1/chat/completions`, so that any client can talk to the round.

Without consent, declared by the client with every request, nothing is kept. Nothing that is said is logged. A request has
to be declared JSON: a page of a stranger could send anything else to this machine without asking it first.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from selfsown.errors import SelfsownError
from selfsown.serving.answering_http import HttpAnswer, Threads
from selfsown.serving.api_keys import find_key
from selfsown.serving.completion import ALIAS, BadRequest, Wanted, read_consent, read_request
from selfsown.serving.completion_json import (
    Heading,
    render_ending,
    render_entry,
    render_error,
    render_model,
    render_models,
)
from selfsown.serving.exchanges import Client, Exchange, Exchanges
from selfsown.serving.service import Service
from selfsown.serving.sitting import Gone
from selfsown.serving.sittings import network_of
from selfsown.serving.talker import Full

CONSENT_HEADER, NAME_HEADER = "x-selfsown-consent", "x-selfsown-conversation"

_MOST_BYTES = 1 << 20  # of a request's body
_MOST_RUNNING = 128  # requests that are being answered, or wait for it
_PATIENCE = 30.0  # seconds for a request's body to arrive
_SPARE_THREADS = 16  # for clients that went away and for ends, while all others wait for the model


def make_endpoint(
    service: Service, *, keys: tuple[str, ...] = (), origins: tuple[str, ...] = (), most: int = _MOST_RUNNING
) -> Starlette:
    """The application. With `keys`, only who has one may ask; `origins` are the web pages that may (none by default).

    At most `most` requests are answered at a time; whoever comes then is told to come back.
    """
    door = _Door(service, keys, most)
    conversation = "/selfsown/conversations/{code}"
    version_1 = [
        Route("/models", door.list_models),
        Route("/models/{name}", door.show_model),
        Route("/chat/completions", door.complete, methods=["POST"]),
        Route(conversation, door.show, methods=["GET"]),
        Route(conversation, door.withdraw, methods=["DELETE"]),
        Route(f"{conversation}/end", door.end, methods=["POST"]),
    ]
    cross = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["*"])
    return Starlette(
        routes=[Route("/healthz", door.say_health), Mount("/v1", routes=version_1)],
        middleware=[cross] if origins else [],
        exception_handlers={SelfsownError: _tell, HTTPException: _tell_http},
    )


class _Door:
    """The requests, from HTTP to the service."""

    def __init__(self, service: Service, keys: tuple[str, ...], most: int) -> None:
        self._service, self._keys, self._most = service, keys, most
        self._exchanges = Exchanges(service)
        self._threads = Threads(most + _SPARE_THREADS)
        self._running = 0
        self._of_one: Counter[str] = Counter()
        self._started = int(time.time())

    async def say_health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "model": self._service.talker.name, "running": self._running})

    async def list_models(self, request: Request) -> Response:
        self._client(request)
        return JSONResponse(render_models((self._service.talker.name, ALIAS), self._started))

    async def show_model(self, request: Request) -> Response:
        self._client(request)
        name = request.path_params["name"]
        self._check_model(name)
        return JSONResponse(render_model(name, self._started))

    async def complete(self, request: Request) -> Response:
        client = self._client(request)
        wanted = read_request(await _read_body(request), name=request.headers.get(NAME_HEADER, ""))
        self._check_model(wanted.model)
        publish, train = read_consent(request.headers.get(CONSENT_HEADER, wanted.consent))
        who = client.person or network_of(client.address)
        self._begin_one(who)
        try:
            begin = partial(self._exchanges.open, client, wanted, publish=publish, train=train)
            return self._answer(await self._threads.run(begin), wanted, partial(self._end_one, who))
        except BaseException:
            self._end_one(who)
            raise

    async def show(self, request: Request) -> Response:
        """How far a conversation is."""
        entry = await self._threads.run(partial(self._service.read, request.path_params["code"]))
        if entry is None:
            raise Gone("no conversation has this code")
        return JSONResponse(render_entry(entry))

    async def end(self, request: Request) -> Response:
        """End a conversation; again, the same answer as long as it is in memory, then how far it is."""
        ending = await self._threads.run(partial(self._service.end_by_code, request.path_params["code"]))
        if ending is None:
            return await self.show(request)
        return JSONResponse(render_ending(ending, self._service.rubric))

    async def withdraw(self, request: Request) -> Response:
        """Take a conversation back; where it is public already, the answer says in which pull request, and as what."""
        code = request.path_params["code"]
        if not await self._threads.run(partial(self._service.withdraw, code)):
            raise Gone("no conversation has this code")
        entry = await self._threads.run(partial(self._service.read, code))
        public = {} if entry is None or entry.pull is None else render_entry(entry)
        return JSONResponse({**public, "withdrawn": True})

    def _answer(self, exchange: Exchange, wanted: Wanted, over: Callable[[], None]) -> Response:
        heading = Heading(f"chatcmpl-{secrets.token_hex(16)}", self._service.talker.name, int(time.time()))
        usage = wanted.wants_usage if wanted.is_stream else None
        return HttpAnswer(self._exchanges, exchange, heading, self._threads, over, usage=usage)

    def _begin_one(self, who: str) -> None:
        """Raises Full where all places are taken, or half of them by this client: one alone keeps nobody out."""
        if self._running >= self._most:
            raise Full("too many requests are being answered", seconds=10)
        if self._of_one[who] >= max(1, self._most // 2):
            raise Full("too many of your requests are being answered", seconds=10)
        self._running += 1
        self._of_one[who] += 1

    def _end_one(self, who: str) -> None:
        self._running -= 1
        self._of_one[who] -= 1
        if not self._of_one[who]:
            del self._of_one[who]

    def _client(self, request: Request) -> Client:
        """Who asks. Raises BadRequest where keys are needed and none, or another, was sent."""
        address = request.client.host if request.client else ""
        if not self._keys:
            return Client("", address)
        key = find_key(request.headers.get("authorization", ""), self._keys)
        if key is None:
            raise BadRequest("Incorrect API key provided.", code="invalid_api_key", status=401)
        return Client(f"key {key}", address)

    def _check_model(self, name: str) -> None:
        own = self._service.talker.name
        if name not in (own, ALIAS):
            raise BadRequest(
                f"The model you ask for does not exist here. Ask for '{own}' or '{ALIAS}'.",
                "model",
                "model_not_found",
                status=404,
            )


async def _read_body(request: Request) -> bytes:
    """The body. Raises BadRequest where it is no JSON, too large or too slow."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest("Send the request with 'Content-Type: application/json'.", status=415)
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > _MOST_BYTES:
                    raise BadRequest(
                        f"A request has at most {_MOST_BYTES} bytes.", code="request_too_large", status=413
                    )
    except TimeoutError as error:
        raise BadRequest("The request did not arrive in time.", status=408) from error
    except ClientDisconnect as error:
        raise BadRequest("The request did not arrive as a whole.") from error
    return bytes(body)


async def _tell(_: Request, error: Exception) -> Response:
    status, body, headers = render_error(error if isinstance(error, SelfsownError) else SelfsownError("failed"))
    return JSONResponse(body, status, headers)


async def _tell_http(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = {404: "There is nothing here.", 405: "This cannot be done here."}.get(status, "This failed.")
    return JSONResponse(
        {"error": {"message": sentence, "type": "invalid_request_error", "param": None, "code": None}}, status
    )
