"""Validation of files and of submissions in memory: what is counted, kept, sorted and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus
from selfsown.errors import UsageError
from selfsown.rulebook import Rulebook
from selfsown.shard import Shard, pack_shards, write_shard
from selfsown.submission import Change, Submission
from selfsown.validate import MOST_FINDINGS_PER_FILE, Validation, validate_files, validate_submission

TODAY = "2026-05-06"
SOURCE = b'id="chats"\ntitle="Chats"\nlicense="MIT"\norigin="typed"\ncontact="the maintainers"\nconsent="given"\n'


def chat(question: str = "What is the capital of France?", **fields: object) -> Conversation:
    facts = {"source": "chats", "license": "MIT", "created": "2026-05-04"} | fields
    turns = (Turn("user", question), Turn("assistant", "It is Paris, on the Seine."))
    return Conversation(turns, **facts)  # type: ignore[arg-type]


def pack(rulebook: Rulebook, *chats: Conversation) -> Shard:
    (shard,) = pack_shards("original", chats, rulebook.policy.limits)
    return shard


def add(path: str, content: bytes, status: str = "A", mode: int = 0o100644) -> Change:
    return Change(path, status, mode, len(content), content)


def submit(rulebook: Rulebook, *changes: Change, corpus: Corpus | None = None) -> Validation:
    source = add("corpus/sources/chats.toml", SOURCE)
    submission = Submission("0" * 40, "1" * 40, "someone", "title", (source, *changes))
    return validate_submission(submission, rulebook, corpus or Corpus(), TODAY)


def numbers(validation: Validation) -> list[str]:
    return [finding.number for finding in validation.findings]


def test_a_good_submission_is_fine_and_asks_to_look_at_the_new_source(rulebook: Rulebook):
    shard = pack(rulebook, chat(), chat("And of Italy?"))
    validation = submit(rulebook, add(shard.path, shard.content))
    assert [(finding.number, finding.level) for finding in validation.findings] == [("S516", "warning")]
    assert validation.is_fine
    assert (validation.counts.files, validation.counts.records) == (2, 2)
    assert [(entry.path, entry.line, entry.kind) for entry in validation.entries] == [
        (shard.path, 1, "original"),
        (shard.path, 2, "original"),
    ]


def test_entries_are_those_that_passed_the_schema(rulebook: Rulebook):
    bad = canonical_line({"id": "c-" + "0" * 32})
    good = canonical_line(chat().to_json())
    validation = submit(rulebook, add("corpus/original/2026-05/00/chats-000000000000.jsonl", bad + good))
    assert [entry.line for entry in validation.entries] == [2]


def test_findings_are_sorted_by_path_line_and_number(rulebook: Rulebook):
    lines = canonical_line(chat(created="2027-01-01", license="WTFPL").to_json()) + b"{}\n"
    validation = submit(rulebook, add("corpus/original/2026-05/00/chats-000000000000.jsonl", lines), add("a.py", b""))
    places = [(finding.location.path, finding.location.line or 0, finding.number) for finding in validation.findings]
    assert places == sorted(places)
    assert {"S501", "S508", "S402", "S405", "S201"} <= set(numbers(validation))


def test_a_source_of_the_base_is_not_replaced_by_the_submission_s(rulebook: Rulebook):
    trusted = Rulebook(rulebook.policy, rulebook.rubric, rulebook.schemas, {})
    first = submit(trusted, add("corpus/sources/others.toml", SOURCE.replace(b"chats", b"others", 1)))
    assert numbers(first) == ["S516", "S516"]


def test_every_file_that_was_not_read_is_told(rulebook: Rulebook):
    path = "corpus/original/2026-05/00/chats-000000000000.jsonl"
    validation = submit(
        rulebook, Change(path, "A", 0o100644, 100, None), Change(path[:-6] + "a.jsonl", "A", 0o100644, 10**9, None)
    )
    assert {"S518", "S513"} <= set(numbers(validation))


def test_strange_names(rulebook: Rulebook):
    names = ("a\u202eb", "new\nline::error::", "café", "CAFE\u0301", "\udc80\udcff", "a" * 5000, "-rf", "$(id)")
    validation = submit(rulebook, *(add(f"corpus/original/{name}", b"x") for name in names))
    refused = {finding.location.path for finding in validation.findings if finding.number == "S502"}
    assert len(refused) == len(names)
    assert all(path.isprintable() and len(path) <= 300 for path in refused)
    assert numbers(validation).count("S507") == 1


def test_drafts_need_no_shard_name(rulebook: Rulebook, tmp_path: Path):
    draft = tmp_path / "my drafts.jsonl"
    draft.write_bytes(canonical_line(chat(source="unknown").to_json()) * 2)
    validation = validate_files([draft], tmp_path, rulebook, TODAY)
    assert {finding.number for finding in validation.findings} == {"S403", "S602"}
    assert validation.findings[0].location.path == draft.as_posix()


def test_files_of_the_corpus_do(rulebook: Rulebook, tmp_path: Path):
    good = write_shard(tmp_path, pack(rulebook, chat()))
    (tmp_path / "corpus" / "sources").mkdir()
    (tmp_path / "corpus" / "sources" / "chats.toml").write_bytes(SOURCE)
    renamed = good.with_name("chats-000000000000.jsonl")
    renamed.write_bytes(good.read_bytes())
    renamed.chmod(0o755)
    (tmp_path / "corpus" / "link.jsonl").symlink_to(good)
    validation = validate_files([tmp_path / "corpus"], tmp_path, rulebook, TODAY, keep_entries=False)
    found = {(finding.number, finding.location.path) for finding in validation.findings if finding.level == "error"}
    wrong = renamed.relative_to(tmp_path).as_posix()
    assert found == {
        ("S504", "corpus/link.jsonl"),
        ("S502", "corpus/link.jsonl"),
        ("S504", wrong),
        ("S508", wrong),
        ("S602", max(wrong, good.relative_to(tmp_path).as_posix())),
    }
    assert validation.entries == ()
    assert validation.counts.records == 2


def test_the_rest_of_the_corpus_is_known(rulebook: Rulebook, tmp_path: Path):
    write_shard(tmp_path, pack(rulebook, chat()))
    draft = tmp_path / "draft.jsonl"
    draft.write_bytes(canonical_line(chat().to_json()))
    validation = validate_files([draft], tmp_path, rulebook, TODAY)
    assert "S601" in numbers(validation)


def test_a_file_that_is_not_there(rulebook: Rulebook, tmp_path: Path):
    with pytest.raises(UsageError, match="there is no file"):
        validate_files([tmp_path / "nothing.jsonl"], tmp_path, rulebook, TODAY)


def test_json_has_findings_and_counts_but_no_text_of_records(rulebook: Rulebook):
    shard = pack(rulebook, chat("A secret phrase, is it?"))
    told = submit(rulebook, add(shard.path, shard.content)).to_json()
    assert told["counts"] == {"files": 2, "records": 1, "errors": 0, "warnings": 1}
    assert "secret" not in str(told)


GOOD = canonical_line(chat().to_json())
PATHS = st.sampled_from(["original", "rework", "ratings", "elsewhere"]).map(
    lambda kind: f"corpus/{kind}/2026-05/00/chats-000000000000.jsonl"
)
LINES = st.binary(max_size=60) | st.builds(
    lambda cut, byte, length: GOOD[:cut] + byte + GOOD[cut + length :],
    st.integers(0, len(GOOD)),
    st.binary(max_size=4),
    st.integers(0, 30),
)


@given(PATHS, st.lists(LINES, max_size=6))
@example("corpus/original/2026-05/00/chats-000000000000.jsonl", [b'{"ext":' * 300 + b"1" + b"}" * 300])
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_bytes_as_a_shard_give_findings_never_an_exception(rulebook: Rulebook, path: str, lines: list[bytes]):
    validation = submit(rulebook, add(path, b"\n".join(lines)))
    assert not validation.is_fine
    assert len(validation.findings) < MOST_FINDINGS_PER_FILE + 50


@given(
    st.sampled_from(["corpus/sources/a.toml", f"corpus/withdrawn/2026-05/c-{'0' * 32}.json"]), st.binary(max_size=80)
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_bytes_as_a_side_file(rulebook: Rulebook, path: str, content: bytes):
    assert not submit(rulebook, add(path, content)).is_fine
