"""What happens on the page, step by step: each step asks the service and says what the parts show next.

The service holds every conversation; the page shows what the service says, and keeps nothing but the name of the
visitor's chat. No step takes what was said from the browser, so a visitor can change no turn but their own next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from html import escape
from typing import Any

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError
from selfsown.serving.answer import Pieces
from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_layout import Choice, Parts
from selfsown.serving.page_render import render_note, render_standing
from selfsown.serving.service import Service
from selfsown.serving.talker import LENGTH, STOPPED
from selfsown.serving.visits import Visits

Update = dict[Any, Any]

_SHOW_EVERY = 0.06  # seconds between two pictures of a growing answer
_BROKEN_OFF = {
    STOPPED: "Stopped. An answer that breaks off is no example: what is published ends before it, unless you try again.",
    LENGTH: "That is as long as an answer gets. If it breaks off, try again, or ask for a shorter one.",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps up to the end of a chat. `update` is gradio's: it changes properties of a part."""

    service: Service
    facts: PageFacts
    parts: Parts
    update: Callable[..., Any]
    visits: Visits

    def begin(self, request: Any, publish: bool, train: bool) -> Update:
        """From the first screen to the chat."""
        start, talk = self.parts.start, self.parts.talk
        try:
            token = self.service.sit(request.username or "", request.client.host if request.client else "")
            self.service.consent(token, publish=publish, train=publish and train)
        except SelfsownError as error:
            return {start.note: render_problem(error)}
        self.visits.begin(request.session_hash, token)
        return {
            self.parts.token: token,
            start.screen: self.update(visible=False),
            start.note: "",
            talk.screen: self.update(visible=True),
            **self._standing(token, publish, publish and train),
            talk.log: [],
            talk.note: "",
            talk.box: "",
            **self._busy(False),
        }

    def choose(self, token: str, publish: bool, train: bool) -> Update:
        """Another consent while people talk."""
        talk = self.parts.talk
        try:
            told = self.service.consent(token, publish=publish, train=publish and train)
        except SelfsownError as error:
            return {talk.note: render_problem(error)}
        return {talk.note: render_note(told) if told else "", **self._standing(token, publish, publish and train)}

    def tie(self, publish: bool, train: bool) -> Any:
        """Training stands only together with publishing."""
        return self.update(interactive=publish, value=publish and train)

    def say(self, request: Any, token: str, text: str, publish: bool, train: bool) -> Iterator[Update]:
        """A message and its answer as it grows."""
        text = (text or "").strip()
        if not text:
            yield {self.parts.talk.note: render_note("Write something first.")}
            return
        self.visits.come_back(request.session_hash)
        asked = (*self._turns(token), Turn("user", text))
        yield from self._answer(token, asked, lambda: self.service.say(token, text), text)
        yield self._standing(token, publish, train)

    def retry(self, request: Any, token: str, publish: bool, train: bool) -> Iterator[Update]:
        """Another answer to the last message."""
        self.visits.come_back(request.session_hash)
        said = self._turns(token)
        yield from self._answer(token, said[:-1], lambda: self.service.retry(token), "")
        yield self._standing(token, publish, train)

    def stop(self, token: str) -> None:
        """End the answer that grows; what it says then is shown by the step that waits for it."""
        try:
            self.service.stop(token)
        except SelfsownError:
            return  # the chat has ended, and with it the answer

    def _answer(self, token: str, asked: tuple[Turn, ...], start: Callable[[], Pieces], text: str) -> Iterator[Update]:
        talk, note = self.parts.talk, ""
        yield {talk.log: show(asked, "…"), talk.note: "", talk.box: "" if text else self.update(), **self._busy(True)}
        try:
            with closing(start()) as pieces:
                for grown in _pictures(pieces):
                    yield {talk.log: show(asked, grown)}
                if broken_off := _BROKEN_OFF.get(pieces.answer.finish):
                    note = render_note(broken_off)
        except SelfsownError as error:
            note = render_problem(error)
        said = self._turns(token)
        is_lost = len(said) < len(asked)  # it never became part of the chat: give it back
        yield {
            talk.log: show(said),
            talk.note: note,
            talk.box: self.update(value=text) if is_lost and text else self.update(),
            **self._busy(False, can_retry=bool(said)),
        }

    def _turns(self, token: str) -> tuple[Turn, ...]:
        try:
            return self.service.turns(token)
        except SelfsownError:
            return ()

    def _busy(self, is_busy: bool, *, can_retry: bool = False) -> Update:
        talk = self.parts.talk
        return {
            talk.send: self.update(visible=not is_busy),
            talk.stop: self.update(visible=is_busy),
            talk.retry: self.update(interactive=can_retry),
            talk.end: self.update(interactive=not is_busy),
        }

    def _standing(self, token: str, publish: bool, train: bool) -> Update:
        choice: Choice = self.parts.talk.choice
        try:
            code, trouble = self.service.standing(token)
        except SelfsownError:
            code = trouble = ""
        return {
            self.parts.talk.standing: render_standing(self.facts, code, trouble, publish=publish, train=train),
            choice.publish: publish,
            choice.train: self.update(value=publish and train, interactive=publish),
        }


def show(turns: Iterable[Turn], growing: str = "") -> list[dict[str, Any]]:
    """Turns as the chat shows them: escaped, because the component takes tags for tags, images included, whatever it is told.

    In a list of typed parts, because the indentation of plain strings is taken off.
    """
    said = [(turn.role, turn.content) for turn in turns] + ([("assistant", growing)] if growing else [])
    return [{"role": role, "content": [{"type": "text", "text": escape(text, quote=False)}]} for role, text in said]


def render_problem(error: SelfsownError) -> str:
    """What went wrong, and what to do, as sentences."""
    said = [part[0].upper() + part[1:].rstrip(".") + "." for part in (error.message, error.tip) if part]
    return render_note(" ".join(said), is_problem=True)


def _pictures(pieces: Iterable[str]) -> Iterator[str]:
    """The answer as it grows, not more often than eyes can follow."""
    grown, shown = "", 0.0
    for piece in pieces:
        grown += piece
        now = time.monotonic()
        if now - shown >= _SHOW_EVERY:
            shown = now
            yield grown
