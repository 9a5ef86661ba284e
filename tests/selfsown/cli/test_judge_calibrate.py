"""`selfsown judge calibrate` from the outside, and a review that reads what it wrote from the base."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess

import pytest

from selfsown.calibration.record import CALIBRATION, read_calibration
from selfsown.cli import review_
from selfsown.cli.judge import calibrate
from selfsown.errors import SelfsownError, UsageError


@pytest.fixture
def garden(checkout, tmp_path, monkeypatch, commit_all):
    """The project's rules, and of its ratings those that its authors gave of the first conversations, in a repository."""
    for folder in ("schema", "corpus"):
        shutil.copytree(checkout / folder, tmp_path / "garden" / folder)
    for number, shard in enumerate(sorted((tmp_path / "garden/corpus/ratings").rglob("*.jsonl"))):
        lines = [line for line in shard.read_bytes().splitlines(keepends=True) if b'"role":"author"' in line]
        shard.write_bytes(b"".join(lines) if number < 8 else b"")
    commit_all(tmp_path / "garden")
    monkeypatch.chdir(tmp_path / "garden")
    return tmp_path / "garden"


def run(module, *arguments) -> int:
    parser = argparse.ArgumentParser()
    module.configure(parser)
    return module.run(parser.parse_args([str(argument) for argument in arguments]))


def test_the_starter_ratings_fit_a_curve_and_prove_no_band(garden, rulebook, capsys):
    assert run(calibrate, "--picture", garden / "reliability.svg") == 0
    found = read_calibration((garden / CALIBRATION).read_bytes(), rulebook.schemas["calibration"])
    assert found.n > 200
    assert (found.independent, found.accept, found.decline) == (0, None, None)
    assert found.measured.ece <= 0.05
    told = " ".join(capsys.readouterr().out.split())
    assert "nothing yet: no independent ratings, and a band takes 29 without a contrary one" in told
    assert f"ECE {found.measured.ece:.3f}" in told
    assert (garden / "reliability.svg").read_bytes().startswith(b"<?xml")


def test_a_review_reads_it_from_the_base_alone(garden, capsys):
    assert run(calibrate) == 0
    subprocess.run(["git", "switch", "--quiet", "--create", "topic"], check=True)
    (garden / "corpus/README.md").write_text("changed\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "--quiet", "--all", "--message", "Change"], check=True)
    subprocess.run(["git", "add", CALIBRATION], check=True)
    subprocess.run(["git", *identity, "commit", "--quiet", "--message", "Bring a calibration"], check=True)
    holds = []
    for base in ("main", "topic"):
        run(review_, "--base", base, "--head", "topic", "--json", garden / "review.json")
        holds.append(json.loads((garden / "review.json").read_text())["hold"])
    assert holds == ["not calibrated", "no band is proved"]


def test_a_broken_calibration_stops_a_review(garden):
    (garden / "training/judge").mkdir(parents=True)
    (garden / CALIBRATION).write_text('{"format": 1}')
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "add", CALIBRATION], check=True)
    subprocess.run(["git", *identity, "commit", "--quiet", "--message", "Break"], check=True)
    with pytest.raises(SelfsownError, match=CALIBRATION):
        run(review_, "--base", "main", "--head", "main")


def test_a_picture_has_a_kind(garden):
    with pytest.raises(UsageError, match="no picture"):
        run(calibrate, "--picture", "x.txt")
