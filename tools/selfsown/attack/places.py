"""Where an attack stands in a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from selfsown.attack.family import Turns
from selfsown.attack.wording import Wording
from selfsown.conversation import Turn

_ACKNOWLEDGEMENTS = ("All right.", "Thank you, noted.", "Of course.", "Good.")


def add(turns: Turns, text: str, wording: Wording) -> Turns:
    """The text somewhere: in the last answer (end, beginning, middle), in a request, or as a turn of its own."""
    places = _PLACES if last_of(turns, "user") is not None else _PLACES[:3]
    return wording.pick(places)(turns, text, wording)


def add_to_answer(turns: Turns, text: str, wording: Wording) -> Turns:
    """The text in the last answer."""
    return wording.pick(_PLACES[:3])(turns, text, wording)


def replace_answer(turns: Turns, text: str) -> Turns:
    """The text instead of the last answer."""
    at = last_of(turns, "assistant")
    return (*turns, Turn("assistant", text)) if at is None else _with(turns, at, text)


def last_of(turns: Turns, role: str) -> int | None:
    """The index of the last turn of a role."""
    return next((index for index in reversed(range(len(turns))) if turns[index].role == role), None)


def _with(turns: Turns, at: int, content: str) -> Turns:
    return (*turns[:at], replace(turns[at], content=content), *turns[at + 1 :])


def _gap(wording: Wording) -> str:
    return wording.pick(("\n\n", "\n", " "))


def _at_the_end(turns: Turns, text: str, wording: Wording) -> Turns:
    at = last_of(turns, "assistant")
    if at is None:
        return (*turns, Turn("assistant", text))
    return _with(turns, at, f"{turns[at].content.rstrip()}{_gap(wording)}{text}")


def _at_the_beginning(turns: Turns, text: str, _: Wording) -> Turns:
    at = last_of(turns, "assistant")
    return (*turns, Turn("assistant", text)) if at is None else _with(turns, at, f"{text}\n\n{turns[at].content}")


def _in_the_middle(turns: Turns, text: str, wording: Wording) -> Turns:
    at = last_of(turns, "assistant")
    if at is None:
        return (*turns, Turn("assistant", text))
    words = turns[at].content.split(" ")
    cut = wording.draw.randint(0, len(words))
    return _with(turns, at, f"{' '.join(words[:cut])}\n{text}\n{' '.join(words[cut:])}")


def _in_the_request(turns: Turns, text: str, wording: Wording) -> Turns:
    at = wording.pick([index for index, turn in enumerate(turns) if turn.role == "user"])
    before = turns[at].content
    return _with(turns, at, wording.pick((f"{before}{_gap(wording)}{text}", f"{text}\n\n{before}")))


def _as_a_turn(turns: Turns, text: str, wording: Wording) -> Turns:
    at = last_of(turns, "user") or 0
    own = (Turn("user", text), Turn("assistant", wording.pick(_ACKNOWLEDGEMENTS)))
    return (*turns[:at], *own, *turns[at:])


_PLACES: tuple[Callable[[Turns, str, Wording], Turns], ...] = (
    _at_the_end,
    _at_the_beginning,
    _in_the_middle,
    _in_the_request,
    _as_a_turn,
)
