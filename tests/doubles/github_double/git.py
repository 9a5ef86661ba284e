"""Bare repositories that share one object store per network of forks, as on GitHub.

What is asked about commits never changes, so answers are kept by commit ids for the life of the world.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
ZERO = "0" * 40
STATUSES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
SETTINGS = {
    "http.receivepack": "true",
    "gc.auto": "0",
    "receive.autogc": "false",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "core.logAllRefUpdates": "false",
    "receive.hideRefs": "refs/pull",
}


class GitFailed(Exception):
    """A git command ended with an error."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of a diff; `patch` is None where git shows none (binary, mode or name only)."""

    path: str
    previous: str | None
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str, str]
    committer: tuple[str, str, str]
    message: str


def git_environment(date: str = "") -> dict[str, str]:
    """No configuration of the machine, and fixed names."""
    names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in PERSON.items()}
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    fixed = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
    }
    return {"PATH": os.environ.get("PATH", os.defpath)} | fixed | names | dates


PERSON = {"NAME": "GitHub", "EMAIL": "noreply@github.example"}


class Git:
    """Git on one bare repository. Every method raises GitFailed with git's own words."""

    def __init__(self, folder: Path, kept: dict[Any, Any]) -> None:
        self.folder = folder
        self._store = str((folder / "objects").resolve())
        self._kept = kept

    def run(self, *arguments: str, data: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            input=data,
            capture_output=True,
            env=git_environment() | dict(environment or {}),
            check=False,
        )
        if done.returncode:
            raise GitFailed(done.stderr.decode(errors="replace").strip() or f"git {arguments[0]} failed")
        return done.stdout

    def text(self, *arguments: str, data: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
        return self.run(*arguments, data=data, environment=environment).decode(errors="replace").strip()

    def keep(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """The kept answer to a question about commits."""
        full = (self._store, *key)
        if full not in self._kept:
            self._kept[full] = make()
        return self._kept[full]

    # -- objects ----------------------------------------------------------------------------------------------------
    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob`, `tag`, or None where there is no such object."""

        def ask() -> str | None:
            try:
                return self.text("cat-file", "-t", sha)
            except GitFailed:
                return None

        kept = self._kept.get((self._store, "kind", sha))
        return kept or self._remember_if("kind", sha, ask())

    def _remember_if(self, name: str, sha: str, value: str | None) -> str | None:
        if value is not None:
            self._kept[self._store, name, sha] = value
        return value

    def commit(self, sha: str) -> Commit:
        return self.keep(("commit", sha), lambda: _parse_commit(sha, self.run("cat-file", "commit", sha)))

    def blob(self, sha: str) -> bytes:
        return self.keep(("blob", sha), lambda: self.run("cat-file", "blob", sha))

    def add_blob(self, content: bytes) -> str:
        return self.keep(("add", content), lambda: self.text("hash-object", "-w", "--stdin", data=content))

    def tree(self, treeish: str, *, deep: bool = False) -> list[tuple[str, str, str, int | None, str]]:
        """`(mode, kind, sha, size, path)` of every entry."""
        flags = ["-r", "-t"] if deep else []
        return self.keep(
            ("tree", treeish, deep),
            lambda: _parse_tree(self.run("ls-tree", "-z", "-l", "--full-tree", *flags, treeish)),
        )

    def add_tree(self, base: str | None, entries: Sequence[tuple[str, str | None, str]]) -> str:
        """A tree of `(mode, sha or None to remove, path)` on top of another tree."""

        def make() -> str:
            with tempfile.TemporaryDirectory() as scratch:
                environment = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
                if base:
                    self.run("read-tree", base, environment=environment)
                lines = b"".join(
                    f"{mode if sha else 0} {sha or ZERO}\t{path}".encode() + b"\0" for mode, sha, path in entries
                )
                self.run("update-index", "-z", "--index-info", data=lines, environment=environment)
                return self.text("write-tree", environment=environment)

        return self.keep(("add tree", base, tuple(entries)), make)

    def add_commit(self, tree: str, parents: Sequence[str], message: str, person: tuple[str, str], date: str) -> str:
        environment = git_environment(date) | {"GIT_AUTHOR_NAME": person[0], "GIT_AUTHOR_EMAIL": person[1]}
        flags = [part for parent in parents for part in ("-p", parent)]

        def make() -> str:
            return self.text("commit-tree", tree, *flags, data=message.encode(), environment=environment)

        return self.keep(("add commit", tree, tuple(parents), message, person, date), make)

    # -- history ----------------------------------------------------------------------------------------------------
    def merge_base(self, one: str, other: str) -> str | None:
        def ask() -> str | None:
            try:
                return self.text("merge-base", one, other)
            except GitFailed:
                return None

        return self.keep(("merge base", one, other), ask)

    def between(self, base: str, head: str) -> tuple[str, ...]:
        """The commits that head has and base has not, oldest first."""
        return self.keep(
            ("between", base, head), lambda: tuple(self.text("rev-list", "--reverse", head, f"^{base}").split())
        )

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.merge_base(old, new) == old

    def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of a merge, None where it conflicts."""

        def ask() -> str | None:
            try:
                return self.text("merge-tree", "--write-tree", "--no-messages", base, head).split("\n")[0]
            except GitFailed:
                return None

        return self.keep(("merged tree", base, head), ask)

    def changes(self, base: str, head: str) -> list[FileChange]:
        """The diff of two commits, by file."""
        return self.keep(("changes", base, head), lambda: self._changes(base, head))

    def _changes(self, base: str, head: str) -> list[FileChange]:
        raw = self.run("diff", "-M", "--raw", "--numstat", "-z", "--no-abbrev", base, head).decode(errors="replace")
        patch = self.run("diff", "-M", "-p", "--no-color", "--no-ext-diff", base, head).decode(errors="replace")
        return _parse_changes(raw, patch)

    def changes_of(self, path: str, old: str, new: str) -> str:
        """The patch of one file without context."""
        arguments = ["diff", "--unified=0", "--no-color", "--no-ext-diff", old, new, "--", path]
        return self.keep(("changes of", path, old, new), lambda: self.run(*arguments).decode(errors="replace"))

    # -- refs -------------------------------------------------------------------------------------------------------
    def refs(self) -> dict[str, str]:
        lines = self.text("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def set_refs(self, refs: Mapping[str, str | None]) -> None:
        """Set or (None) delete refs, all at once."""
        lines = [f"update {name}\0{sha}\0\0" if sha else f"delete {name}\0\0" for name, sha in refs.items()]
        if lines:
            self.run("update-ref", "-z", "--stdin", data="".join(lines).encode())


def _parse_tree(raw: bytes) -> list[tuple[str, str, str, int | None, str]]:
    entries = []
    for line in raw.decode(errors="replace").split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        mode, kind, sha, size = facts.split()
        entries.append((mode, kind, sha, None if size == "-" else int(size), path))
    return entries


def _parse_person(line: str) -> tuple[str, str, str]:
    from github_double.state import iso

    name, _, rest = line.partition(" <")
    address, _, when = rest.partition("> ")
    return name, address, iso(int(when.split()[0]))


def _parse_commit(sha: str, raw: bytes) -> Commit:
    head, _, message = raw.decode(errors="replace").partition("\n\n")
    lines = [line.partition(" ") for line in head.split("\n")]
    found = {name: value for name, _, value in lines if name}
    parents = tuple(value for name, _, value in lines if name == "parent")
    people = _parse_person(found["author"]), _parse_person(found["committer"])
    return Commit(sha, found["tree"], parents, *people, message.rstrip("\n"))


def _parse_changes(raw: str, patch: str) -> list[FileChange]:
    parts = iter(raw.split("\0")[:-1])
    listed: list[tuple[str, str, str | None, str]] = []
    counted: list[tuple[int, int]] = []
    for part in parts:
        if part.startswith(":"):
            _, _, _, blob, status = part.split(" ")
            first = next(parts)
            is_moved = status[0] in "RC"
            listed.append((STATUSES[status[0]], next(parts) if is_moved else first, first if is_moved else None, blob))
        else:
            added, deleted, path = part.split("\t")
            counted.append((0 if added == "-" else int(added), 0 if deleted == "-" else int(deleted)))
            if not path:
                next(parts), next(parts)
    blocks = ("\n" + patch).split("\ndiff --git ")[1:]
    changes, place = [], 0
    for (status, path, previous, blob), (added, deleted) in zip(listed, counted, strict=True):
        taken = 2 if status == "changed" and len(blocks) > len(listed) else 1
        shown = [_hunks(block) for block in blocks[place : place + taken]]
        place += taken
        changes.append(FileChange(path, previous, status, blob, added, deleted, "\n".join(filter(None, shown)) or None))
    return changes


def _hunks(block: str) -> str:
    start = block.find("\n@@ ")
    return block[start + 1 :].removesuffix("\n") if start >= 0 else ""
