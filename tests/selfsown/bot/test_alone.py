"""The lock of the bot: one process at a time, and it ends with its process, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from selfsown.bot.alone import alone
from selfsown.outbox.entry import OutboxError

HOLD = "import sys\nfrom pathlib import Path\nfrom selfsown.bot.alone import alone\n"
HOLD += "with alone(Path(sys.argv[1])) as held:\n    print(held, flush=True)\n    sys.stdin.read()\n"


def test_a_killed_process_holds_nothing(tmp_path):
    outbox = tmp_path / "outbox.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(outbox)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "True\n"
        with alone(outbox) as is_alone:
            assert not is_alone
        other.send_signal(signal.SIGKILL)
    with alone(outbox) as is_alone:
        assert is_alone


def test_threads_exclude_each_other(tmp_path):
    seen = []

    def look():
        with alone(tmp_path / "outbox.db") as is_alone:
            seen.append(is_alone)

    with alone(tmp_path / "outbox.db"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    look()
    assert seen == [False, True]


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(OutboxError, match="cannot be written"), alone(tmp_path / "gone" / "outbox.db"):
        pass
