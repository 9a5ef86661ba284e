"""A request for a chat completion, as OpenAI's API has it, read strictly: what would change the answer and is not
supported is refused, never ignored, and so is what nobody knows. What changes nothing here is taken and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError
from selfsown.serving.sitting import is_text
from selfsown.serving.talker import Draw

ALIAS = "selfsown"  # whichever round is live
CONSENT, NAME = "selfsown_consent", "selfsown_conversation"  # keys of a request's metadata

_MOST_TOKENS = 4096
_DEFAULT_TOKENS = 512
_MOST_STOPS = 4
_LONGEST_STOP = 256  # characters: they are looked for at every token
_MOST_NAME = 128  # characters
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_USED = {"model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens", "max_completion_tokens"}
_USED |= {"seed", "stop", "metadata", "user"}
_WITHOUT_EFFECT = {"store", "service_tier", "safety_identifier", "prompt_cache_key", "parallel_tool_calls"}
# What would change the answer, and the values that ask for nothing.
_UNSUPPORTED: Mapping[str, tuple[Any, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "reasoning_effort": ("none",),
    "verbosity": (),
    "web_search_options": (),
}


class BadRequest(SelfsownError):
    """The request cannot be answered as it is. `status`, `param` and `code` are those of OpenAI's errors."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, *, status: int = 400) -> None:
        super().__init__(message)
        self.status, self.param, self.code = status, param, code


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks for. `consent` is as it was said, None where nothing was; `name` is the client's for the chat."""

    model: str
    turns: tuple[Turn, ...]
    draw: Draw
    is_stream: bool
    wants_usage: bool
    consent: str | None
    name: str
    user: str


def read_request(body: bytes, *, name: str = "") -> Wanted:
    """A request from its bytes. `name` is what its headers call the conversation. Raises BadRequest."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("We could not parse the JSON body of your request.") from error
    if not isinstance(asked, dict):
        raise BadRequest("The body of the request has to be a JSON object.")
    _check_names(asked)
    metadata = _read(asked, "metadata", dict) or {}
    options = _read(asked, "stream_options", dict) or {}
    return Wanted(
        model=_read(asked, "model", str) or "",
        turns=read_messages(asked.get("messages")),
        draw=_read_draw(asked),
        is_stream=bool(_read(asked, "stream", bool)),
        wants_usage=options.get("include_usage") is True,
        consent=_read(metadata, CONSENT, str),
        name=(name or _read(metadata, NAME, str) or "")[:_MOST_NAME],
        user=(_read(asked, "user", str) or "")[:_MOST_NAME],
    )


def read_messages(messages: Any) -> tuple[Turn, ...]:
    """The turns of a request, without outer white space. Raises BadRequest."""
    if not isinstance(messages, list) or not messages:
        raise BadRequest("'messages' has to be an array with at least one message.", "messages")
    turns = tuple(turn for index, message in enumerate(messages) if (turn := _read_message(message, index)) is not None)
    if not turns or turns[-1].role != "user":
        raise BadRequest("The last message has to be the user's, and not empty.", "messages")
    return turns


def read_consent(said: str | None) -> tuple[bool, bool]:
    """(publish, train) of "publish", "publish, train", or "none". Raises BadRequest on other words: no guess is made."""
    words = {word.strip().lower() for word in (said or "").split(",")} - {""}
    if words - {"publish", "train", "none"} or ("none" in words and len(words) > 1) or words == {"train"}:
        raise BadRequest(
            "Consent is 'publish', 'publish, train' or 'none'; training goes only with publishing.",
            CONSENT,
            "bad_consent",
        )
    return "publish" in words, "train" in words


def _check_names(asked: Mapping[str, Any]) -> None:
    for name, value in asked.items():
        if name in _UNSUPPORTED:
            if value is not None and value not in _UNSUPPORTED[name]:
                raise BadRequest(f"'{name}' is not supported with this value.", name, "unsupported_value")
        elif name not in _USED and name not in _WITHOUT_EFFECT:
            shown = name[:64].encode("ascii", "replace").decode()
            raise BadRequest(f"Unrecognized request argument supplied: {shown}", shown, "unknown_parameter")


def _read_message(message: Any, index: int) -> Turn | None:
    """One message; None for a system message without text."""
    place = f"messages[{index}]"
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise BadRequest(f"'{place}.role' has to be one of {', '.join(_ROLES)}.", place)
    if message.get("tool_calls") or message.get("function_call"):
        raise BadRequest(f"'{place}' calls a tool, and tools are not supported.", place, "unsupported_value")
    role, text = _ROLES[message["role"]], _read_content(message.get("content"), place).strip()
    if not is_text(text):
        raise BadRequest(f"'{place}.content' holds half of a character.", place)
    if text:
        return Turn(role, text)
    if role == "system":
        return None
    raise BadRequest(f"'{place}.content' is empty.", place)


def _read_content(content: Any, place: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise BadRequest(f"'{place}.content' has to be text.", place)
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise BadRequest(f"'{place}.content' may hold parts of type 'text' only.", place, "unsupported_value")
    return "".join(part["text"] for part in content)


def _read_draw(asked: Mapping[str, Any]) -> Draw:
    most = _read_number(asked, "max_completion_tokens", 1, 1 << 31, whole=True)
    if most is None:
        most = _read_number(asked, "max_tokens", 1, 1 << 31, whole=True)
    seed = _read_number(asked, "seed", -(1 << 63), (1 << 63) - 1, whole=True)
    top_p = _read_number(asked, "top_p", 0, 1)
    return Draw(
        most_tokens=min(int(_DEFAULT_TOKENS if most is None else most), _MOST_TOKENS),
        temperature=_read_number(asked, "temperature", 0, 2) or 0.0,
        top_p=1.0 if top_p is None else top_p,
        seed=None if seed is None else int(seed),
        stop=_read_stops(asked.get("stop")),
    )


def _read_stops(stops: Any) -> tuple[str, ...]:
    listed = [] if stops is None else [stops] if isinstance(stops, str) else stops
    if (
        not isinstance(listed, list)
        or len(listed) > _MOST_STOPS
        or not all(isinstance(stop, str) and 0 < len(stop) <= _LONGEST_STOP for stop in listed)
    ):
        raise BadRequest(
            f"'stop' has to be a text or up to {_MOST_STOPS} texts, each of 1 to {_LONGEST_STOP} characters.", "stop"
        )
    return tuple(listed)


def _read_number(
    asked: Mapping[str, Any], name: str, least: float, most: float, *, whole: bool = False
) -> float | None:
    value = asked.get(name)
    if value is None:
        return None
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise BadRequest(f"'{name}' has to be {kind} from {least} to {most}.", name)
    return value


def _read(asked: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    value = asked.get(name)
    if value is not None and not isinstance(value, kind):
        raise BadRequest(f"'{name}' has the wrong type.", name)
    return value
