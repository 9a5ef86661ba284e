"""A round that is killed goes on and ends with the same bits. `harness.py --kills 200` does the same at length."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="the `train` extra is not installed")

HARNESS = Path(__file__).parent / "harness.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_round_that_is_killed_ends_as_if_nothing_had_been():
    command = [sys.executable, str(HARNESS), "--kills", "2", "--seed", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert sum(found["kills"].values()) == 2
    assert found["end"] == "promoted"
    assert found["faults"] == []
