"""A process that is killed with chats open and one being rated: the next one ends, rates and screens them, each once."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripted_talker import ScriptedTalker

from selfsown.corpus import Corpus
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox
from selfsown.serving.service import Service

CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from scripted_talker import ScriptedTalker
from selfsown.corpus import Corpus
from selfsown.outbox.store import Outbox
from selfsown.rulebook import load_folder_rulebook
from selfsown.serving.service import Service

def rate(conversation):
    print("rating", flush=True)
    time.sleep(60)

rulebook = load_folder_rulebook(Path(sys.argv[2]))
talker = ScriptedTalker(rulebook.rubric, judge=rate)
service = Service(talker, Outbox(Path(sys.argv[1])), rulebook, Corpus(), None, source="chat", license="CC0-1.0")
tokens = []
for number in range(4):
    token = service.sit("", "")
    service.consent(token, publish=number != 3, train=False)
    list(service.say(token, f"What is the square of {number + 11}?"))
    tokens.append(token)
half = service.say(tokens[1], "And its root?")
next(half)
service.end(tokens[0])
"""


def test_a_killed_process_loses_no_conversation_and_doubles_none(tmp_path, checkout, rulebook):
    file = tmp_path / "outbox.db"
    doubles = Path(__file__).parents[2] / "doubles"
    command = [sys.executable, "-c", CHILD, str(file), str(checkout), str(doubles)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "rating\n"
        child.send_signal(signal.SIGKILL)
    now = datetime.now(UTC)
    with Outbox(file) as outbox:
        service = Service(
            ScriptedTalker(rulebook.rubric),
            outbox,
            rulebook,
            Corpus(),
            None,
            source="chat",
            license="CC0-1.0",
            clock=lambda: now,
        )
        assert service.end_idle() == 1, "the one that was being rated; the others may live in another process"
        now += timedelta(minutes=16)
        assert service.end_idle() == 2
        assert service.end_idle() == 0
        kept = outbox.find()
        assert [entry.state for entry in kept] == [State.SCREENED] * 3
        asked = {entry.conversation.turns[0].content for entry in kept}
        assert asked == {f"What is the square of {number}?" for number in (11, 12, 13)}
        assert all(len(entry.conversation.turns) == 2 for entry in kept)
