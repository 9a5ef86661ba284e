"""Several processes with several threads on one outbox: no update is lost, and nobody is told that it is locked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.selfsown.outbox.stage import LEAST, YES, Screening, chat, rating, screened

from selfsown.outbox.entry import OutboxError, State
from selfsown.outbox.store import Outbox

THREADS, EACH, PROCESSES = 8, 2, 2
PROGRAM = """
import json, sys
from pathlib import Path
from tests.selfsown.outbox.test_together import crowd
print(json.dumps(crowd(Path(sys.argv[1]), sys.argv[2:])))
"""


def crowd(path, shared):
    """What every thread of a process does: bring its own on the way, and quarrel about what is shared."""

    def one(thread):
        kept, won = [], 0
        for number in range(EACH):
            kept.append(screened(outbox, f"{thread} {number}", "Hello."))
        outbox.withdraw(kept[0])
        for key in shared[:-1]:
            outbox.rate(key, rating(), LEAST)
            outbox.screen(key, Screening(chat("Hi", "Hello.")))
        try:
            outbox.plan(f"submit/{path.name}-{thread}-{id(outbox)}", shared[-1:])
            won = 1
        except OutboxError as error:
            if "still open" not in error.message:
                raise
        return kept, won, outbox.pseudonym("ada")

    with Outbox(path) as outbox, ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_they_do_not_hurt_each_other(tmp_path, checkout):
    path = tmp_path / "outbox.db"
    with Outbox(path) as outbox:
        shared = [outbox.keep(None, chat("Hi", "Hello."), YES) for _ in range(3)]
        last = screened(outbox, "last", "Hello.")
    command = [sys.executable, "-c", PROGRAM, str(path), *shared, last]
    others = [
        subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    found = crowd(path, [*shared, last])
    for other in others:
        said, errors = other.communicate(timeout=120)
        assert other.returncode == 0, errors
        found += json.loads(said)
    with Outbox(path) as outbox:
        states = Counter(entry.state for entry in outbox.find())
        keys = {entry.key for entry in outbox.find()}
        batch = outbox.read(last).batch
    everybody = THREADS * (PROCESSES + 1)
    assert states == {State.WITHDRAWN: everybody, State.SCREENED: everybody * (EACH - 1) + len(shared) + 1}
    assert keys == {key for kept, _, _ in found for key in kept} | {*shared, last}
    assert len({pseudonym for _, _, pseudonym in found}) == 1
    assert (sum(won for _, won, _ in found), batch != "") == (1, True), "one of all wins"
