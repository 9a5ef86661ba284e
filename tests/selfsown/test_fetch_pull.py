"""Fetching a pull request: objects and one ref, whatever the clone, the transport or the objects are like."""

from __future__ import annotations

import http.server
import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfsown.errors import BadHistory, RepoError
from selfsown.repo import Access, Repository

TOKEN = "ghs_" + "s" * 36


def git(root: Path, *arguments: str, **options) -> str:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, **options)
    return done.stdout.decode().strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A bare repository whose main has three commits, and pull request 7 on the second of them."""
    bare, work = tmp_path / "origin.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(tmp_path, "clone", "--quiet", str(bare), str(work))
    git(work, "checkout", "--quiet", "-B", "main")
    for name in ("one", "two", "three"):
        (work / name).write_text(name)
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--message", name)
    git(work, "push", "--quiet", "origin", "main")
    git(work, "checkout", "--quiet", "-b", "topic", "main~1")
    (work / "four").write_text("four")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "four")
    git(work, "push", "--quiet", "origin", "topic:refs/pull/7/head")
    return bare


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    return tmp_path / "clone"


def refs(root: Path) -> list[str]:
    return git(root, "for-each-ref", "--format=%(refname)").splitlines()


def test_it_brings_objects_and_one_ref(origin: Path, clone: Path):
    before, files = refs(clone), sorted(path.name for path in clone.iterdir())
    with Repository(clone) as repository:
        sha = repository.fetch_pull(7)
        assert [change.path for change in repository.submission("main", sha, 1000).changes] == ["four"]
    assert sha == git(origin, "rev-parse", "refs/pull/7/head")
    assert sorted(set(refs(clone)) - set(before)) == ["refs/selfsown/pull/7"]
    assert sorted(path.name for path in clone.iterdir()) == files
    assert not (clone / ".git/FETCH_HEAD").exists()


def test_a_head_that_was_rewritten_is_fetched_again(origin: Path, clone: Path):
    with Repository(clone) as repository:
        repository.fetch_pull(7)
        git(origin, "update-ref", "refs/pull/7/head", "main~2")
        assert repository.fetch_pull(7) == git(origin, "rev-parse", "main~2")


def test_a_shallow_clone_is_completed(origin: Path, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", "shallow")
    with Repository(tmp_path / "shallow") as repository:
        sha = repository.fetch_pull(7)
        assert [change.path for change in repository.submission("HEAD", sha, 1000).changes] == ["four"]
    assert git(tmp_path / "shallow", "rev-parse", "--is-shallow-repository") == "false"


def test_a_detached_shallow_clone_as_workflows_make_it(origin: Path, tmp_path: Path):
    folder = tmp_path / "actions"
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "remote", "add", "origin", f"file://{origin}")
    head = git(origin, "rev-parse", "main")
    git(folder, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", f"+{head}:refs/remotes/origin/main")
    git(folder, "checkout", "--quiet", "--force", "-B", "main", "refs/remotes/origin/main")
    with Repository(folder) as repository:
        assert repository.submission("HEAD", repository.fetch_pull(7), 1000).changes[0].path == "four"


def test_our_own_old_objects_are_no_contributor_s_fault(origin: Path, tmp_path: Path):
    blob = git(origin, "hash-object", "-w", "--stdin", input=b"x")
    raw = b"0100644 old\0" + bytes.fromhex(blob)  # a zero too many: some old tools wrote modes so
    tree = git(origin, "hash-object", "-w", "--literally", "-t", "tree", "--stdin", input=raw)
    old = git(origin, "commit-tree", tree, "-m", "old")
    new = git(origin, "commit-tree", "main^{tree}", "-p", old, "-m", "new")
    git(origin, "update-ref", "refs/heads/main", new)
    git(origin, "update-ref", "refs/pull/8/head", git(origin, "commit-tree", "main^{tree}", "-p", new, "-m", "pull"))
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", "shallow")
    with Repository(tmp_path / "shallow") as repository:
        assert repository.fetch_pull(8) == git(origin, "rev-parse", "refs/pull/8/head")


def test_objects_that_git_refuses_are_told_from_a_failure(origin: Path, clone: Path):
    blob = git(origin, "hash-object", "-w", "--stdin", input=b"x")
    raw = b"100644 .git\0" + bytes.fromhex(blob)
    tree = git(origin, "hash-object", "-w", "--literally", "-t", "tree", "--stdin", input=raw)
    git(origin, "update-ref", "refs/pull/8/head", git(origin, "commit-tree", tree, "-p", "main", "-m", "x"))
    with Repository(clone) as repository, pytest.raises(BadHistory, match=f"{tree}: hasDotgit"):
        repository.fetch_pull(8)
    assert "refs/selfsown/pull/8" not in refs(clone)


def test_no_hook_and_no_filter_runs(origin: Path, clone: Path, tmp_path: Path):
    hook = clone / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    with Repository(clone) as repository:
        repository.fetch_pull(7)
    assert not (tmp_path / "owned").exists()


def test_a_pull_request_that_is_not_there(clone: Path):
    with Repository(clone) as repository, pytest.raises(RepoError, match="origin has no pull request 99") as caught:
        repository.fetch_pull(99)
    assert not isinstance(caught.value, BadHistory)


@pytest.mark.parametrize("address", ["ext::sh -c 'touch owned'", "fd::17", "ftp://example.org/x", "a::b"])
def test_another_transport_is_refused(clone: Path, address: str):
    git(clone, "config", "protocol.allow", "always")
    git(clone, "remote", "set-url", "origin", address)
    with Repository(clone) as repository, pytest.raises(RepoError, match="not allowed here"):
        repository.fetch_pull(7)
    assert not (clone / "owned").exists()


def test_no_origin(clone: Path):
    git(clone, "remote", "remove", "origin")
    with Repository(clone) as repository, pytest.raises(RepoError, match="No such remote"):
        repository.fetch_pull(7)


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Answers 401 and keeps the headers of each request."""
    seen: list[dict[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    with http.server.ThreadingHTTPServer(("localhost", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://localhost:{listening.server_port}", seen
        listening.shutdown()


def test_the_token_goes_to_its_server_and_nowhere_else(clone: Path, server, tmp_path: Path, monkeypatch):
    address, seen = server
    spy = tmp_path / "bin/git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/argv\nexec {git(clone, "--exec-path")}/git "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "kept")
    git(clone, "remote", "set-url", "origin", f"{address.replace('//', '//mira:password@')}/owner/garden.git")
    access = Access(address, TOKEN)
    with Repository(clone) as repository, pytest.raises(RepoError, match="cannot fetch pull request 7") as caught:
        repository.fetch_pull(7, access)
    assert any("Basic eC1hY2Nlc3M" in headers.get("Authorization", "") for headers in seen)
    seen.clear()
    with Repository(clone) as repository, pytest.raises(RepoError):
        repository.fetch_pull(7, Access("https://github.com", TOKEN))
    assert seen
    assert not any("eC1hY2Nlc3M" in str(headers) for headers in seen)
    told = f"{caught.value.message} {caught.value.tip} {access!r}"
    argv = (tmp_path / "argv").read_text()
    for secret in (TOKEN, "eC1hY2Nlc3M"):
        assert secret not in told
        assert secret not in argv
    assert "password" not in told
    assert "fetch" in argv


def test_a_server_that_is_not_there_is_a_failure_of_the_tool(clone: Path):
    git(clone, "remote", "set-url", "origin", "http://localhost:9/owner/garden.git")
    with Repository(clone) as repository, pytest.raises(RepoError, match="cannot fetch pull request 7") as caught:
        repository.fetch_pull(7)
    assert not isinstance(caught.value, BadHistory)
