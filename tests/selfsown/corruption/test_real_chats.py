"""On real conversations every kind finds something to break, and what comes out may stand in a corpus."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import orjson
import pytest

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation, read_conversation, read_turns
from selfsown.corpus import Corpus
from selfsown.corruption import KINDS, make_correction_pairs, make_pairs
from selfsown.corruption.neighbours import build_neighbours
from selfsown.rulebook import Rulebook
from selfsown.validate import validate_files

# A leaked token is an error of its own, and "." is too short an answer, as they should be.
BREAK_RULES = {"leak": {"S314"}, "forged": {"S314"}, "empty": {"S311"}, "swap": {"S311"}}


@pytest.fixture(scope="module")
def starter(checkout: Path) -> list[Conversation]:
    files = sorted((checkout / "corpus" / "original").rglob("*.jsonl"))
    lines = (line for file in files for line in file.read_bytes().splitlines())
    return [read_conversation(orjson.loads(line)) for line in lines]


def test_what_is_broken_passes_the_rules(starter: list[Conversation], rulebook: Rulebook, tmp_path: Path):
    neighbours = build_neighbours(starter)
    pairs = [*make_pairs(starter, KINDS, 1, 4, neighbours=neighbours), *make_correction_pairs(starter, 1, neighbours)]
    found: dict[str, set[str]] = {}
    for kind in {pair.kind for pair in pairs}:
        sides = {
            side.id: replace(side, supersedes=None)
            for pair in pairs
            if pair.kind == kind
            for side in (pair.better, pair.worse)
        }
        file = tmp_path / f"{kind}.jsonl"
        file.write_bytes(b"".join(canonical_line(side.to_json()) for side in sides.values()))
        validation = validate_files([file], tmp_path, rulebook, "2026-11-21", corpus=Corpus())
        assert validation.counts.records == len(sides)
        found[kind] = {entry.number for entry in validation.findings if entry.level.name == "ERROR"}
    assert {kind: numbers for kind, numbers in found.items() if numbers - BREAK_RULES.get(kind, set())} == {}


def test_every_kind_is_found_in_the_starter_corpus(starter: list[Conversation]):
    counts = Counter(pair.kind for pair in make_pairs(starter, KINDS, 2))
    assert min(counts[kind.name] for kind in KINDS) > len(starter) // 10


@pytest.mark.parametrize("name", ["taskmaster4", "selfdialogue_5000"])
def test_chats_of_others_are_broken_too(name: str, shared_data: Path):
    with (shared_data / "chats" / f"{name}.jsonl").open("rb") as stream:
        rows = [orjson.loads(line) for line in islice(stream, 200)]
    chats = [Conversation(read_turns(row["messages"]), "", "", "") for row in rows]
    pairs = list(make_pairs(chats, KINDS, 1, 3))
    assert len(pairs) > 2 * len(chats)
    assert len({pair.kind for pair in pairs}) >= len(KINDS) - 2
    assert all(pair.better.turns != pair.worse.turns for pair in pairs)
