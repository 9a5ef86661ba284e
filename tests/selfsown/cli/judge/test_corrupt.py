"""`selfsown judge corrupt`: what it writes, what it leaves out, and that it refuses what it does not know."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import orjson
import pytest

from selfsown.cli.main import main
from selfsown.corruption import CORRECTED_WELL, KINDS


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """Three conversations of another origin, and a line that is none."""
    exchanges = [
        (
            "Which flour is best for bread with a thick crust?",
            "Strong wheat flour. Bake it at 240 degrees with much steam.",
        ),
        ("Which flour do I take for thin pancakes?", "Plain flour, sieved twice. A pinch of baking powder is enough."),
        ("How do I tie a bowline?", "Make a loop, bring the end up through it, and lead it back down again."),
    ]
    rows = [
        {"id": f"x/{place}", "messages": [{"role": "user", "content": a}, {"role": "assistant", "content": b}]}
        for place, (a, b) in enumerate(exchanges)
    ]
    file = tmp_path / "chats.jsonl"
    file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in [*rows, {"id": "x/3", "messages": []}]))
    return file


def read(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_pairs_of_every_kind_are_written(chats: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "pairs.jsonl"
    assert main(["judge", "corrupt", str(chats), "-o", str(out)]) == 0
    rows = read(out)
    held_out = {kind.name: kind.held_out for kind in KINDS} | {CORRECTED_WELL: False}
    assert {row["group"] for row in rows} >= {"swap", "truncation", "refusal", CORRECTED_WELL}
    assert all(row["held_out"] is held_out[str(row["group"])] and row["a"] != row["b"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["label"] for row in rows if row["group"] == CORRECTED_WELL} == {"tie"}
    sides = Counter(row["label"] for row in rows if row["group"] != CORRECTED_WELL)
    assert min(sides["a"], sides["b"]) > 5
    said = capsys.readouterr().err
    assert "1 left out: no conversation" in said
    assert f"{len(rows):,} pairs from 3 conversations" in said


def test_kinds_number_seed_and_wordings_can_be_chosen(chats: Path, capsysbinary: pytest.CaptureFixture[bytes]):
    def rows(*options: str) -> list[dict[str, object]]:
        assert main(["judge", "corrupt", str(chats), *options]) == 0
        return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]

    assert {row["group"] for row in rows("--kinds", "echo,refusal")} == {"echo", "refusal"}
    assert len(rows("--kinds", "echo,refusal,empty", "--per-conversation", "1")) == 3
    assert {row["group"] for row in rows("--kinds", CORRECTED_WELL)} == {CORRECTED_WELL}
    seen = rows("--kinds", "injection")
    assert seen == rows("--kinds", "injection", "--wordings", "seen")
    assert seen != rows("--kinds", "injection", "--seed", "5")
    assert seen != rows("--kinds", "injection", "--wordings", "unseen")


def test_what_people_rated_low_is_left_out(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(checkout)
    assert main(["judge", "corrupt", "--kinds", "truncation", "-o", str(tmp_path / "pairs.jsonl")]) == 0
    assert "left out: rated low" in capsys.readouterr().err


def test_an_unknown_kind_is_a_wrong_usage(chats: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["judge", "corrupt", str(chats), "--kinds", "frob"]) == 2
    assert "there is no corruption 'frob'" in capsys.readouterr().err


def test_a_missing_path_is_a_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["judge", "corrupt", str(tmp_path / "nothing")]) == 2
    assert "no conversations are there" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5"])
def test_a_number_is_a_whole_one_from_one_on(number: str, chats: Path):
    with pytest.raises(SystemExit) as stop:
        main(["judge", "corrupt", str(chats), "--per-conversation", number])
    assert stop.value.code == 2
