"""Kill a process that works on an outbox, with SIGKILL, at every SQL statement and at random moments, and look.

    python tests/crash/outbox_harness.py --kills 400 [--every 1] [--seed 1]

A scripted life brings seven conversations through all states. The process says after each step that it is done. After a
kill the outbox must stand where it stood before the step at hand, or after it; deleted texts must be in none of its files;
and the life goes on to the same end. `--every 3` kills at every third statement only, `--kills` counts the random ones.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement
from selfsown.outbox.entry import TEXTLESS
from selfsown.outbox.rows import key_of
from selfsown.outbox.store import Outbox
from selfsown.policy import ChatPolicy
from selfsown.self_rating import SelfRating

KEYS = [key_of(f"conversation {number}") for number in range(7)]
_MEMORY = Path("/dev/shm")  # noqa: S108 - a kill leaves a file system alone: one in memory shows the same, and faster
YES = Consent(publish=True, train=True, day="2026-01-01")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
Step = Callable[[Outbox], Any]
Shot = dict[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Screening:
    """What screening hands over."""

    conversation: Conversation
    kinds: tuple[str, ...] = ()
    refusal: str = ""


def chat(number: int, turns: int) -> Conversation:
    """Text long enough for pages of its own, and recognisable: `<number:`."""
    texts = [f"<{number}:{turn}> " * 150 for turn in range(turns)]
    said = tuple(Turn(("user", "assistant")[turn % 2], text) for turn, text in enumerate(texts))
    return Conversation(said, "chat", "CC0-1.0", "2026-01-01")


def life() -> list[Step]:
    """Every step there is, in an order that is possible."""
    words = [Judgement("c-1", "features", "r", {}, overall=score) for score in (9.0, 2.0)]
    good, poor = (SelfRating(word, word, None) for word in words)
    steps: list[Step] = []
    for turns in (2, 4):
        steps += [lambda box, k=k, t=turns: box.keep(KEYS[k], chat(k, t), YES) for k in range(7)]
    steps += [lambda box: box.forget(KEYS[6]), lambda box: box.withdraw(KEYS[5])]
    steps += [lambda box, k=k: box.end(KEYS[k]) for k in range(5)]
    steps += [lambda box, k=k: box.rate(KEYS[k], poor if k == 4 else good, 7.0) for k in range(5)]
    steps += [lambda box, k=k: box.screen(KEYS[k], Screening(chat(k, 4), refusal="no" * (k == 3))) for k in range(4)]
    steps += [
        lambda box: box.plan("submit/a", KEYS[:3]),
        lambda box: box.release("submit/a"),
        lambda box: box.plan("submit/b", KEYS[:3]),
        lambda box: box.submit("submit/b", 4),
        lambda box: box.withdraw(KEYS[2]),
        lambda box: box.recall("submit/b"),
        lambda box: box.settle("submit/b"),
        lambda box: box.plan("submit/c", KEYS[:2]),
        lambda box: box.submit("submit/c", 5),
        lambda box: box.merge(KEYS[0]),
        lambda box: box.decline(KEYS[1], "dropped in review"),
        lambda box: box.expire(ChatPolicy(7.0)),
    ]
    return steps


def work(path: Path, start: int, done: int, doom: int | None) -> None:
    """The steps from `start` on; a byte into `done` after each. Dies right before statement `doom` (from 0)."""
    count = 0

    def watch(_: str) -> None:
        nonlocal count
        if count == doom:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    plain = sqlite3.connect

    def connect(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = plain(*given, **named)
        connection.set_trace_callback(watch)
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]
    with Outbox(path, lambda: NOW + timedelta(hours=1)) as box:
        for step in life()[start:]:
            step(box)
            os.write(done, b".")
    os.write(done, f"{count}".encode())


def run(path: Path, start: int, doom: int | None = None, after: float | None = None) -> tuple[int, str]:
    """A forked process that works; how many steps it has done, and what it said at the end ("" where it was killed)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        work(path, start, writer, doom)
        os._exit(0)
    os.close(writer)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as stream:
        heard = stream.read()
    os.waitpid(child, 0)
    return heard.count(b"."), heard.lstrip(b".").decode()


def look(path: Path) -> tuple[Shot, list[str]]:
    """The entries without their times, and what is wrong with the file."""
    with Outbox(path, lambda: NOW) as box:
        shot = {
            entry.key: (
                str(entry.state),
                entry.conversation,
                entry.batch,
                entry.pull,
                entry.published,
                bool(entry.ended),
            )
            for entry in box.find()
        }
        with box.file.reading() as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    faults = [] if sound == "ok" else [f"integrity_check: {sound}"]
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    living = {KEYS.index(key) for key, entry in shot.items() if entry[0] not in TEXTLESS}
    gone = set(range(len(KEYS))) - living
    return shot, faults + [
        f"the text of {number} is still in a file" for number in gone if f"<{number}:".encode() in content
    ]


def reference(folder: Path) -> list[Shot]:
    """What an undisturbed life looks like before each step and at the end."""
    shots: list[Shot] = [{}]
    with Outbox(folder / "reference.db", lambda: NOW) as box:
        for step in life():
            step(box)
            shots.append(look(folder / "reference.db")[0])
    return shots


def trial(path: Path, shots: list[Shot], doom: int | None, after: float | None) -> list[str]:
    """One kill, a look, and the rest of the life."""
    done, said = run(path, 0, doom, after)
    shot, faults = look(path)
    if shot not in shots[done : done + 2]:
        faults.append(f"after step {done} it stands neither before nor after the next one")
    if not said:
        again = done + (shot != shots[done])
        run(path, again)
        shot, more = look(path)
        faults += more
    if shot != shots[-1]:
        faults.append(f"killed after step {done}, it ends otherwise")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return faults


def main() -> int:
    """0 nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=400, help="random moments (default: 400)")
    parser.add_argument("--every", type=int, default=1, help="kill at every Nth statement (default: 1)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    choice = random.Random(args.seed)
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        path = Path(name) / "outbox.db"
        shots = reference(Path(name))
        began = time.perf_counter()
        statements = int(run(path, 0)[1])
        seconds = time.perf_counter() - began
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        dooms = range(choice.randrange(args.every), statements, args.every)
        faults = [f"statement {doom}: {fault}" for doom in dooms for fault in trial(path, shots, doom, None)]
        moments = [choice.uniform(0, seconds) for _ in range(args.kills)]
        faults += [f"{moment:.4f} s: {fault}" for moment in moments for fault in trial(path, shots, None, moment)]
    found = {"steps": len(shots) - 1, "statements": statements, "kills": len(dooms) + len(moments), "faults": faults}
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
