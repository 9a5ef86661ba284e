"""What stands before the application: it takes small requests for the routes that are used, and tells browsers to stay here.

A browser says when it asks for the page of somebody else: such a page may link to this one or frame it, and nothing more.
Where this machine alone is meant, only its own names are answered to, because whoever owns another name can let it point
here and would then be no stranger to the browser (DNS rebinding).

The page's library brings routes for files, proxies, recordings and monitoring; none of them is needed, so none is reached.
The Content-Security-Policy lets nothing be loaded from elsewhere and nothing be sent there, whatever is on the page; the
library makes functions of strings, hence 'unsafe-eval'.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import orjson

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

MOST_BYTES = 1 << 20  # of a request's body; a conversation of 64 KB fits many times, in whatever escapes

_LOCAL = re.compile(rb"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_API = "/gradio_api/"
_USED = ("queue/join", "queue/data", "heartbeat/", "cancel", "reset", "startup-events", "theme.css", "app_id")
_UNUSED = (
    "/monitoring",
    "/login",
    "/logout",
    "/token",
    "/custom_component",
    "/svelte",
    "/dev",
    "/docs",
    "/openapi.json",
)
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors "
)


def guard(app: Application, embedders: Sequence[str] = (), *, is_local: bool = False) -> Application:
    """The application behind the guard. `embedders` are the origins whose pages may show this one in a frame.

    `is_local`: it is called by the names of this machine alone.
    """
    policy = _POLICY + " ".join(["'self'", *embedders])
    headers = [
        (b"content-security-policy", policy.encode("ascii")),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        is_api = scope["path"].startswith("/v1/")
        refusal = _decide_refusal(scope, is_local=is_local)
        if refusal is not None:
            await _answer(send, *refusal, is_api=is_api)
            return
        # The endpoint counts for itself: it answers what is too long, where the page's library can only be cut off.
        await app(scope, receive if is_api else _counting(receive), _adding(send, headers))

    return guarded


def _decide_refusal(scope: Message, *, is_local: bool) -> tuple[int, str] | None:
    """The status and the sentence of what is answered here already; None where the application may see it."""
    if not is_used(scope["path"]):
        return 404, "There is nothing here."
    if is_local and not _LOCAL.fullmatch(_header(scope, b"host")):
        return 421, "This answers to the names of its own machine. Behind a proxy: --trust-proxy."
    if _header(scope, b"sec-fetch-site") == b"cross-site" and _header(scope, b"sec-fetch-mode") != b"navigate":
        return 403, "The page of somebody else may not ask this."
    if _claimed_bytes(scope) > MOST_BYTES:
        return 413, f"A request has at most {MOST_BYTES} bytes."
    return None


def is_used(path: str) -> bool:
    """Whether the page or a client of the endpoint has any business there."""
    if path.startswith(_API):
        return path.removeprefix(_API).startswith(_USED)
    return not path.startswith(_UNUSED)


def _header(scope: Message, name: bytes) -> bytes:
    """The value of a header; empty where it is missing, or there twice."""
    values = [value for header, value in scope["headers"] if header == name]
    return values[0] if len(values) == 1 else b""


def _claimed_bytes(scope: Message) -> int:
    claims = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(claims[0]) if claims and claims[0].isdigit() else 0


def _counting(receive: Receive) -> Receive:
    """The body, up to the most bytes; then the client counts as gone: it never said how much would come."""
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > MOST_BYTES else message

    return counting


def _adding(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *headers]
        await send(message)

    return adding


async def _answer(send: Send, status: int, sentence: str, *, is_api: bool = False) -> None:
    """A sentence; to a client of the endpoint in the form of its errors."""
    body, kind = sentence.encode(), b"text/plain; charset=utf-8"
    if is_api:
        code = "request_too_large" if status == 413 else None
        error = {"message": sentence, "type": "invalid_request_error", "param": None, "code": code}
        body, kind = orjson.dumps({"error": error}), b"application/json"
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
