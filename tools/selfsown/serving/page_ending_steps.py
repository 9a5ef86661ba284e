"""The steps of the page from the end of a chat on: the rating, keeping it after all, withdrawing it, and a new chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from selfsown.errors import SelfsownError
from selfsown.serving.ending import Ending
from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_layout import Parts
from selfsown.serving.page_render import render_ending, render_note, render_waiting, render_withdrawn
from selfsown.serving.page_steps import Update, render_problem
from selfsown.serving.service import Service
from selfsown.serving.visits import Visits

_WITHDRAWN = "Withdrawn: nothing of it will be published from here, and its text is deleted on this server."
_OUT_ALREADY = (
    "Withdrawn: its text is deleted on this server. But it is public already, in pull request {pull}. If that is still open, it "
    "is closed soon, and stays to be seen there. If it was merged, tell the maintainers to take out {name}."
)
_UNKNOWN_CODE = "No conversation has this code. Look at it again: letters and digits in groups of five."


@dataclass(frozen=True, slots=True)
class EndingSteps:
    """The steps at the end. `update` is gradio's: it changes properties of a part."""

    service: Service
    facts: PageFacts
    parts: Parts
    update: Callable[..., Any]
    visits: Visits

    def end(self, request: Any, token: str, publish: bool) -> Iterator[Update]:
        """The rating. Asking again gives the same one, or another try where there was none."""
        self.visits.come_back(request.session_hash)
        talk, close = self.parts.talk, self.parts.close
        try:
            if not self.service.turns(token):
                yield {talk.note: render_note("Nothing was said yet: there is nothing to rate.")}
                return
        except SelfsownError as error:
            yield {**self._closing(), **self._open(), close.told: render_problem(error)}
            return
        yield {**self._closing(), close.told: render_waiting(self.facts)}
        yield self._rate(token, publish)

    def keep(self, token: str, publish: bool, train: bool) -> Update:
        """The person has seen what would be published, and agrees after all."""
        close = self.parts.close
        if not publish:
            return {close.withdrawn: render_note("Tick “Publish” first, if you want that.", is_problem=True)}
        try:
            self.service.consent(token, publish=True, train=train)
        except SelfsownError as error:
            return {close.withdrawn: render_problem(error)}
        return {close.withdrawn: "", **self._rate(token, publish)}

    def withdraw(self, code: str) -> Update:
        """Take back what was just rated: what would have been published is not shown any more, either."""
        close = self.parts.close
        said, is_gone = self._take_back(code)
        told = {close.told: render_withdrawn()} if is_gone else {}
        return {close.withdrawn: said, close.withdraw: self.update(visible=not is_gone), **told}

    def take_back(self, code: str) -> Update:
        """Take back an earlier conversation by its code."""
        start = self.parts.start
        said, is_gone = self._take_back(code)
        return {start.taken_back: said, start.code: "" if is_gone else self.update()}

    def again(self, request: Any) -> Update:
        """Back to the first screen, with both choices off again."""
        self.visits.forget(request.session_hash)
        parts = self.parts
        return {
            parts.token: "",
            parts.code: "",
            parts.close.screen: self.update(visible=False),
            parts.close.told: "",
            parts.start.screen: self.update(visible=True),
            parts.start.choice.publish: False,
            parts.start.choice.train: self.update(value=False, interactive=False),
            parts.start.taken_back: "",
        }

    def depart(self, request: Any) -> None:
        """The page was closed, or its connection broke."""
        self.visits.depart(request.session_hash)

    def _rate(self, token: str, publish: bool) -> Update:
        close = self.parts.close
        try:
            ending = self.service.end(token)
        except SelfsownError as error:
            return {**self._open(), close.told: render_problem(error), close.ask: self.update(visible=True)}
        return {
            **self._open(),
            close.told: render_ending(self.facts, ending),
            close.ask: self.update(visible=not ending.is_final),
            close.late: self.update(visible=not publish and self._could_be_kept(ending)),
            close.withdraw: self.update(visible=bool(ending.code)),
            self.parts.code: ending.code,
        }

    def _could_be_kept(self, ending: Ending) -> bool:
        """Whether nothing but the person's word is missing."""
        if ending.is_kept or ending.rating is None or ending.screened is None or ending.screened.refusal:
            return False
        return ending.rating.is_enough(self.facts.policy.submit_score)

    def _take_back(self, code: str) -> tuple[str, bool]:
        try:
            is_gone = bool(code and code.strip()) and self.service.withdraw(code)
            entry = self.service.read(code) if is_gone else None
        except SelfsownError as error:
            return render_problem(error), False
        if entry is not None and entry.pull is not None:
            return render_note(_OUT_ALREADY.format(pull=entry.pull, name=entry.published), is_problem=True), True
        return render_note(_WITHDRAWN if is_gone else _UNKNOWN_CODE, is_problem=not is_gone), is_gone

    def _closing(self) -> Update:
        """The last screen while nothing is known yet."""
        talk, close = self.parts.talk, self.parts.close
        hidden = {part: self.update(visible=False) for part in (talk.screen, close.ask, close.late, close.withdraw)}
        off = {close.choice.publish: False, close.choice.train: self.update(value=False, interactive=False)}
        return {
            **hidden,
            **off,
            close.screen: self.update(visible=True),
            close.again: self.update(interactive=False),
            close.withdrawn: "",
        }

    def _open(self) -> Update:
        return {self.parts.close.again: self.update(interactive=True)}
