"""The starter corpus: enough of everything, right where a program can tell, no two alike, nobody's data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest

from selfsown.cli.main import main
from selfsown.conversation import Conversation, read_conversation

ROOT = Path(__file__).resolve().parents[1]
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
ADDRESS = re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|net|io|co\.uk)\b", re.IGNORECASE)
PHONE = re.compile(r"(?<![\d.,:/-])\+?\d{1,4}[ -]?\(?\d{2,5}\)?[ -]\d{3,4}[ -]\d{3,4}(?![\d.,])|\+\d{8,}")


def lines(*paths: Path) -> list[dict]:
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def shards(kind: str) -> list[Path]:
    return sorted((ROOT / "corpus" / kind).rglob("starter-*.jsonl"))


@pytest.fixture(scope="module")
def chats() -> list[Conversation]:
    return [read_conversation(record) for record in lines(*shards("original"))]


@pytest.fixture(scope="module")
def ratings() -> list[dict]:
    return lines(*shards("ratings"))


@pytest.fixture(scope="module")
def checks() -> list[dict]:
    return lines(ROOT / "tests/starter/checks.jsonl")


def test_there_is_enough_of_everything(chats, ratings):
    corrections = [entry.ext.get("starter", {}).get("correction") for entry in chats]
    assert len(chats) >= 300
    assert len({entry.id for entry in chats}) == len(chats)
    assert sum(entry.is_multi_turn for entry in chats) >= 100
    assert sum(bool(correction) for correction in corrections) >= 30
    assert {"well", "badly"} <= set(corrections)
    assert sum(bool(rating["reason"].strip()) for rating in ratings) >= 120


def test_ratings_speak_of_both_ends_and_every_criterion(ratings):
    scores = [rating["score"] for rating in ratings]
    assert min(scores) <= 2
    assert max(scores) >= 9
    for name in ratings[0]["criteria"]:
        assert {rating["criteria"][name] for rating in ratings} == {True, False}


def test_a_rating_is_of_the_corpus_or_carries_its_text(chats, ratings):
    known = {entry.id for entry in chats}
    assert all(rating["conversation"] in known or rating.get("messages") for rating in ratings)


def test_there_are_poor_ones_to_measure_a_judge_with(chats):
    poor = lines(ROOT / "tests/poor/poor.jsonl")
    assert len(poor) >= 60
    assert len({entry["defect"] for entry in poor}) >= 10
    texts = {json.dumps([turn.to_json() for turn in entry.turns], sort_keys=True) for entry in chats}
    assert not any(json.dumps(entry["messages"], sort_keys=True) in texts for entry in poor)


def test_most_conversations_have_a_check_of_a_turn_that_is_there(chats, checks):
    by_id = {entry.id: entry for entry in chats}
    assert {check["id"] for check in checks} <= set(by_id)
    assert len({check["id"] for check in checks}) >= len(chats) / 2
    for check in checks:
        assert 0 <= check["turn"] < len(by_id[check["id"]].turns)


def plain(text: str) -> str:
    return re.sub(r"[\s,*`_]+", "", text).casefold()


# Many programs share a process: starting Python is what costs. Each has its own names and its own output.
RUNNER = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(compile(json.loads(line), "check", "exec"), {"__name__": "__main__"})
        error = ""
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps([said.getvalue(), error]), flush=True)
"""


def run_checks(programs: list[str]) -> list[list[str]]:
    """(what it prints, its error) of each program, in an isolated interpreter."""
    text = "".join(json.dumps(program) + "\n" for program in programs)
    limit = 10 + len(programs) / 10
    command = [sys.executable, "-I", "-c", RUNNER]
    found = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=limit)
    return [json.loads(line) for line in found.stdout.splitlines()]


def test_every_check_prints_what_the_conversation_says(chats, checks):
    by_id = {entry.id: entry for entry in chats}
    groups = [checks[start : start + 24] for start in range(0, len(checks), 24)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run_checks, [[check["python"] for check in group] for group in groups]))
    results = [result for group in found for result in group]
    assert len(results) == len(checks)
    wrong = []
    for check, (said, error) in zip(checks, results, strict=True):
        text = by_id[check["id"]].turns[check["turn"]].content
        if error or said.strip() != check["expects"] or plain(check["expects"]) not in plain(text):
            wrong.append((check["id"], check["turn"], check["expects"], said.strip(), error[-200:], text[:80]))
    assert wrong == []


def test_the_corpus_passes_its_own_validation(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["validate", "corpus"]) == 0, capsys.readouterr().out


def trigrams(entry: Conversation) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", " ".join(turn.content for turn in entry.turns).casefold())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def test_no_two_conversations_are_nearly_the_same(chats):
    sets = {entry.id: trigrams(entry) for entry in chats}
    alike = [
        (one, other)
        for (one, a), (other, b) in combinations(sets.items(), 2)
        if (shared := len(a & b)) and shared / (len(a) + len(b) - shared) >= 0.5
    ]
    assert alike == []


@pytest.mark.parametrize("looks_like", [E_MAIL, ADDRESS, PHONE], ids=["e-mail", "address", "phone"])
def test_nothing_looks_like_somebodys_data(chats, ratings, looks_like):
    texts = [turn.content for entry in chats for turn in entry.turns]
    texts += [turn["content"] for rating in ratings for turn in rating.get("messages", [])]
    texts += [rating["reason"] for rating in ratings]
    assert [match[0] for text in texts for match in looks_like.finditer(text)] == []
