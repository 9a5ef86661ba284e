"""Requests of programs as chats of the service: with consent a request has a place in a conversation, without it none.

The consent of the newest request holds. A request without it takes back what earlier ones of its conversation said. What
cannot be kept is answered all the same, and why it is not is told.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from selfsown.errors import SelfsownError
from selfsown.serving.answer import Pieces
from selfsown.serving.completion import Wanted
from selfsown.serving.lineage import Lineage, Place, Step
from selfsown.serving.service import Service
from selfsown.serving.sitting import Busy, ChatFull, Gone
from selfsown.serving.talker import STOPPED

_MOST_NAMED = 10_000
_FOREIGN = "its history was not said here, or has been forgotten since"
_ENDED = "this conversation has ended, and was rated"

Who = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: `person` names the API key ("" without keys), `address` is where from."""

    person: str
    address: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that is being answered. `token` is its chat, "" where it has none; `why` then says why not, if asked."""

    pieces: Pieces
    who: Who
    token: str = ""
    why: str = ""


class Exchanges:
    """The requests of all clients."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lineage = Lineage()
        self._named: OrderedDict[Who, str] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, client: Client, wanted: Wanted, *, publish: bool, train: bool) -> Exchange:
        """Begin to answer a request. Raises Full, TooLong."""
        who = (client.person or client.address, wanted.user, wanted.name)
        with self._lock:
            seated = self._seat(client, who, wanted, train) if publish else self._take_back(who, wanted)
        if isinstance(seated, Exchange):
            return seated
        return Exchange(self._service.answer(wanted.turns, wanted.draw), who, why=seated)

    def finish(self, exchange: Exchange) -> tuple[str, str]:
        """The answer has ended: (withdraw code, why it is not kept) of its chat, both "" where nobody agreed."""
        if not exchange.token:
            return "", exchange.why
        try:
            if exchange.pieces.answer.finish != STOPPED:
                self._lineage.learn(exchange.who, self._service.turns(exchange.token), exchange.token)
            return self._service.standing(exchange.token)
        except Gone:
            return "", _ENDED

    def _seat(self, client: Client, who: Who, wanted: Wanted, train: bool) -> Exchange | str:
        """The request in its conversation, or why it has none."""
        place = self._settle_place(self._lineage.find(who, wanted.turns), wanted)
        if place.step is Step.FOREIGN:
            return _ENDED if place.token else _FOREIGN
        try:
            return self._ask(place, client, who, wanted, train)
        except ChatFull as error:
            return error.message

    def _settle_place(self, place: Place, wanted: Wanted) -> Place:
        """A conversation that has ended is not gone on with; the same first question may begin another one."""
        if not place.token or self._service.is_open(place.token):
            return place
        if place.step is Step.AGAIN and all(turn.role != "assistant" for turn in wanted.turns):
            return Place(Step.BEGIN)
        return Place(Step.FOREIGN, place.token)

    def _ask(self, place: Place, client: Client, who: Who, wanted: Wanted, train: bool) -> Exchange:
        token = place.token
        if place.step in (Step.GO_ON, Step.AGAIN):
            try:
                return self._ask_in(token, who, wanted, train)
            except Busy:  # two requests at once go on with the same history: two conversations from here on
                pass
        elif wanted.name and who in self._named:
            self._drop(self._named.pop(who))
        token = self._service.sit(client.person, client.address)
        try:
            exchange = self._ask_in(token, who, wanted, train)
        except SelfsownError:
            self._service.leave(token)
            raise
        if wanted.name:
            self._named[who] = token
            if len(self._named) > _MOST_NAMED:
                self._named.popitem(last=False)
        return exchange

    def _ask_in(self, token: str, who: Who, wanted: Wanted, train: bool) -> Exchange:
        pieces = self._service.ask(token, wanted.turns, wanted.draw)
        self._service.consent(token, publish=True, train=train)
        self._lineage.ask(who, wanted.turns, token)
        return Exchange(pieces, who, token)

    def _take_back(self, who: Who, wanted: Wanted) -> str:
        """The conversation of a request without consent is not to be kept; nobody asked why."""
        place = self._lineage.find(who, wanted.turns)
        if place.step in (Step.GO_ON, Step.AGAIN):
            self._drop(place.token)
        if wanted.name and who in self._named:
            self._drop(self._named.pop(who))
        return ""

    def _drop(self, token: str) -> None:
        """This conversation is not to be kept. One that has ended is withdrawn by its code only."""
        if self._service.is_open(token):
            self._service.consent(token, publish=False, train=False)
            self._service.leave(token)
