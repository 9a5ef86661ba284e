"""The cache of judgements: what addresses an entry, several processes at once, a kill in the middle of writing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from selfsown.errors import SelfsownError
from selfsown.judge import judge_all
from selfsown.judge.cache import JudgementCache
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Criterion

WRITER = """
import sys
from pathlib import Path
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with JudgementCache(path) as cache:
    print("open", flush=True)
    for number in range(count):
        cache.write(Judgement(f"c-{number:032x}", name, "0" * 12, {"answers": 0.25}, flags=("x" * 150,)))
"""

OPENER = """
import sys, time
from pathlib import Path
from selfsown.judge.cache import JudgementCache
for number in range(40):
    while time.time() < float(sys.argv[2]) + number / 40:
        pass
    JudgementCache(Path(f"{sys.argv[1]}{number}")).__exit__(None, None, None)
"""


def writer(path, name, count):
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "cache.sqlite"


def test_what_is_read_is_what_was_written(say, counting, rulebook, path):
    entry = say("hello", "An answer.")
    (answer,) = counting.judge([entry], rulebook.rubric)
    with JudgementCache(path) as cache:
        cache.write(replace(answer, overall=6.5))
    with JudgementCache(path) as cache:
        found = cache.read(counting.id, rulebook.rubric.digest, [entry.id, "c-" + "0" * 32])
    assert found == {entry.id: replace(answer, overall=6.5)}


@pytest.mark.parametrize("changed", ["judge", "rubric", "conversation"])
def test_an_entry_is_addressed_by_judge_rubric_and_conversation(say, counting, rulebook, path, changed):
    entry, rubric, judge = say("hello", "An answer."), rulebook.rubric, type(counting)()
    with JudgementCache(path) as cache:
        list(judge_all([entry], rubric, counting, cache))
        if changed == "judge":
            judge.id = "counting-2"
        elif changed == "rubric":
            first, *others = rubric.criteria
            rubric = replace(rubric, criteria=(Criterion(first.name, first.question + " Truly?"), *others))
        else:
            entry = say("hello", "An answer!")
        (answer,) = judge_all([entry], rubric, judge, cache)
    assert judge.asked == [[entry.id]]
    assert (answer.judge, answer.rubric, answer.conversation) == (judge.id, rubric.digest, entry.id)


def test_a_score_from_the_cache_is_the_score_that_was_computed(say, rulebook, path):
    chats = [
        say(f"What is {number} plus 1?", f"It is {number + 1}, " + "so it is, " * (number % 9)) for number in range(99)
    ]
    with JudgementCache(path) as cache:
        fresh = [answer.to_json() for answer in judge_all(chats, rulebook.rubric, FeaturesJudge(), cache)]
        cached = [answer.to_json() for answer in judge_all(chats, rulebook.rubric, FeaturesJudge(), cache)]
    assert fresh == cached


def test_two_processes_write_one_cache(path):
    count = 300
    writers = [writer(path, name, count) for name in ("one", "two", "three")]
    for process in writers:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    with JudgementCache(path) as cache:
        for name in ("one", "two", "three"):
            assert len(cache.read(name, "0" * 12, [f"c-{number:032x}" for number in range(count)])) == count


def test_processes_that_open_a_new_cache_at_one_moment_all_get_it(path):
    # Without a second try two in a hundred fail: SQLite does not wait while another process switches to WAL.
    start = time.time() + 1.5
    openers = [subprocess.Popen([sys.executable, "-c", OPENER, str(path), str(start)]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in openers] == [0] * len(openers)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill without asking")
def test_a_kill_in_the_middle_of_writing_leaves_whole_entries(path):
    process = writer(path, "killed", 10_000_000)
    assert process.stdout.readline() == "open\n"
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    with JudgementCache(path) as cache:
        found = cache.read("killed", "0" * 12, [f"c-{number:032x}" for number in range(30)])
        assert len(found) == 30
        assert {answer.score for answer in found.values()} == {0.5}
        cache.write(next(iter(found.values())))


def test_a_file_that_is_no_cache_is_named_with_the_way_out(path):
    path.parent.mkdir()
    path.write_bytes(b"this was a database once" * 99)
    with pytest.raises(SelfsownError, match=r"cache\.sqlite") as caught:
        JudgementCache(path)
    assert "delete" in caught.value.tip
