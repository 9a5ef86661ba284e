"""A killed process leaves every conversation of the outbox before the step at hand or after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("outbox_harness.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks")
def test_a_kill_loses_nothing_and_doubles_nothing():
    command = [sys.executable, str(HARNESS), "--kills", "12", "--every", "12", "--seed", str(os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout or "{}")
    assert found.get("faults") == [], f"{command}: {done.stdout}{done.stderr[-2000:]}"
    assert found["kills"] > 30 - 12
