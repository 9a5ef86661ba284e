"""Shards are named after their content and packed within the limits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.rulebook import Rulebook
from selfsown.shard import SHARD_PATH, pack_shards, write_atomically, write_shard


def chats(count: int, length: int = 10, **fields: str) -> list[Conversation]:
    facts = {"source": "chats", "license": "MIT", "created": "2026-05-04"} | fields
    return [
        Conversation((Turn("user", f"{index}?"), Turn("assistant", "x" * length)), **facts) for index in range(count)
    ]


def test_a_shard_is_named_after_its_bytes(rulebook: Rulebook):
    (shard,) = pack_shards("original", chats(3), rulebook.policy.limits)
    digest = hashlib.sha256(shard.content).hexdigest()
    assert shard.path == f"corpus/original/2026-05/{digest[:2]}/chats-{digest[:12]}.jsonl"
    assert SHARD_PATH.fullmatch(shard.path)
    assert shard.records == 3


def test_the_order_of_the_records_does_not_matter(rulebook: Rulebook):
    limits = rulebook.policy.limits
    assert list(pack_shards("original", chats(5), limits)) == list(pack_shards("original", chats(5)[::-1], limits))


def test_full_shards_are_closed(rulebook: Rulebook):
    limits = rulebook.policy.limits
    assert [shard.records for shard in pack_shards("original", chats(120), limits)] == [50, 50, 20]
    shards = list(pack_shards("original", chats(30, length=50_000), limits))
    assert sum(shard.records for shard in shards) == 30
    assert all(len(shard.content) <= limits.shard_bytes for shard in shards)


def test_months_and_sources_do_not_mix(rulebook: Rulebook):
    records = [*chats(1), *chats(1, created="2026-06-01"), *chats(1, source="others")]
    assert len(list(pack_shards("original", records, rulebook.policy.limits))) == 3


def test_a_record_over_the_limit_is_the_caller_s_mistake(rulebook: Rulebook):
    with pytest.raises(ValueError, match="over the limit of 65536"):
        list(pack_shards("original", chats(1, length=70_000), rulebook.policy.limits))


@pytest.mark.parametrize("name", ["chats-", "-chats", "Chats", "chats" * 10, "ch/ats", "ch.ats"])
def test_the_path_takes_no_other_source_names(name: str):
    assert not SHARD_PATH.fullmatch(f"corpus/original/2026-05/00/{name}-000000000000.jsonl")


def test_writing_twice_changes_nothing(rulebook: Rulebook, tmp_path: Path):
    (shard,) = pack_shards("original", chats(3), rulebook.policy.limits)
    file = write_shard(tmp_path, shard)
    assert write_shard(tmp_path, shard).read_bytes() == shard.content
    assert file.stat().st_mode & 0o777 == 0o644
    assert [found.name for found in file.parent.iterdir()] == [file.name]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "a"
    file.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
