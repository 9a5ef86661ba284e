"""An OpenAI-compatible server on localhost whose model is a table: what it answers is what a function says.

`serve(model)` gives the base URL and the requests it has seen. `model` maps the request (a dict) and how many came
before it to an Answer, or to a dict of probabilities by token, which becomes a well-formed answer.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Model = Callable[[dict[str, Any], int], "Answer | Mapping[str, float]"]


@dataclass(frozen=True)
class Answer:
    """What goes over the wire. `drip` sends this many blanks, one every tenth of a second, before the body."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: int = 0
    breaks_off: bool = False


@dataclass
class Served:
    """A running server."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def completion(probabilities: Mapping[str, float], **choice: Any) -> dict[str, Any]:
    """A chat completion of one token with these alternatives."""
    listed = [
        {"token": token, "logprob": math.log(share) if share else -9999.0, "bytes": list(token.encode())}
        for token, share in sorted(probabilities.items(), key=lambda item: -item[1])
    ]
    first = {**listed[0], "top_logprobs": listed} if listed else {}
    message = {"role": "assistant", "content": first.get("token", ""), "refusal": None}
    whole = {"index": 0, "message": message, "finish_reason": "length", "logprobs": {"content": [first]}}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [whole | choice]}


def as_answer(said: Answer | Mapping[str, float], most: int) -> Answer:
    """A table row as what goes over the wire, with no more alternatives than were asked for."""
    if isinstance(said, Answer):
        return said
    kept = dict(sorted(said.items(), key=lambda item: -item[1])[:most])
    return Answer(json.dumps(completion(kept)).encode())


@contextmanager
def serve(model: Model) -> Iterator[Served]:
    """Run the server in threads until the block ends."""
    served, lock, over = Served(""), threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = len(served.requests)
                served.requests.append(request)
                served.headers.append({name.lower(): value for name, value in self.headers.items()})
            try:
                self.answer(as_answer(model(request, number), request.get("top_logprobs", 0)))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def answer(self, said: Answer) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(said.drip + len(said.body)))
            self.end_headers()
            for _ in range(said.drip):
                if over.wait(0.1):
                    break
                self.wfile.write(b" ")
            self.wfile.write(said.body[: len(said.body) // 2] if said.breaks_off else said.body)
            self.close_connection = said.breaks_off

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield served
        finally:
            over.set()
            server.shutdown()
            thread.join()
