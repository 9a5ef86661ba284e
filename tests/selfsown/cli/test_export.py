"""`selfsown export` from the outside."""

from __future__ import annotations

import argparse
import json

import pytest

from selfsown.cli import export_


def run(*arguments) -> int:
    parser = argparse.ArgumentParser()
    export_.configure(parser)
    return export_.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.mark.parametrize("form", ["messages", "openai"])
def test_the_projects_own_corpus_is_exported(checkout, tmp_path, capsys, form):
    out = tmp_path / "out.jsonl"
    assert run(checkout / "corpus", "--format", form, "-o", out) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(rows):,} written" in capsys.readouterr().err
    assert rows
    assert all({message["role"] for message in row["messages"]} >= {"user", "assistant"} for row in rows)
    assert all(("license" in row) == (form == "messages") for row in rows)


def test_without_reworks_there_are_no_pairs_and_the_count_says_so(tmp_path, capsys):
    (tmp_path / "x.jsonl").write_text('{"id":"c-1","messages":[]}\n')
    assert run(tmp_path, "--format", "dpo", "-o", tmp_path / "out") == 0
    assert "0 written" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == ""
