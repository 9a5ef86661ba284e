"""Before the application: unused routes and large bodies do not reach it, and every answer tells the browser to stay here."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from selfsown.serving.page_guard import MOST_BYTES, guard, is_used


def ask(
    path: str,
    chunks: tuple[bytes, ...] = (b"",),
    length: int | None = None,
    said: tuple[tuple[bytes, bytes], ...] = (),
    **settings: Any,
) -> list[dict[str, Any]]:
    """What a client gets whose request has this body; the application answers with the number of bytes that it has read."""
    sent: list[dict[str, Any]] = []
    waiting = list(chunks)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        taken = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            taken += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % taken})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [*said, *([] if length is None else [(b"content-length", str(length).encode())])]
    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(guard(app, **settings)(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "path", ["/", "/gradio_api/queue/join", "/gradio_api/heartbeat/abc", "/v1/models", "/assets/index.js", "/healthz"]
)
def test_what_is_used_is_reached(path):
    assert is_used(path)
    assert ask(path)[0]["status"] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=https://evil.example", "/gradio_api/run/predict",
        "/gradio_api/info", "/monitoring", "/gradio_api/vibe-edit/", "/gradio_api/stream/x",
    ],
)  # fmt: skip
def test_what_is_not_used_is_not_there(path):
    assert ask(path)[0]["status"] == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"localhost:7860", 200), (b"127.0.0.1:7860", 200), (b"[::1]:7860", 200), (b"LocalHost", 200),
        (b"evil.example:7860", 421), (b"localhost.evil.example", 421), (b"127.0.0.1.evil.example", 421), (b"", 421),
    ],
)  # fmt: skip
def test_a_name_that_was_pointed_at_this_machine_is_not_its_own(host, status):
    assert ask("/gradio_api/queue/join", said=((b"host", host),), is_local=True)[0]["status"] == status
    assert ask("/gradio_api/queue/join", said=((b"host", host),))[0]["status"] == 200


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        (b"cross-site", b"cors", 403), (b"cross-site", b"no-cors", 403), (b"cross-site", b"navigate", 200),
        (b"same-origin", b"cors", 200), (b"none", b"navigate", 200),
    ],
)  # fmt: skip
def test_a_page_of_somebody_else_may_link_here_and_ask_nothing(site, mode, status):
    said = ((b"sec-fetch-site", site), (b"sec-fetch-mode", mode))
    assert ask("/gradio_api/queue/join", said=said)[0]["status"] == status


def test_every_answer_says_that_nothing_comes_from_elsewhere():
    headers = dict(ask("/", embedders=["https://frame.example"])[0]["headers"])
    policy = headers[b"content-security-policy"].decode()
    assert "connect-src 'self'" in policy
    assert "img-src 'self' data: blob:" in policy
    assert policy.endswith("frame-ancestors 'self' https://frame.example")
    assert headers[b"referrer-policy"] == b"no-referrer"


def test_a_large_body_is_refused_by_its_claim_and_by_its_bytes():
    assert ask("/gradio_api/queue/join", length=MOST_BYTES + 1)[0]["status"] == 413
    half = b"x" * (MOST_BYTES // 2)
    assert ask("/gradio_api/queue/join", (half, half))[1]["body"] == b"%d" % MOST_BYTES
    assert ask("/gradio_api/queue/join", (half, half, b"x")) == []


def test_a_client_of_the_endpoint_gets_every_refusal_in_the_form_of_its_errors():
    start, body = ask("/v1/chat/completions", length=MOST_BYTES + 1)
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (413, b"application/json")
    assert json.loads(body["body"])["error"]["code"] == "request_too_large"
    half = b"x" * (MOST_BYTES // 2)
    assert ask("/v1/chat/completions", (half, half, b"x"))[1]["body"] == b"%d" % (MOST_BYTES + 1)
