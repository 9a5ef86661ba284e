from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from selfsown_train.stages import DONE, read_outcome, run_stage, stage_key

KEY = stage_key({"seed": 1}, ["a"])


class Counted:
    """Work that counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, staging: Path) -> dict[str, Any]:
        self.times += 1
        (staging / "model").mkdir()
        (staging / "model" / "weights").write_bytes(b"weights")
        return {"steps": 3}


@pytest.fixture
def work() -> Counted:
    return Counted()


def test_a_stage_is_done_once(tmp_path: Path, work: Counted) -> None:
    folder = tmp_path / "deep" / "sft"
    assert run_stage(folder, KEY, work) == run_stage(folder, KEY, work) == {"steps": 3}
    assert work.times == 1
    assert read_outcome(folder, KEY) == {"steps": 3}
    assert [path.name for path in folder.parent.iterdir()] == ["sft"]


@pytest.mark.parametrize("damage", ["changed", "missing", "more", "unmarked", "no json", "other key"])
def test_what_is_not_whole_is_done_again(tmp_path: Path, work: Counted, damage: str) -> None:
    folder = tmp_path / "sft"
    run_stage(folder, KEY, work)
    key = KEY
    if damage == "changed":
        (folder / "model" / "weights").write_bytes(b"weightz")
    elif damage == "missing":
        (folder / "model" / "weights").unlink()
    elif damage == "more":
        (folder / "model" / "more").write_bytes(b"")
    elif damage == "unmarked":
        (folder / DONE).unlink()
    elif damage == "no json":
        (folder / DONE).write_bytes(b"[]")
    else:
        key = stage_key({"seed": 2}, ["a"])
    assert read_outcome(folder, key) is None
    assert run_stage(folder, key, work) == {"steps": 3}
    assert work.times == 2
    assert read_outcome(folder, key) is not None


def test_work_that_fails_leaves_what_was_there_and_a_killed_one_is_swept(tmp_path: Path, work: Counted) -> None:
    folder = tmp_path / "sft"
    run_stage(folder, KEY, work)

    def fail(staging: Path) -> dict[str, Any]:
        (staging / "half").write_bytes(b"")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        run_stage(folder, "other", fail)
    assert read_outcome(folder, KEY) == {"steps": 3}
    killed = tmp_path / ".sft.abc.partial"
    killed.mkdir()
    (tmp_path / ".sft2.abc.partial").mkdir()
    run_stage(folder, "third", work)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".sft2.abc.partial", "sft"]
