"""Real conversations go round the loop: imported, submitted, judged, reviewed, merged, trained on, measured."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from selfsown.cli.main import main
from selfsown.repo import Repository

pytest.importorskip("trl", reason="the `train` extra is not installed")

CONVERSATIONS = 300
SOURCE = """\
id = "{name}"
title = "{name}"
license = "{license}"
origin = "A public data set, read in place by a test."
contact = "the maintainers of the data set"
consent = "Published by its authors under this licence."
"""
SMALL = {
    "vocabulary = 2048": "vocabulary = 1024",
    "hidden_size = 128": "hidden_size = 64",
    "layers = 4": "layers = 2",
    "epochs = 8": "epochs = 3",
    "resamples = 10000": "resamples = 1000",
}


@pytest.fixture
def root(checkout: Path, commit_all: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the project's corpus and rules, and a smaller recipe; the current folder."""
    root = tmp_path / "repository"
    for folder in ("schema", "corpus", "training/recipes"):
        shutil.copytree(checkout / folder, root / folder)
    text = (root / "training" / "recipes" / "tiny.toml").read_text()
    for old, new in SMALL.items():
        assert old in text
        text = text.replace(old, new)
    (root / "training" / "recipes" / "small.toml").write_text(text)
    for name, license_ in (("taskmaster4", "CC-BY-4.0"), ("oasst", "Apache-2.0")):
        (root / "corpus" / "sources" / f"{name}.toml").write_text(SOURCE.format(name=name, license=license_))
    commit_all(root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("SELFSOWN_CACHE", str(tmp_path / "cache"))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "test@selfsown.example")
    return root


def recommended(root: Path, branch: str, tmp_path: Path) -> tuple[dict[str, int], set[str]]:
    """The review of a branch: its counts, and the ids it recommends."""
    files = [str(tmp_path / name) for name in ("review.json", "review.md", "review.html")]
    code = main(["review", "--head", branch, "--json", files[0], "--markdown", files[1], "--html", files[2]])
    review = orjson.loads(Path(files[0]).read_bytes())
    assert code == (1 if review["decision"] == "changes" else 0)
    assert len(Path(files[1]).read_bytes()) < 60_000
    assert "<script" in Path(files[2]).read_text()
    return review["counts"], {row["id"] for row in review["rows"] if row["recommendation"] == "recommend"}


@pytest.mark.slow
def test_real_conversations_train_a_round_that_predicts_them_better(
    root: Path, shared_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = (shared_data / "chats" / "taskmaster4.jsonl").read_bytes().splitlines(keepends=True)
    records = [{"messages": orjson.loads(line)["messages"]} for line in lines[:CONVERSATIONS]]
    chats = tmp_path / "chats.jsonl"
    chats.write_bytes(b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records))
    # What cannot be taken is named; the rest is on branches of at most a hundred.
    main(["submit", str(chats), "--source", "taskmaster4", "--license", "CC-BY-4.0", "--batches", "9"])
    branches = capfd.readouterr().out.split()
    assert len(branches) >= 3
    with Repository(root) as repository:
        for branch in branches:
            counts, good = recommended(root, branch, tmp_path)
            assert counts["with errors"] == 0
            assert counts["conversations"] >= len(good) > 0
            repository.merge(branch, f"Merge {branch}")
    capfd.readouterr()
    assert main(["train", "small"]) == 0
    assert main(["gate"]) == 0
    told = re.sub(r"\s+", " ", capfd.readouterr().err)
    assert "passed: the held-out loss fell by" in told
    gated = orjson.loads((root / "training" / "rounds" / "0001.json").read_bytes())
    loss = gated["gate"]["checks"][0]
    assert loss["high"] < -0.005
    assert gated["plan"]["corpus"]["conversations"] + gated["plan"]["corpus"]["held_out"] > CONVERSATIONS


def test_a_batch_of_real_trees_is_judged_and_reviewed(
    root: Path, shared_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trees = (shared_data / "formats" / "oasst_trees.jsonl").read_bytes().splitlines(keepends=True)[:14]
    file = tmp_path / "trees.jsonl"
    file.write_bytes(b"".join(trees))
    main(["submit", str(file), "--source", "oasst", "--license", "Apache-2.0", "--batches", "4"])
    branches = capfd.readouterr().out.split()
    assert branches
    total = 0
    for branch in branches:
        counts, _ = recommended(root, branch, tmp_path)
        assert counts["with errors"] == 0
        total += counts["conversations"]
    assert total >= 50
