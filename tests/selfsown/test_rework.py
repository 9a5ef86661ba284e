"""Reworks: which answer of which conversation became what."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from selfsown.rework import Rework, read_rework, rework_id

REWORK = Rework("c-" + "1" * 32, 1, "K", "C", "old", "néw", "m", "s", "MIT", "2026-01-01", {"compiles": True})


def test_a_golden_id():
    assert rework_id("c-" + "0" * 32, 1, "better") == "w-316b7467b6389b77073a1ecc6cb435ee"


def test_the_id_is_what_the_standard_library_gives():
    value = {"new": "néw", "parent": REWORK.parent, "turn": 1}
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert REWORK.id == "w-" + hashlib.sha256(text.encode()).hexdigest()[:32]


@pytest.mark.parametrize("change", [{"parent": "c-" + "2" * 32}, {"turn": 3}, {"new": "other"}])
def test_another_answer_is_another_rework(change):
    assert replace(REWORK, **change).id != REWORK.id


@pytest.mark.parametrize("change", [{"criticism": "D"}, {"method": "n"}, {"verdicts": {}}, {"license": "CC0-1.0"}])
def test_what_is_said_about_it_keeps_the_id(change):
    assert replace(REWORK, **change).id == REWORK.id


def test_a_record_reads_back_as_it_was(rulebook):
    assert read_rework(REWORK.to_json()) == REWORK
    assert rulebook.schemas["rework"].accepts(REWORK.to_json())


def test_a_record_that_lacks_a_field_does_not_read():
    record = REWORK.to_json()
    del record["verdicts"]
    with pytest.raises(KeyError):
        read_rework(record)
