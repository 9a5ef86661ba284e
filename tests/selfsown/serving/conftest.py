"""A service whose model is a script, over a real outbox, with a clock that only the test moves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from scripted_talker import ScriptedTalker

from selfsown.conversation import Turn
from selfsown.corpus import Corpus
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox
from selfsown.rulebook import Rulebook
from selfsown.serving.endpoint import make_endpoint
from selfsown.serving.service import Service

ANSWERS = {
    "What is the capital of France?": "The capital of France is Paris, a city on the river Seine.",
    "And of Italy?": "The capital of Italy is Rome, which lies on the river Tiber.",
    "Why is the sky blue?": "Air scatters blue light more strongly than red light, so the sky looks blue to us.",
}


def know(turns: tuple[Turn, ...], draw: Any) -> str:
    """A good answer; another one where it is drawn."""
    answer = ANSWERS.get(turns[-1].content, f"I have thought about it: {turns[-1].content}")
    return f"Certainly. {answer}" if draw.temperature else answer


@dataclass
class Stage:
    """A service and everything around it."""

    service: Service
    talker: ScriptedTalker
    outbox: Outbox
    now: list[datetime]
    start: Callable[..., Service] = field(repr=False)

    def pass_minutes(self, minutes: float) -> None:
        self.now[0] += timedelta(minutes=minutes)

    def entries(self, *states: State) -> list[Entry]:
        return self.outbox.find(*states)

    def sit(self, publish: bool = True, train: bool = False, person: str = "", address: str = "192.0.2.1") -> str:
        token = self.service.sit(person, address)
        self.service.consent(token, publish=publish, train=train)
        return token

    def hear(self, token: str, text: str) -> str:
        return "".join(self.service.say(token, text))

    def talk(self, token: str) -> None:
        for question in list(ANSWERS)[:2]:
            self.hear(token, question)


@pytest.fixture
def stage(tmp_path: Path, rulebook: Rulebook) -> Iterator[Stage]:
    now = [datetime(2026, 11, 21, 12, tzinfo=UTC)]
    talker = ScriptedTalker(rulebook.rubric, know)
    made: list[Service] = []
    with Outbox(tmp_path / "outbox.db", lambda: now[0]) as outbox:

        def start(corpus: Corpus | None = None, vote: Any = None, rules: Rulebook = rulebook) -> Service:
            service = Service(
                talker,
                outbox,
                rules,
                corpus or Corpus(),
                vote,
                source="chat",
                license="CC0-1.0",
                clock=lambda: now[0],
            )
            made.append(service)
            return service

        yield Stage(start(), talker, outbox, now, start)
        for service in made:
            service.close()


@contextmanager
def serve_app(app: Any) -> Iterator[str]:
    """The application on a free port of this machine, in a thread; its address."""
    door = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([door],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        door.close()


@pytest.fixture
def address(stage: Stage) -> Iterator[str]:
    """The endpoint without keys."""
    with serve_app(make_endpoint(stage.service)) as url:
        yield url


@pytest.fixture
def serving() -> Callable[[Any], AbstractContextManager[str]]:
    """A context manager that serves an application until its block ends."""
    return serve_app
