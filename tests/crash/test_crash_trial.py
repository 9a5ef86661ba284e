"""The checks of the harness can fail: each fault is planted once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from selfsown.round import POINTER, ROUNDS, Round, State, write_promoted, write_round

sys.path.insert(0, str(Path(__file__).parent))
from crash_trial import Trial, compare_ends, find_faults

PLAN = {
    "corpus": {
        "commit": "a" * 40, "conversations": 9, "conversations_digest": "0" * 12, "held_out": 3,
        "held_out_digest": "1" * 12, "ratings": 2, "ratings_digest": "2" * 12, "pairs": 0, "pairs_digest": "9" * 12,
        "sources": {"starter": 9}, "licenses": {"CC0-1.0": 9}, "human_share": 1.0, "left_out": {}, "pairs_left_out": {},
    },
    "recipe": {"name": "tiny", "digest": "3" * 12, "values": {}},
    "rubric": "4" * 12,
    "libraries": {},
}  # fmt: skip
ADAPTER = {"digest": "a" * 64, "files": {"adapter_config.json": "b" * 64}}
GATED = Round(1, State.GATED, "2026-01-01", None, PLAN, adapter=ADAPTER)
WEIGHTS = Path(".selfsown/adapters") / ("a" * 64) / "adapter_model.safetensors"


def make(folder: Path) -> Trial:
    trial = Trial(folder)
    (trial.checkout / WEIGHTS).parent.mkdir(parents=True)
    (trial.checkout / WEIGHTS).write_bytes(b"weights")
    (trial.checkout / ".gitignore").write_text(".selfsown/\n")
    trial.cache.mkdir()
    write_promoted(trial.checkout, GATED)
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@selfsown.example", "-C", str(trial.checkout)]
    for arguments in (["init", "-qb", "main"], ["add", ".gitignore"], ["commit", "-qm", "Start"]):
        subprocess.run([*git, *arguments], check=True)
    return trial


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An undisturbed run."""
    return make(tmp_path_factory.mktemp("undisturbed") / "run")


@pytest.fixture
def trial(tmp_path: Path, reference: Trial) -> Trial:
    """A run that came out the same."""
    return Trial(Path(shutil.copytree(reference.folder, tmp_path / "run")))


def test_a_run_that_came_out_the_same_has_no_fault(trial: Trial, reference: Trial):
    assert find_faults(trial, reference, reference.files(), "trained") == []
    assert compare_ends(trial, reference, reference.files()) == []


def cut(trial: Trial) -> None:
    path = trial.checkout / ROUNDS / "0001.json"
    path.write_bytes(path.read_bytes()[:100])


def half(trial: Trial) -> None:
    (trial.checkout / WEIGHTS).write_bytes(b"wei")


def other(trial: Trial) -> None:
    write_round(trial.checkout, replace(GATED, state=State.PROMOTED, adapter={**ADAPTER, "digest": "c" * 64}))


FAULTS = {
    "does not read": cut,
    "went back from": lambda trial: write_round(trial.checkout, replace(GATED, state=State.TRAINED)),
    "the pointer names a round that is gated": lambda trial: write_round(trial.checkout, GATED),
    "2 rounds instead of one": lambda trial: write_round(trial.checkout, replace(GATED, number=2)),
    "git status shows corpus/stray": lambda trial: (
        (trial.checkout / "corpus").mkdir(),
        (trial.checkout / "corpus/stray").touch(),
    ),
    "is not what it is in the undisturbed run": half,
    "and it is not there": lambda trial: (trial.checkout / WEIGHTS).unlink(),
    "names another adapter": other,
}


@pytest.mark.parametrize("words", FAULTS)
def test_each_fault_is_found(trial: Trial, reference: Trial, words: str):
    FAULTS[words](trial)
    found = find_faults(trial, reference, reference.files(), "gated")
    assert any(words in fault for fault in found), found


ENDS = {
    "promoted.json ends otherwise": lambda trial: (trial.checkout / POINTER).write_bytes(b"{}"),
    "stages/x is left behind": lambda trial: (
        (trial.checkout / ".selfsown/stages").mkdir(),
        (trial.checkout / ".selfsown/stages/x").touch(),
    ),
    "is missing at the end": lambda trial: (trial.checkout / WEIGHTS).unlink(),
    "ends with other bytes": half,
}


@pytest.mark.parametrize("words", ENDS)
def test_another_end_is_found(trial: Trial, reference: Trial, words: str):
    ENDS[words](trial)
    found = compare_ends(trial, reference, reference.files())
    assert any(words in fault for fault in found), found
