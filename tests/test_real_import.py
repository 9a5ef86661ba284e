"""Real files of four formats go in; every record is in a shard or among the refusals, and the shards are valid."""

from __future__ import annotations

import argparse
import json
import unicodedata

import pytest

from selfsown.cli import import_
from selfsown.rulebook import load_folder_rulebook
from selfsown.validate import validate_files

SOURCE = """id = "{name}"
title = "Real conversations"
license = "{license}"
origin = "read where they lie"
contact = "nobody"
consent = "published"
"""


def spoken(entry) -> list[tuple[str, str]]:
    """(user text, assistant text) of every exchange of an entry, found without the code under test."""
    if "conversations" in entry:
        texts = [said["value"] for said in entry["conversations"]]
    elif "instruction" in entry:
        texts = [entry["instruction"] + ("\n\n" + entry["input"] if entry["input"] else ""), entry["response"]]
    elif "prompt" in entry:
        return tree_exchanges(entry["prompt"])
    else:
        texts = [message["content"] for message in entry["messages"]]
    return list(zip(texts[::2], texts[1::2], strict=False))


def tree_exchanges(node) -> list[tuple[str, str]]:
    pairs = [(node["text"], reply["text"]) for reply in node["replies"] if node["role"] == "prompter"]
    return pairs + [pair for reply in node["replies"] for pair in tree_exchanges(reply)]


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").strip())


@pytest.mark.parametrize(
    "real",
    [
        ("formats/sharegpt_dummy.json", 500, 500, "sharegpt", "real", "Apache-2.0"),
        ("formats/alpaca_roleplay.json", 1923, 1923, "alpaca", "real", "MIT"),
        ("formats/oasst_trees.jsonl", 100, 626, "oasst", "real", "Apache-2.0"),
        ("chats/taskmaster4.jsonl", 3710, 3710, "messages", "taskmaster4", "CC-BY-4.0"),
    ],
)
def test_every_record_is_in_a_shard_or_among_the_refusals(shared_data, tmp_path, monkeypatch, capsys, real):
    file, entries, found, form, source, spdx = real
    path = shared_data / file
    text = path.read_text(encoding="utf-8")
    records = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    assert len(records) == entries
    sources = tmp_path / "corpus" / "sources"
    sources.mkdir(parents=True)
    (sources / f"{source}.toml").write_text(SOURCE.format(name=source, license=spdx))
    monkeypatch.chdir(tmp_path)

    parser = argparse.ArgumentParser()
    import_.configure(parser)
    arguments = [str(path), "--source", source, "--license", spdx, "--created", "2026-11-20"]
    code = import_.run(parser.parse_args(arguments))

    said = capsys.readouterr().err
    assert f"read as {form}" in said
    assert f"{found:,} conversations found" in said
    shards = sorted((tmp_path / "corpus" / "original").rglob("*.jsonl"))
    written = [json.loads(line) for shard in shards for line in shard.read_text(encoding="utf-8").splitlines()]
    refused = [json.loads(line) for line in (tmp_path / "refused.jsonl").read_text(encoding="utf-8").splitlines()]
    assert f"{len(written):,} written" in said
    assert f"{len(refused):,} refused" in said
    assert code == (1 if refused else 0)
    assert len({record["id"] for record in written}) == len(written)

    exchanges = {(plain(one), plain(two)) for record in written for one, two in spoken(record)}
    refused_places = {entry.get("line", entry.get("index")) for entry in refused}
    first = 0 if path.suffix == ".json" else 1
    for number, record in enumerate(records, first):
        lost = [pair for pair in spoken(record) if tuple(map(plain, pair)) not in exchanges]
        assert not lost or number in refused_places

    validation = validate_files([tmp_path / "corpus"], tmp_path, load_folder_rulebook(tmp_path), "2026-11-21")
    assert [finding for finding in validation.findings if finding.level == "error"] == []
    assert validation.counts.records == len(written)

    import_.run(parser.parse_args(arguments))
    assert "nothing new was written" in capsys.readouterr().err
    assert sorted((tmp_path / "corpus" / "original").rglob("*.jsonl")) == shards
