"""`selfsown judge` from the outside."""

from __future__ import annotations

import json

import pytest

from selfsown.cli.main import main
from selfsown.judge.features import FeaturesJudge


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)


def test_machines_read_one_answer_a_conversation(small, capsys, rulebook):
    assert main(["judge", "--format", "json"]) == 0
    said = capsys.readouterr()
    (shard,) = (small / "corpus/original").rglob("*.jsonl")
    answers = [json.loads(line) for line in said.out.splitlines()]
    ids = [json.loads(line)["id"] for line in shard.read_text().splitlines()]
    assert [answer["conversation"] for answer in answers] == ids
    assert all(rulebook.schemas["judgement"].accepts(answer) for answer in answers)
    assert f"{len(ids)} judged by {FeaturesJudge().id}, mean " in said.err


def test_people_read_the_worst_first(capsys):
    assert main(["judge"]) == 0
    scores = [float(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert scores == sorted(scores)
    assert len(scores) > 9


def test_the_second_time_says_the_same_from_the_cache(small, capsys):
    main(["judge", "--format", "json"])
    first = capsys.readouterr().out
    assert (small / ".selfsown/judgements.sqlite").is_file()
    main(["judge", "--format", "json"])
    assert capsys.readouterr().out == first


def test_a_file_instead_of_stdout(small, capsys):
    assert main(["judge", "--format", "json", "-o", "answers.jsonl"]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads((small / "answers.jsonl").read_text().splitlines()[0])["type"] == "judgement"


def test_what_a_script_does_not_name_is_unjudged_and_no_zero(small, capsys):
    main(["judge", "--format", "json"])
    lines = capsys.readouterr().out.splitlines()
    (small / "script.jsonl").write_text("\n".join(lines[:5]) + "\n")
    assert main(["judge", "--judge", "scripted:script.jsonl"]) == 1
    said = capsys.readouterr()
    assert said.out.count("   ?  c-") == len(lines) - 5
    assert said.out.startswith("   ?  c-")
    assert f"5 judged by scripted-" in said.err  # noqa: F541
    assert f"{len(lines) - 5} could not be judged" in said.err


def test_a_broken_shard_is_counted_and_the_rest_is_judged(small, capsys):
    (shard,) = (small / "corpus/original").rglob("*.jsonl")
    lines = shard.read_text().splitlines()
    (small / "draft.jsonl").write_text("\n".join([*lines[:3], lines[3].replace("c-", "c-0", 1)]) + "\n")
    code = main(["judge", "draft.jsonl"])
    said = capsys.readouterr()
    assert len(said.out.splitlines()) <= 4
    assert code in (0, 1)
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl is not there"),
        (["--judge", "oracle"], "there is no judge 'oracle'"),
        (["--judge", "scripted:"], "there is no judge"),
        (["-o", "no/such/folder/x"], "no folder"),
    ],
)
def test_what_makes_no_sense_is_2_and_writes_nothing(arguments, words, capsys):
    assert main(["judge", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err


def test_a_bad_script_is_named_by_line(small, capsys):
    (small / "script.jsonl").write_text("{}\n")
    assert main(["judge", "--judge", "scripted:script.jsonl"]) == 3
    assert "script.jsonl:1:" in capsys.readouterr().err


def test_outside_a_checkout_without_a_path_is_2(tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert main(["judge"]) == 2
    assert "nothing to judge" in capsys.readouterr().err
