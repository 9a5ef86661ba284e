"""The double behind a real socket: the API at the root, git smart HTTP at `/OWNER/NAME.git`."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response as HttpResponse

from github_double.smart_http import answer_git
from github_double.wire import ConnectionLost, Killed, Response
from github_double.world import World

GIT_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MOST_SECONDS = 10.0


def _answer(world: World, request: Request, path: str, body: bytes) -> Response:
    if match := GIT_PATH.fullmatch(path):
        return answer_git(world, (match[1], match[2]), match[3], request, body)
    query = request.scope["query_string"].decode()
    return world.handle(request.method, f"{path}?{query}" if query else path, dict(request.headers), body)


def make_app(world: World) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """An ASGI application. A lost connection is one that is cut without an answer."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        path = scope["raw_path"].decode().partition("?")[0]
        try:
            found = await run_in_threadpool(_answer, world, request, path, body)
        except (ConnectionLost, Killed):
            # uvicorn's `send` is a method of the object that holds the transport.
            send.__self__.transport.abort()  # type: ignore[attr-defined]
            return
        except AssertionError as error:
            # What GitHub's description does not allow must fail the test, not only the client.
            world.complaints.append(str(error))
            found = Response(500, {"Content-Type": "text/plain; charset=utf-8"}, str(error).encode())
        await HttpResponse(found.body, found.status, found.headers)(scope, receive, send)

    return application


@contextmanager
def serve(world: World, port: int = 0) -> Iterator[str]:
    """Serve a world from a thread; give the base URL `http://localhost:PORT` (no slash at the end)."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    address = f"http://localhost:{listener.getsockname()[1]}"
    settings = uvicorn.Config(
        make_app(world),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    before = world.api, world.web
    world.api = world.web = address
    thread.start()
    try:
        _wait(server)
        yield address
    finally:
        server.should_exit = True
        thread.join(MOST_SECONDS)
        listener.close()
        world.api, world.web = before
    complaints, world.complaints = world.complaints, []
    assert not complaints, "\n".join(complaints)


def _wait(server: uvicorn.Server) -> None:
    end = time.monotonic() + MOST_SECONDS
    while not server.started:
        if time.monotonic() > end:
            raise TimeoutError("the double did not start")
        time.sleep(0.01)
