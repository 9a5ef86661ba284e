"""Round files and the pointer to the live one."""

from __future__ import annotations

import os
from dataclasses import replace

import orjson
import pytest

from selfsown import round as rounds
from selfsown.errors import BadConfig, UsageError
from selfsown.round import (
    POINTER,
    ROUNDS,
    Round,
    State,
    read_promoted,
    read_round,
    read_rounds,
    write_promoted,
    write_round,
)

PLAN = {
    "corpus": {
        "commit": "a" * 40,
        "conversations": 9,
        "conversations_digest": "0" * 12,
        "held_out": 3,
        "held_out_digest": "1" * 12,
        "ratings": 2,
        "ratings_digest": "2" * 12,
        "pairs": 1,
        "pairs_digest": "9" * 12,
        "sources": {"starter": 9},
        "licenses": {"CC0-1.0": 9},
        "human_share": 1.0,
        "left_out": {"withdrawn": 1},
        "pairs_left_out": {},
    },
    "recipe": {"name": "tiny", "digest": "3" * 12, "values": {"seed": 1}},
    "rubric": "4" * 12,
    "libraries": {"torch": "2"},
}
GATED = Round(7, State.GATED, "2026-01-01", 6, PLAN)


@pytest.fixture
def schema(rulebook):
    return rulebook.schemas["round"]


def test_a_round_reads_back_as_it_was(tmp_path, schema):
    path = write_round(tmp_path, GATED)
    assert path == tmp_path / ROUNDS / "0007.json"
    assert read_round(tmp_path, 7, schema) == GATED
    assert path.read_bytes() == write_round(tmp_path, GATED).read_bytes()


def test_rounds_come_oldest_first_and_other_files_are_left_alone(tmp_path, schema):
    assert read_rounds(tmp_path, schema) == []
    for number in (12, 3, 7):
        write_round(tmp_path, replace(GATED, number=number))
    (tmp_path / ROUNDS / "README.md").write_text("words")
    assert [entry.number for entry in read_rounds(tmp_path, schema)] == [3, 7, 12]


def test_a_round_that_is_not_there_is_a_usage_error(tmp_path, schema):
    with pytest.raises(UsageError, match="no round 0042"):
        read_round(tmp_path, 42, schema)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"format":1}', b"null", b"\xff"])
def test_a_round_file_that_does_not_read_is_named(tmp_path, schema, content):
    write_round(tmp_path, GATED).write_bytes(content)
    with pytest.raises(BadConfig, match=r"0007\.json") as caught:
        read_round(tmp_path, 7, schema)
    assert "git" in caught.value.tip


def test_no_pointer_is_no_live_round(tmp_path, schema):
    assert read_promoted(tmp_path, schema) is None


def test_promoting_points_at_the_round(tmp_path, schema):
    write_round(tmp_path, GATED)
    promoted = write_promoted(tmp_path, GATED)
    assert promoted.state is State.PROMOTED
    assert read_promoted(tmp_path, schema) == promoted
    assert orjson.loads((tmp_path / POINTER).read_bytes())["round"] == 7
    assert write_promoted(tmp_path, promoted) == promoted


@pytest.mark.parametrize("state", [State.PLANNED, State.TRAINED, State.REJECTED])
def test_what_the_gate_has_not_passed_is_refused_and_nothing_is_written(tmp_path, schema, state):
    entry = replace(GATED, state=state)
    write_round(tmp_path, entry)
    with pytest.raises(UsageError, match=f"0007 is {state}") as caught:
        write_promoted(tmp_path, entry)
    assert caught.value.tip
    assert read_round(tmp_path, 7, schema) == entry
    assert not (tmp_path / POINTER).exists()


def test_a_crash_between_the_two_writes_leaves_the_old_round_live(tmp_path, schema, monkeypatch):
    old = replace(GATED, number=6, parent=None)
    write_round(tmp_path, old)
    write_promoted(tmp_path, old)
    write_round(tmp_path, GATED)
    right = rounds.write_atomically

    def crash_at_the_pointer(path, content, **options):
        if path.name == POINTER.name:
            raise OSError("no space left on the disk")
        right(path, content, **options)

    monkeypatch.setattr(rounds, "write_atomically", crash_at_the_pointer)
    with pytest.raises(OSError, match="no space"):
        write_promoted(tmp_path, GATED)
    assert read_promoted(tmp_path, schema).number == 6
    monkeypatch.undo()
    write_promoted(tmp_path, read_round(tmp_path, 7, schema))
    assert read_promoted(tmp_path, schema).number == 7


@pytest.mark.parametrize("content", [b"", b"{}", b"[7]", b"7", b'{"round":"7"}', b'{"round":true}'])
def test_a_pointer_that_does_not_read_is_named(tmp_path, schema, content):
    write_round(tmp_path, GATED)
    write_promoted(tmp_path, GATED)
    (tmp_path / POINTER).write_bytes(content)
    with pytest.raises(BadConfig, match=r"promoted\.json"):
        read_promoted(tmp_path, schema)


def test_a_pointer_to_nothing_means_none_is_live(tmp_path, schema):
    (tmp_path / POINTER).parent.mkdir(parents=True)
    (tmp_path / POINTER).write_bytes(b'{"format":1,"round":null}\n')
    assert read_promoted(tmp_path, schema) is None


JUDGE_ADAPTER = {
    "digest": "a" * 64,
    "files": {"adapter_config.json": "b" * 64, "adapter_model.safetensors": "c" * 64},
    "recipe": {"name": "judge", "digest": "d" * 12, "values": {"seed": 1}},
    "libraries": {"torch": "2"},
    "data": "e" * 12,
    "seed": 1,
    "rows": {"rated": 3, "paired": 2},
    "pairs": {"cut-off": 2},
    "held_out_kinds": ["repetition"],
    "left_out": 1,
    "steps": 5,
    "losses": {"first": 2.0, "last": 1.0},
    "measured": {
        "conversations": 3,
        "seen": {"cut-off": {"pairs": 3, "accuracy": 1.0}},
        "held_out": {"repetition": {"pairs": 0, "accuracy": None}},
        "corrected_well": {"pairs": 0, "difference": None},
    },
}


def test_a_round_with_a_judge_of_its_own_reads_back_and_one_without_says_nothing_of_it(tmp_path, schema):
    both = replace(GATED, judge_adapter=JUDGE_ADAPTER)
    write_round(tmp_path, both)
    assert read_round(tmp_path, 7, schema) == both
    assert b"judge_adapter" not in write_round(tmp_path, GATED).read_bytes()


@pytest.mark.parametrize("wrong", [{"digest": "x"}, {"held_out_kinds": "repetition"}, {"more": 1}])
def test_a_judge_adapter_that_is_none_is_refused(schema, wrong):
    assert not schema.accepts(replace(GATED, judge_adapter={**JUDGE_ADAPTER, **wrong}).to_json())


def test_what_a_killed_writer_leaves_is_not_seen_by_git_and_goes_later(tmp_path, schema, monkeypatch):
    left = []

    def die(handle):
        left.extend((tmp_path / ".selfsown").iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr("selfsown.shard.os.fsync", die)
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)  # a killed process tidies nothing
    with pytest.raises(KeyboardInterrupt):
        write_round(tmp_path, GATED)
    monkeypatch.undo()
    assert [path.name.startswith(".0007.json.") for path in left] == [True]
    assert list((tmp_path / ROUNDS).iterdir()) == []
    write_round(tmp_path, GATED)
    assert left[0].exists(), "somebody may be writing it"
    os.utime(left[0], (0, 0))
    write_round(tmp_path, GATED)
    assert not left[0].exists()
