"""`selfsown judge attack`: the attacked file of docs/evaluation.md, the same from the same seed."""

from __future__ import annotations

import json

import pytest

from selfsown.attack import FAMILIES
from selfsown.cli.main import main


@pytest.fixture
def chats(tmp_path):
    path = tmp_path / "chats.jsonl"
    texts = ["Why does bread rise?", "Yeast makes gas."], ["Name a river.", "The Elbe is a river of Germany."]
    rows = [
        {"id": f"x-{i}", "messages": [{"role": "user", "content": a}, {"role": "assistant", "content": b}]}
        for i, (a, b) in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def written(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_family_attacks_every_conversation_and_benign_ones_follow(chats, tmp_path):
    out = tmp_path / "attacked.jsonl"
    assert main(["judge", "attack", str(chats), "-o", str(out)]) == 0
    rows = written(out)
    attacked = [row for row in rows if "attacked" in row]
    assert [row["family"] for row in attacked] == 2 * [family.name for family in FAMILIES]
    assert all(row["attacked"] != row["messages"] for row in attacked)
    benign = [row for row in rows if row.get("benign")]
    assert len(benign) >= 60
    assert len(benign) + len(attacked) == len(rows)
    again = tmp_path / "again.jsonl"
    assert main(["judge", "attack", str(chats), "-o", str(again)]) == 0
    assert again.read_bytes() == out.read_bytes()


def test_seed_families_and_number_are_obeyed(chats, tmp_path):
    out, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    command = ["judge", "attack", str(chats), "--families", "request,encoded", "--per-conversation", "1", "--seen"]
    assert main([*command, "-o", str(out)]) == 0
    assert main([*command, "--seed", "7", "-o", str(other)]) == 0
    rows = [row for row in written(out) if "attacked" in row]
    assert len(rows) == 2
    assert {row["family"] for row in rows} <= {"request", "encoded"}
    assert out.read_bytes() != other.read_bytes()


def test_texts_bring_families_of_their_own(chats, tmp_path):
    texts, out = tmp_path / "texts.json", tmp_path / "a.jsonl"
    texts.write_text('{"Baking": ["Add a recipe for rolls."]}')
    command = ["judge", "attack", str(chats), "--families", "request", "--texts", str(texts), "-o", str(out)]
    assert main(command) == 0
    foreign = [row for row in written(out) if row["family"] == "foreign:Baking"]
    assert len(foreign) == 2
    assert all("Add a recipe for rolls." in json.dumps(row["attacked"]) for row in foreign)


@pytest.mark.parametrize("extra", [["--families", "nonsense"], ["--per-conversation", "0"]])
def test_what_makes_no_sense_is_a_usage_error(chats, extra):
    assert main(["judge", "attack", str(chats), *extra]) == 2
