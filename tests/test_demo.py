"""`make demo` as a newcomer runs it: the whole loop, in a clone of this checkout.

The recipe is the one it runs by default, with fewer numbers in the model and fewer passes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

pytest.importorskip("trl", reason="the `train` extra is not installed")
pytest.importorskip("phonenumbers", reason="the `chat` extra is not installed")

SMALLER = {
    "vocabulary = 2048": "vocabulary = 1024",
    "hidden_size = 128": "hidden_size = 64",
    "layers = 4": "layers = 2",
    "epochs = 8": "epochs = 4",
    "resamples = 10000": "resamples = 1000",
    "answers = 24": "answers = 12",
    "answer_tokens = 48": "answer_tokens = 24",
}
OFFLINE = {"HF_HUB_OFFLINE": "1", "https_proxy": "http://localhost:9", "http_proxy": "http://localhost:9"}


@pytest.mark.slow
def test_the_demonstration_goes_round_once(checkout: Path, tmp_path: Path) -> None:
    clone, recipe = tmp_path / "demo" / "clone", tmp_path / "smaller.toml"
    text = (checkout / "training" / "recipes" / "tiny.toml").read_text()
    for old, new in SMALLER.items():
        assert old in text
        text = text.replace(old, new)
    recipe.write_text(text)
    environment = os.environ | OFFLINE | {"SELFSOWN_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "selfsown", "demo", "--keep-in", str(clone), "--recipe", str(recipe)],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = done.stdout + done.stderr
    for words in (
        "advise against",
        "passed: the held-out loss fell",
        "is live",
        "bot> ",
        "the model answers:",
        "The judge of round 0001 has",
    ):
        assert words in told
    review = orjson.loads((clone.parent / "review.json").read_bytes())
    assert len(review["rows"]) >= 12
    assert all(row["score"] is not None for row in review["rows"])
    assert (clone.parent / "review.html").stat().st_size > 10_000
    assert len((clone.parent / "refused.jsonl").read_bytes().splitlines()) >= 1
    assert orjson.loads((clone / "training" / "promoted.json").read_bytes())["round"] == 1
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == ""
    assert not subprocess.run(
        ["git", "status", "--porcelain", "training"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout
