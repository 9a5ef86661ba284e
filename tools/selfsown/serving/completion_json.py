"""What the endpoint answers, in OpenAI's JSON; what is ours beside it stands under `selfsown`, which clients pass over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selfsown.errors import SelfsownError, UsageError
from selfsown.judgement import Rubric
from selfsown.outbox.entry import Entry
from selfsown.serving.answer import Answer
from selfsown.serving.completion import BadRequest
from selfsown.serving.ending import Ending
from selfsown.serving.sitting import Gone
from selfsown.serving.talker import LENGTH, Full, TooLong


@dataclass(frozen=True, slots=True)
class Heading:
    """What all parts of one answer have in common. `created` is seconds since 1970."""

    id: str
    model: str
    created: int

    def to_json(self, kind: str) -> dict[str, Any]:
        """The beginning of every body."""
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def render_models(names: tuple[str, ...], created: int) -> dict[str, Any]:
    """The list of models."""
    return {"object": "list", "data": [render_model(name, created) for name in names]}


def render_model(name: str, created: int) -> dict[str, Any]:
    """One model."""
    return {"id": name, "object": "model", "created": created, "owned_by": "selfsown"}


def render_completion(heading: Heading, answer: Answer, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """A whole answer."""
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(answer)}
    body = {**heading.to_json("chat.completion"), "choices": [choice], "usage": render_usage(answer)}
    return body if kept is None else {**body, "selfsown": kept}


def render_chunk(heading: Heading, delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
    """One piece of an answer; the last one says why it ended."""
    choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": reason}
    return {**heading.to_json("chat.completion.chunk"), "choices": [choice]}


def render_usage(answer: Answer) -> dict[str, int]:
    """How many tokens were read and written."""
    read, written = answer.prompt_tokens, answer.answer_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def finish_reason(answer: Answer) -> str:
    """Why it ended, in OpenAI's words."""
    return "length" if answer.finish == LENGTH else "stop"


def render_kept(code: str, why: str) -> dict[str, Any] | None:
    """What a client that declared consent learns: the withdraw code, or why the conversation is not kept."""
    if not code and not why:
        return None
    return {"kept": bool(code), "code": code or None, "why": why or None}


def render_entry(entry: Entry) -> dict[str, Any]:
    """How far a conversation is, for whoever has its code."""
    return {
        "state": str(entry.state),
        "rating": entry.rating,
        "reason": entry.reason or None,
        "published_as": entry.published or None,
        "pull_request": entry.pull,
    }


def render_ending(ending: Ending, rubric: Rubric) -> dict[str, Any]:
    """The end of a conversation: rating, what becomes of it, and what would be published where it is kept."""
    rating, screened = ending.rating, ending.screened
    asked = None
    if rating is not None:
        asked = {
            "question": rubric.question,
            "score": rating.own_score,
            "own": rating.own.to_json(),
            "features": rating.features.to_json(),
            "decides": rating.decides.judge,
            "why": rating.why,
        }
    return {
        "kept": ending.is_kept,
        "code": ending.code or None,
        "sentence": ending.sentence,
        "rating": asked,
        "published": screened.conversation.to_json() if ending.is_kept and screened is not None else None,
        "final": ending.is_final,
    }


def render_error(error: SelfsownError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """(status, body, headers) of a failure. Sentences are ours, and hold no text of a conversation."""
    headers: dict[str, str] = {}
    param = None
    if isinstance(error, BadRequest):
        status, code, param = error.status, error.code, error.param
    elif isinstance(error, Full):
        status, code, headers = 429, "rate_limit_exceeded", {"Retry-After": str(error.seconds)}
    elif isinstance(error, TooLong):
        status, code = 400, "context_length_exceeded"
    elif isinstance(error, Gone):
        status, code = 404, "conversation_not_found"
    else:
        status, code = (400, None) if isinstance(error, UsageError) else (500, "server_error")
    kind = {429: "rate_limit_error", 500: "server_error"}.get(status, "invalid_request_error")
    sentence = error.message if not error.tip else f"{error.message} ({error.tip})"
    return status, {"error": {"message": sentence, "type": kind, "param": param, "code": code}}, headers
