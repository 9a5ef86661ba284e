"""`selfsown judge fit`: from a checkout to a head that judges, again the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selfsown.cli.main import main
from selfsown_train.offline.head import HEAD, read_head

SMALL = ["judge", "fit", "--groups", "seen,surface", "--pairs", "30", "--attacks", "20"]


@pytest.fixture
def inside(small_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(small_checkout)
    return small_checkout


def test_a_head_is_fitted_and_judges(inside, capsys):
    assert main(SMALL) == 0
    first = (inside / HEAD).read_bytes()
    head = read_head(inside / HEAD)
    assert head.groups == ("seen", "surface")
    assert head.provenance["examples"]["rated"] > 100
    assert main(SMALL) == 0
    assert (inside / HEAD).read_bytes() == first
    capsys.readouterr()
    shard = next(iter(sorted((inside / "corpus/original").rglob("*.jsonl"))))
    assert main(["judge", str(shard), "--judge", "offline", "--format", "json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {entry["judge"] for entry in said} == {said[0]["judge"]}
    assert said[0]["judge"].startswith("offline-")
    (inside / HEAD).unlink()


def test_people_s_files_are_added(inside, tmp_path):
    lines = []
    for number in range(30):
        said = [{"role": "user", "content": f"Say {number}."}, {"role": "assistant", "content": f"{number}."}]
        lines.append({"id": str(number), "messages": said, "score": number % 11})
    (tmp_path / "people.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    out = tmp_path / "head.json"
    assert main([*SMALL, "--with", str(tmp_path / "people.jsonl"), "-o", str(out)]) == 0
    assert main([*SMALL, "-o", str(tmp_path / "without.json")]) == 0
    counts = [read_head(path).provenance["examples"]["rated"] for path in (out, tmp_path / "without.json")]
    assert counts[0] == counts[1] + 30


def test_a_bad_line_is_named(inside, tmp_path, capsys):
    (tmp_path / "people.jsonl").write_text('{"score": 3}\n', encoding="utf-8")
    assert main([*SMALL, "--with", str(tmp_path / "people.jsonl")]) == 2
    assert "people.jsonl:1" in " ".join(capsys.readouterr().err.split())


def test_an_unknown_group_is_named(inside, capsys):
    assert main(["judge", "fit", "--groups", "taste"]) == 2
    assert "no group taste" in capsys.readouterr().err
