"""PyGithub without sockets: its connection class, asking a World in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from github.Requester import Requester

from github_double.wire import ConnectionLost, Response
from github_double.world import API, World


class LocalResponse:
    """What PyGithub wants of an answer."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self._response = response

    def getheaders(self) -> list[tuple[str, str]]:
        return list(self._response.headers.items())

    def read(self) -> str:
        return self._response.body.decode("utf-8", "replace")

    def iter_content(self, _chunk_size: int | None = 1, **_: Any) -> Iterator[bytes]:
        yield self._response.body

    def raise_for_status(self) -> None:
        if self.status >= 400:
            raise requests.HTTPError(str(self.status))


class LocalConnection:
    """Asks `world`; breaks as `requests` breaks."""

    world: World

    def __init__(self, host: str, port: int | None = None, **_: Any) -> None:
        self.host = host
        self.port = port

    def request(self, verb: str, url: str, data: Any, headers: dict[str, str], _stream: bool = False) -> None:
        self._asked = verb, url, data, headers

    def getresponse(self) -> LocalResponse:
        verb, url, data, headers = self._asked
        body = data.read() if hasattr(data, "read") else (data or b"")
        try:
            found = self.world.handle(verb, url, headers, body.encode() if isinstance(body, str) else body)
        except ConnectionLost:
            raise requests.exceptions.ConnectionError("Connection aborted.") from None
        return LocalResponse(found)

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def connect(world: World) -> Iterator[str]:
    """While it lasts, all of PyGithub in this process talks to the world, whatever host it thinks of.

    Gives the address to tell PyGithub, which is its default.
    """
    connection = type("WorldConnection", (LocalConnection,), {"world": world})
    Requester.injectConnectionClasses(connection, connection)
    try:
        yield API
    finally:
        Requester.resetConnectionClasses()
