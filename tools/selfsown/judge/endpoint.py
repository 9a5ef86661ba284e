"""The door to an OpenAI-compatible server: one question, one token, its alternatives. One try; who calls decides on more.

Nothing a server says is trusted or repeated: bodies are bounded in size and time, redirects are not followed, and of an
error only its status and its code are kept, because servers echo keys and prompts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import httpx2
import openai
import orjson

from selfsown.judge.one_token import Alternative

MOST_BYTES = 1_048_576  # of one answer; twenty alternatives take about 2 kB

_CODE = re.compile("[A-Za-z_]{3,40}")  # a word, and no key
_NO_LOGPROBS = (
    "the server answered without the log probabilities it was asked for",
    "name a server and model that give `logprobs` with `top_logprobs` on chat completions",
)


class Kind(Enum):
    """What a failure means: try again, this text was refused, fewer alternatives are to be asked for, nothing works."""

    AGAIN = "again"
    REFUSED = "refused"
    CAPPED = "capped"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer. `wait` is how many seconds the server asks for, `tip` what the operator can do."""

    kind: Kind
    why: str
    tip: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An open connection to a model. Threads may share it."""

    client: openai.OpenAI = field(repr=False)
    model: str

    def ask(self, text: str, alternatives: int, seconds: float) -> tuple[Alternative, ...] | Failure:
        """The alternatives to the first token of the answer to a message, as (token, log probability)."""
        try:
            answer = self.client.chat.completions.with_raw_response.create(
                model=self.model,
                messages=[{"role": "user", "content": text}],
                max_tokens=1,
                temperature=0,
                logprobs=True,
                top_logprobs=alternatives,
                timeout=seconds,
            )
        except openai.APIStatusError as error:
            return _read_refusal(error.status_code, error.response.headers, error.response.content)
        except openai.APITimeoutError:
            return Failure(Kind.AGAIN, f"no answer within {seconds:.0f} s")
        except openai.APIConnectionError:
            return Failure(Kind.AGAIN, "the server cannot be reached, or broke off")
        return read_alternatives(answer.content)


@contextmanager
def open_endpoint(url: str, model: str, key: str) -> Iterator[Endpoint]:
    """Connect; without a key the server is sent a word that is none."""
    with (
        httpx2.Client(event_hooks={"response": [_bound]}, follow_redirects=False) as http,
        openai.OpenAI(base_url=url, api_key=key or "none", max_retries=0, http_client=http) as client,
    ):
        yield Endpoint(client, model)


def read_alternatives(body: bytes) -> tuple[Alternative, ...] | Failure:
    """The alternatives in the body of an answer with status 200."""
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Failure(Kind.AGAIN, "the server's answer was no JSON")
    choices = record.get("choices") if isinstance(record, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return Failure(Kind.AGAIN, "the server's answer held no choice")
    choice = choices[0]
    message = choice.get("message")
    said = message if isinstance(message, dict) else {}
    if choice.get("finish_reason") == "content_filter" or said.get("refusal"):
        return Failure(Kind.REFUSED, "a filter of the server kept the answer back")
    return _read_first_token(choice.get("logprobs"), is_empty=not said.get("content"))


def _read_first_token(logprobs: object, *, is_empty: bool) -> tuple[Alternative, ...] | Failure:
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if tokens == [] and is_empty:
        return Failure(Kind.REFUSED, "the model said nothing")
    if not isinstance(tokens, list) or not tokens or not isinstance(tokens[0], dict):
        return Failure(Kind.BROKEN, *_NO_LOGPROBS)
    listed = tokens[0].get("top_logprobs")
    if not isinstance(listed, list) or not listed:
        return Failure(Kind.BROKEN, *_NO_LOGPROBS)
    found = [_read_alternative(entry) for entry in listed]
    if any(entry is None for entry in found):
        return Failure(Kind.AGAIN, "the server's log probabilities do not read")
    return tuple(entry for entry in found if entry is not None)


def _read_alternative(entry: object) -> Alternative | None:
    match entry:
        case {"token": str(token), "logprob": int() | float() as logprob} if not isinstance(logprob, bool):
            return (token, min(float(logprob), 0.0)) if logprob < 0.01 else None
    return None


def _read_refusal(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    code = _read_code(body)
    said = f"the server answered HTTP {status}" + (f" ({code})" if code else "")
    if status in (408, 409, 425, 429) or status >= 500:
        return Failure(Kind.AGAIN, said, wait=_read_wait(headers.get("retry-after", "")))
    if status in (400, 403, 413, 422):
        text = body[:4_000].decode("utf-8", "replace").lower()
        if "logprobs" in text:
            return Failure(Kind.CAPPED, *_NO_LOGPROBS)
        is_long = status == 413 or ("context" in text and ("length" in text or "token" in text))
        return Failure(Kind.REFUSED, "it does not fit the model's window" if is_long else said)
    return Failure(Kind.BROKEN, said, "check SELFSOWN_API_URL (it often ends in /v1), SELFSOWN_API_MODEL and the key")


def _read_code(body: bytes) -> str:
    """The machine-readable code in the body of an error; nothing else of it is ours to repeat."""
    try:
        record: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    error = record.get("error") if isinstance(record, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _read_wait(value: str) -> float:
    """Seconds from a Retry-After header (a number or a date); 0 where it says nothing."""
    try:
        if value.strip().isdigit():
            return float(value)
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


class _Bounded(httpx2.SyncByteStream):
    """A body that ends in an error after too many bytes or seconds; a server may keep a connection alive with blanks."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response, self._stream = response, response.stream
        self._seconds = float(response.request.extensions.get("timeout", {}).get("read") or 60.0)

    def __iter__(self) -> Iterator[bytes]:
        deadline, size = time.monotonic() + self._seconds, 0
        if not isinstance(self._stream, httpx2.SyncByteStream):
            return
        for chunk in self._stream:
            size += len(chunk)
            if time.monotonic() > deadline:
                raise httpx2.ReadTimeout("too slow", request=self._response.request)
            if size > MOST_BYTES:
                raise httpx2.ReadError("too long", request=self._response.request)
            yield chunk

    def close(self) -> None:
        if isinstance(self._stream, httpx2.SyncByteStream):
            self._stream.close()


def _bound(response: httpx2.Response) -> None:
    response.stream = _Bounded(response)
