"""Requirement 11, end to end: the largest file that GitHub takes costs the job that reads it a look, and not its memory.

Lines, nesting and numbers made to hurt: tests/test_hostile.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.security.scene import PLAIN, Scene

MEBIBYTE = 1 << 20
MOST_SECONDS = 60.0
PROBE = r"""
import re, sys
from pathlib import Path
from selfsown.cli.main import main
code = main()
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
raise SystemExit(code)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_file_of_ninety_nine_mebibytes(scene: Scene):
    huge = "corpus/original/2026-09/00/chat-000000000000.jsonl"
    head = scene.push(scene.commit({huge: (PLAIN, b"[" * 99 * MEBIBYTE), **scene.good()}))
    number = scene.open()
    options = ["ci", "collect", "--pull", str(number), "--head", head, "-o", str(scene.kept / "in")]
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *options], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - started < MOST_SECONDS
    told, peak = done.stdout.splitlines()
    assert re.search(r'"outcome":"collected","judgeable":1,"errors":[1-9]', told)
    assert int(peak) < 96 * 1024, "kilobytes in all: what the program takes anyway, and none of the files"
