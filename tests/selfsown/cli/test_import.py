"""`selfsown import` from the outside: files in, shards and refusals out, counts that add up."""

from __future__ import annotations

import argparse
import json
import os
import re
from itertools import islice

import pytest

from selfsown.cli import import_
from selfsown.errors import UsageError
from selfsown.shard import SHARD_PATH, digest12

GOOD = {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "This is an answer."}]}
BAD = {"conversations": [{"from": "human", "value": "q"}]}


def run(*arguments) -> int:
    parser = argparse.ArgumentParser()
    import_.configure(parser)
    return import_.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.json").write_text(json.dumps([GOOD, BAD, GOOD]))
    return tmp_path


def shards_of(folder):
    return sorted(folder.rglob("*.jsonl"))


def test_an_import_writes_shards_and_lists_refusals(folder, capsys):
    assert run("in.json", "--source", "test", "--license", "MIT", "--to", "corpus", "--created", "2026-02-03") == 1
    said = capsys.readouterr()
    assert "in.json: read as sharegpt" in said.err
    assert "3 conversations found: 1 written, 1 already there, 1 refused" in said.err
    assert "refused: no-exchange" in said.err
    assert "corpus/sources/test.toml is missing" in said.err
    (shard,) = shards_of(folder / "corpus")
    path = shard.relative_to(folder).as_posix()
    assert SHARD_PATH.fullmatch(path)["month"] == "2026-02"
    assert digest12(shard.read_bytes()) in path
    assert said.out.strip() == str(shard)
    (refusal,) = map(json.loads, (folder / "refused.jsonl").read_text().splitlines())
    assert refusal["file"] == "in.json"
    assert refusal["index"] == 1
    assert json.loads(refusal["record"]) == BAD


def test_the_second_run_writes_nothing_and_says_so(folder, capsys):
    arguments = ("in.json", "--source", "test", "--license", "MIT", "--to", folder / "x", "--refused", "r.jsonl")
    run(*arguments)
    before = {path: path.stat().st_mtime_ns for path in shards_of(folder / "x")}
    assert len(before) == 1
    assert next(iter(before)).is_relative_to(folder / "x" / "corpus" / "original")
    capsys.readouterr()
    assert run(*arguments) == 1
    assert "nothing new was written" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in shards_of(folder / "x")} == before


def test_everything_taken_is_exit_code_zero_and_empties_an_old_list(folder):
    (folder / "in.json").write_text(json.dumps(GOOD))
    (folder / "refused.jsonl").write_text("old\n")
    assert run("in.json", "--source", "test", "--license", "MIT") == 0
    assert (folder / "refused.jsonl").read_text() == ""
    assert run("in.json", "--source", "test", "--license", "MIT", "--format", "alpaca", "--to", "y") == 1


def test_an_interruption_keeps_what_is_written_and_the_next_run_goes_on(folder, monkeypatch, capsys):
    lines = [{"instruction": f"question {number}", "output": f"answer number {number}"} for number in range(120)]
    (folder / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    arguments = ("in.jsonl", "--source", "test", "--license", "MIT")
    write = import_.write_shards

    def interrupted(root, shards):
        yield from islice(write(root, shards), 1)
        raise KeyboardInterrupt

    monkeypatch.setattr(import_, "write_shards", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(*arguments)
    assert "50 conversations are written" in capsys.readouterr().err
    monkeypatch.setattr(import_, "write_shards", write)
    assert run(*arguments) == 0
    assert "120 conversations found: 70 written, 50 already there, 0 refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--source", "A b"], "no source id"),
        (["--license", "WTFPL"], "not taken here"),
        (["--created", "2026-02-30"], "no day of the past"),
        (["--created", "2999-01-01"], "no day of the past"),
        (["--created", "20260101"], "no day of the past"),
        (["--to", "in.json"], "no folder"),
        (["--refused", "in.json"], "one of the files"),
        (["--refused", "nowhere/r.jsonl"], "cannot be written"),
        (["absent.json"], "not there"),
        (["."], "a folder"),
    ],
)
def test_requests_that_make_no_sense_change_nothing(folder, more, message):
    arguments = ["in.json", "--source", "test", "--license", "MIT"]
    if more[0] in arguments:
        arguments[arguments.index(more[0]) + 1] = more[1]
    else:
        arguments = [*more, *arguments] if len(more) == 1 else [*arguments, *more]
    with pytest.raises(UsageError, match=message) as error:
        run(*arguments)
    assert error.value.tip
    assert sorted(path.name for path in folder.iterdir()) == ["in.json"]


def test_the_licence_has_to_be_that_of_the_source(folder):
    (folder / "corpus" / "sources").mkdir(parents=True)
    fields = ("title", "origin", "contact", "consent")
    text = 'id = "test"\nlicense = "MIT"\n' + "".join(f'{name} = "x"\n' for name in fields)
    (folder / "corpus" / "sources" / "test.toml").write_text(text)
    with pytest.raises(UsageError, match=re.escape("the licence of the source test is MIT, not CC0-1.0")):
        run("in.json", "--source", "test", "--license", "CC0-1.0")
    assert run("in.json", "--source", "test", "--license", "MIT") == 1


def test_what_a_killed_import_left_half_written_is_removed(folder):
    left = folder / "corpus" / "original" / "2026-11" / "07"
    left.mkdir(parents=True)
    old, new = left / ".test-07b2950cc0b1.jsonl.abc", left / ".test-07b2950cc0b1.jsonl.def"
    for path in (old, new):
        path.write_text("{")
    os.utime(old, (0, 0))
    run("in.json", "--source", "test", "--license", "MIT")
    assert not old.exists()
    assert new.exists()
