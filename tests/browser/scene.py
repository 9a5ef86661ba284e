"""The page as people see it: a scripted talker behind the real service, outbox and screening, on a port of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from scripted_talker import JUDGE, ScriptedTalker

from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement
from selfsown.outbox.store import Outbox
from selfsown.rulebook import Rulebook
from selfsown.serving.endpoint import make_endpoint
from selfsown.serving.page import mount_page
from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_guard import guard
from selfsown.serving.service import Service
from selfsown.serving.talker import Draw
from selfsown.vote import Vote

REPOSITORY = "https://git.example/garden/selfsown"
GRACE = 0.3
HOSTILE = (
    "<img src=x onerror=alert(1)> <script>alert(2)</script> <b>bold</b> [link](https://evil.example/) "
    "![i](https://evil.example/x.png) **stars** {{7*7}} ${7*7} `code` $$x^2$$ &lt;kept&gt;"
)
PLAIN = "A bean needs water, warmth and some light, and a stick to climb on once it is as tall as your hand."
ANSWERS = {
    "story": " ".join(f"Word {number} of a long story." for number in range(60)),
    "hostile": HOSTILE,
}


def answer(turns: tuple[Turn, ...], draw: Draw) -> str:
    """What the talker says: by the first word of the last message."""
    asked = turns[-1].content
    if asked.startswith("fail"):
        raise SelfsownError("the model lost its thread", "ask again")
    again = " This is another try." if draw.temperature else ""
    return ANSWERS.get(asked.partition(" ")[0], f"{PLAIN} You asked: {asked}") + again


@dataclass(frozen=True, slots=True)
class Scene:
    """The running page and what stands behind it."""

    address: str
    service: Service
    talker: ScriptedTalker
    outbox: Outbox
    rulebook: Rulebook


def judge(rulebook: Rulebook) -> Any:
    """Good is what does not speak of being poor."""

    def judged(conversation: Conversation) -> Judgement:
        is_poor = any("poor" in turn.content for turn in conversation.turns)
        criteria = {entry.name: 0.2 if is_poor else 0.9 for entry in rulebook.rubric.criteria}
        return Judgement(conversation.id, JUDGE, rulebook.rubric.digest, criteria, overall=2.5 if is_poor else 8.5)

    return judged


@contextmanager
def open_scene(folder: Path, rulebook: Rulebook, pause: float = 0.012) -> Iterator[Scene]:
    """Serve until the block ends."""
    talker = ScriptedTalker(rulebook.rubric, answer, pause=pause, judge=judge(rulebook))
    with Outbox(folder / "outbox.db") as outbox:
        vote = Vote(7, JUDGE, has_vote=True, against="features", difference=0.1, low=0.05, n=200)
        service = Service(talker, outbox, rulebook, Corpus(), vote, source="web", license="CC0-1.0")
        facts = PageFacts("round 0007", "CC0-1.0", REPOSITORY, rulebook.rubric, rulebook.policy.chat)
        with serving(asyncio.run(build(service, facts))) as address:
            yield Scene(address, service, talker, outbox, rulebook)
        service.close()


async def build(service: Service, facts: PageFacts) -> Any:
    """The application; in a running loop, because gradio leaves a new one open where there is none."""
    return guard(mount_page(make_endpoint(service), service, facts, grace=GRACE))


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a free port, in a thread."""
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([door],))
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        door.close()
