"""What trainers read holds what is still part of the corpus, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selfsown import export
from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.errors import MissingExtra, SelfsownError, UsageError
from selfsown.export import Tally, openai_row, preference_rows, read_conversations, write_parquet, write_rows
from selfsown.rework import Rework
from selfsown.shard import pack_shards, write_shard


def chat(answer: str, **more) -> Conversation:
    turns = (Turn("user", "q"), Turn("assistant", answer))
    return Conversation(turns, "test", "MIT", "2026-11-20", **more)


def rework(parent: Conversation, old: str, turn: int = 1) -> Rework:
    return Rework(parent.id, turn, "q", "wrong", old, "better", "human", "test", "MIT", "2026-11-20", {})


@pytest.fixture
def corpus(tmp_path, rulebook):
    """A corpus of a conversation, a corrected one, its correction, a withdrawn one, and reworks of each."""
    plain, old, gone = chat("plain"), chat("old"), chat("gone")
    new = chat("new", supersedes=old.id, ext={"openai": {"weights": [0]}}, self_rating=8)
    for shard in pack_shards("original", [plain, old, new, gone], rulebook.policy.limits):
        write_shard(tmp_path, shard)
    reworks = [rework(plain, "plain"), rework(old, "old"), rework(gone, "gone"), rework(chat("absent"), "absent")]
    for shard in pack_shards("rework", [*reworks, rework(new, "other")], rulebook.policy.limits):
        write_shard(tmp_path, shard)
    tombstone = tmp_path / "corpus" / "withdrawn" / "2026-11" / f"{gone.id}.json"
    tombstone.parent.mkdir(parents=True)
    tombstone.write_text("{}")
    return tmp_path / "corpus"


def answers(paths) -> tuple[set[str], dict[str, int]]:
    tally = Tally()
    found = {record["messages"][1]["content"] for record in read_conversations(paths, tally)}
    return found, dict(tally.left_out)


def test_withdrawn_and_superseded_conversations_are_left_out_and_counted(corpus):
    expected = ({"plain", "new"}, {"withdrawn": 1, "superseded": 1})
    assert answers([corpus]) == expected
    assert answers([corpus / "original"]) == expected
    assert answers([corpus.parent]) == expected
    assert answers(sorted(corpus.glob("original/*/*/*.jsonl"))) == expected


def test_a_correction_elsewhere_in_the_corpus_counts(tmp_path, rulebook):
    old = chat("old")
    paths = [
        write_shard(tmp_path, shard)
        for record in (old, chat("new", supersedes=old.id))
        for shard in pack_shards("original", [record], rulebook.policy.limits)
    ]
    assert answers([paths[0]]) == (set(), {"superseded": 1})
    assert answers([paths[1], paths[1].parent]) == ({"new"}, {})


def test_what_may_not_train_is_in_no_file_and_counted(tmp_path, rulebook):
    agreed = chat("yes", ext=Consent(publish=True, train=True).to_ext())
    closed = chat("no", ext=Consent(publish=True).to_ext())
    odd = chat("odd", ext={"consent": "yes"})
    for kind, records in (
        ("original", [agreed, closed, odd]),
        ("rework", [rework(agreed, "yes"), rework(closed, "no")]),
    ):
        for shard in pack_shards(kind, records, rulebook.policy.limits):
            write_shard(tmp_path, shard)
    assert answers([tmp_path / "corpus"]) == ({"yes"}, {"no consent to train": 2})
    tally = Tally()
    (row,) = preference_rows([tmp_path / "corpus"], tally)
    assert row["rejected"][0]["content"] == "yes"
    assert tally.left_out == {"no consent to train": 1}


def test_openai_gets_its_weights_back_and_nothing_else():
    record = chat("a", ext={"openai": {"weights": [0]}}).to_json()
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}]
    assert openai_row(record) == {"messages": messages}
    for odd in ({}, {"openai": 7}, {"openai": {"weights": [1, 0]}}, {"openai": {"weights": ["x"]}}):
        assert openai_row({**record, "ext": odd})["messages"][1] == {"role": "assistant", "content": "a"}


def test_reworks_become_preference_pairs(corpus):
    tally = Tally()
    (row,) = preference_rows([corpus], tally)
    assert row == {
        "prompt": [{"role": "user", "content": "q"}],
        "chosen": [{"role": "assistant", "content": "better"}],
        "rejected": [{"role": "assistant", "content": "plain"}],
    }
    assert tally.left_out == {
        "superseded": 1,
        "withdrawn": 1,
        "conversation not at hand": 1,
        "not the answer that was reworked": 1,
    }
    assert len(list(preference_rows([corpus / "rework"], Tally()))) == 1


def test_output_is_whole_or_not_there(tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("before\n")

    def rows():
        yield {"a": 1}
        raise SelfsownError("broken")

    with pytest.raises(SelfsownError, match="broken"):
        write_rows(rows(), out, Tally())
    assert out.read_text() == "before\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    tally = Tally()
    write_rows(iter([{"a": 1}]), out, tally)
    assert (out.read_text(), tally.written) == ('{"a":1}\n', 1)
    with pytest.raises(UsageError):
        write_rows([], tmp_path, Tally())


def test_parquet_has_every_field(corpus, tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    tally = Tally()
    write_parquet(read_conversations([corpus], tally), tmp_path / "out.parquet", tally)
    rows = {row["messages"][1]["content"]: row for row in parquet.read_table(tmp_path / "out.parquet").to_pylist()}
    assert rows.keys() == {"plain", "new"}
    assert tally.written == 2
    assert rows["plain"]["ext"] is None
    assert rows["new"]["self_rating"] == 8.0
    assert rows["new"]["created"] == "2026-11-20"
    assert json.loads(rows["new"]["ext"]) == {"openai": {"weights": [0]}}


def test_parquet_without_its_extra_names_the_command(monkeypatch, tmp_path):
    def missing(module, extra):
        raise MissingExtra(f"this needs the '{extra}' extra ({module} is not installed)", "pip install …")

    monkeypatch.setattr(export, "need", missing)
    with pytest.raises(MissingExtra, match="train"):
        write_parquet([], tmp_path / "out.parquet", Tally())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"id":7}', "{}", "7"])
def test_a_line_that_is_no_record_is_named(tmp_path, text):
    file = tmp_path / "x.jsonl"
    file.write_text(text + "\n")
    with pytest.raises(SelfsownError, match=r"x\.jsonl:1"):
        list(read_conversations([file], Tally()))
    with pytest.raises(SelfsownError, match=r"x\.jsonl:1"):
        write_parquet(read_conversations([file], Tally()), tmp_path / "out.parquet", Tally())


def test_paths_without_conversations_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent.jsonl", Path("nowhere")):
        with pytest.raises(UsageError):
            list(read_conversations([path], Tally()))
