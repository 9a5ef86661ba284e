"""From conversations to branches: the same ones give the same branch, and nothing else of the repository changes."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from random import Random

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.corpus import read_base_corpus
from selfsown.errors import UsageError
from selfsown.policy import load_policy
from selfsown.repo import Repository
from selfsown.shard import Shard, line_of
from selfsown.submit import pack_batches, write_batches
from selfsown.validate import validate_submission

SOURCE = 'id = "zoo"\ntitle = "t"\nlicense = "MIT"\norigin = "o"\ncontact = "c"\nconsent = "s"\n'
FILES = {"zoo": Shard("corpus/sources/zoo.toml", SOURCE.encode())}


def git(root, *arguments) -> str:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    found = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return found.stdout


@pytest.fixture(scope="module")
def limits(checkout):
    return load_policy((checkout / "schema/policy.toml").read_text(encoding="utf-8")).limits


@pytest.fixture
def root(tmp_path, checkout, monkeypatch):
    for kind in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{kind}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{kind}_EMAIL", "someone@example.org")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    shutil.copytree(checkout / "schema", tmp_path / "schema")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=base")
    return tmp_path


def lines(count, source="zoo", month="2026-01", size=0):
    texts = [f"Tell me something of animal number {number} of the zoo {source}." for number in range(count)]
    turns = [(Turn("user", text), Turn("assistant", "It has four legs. " + "x" * size)) for text in texts]
    return [line_of(Conversation(turn, source, "MIT", f"{month}-05", language="en")) for turn in turns]


def branches(batches):
    return [batch.branch for batch in batches]


def everything(root):
    """What may not change: work tree, index, HEAD."""
    index = (root / ".git/index").read_bytes()
    return git(root, "status", "--porcelain=v2", "--branch"), git(root, "rev-parse", "HEAD"), index


def test_the_same_records_in_any_order_give_the_same_branches(limits):
    records = lines(130) + lines(7, "bar") + lines(3, month="2026-02")
    first = list(pack_batches(records, FILES, limits))
    for seed in range(5):
        mixed = list(records)
        Random(seed).shuffle(mixed)
        assert list(pack_batches(mixed, FILES, limits)) == first


def test_other_records_give_another_branch(limits):
    assert branches(pack_batches(lines(3), {}, limits)) != branches(pack_batches(lines(4), {}, limits))


@pytest.mark.parametrize(("count", "size"), [(1, 0), (101, 0), (250, 0), (100, 9_000), (30, 60_000)])
def test_every_batch_is_within_the_limits_with_its_source(limits, count, size):
    records = lines(count, size=size)
    batches = list(pack_batches(records, FILES, limits))
    assert sum(batch.records for batch in batches) == count
    for batch in batches:
        assert batch.records <= limits.submission_records
        assert len(batch.shards) <= limits.submission_shards
        files = [*batch.shards, *batch.source_files]
        assert sum(len(file.content) for file in files) <= limits.submission_bytes
        assert batch.source_files == (FILES["zoo"],)


def test_a_source_file_counts_towards_the_bytes(limits):
    records = lines(8, size=2_000)
    tight = replace(limits, shard_records=1, submission_bytes=sum(len(line.content) for line in records))
    assert len(list(pack_batches(records, {}, tight))) == 1
    assert len(list(pack_batches(records, FILES, tight))) == 2


def test_one_source_a_batch(limits):
    batches = list(pack_batches([*lines(2, "a"), *lines(2, "b")], {}, limits))
    assert [batch.source for batch in batches] == ["a", "b"]


def test_the_message_says_how_many_and_nothing_of_the_conversations(limits):
    (one,) = pack_batches(lines(1), {}, limits)
    (two,) = pack_batches(lines(2), {}, limits)
    assert (one.message, two.message) == ("Add 1 conversation from zoo", "Add 2 conversations from zoo")


def test_a_branch_is_written_and_nothing_else_changes(root, limits):
    (root / "mine.txt").write_text("work in progress")
    (root / "schema/policy.toml").write_text("half done")
    git(root, "add", "mine.txt")
    before = everything(root)
    batches = list(pack_batches(lines(3), FILES, limits))
    with Repository(root) as repository:
        assert write_batches(repository, "main", batches, 1) == [(batches[0], True)]
    assert everything(root) == before
    added = git(root, "diff", "--name-status", "main", batches[0].branch).split()
    assert added == ["A", batches[0].shards[0].path, "A", "corpus/sources/zoo.toml"]
    assert git(root, "show", f"{batches[0].branch}:corpus/sources/zoo.toml") == SOURCE
    assert git(root, "log", "-1", "--format=%s", batches[0].branch).strip() == batches[0].message


def test_the_second_run_writes_nothing(root, limits):
    batches = list(pack_batches(lines(3), FILES, limits))
    with Repository(root) as repository:
        write_batches(repository, "main", batches, 1)
        refs, objects = git(root, "show-ref"), git(root, "count-objects")
        assert write_batches(repository, "main", batches, 1) == [(batches[0], False)]
    assert (git(root, "show-ref"), git(root, "count-objects")) == (refs, objects)


def test_beyond_what_is_allowed_nothing_is_written(root, limits):
    batches = list(pack_batches(lines(150), FILES, limits))
    refs, objects = git(root, "show-ref"), git(root, "count-objects")
    with Repository(root) as repository:
        with pytest.raises(UsageError, match="needs 2 submissions") as caught:
            write_batches(repository, "main", batches, 1)
        assert "--batches 2" in caught.value.tip
        assert (git(root, "show-ref"), git(root, "count-objects")) == (refs, objects)
        assert [is_new for _, is_new in write_batches(repository, "main", batches, 2)] == [True, True]


def test_what_is_written_passes_validation(root, limits):
    batches = list(pack_batches(lines(120), FILES, limits))
    with Repository(root) as repository:
        rulebook = repository.rulebook("main")
        for batch, _ in write_batches(repository, "main", batches, 9):
            submission = repository.submission("main", batch.branch, limits.shard_bytes)
            found = validate_submission(submission, rulebook, read_base_corpus(repository, "main"), "2026-05-06")
            assert found.is_fine, found.findings
