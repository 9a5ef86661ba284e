"""The door to git: a submission is read as objects, whatever its paths, modes and sizes are."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from selfsown.corpus import read_base_corpus
from selfsown.errors import RepoError
from selfsown.repo import Repository
from selfsown.shard import Shard

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"
ID = "c-" + "1" * 32
LINE = b'{"id":"' + ID.encode() + b'"}\n'


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    return subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "someone@example.org")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "README.md").write_text("# Corpus\n")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return tmp_path


def test_a_submission_is_what_the_head_brings(root: Path):
    with Repository(root) as repository:
        repository.write_submission("main", "head", [Shard(PATH, LINE)], "Add a shard")
        submission = repository.submission("main", "head", 1000)
    (change,) = submission.changes
    assert (change.path, change.status, change.mode, change.size, change.content) == (PATH, "A", 0o100644, 35 + 9, LINE)
    assert submission.title == "Add a shard"
    assert not (root / PATH).exists()


def test_names_that_would_hurt_a_shell_or_a_log(root: Path):
    names = ["corpus/-rf", "corpus/new\nline", 'corpus/"; touch x', "corpus/$(id)", "corpus/a\u202eb", "corpus/ "]
    with Repository(root) as repository:
        repository.write_submission("main", "head", [Shard(name, b"x") for name in names], "Names")
        submission = repository.submission("main", "head", 1000)
    assert sorted(change.path for change in submission.changes) == sorted(names)
    assert sorted(path.name for path in root.iterdir()) == [".git", "corpus"]


def test_names_that_are_not_utf_8(root: Path):
    (root / "corpus").joinpath("x").write_bytes(b"x")
    blob = git(root, "hash-object", "-w", "corpus/x").strip()
    tree = subprocess.run(
        ["git", "mktree", "-z"],
        input=b"100644 blob " + blob.encode() + b"\tcaf\xe9\0",
        cwd=root,
        check=True,
        capture_output=True,
    ).stdout.decode()
    git(root, "update-ref", "refs/heads/head", git(root, "commit-tree", tree.strip(), "-p", "main", "-m", "x").strip())
    with Repository(root) as repository:
        paths = [change.path for change in repository.submission("main", "head", 1000).changes]
    assert "caf\udce9" in paths


def test_links_programs_and_submodules_come_without_content(root: Path):
    (root / "corpus" / "link").symlink_to("README.md")
    (root / "corpus" / "program").write_text("x")
    (root / "corpus" / "program").chmod(0o755)
    git(root, "checkout", "--quiet", "-b", "head")
    git(root, "add", "--all")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{git(root, 'rev-parse', 'HEAD').strip()},corpus/module")
    git(root, "commit", "--quiet", "--message=modes")
    with Repository(root) as repository:
        changes = {change.path: change for change in repository.submission("main", "head", 1000).changes}
    assert {path: (change.mode, change.content) for path, change in changes.items()} == {
        "corpus/link": (0o120000, None),
        "corpus/module": (0o160000, None),
        "corpus/program": (0o100755, None),
    }


def test_large_and_foreign_files_are_not_read(root: Path):
    shards = [
        Shard("corpus/large", b"x" * 1001),
        Shard("code.py", b"x"),
        *(Shard(f"corpus/{n}", b"x" * 1000) for n in range(20)),
    ]
    with Repository(root) as repository:
        repository.write_submission("main", "head", shards, "Much")
        changes = {change.path: change for change in repository.submission("main", "head", 1000).changes}
    assert changes["corpus/large"].size == 1001
    assert changes["corpus/large"].content is None
    assert changes["code.py"].content is None
    assert sum(change.content is not None for change in changes.values()) == 16


def test_removed_and_changed(root: Path):
    with Repository(root) as repository:
        repository.write_submission("main", "base", [Shard("corpus/a", b"a"), Shard("corpus/b", b"b")], "Base")
        git(root, "checkout", "--quiet", "base")
        git(root, "checkout", "--quiet", "-b", "head")
        git(root, "rm", "--quiet", "corpus/a")
        (root / "corpus" / "b").write_text("c")
        git(root, "commit", "--quiet", "--all", "--message=x")
        changes = repository.submission("base", "head", 1000).changes
    assert [(change.path, change.status, change.content) for change in changes] == [
        ("corpus/a", "D", None),
        ("corpus/b", "M", b"c"),
    ]


def test_only_what_came_after_the_merge_base(root: Path):
    with Repository(root) as repository:
        repository.write_submission("main", "head", [Shard(PATH, LINE)], "Theirs")
        (root / "other").write_text("x")
        repository.write_commit(["other"], "Ours")
        assert [change.path for change in repository.submission("main", "head", 1000).changes] == [PATH]


def test_the_corpus_of_a_ref(root: Path):
    with Repository(root) as repository:
        commit = repository.write_submission("main", "head", [Shard(PATH, LINE)], "x")
        corpus = read_base_corpus(repository, "head")
        assert corpus.known == {ID: PATH}
        assert corpus.read_shard(PATH) == LINE
        assert read_base_corpus(repository, "main").known == {}
        assert repository.resolve("head") == commit


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "main:corpus"])
def test_refs_that_are_none(root: Path, ref: str):
    with Repository(root) as repository, pytest.raises(RepoError):
        repository.resolve(ref)


def test_no_common_history(root: Path):
    git(root, "checkout", "--quiet", "--orphan", "alone")
    git(root, "commit", "--quiet", "--message=alone")
    with Repository(root) as repository, pytest.raises(RepoError, match="no common history"):
        repository.submission("main", "alone", 1000)


def test_no_repository(tmp_path: Path):
    with pytest.raises(RepoError, match="not in a git repository"):
        Repository(tmp_path / "nothing")


def test_a_clone_of_a_detached_checkout_has_a_main(tmp_path: Path, commit_all: Callable[[Path], None]):
    root = tmp_path / "origin"
    commit_all(root)
    with Repository(root) as origin:
        head = origin.resolve("HEAD")
        git(root, "checkout", "--quiet", "--detach")
        git(root, "branch", "--quiet", "-D", "main")
    with Repository.clone(str(root), tmp_path / "clone") as clone:
        assert clone.current_branch() == "main"
        assert clone.resolve("main") == head
