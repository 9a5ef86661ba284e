"""What a base has: ids, paths and tombstones, and nothing that a text only claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import known_ids, line_id, read_folder_corpus, withdrawn_ids
from selfsown.shard import Shard, write_shard

ID = "c-" + "1" * 32
OTHER = "c-" + "2" * 32


def test_the_id_of_a_line():
    turns = (Turn("user", f'"id":"{OTHER}"'), Turn("assistant", f'{{"id":"{OTHER}"}}'))
    for ext in ({}, {"tool": {"id": OTHER}}):
        record = Conversation(turns, "chats", "MIT", "2026-05-04", contributor="me", ext=ext).to_json()
        assert line_id(canonical_line(record)) == record["id"]


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{",
        b"[]\n",
        b'{"id":1}\n',
        b'{"id":"short"}\n',
        '{"id":"' + "é" * 34 + '"}\n',
        b"\xff\n",
        b'{"ext":1}\n',
    ],
)
def test_lines_without_an_id(line: bytes | str):
    assert line_id(line if isinstance(line, bytes) else line.encode()) is None


def test_the_first_path_of_an_id_wins():
    line = canonical_line({"id": ID})
    assert known_ids([Shard("a", line), Shard("b", line)]) == {ID: "a"}


def test_tombstones_are_named_after_what_they_removed():
    paths = [f"corpus/withdrawn/2026-05/{ID}.json", f"corpus/withdrawn/{OTHER}.json", "corpus/withdrawn/README.md"]
    assert withdrawn_ids(paths) == {ID}


def test_the_corpus_of_a_folder(tmp_path: Path):
    line = canonical_line({"id": ID})
    write_shard(tmp_path, Shard("corpus/original/2026-05/00/chats-000000000000.jsonl", line))
    write_shard(tmp_path, Shard("corpus/rework/2026-05/00/chats-000000000000.jsonl", canonical_line({"id": OTHER})))
    write_shard(tmp_path, Shard(f"corpus/withdrawn/2026-05/{OTHER}.json", b"{}\n"))
    corpus = read_folder_corpus(tmp_path, frozenset({"corpus/rework/2026-05/00/chats-000000000000.jsonl"}))
    assert corpus.known == {ID: "corpus/original/2026-05/00/chats-000000000000.jsonl"}
    assert corpus.withdrawn == {OTHER}
    assert corpus.read_shard(corpus.known[ID]) == line
    assert corpus.read_shard("corpus/../etc/passwd") is None
    assert len(corpus.paths) == 3


def test_no_corpus_at_all(tmp_path: Path):
    assert read_folder_corpus(tmp_path).known == {}
