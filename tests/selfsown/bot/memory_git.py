"""Git without git: what the double asks of a repository, in memory, for thousands of lives in a row.

A tree is a mapping of paths to blobs; there are no folders, modes or renames. `test_memory_git.py` holds it to real git.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from github_double.git import Commit, FileChange, Git

MOMENT = "2026-02-02T02:40:00Z"
Tree = Mapping[str, str]


@dataclass
class Store:
    """The objects of a network of forks, which share them."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    changes: dict[tuple[str, str, str], FileChange] = field(default_factory=dict)

    def take(self, real: Git, commit: str) -> None:
        """Copy a commit with everything below it from a real repository."""
        found = real.commit(commit)
        self.commits[commit] = found
        files = {path: sha for _, kind, sha, _, path in real.tree(commit, deep=True) if kind == "blob"}
        self.trees[found.tree] = files
        self.blobs |= {sha: real.blob(sha) for sha in files.values()}
        for parent in found.parents:
            self.take(real, parent)


class MemoryGit:
    """The part of `github_double.git.Git` that requests use. Refs are the double's own business."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def set_refs(self, refs: Mapping[str, str | None]) -> None:
        """Nobody clones from here."""

    def kind(self, sha: str) -> str | None:
        kinds = {"commit": self.store.commits, "tree": self.store.trees, "blob": self.store.blobs}
        return next((kind for kind, held in kinds.items() if sha in held), None)

    def commit(self, sha: str) -> Commit:
        return self.store.commits[sha]

    def blob(self, sha: str) -> bytes:
        return self.store.blobs[sha]

    def add_blob(self, content: bytes) -> str:
        sha = _name("blob", content)
        self.store.blobs[sha] = content
        return sha

    def files(self, treeish: str) -> Tree:
        found = self.store.commits.get(treeish)
        return self.store.trees[found.tree if found else treeish]

    def tree(self, treeish: str, *, deep: bool = False) -> list[tuple[str, str, str, int | None, str]]:
        if not deep:
            return []  # what an answer lists of a new tree is not looked at
        found = sorted(self.files(treeish).items())
        return [("100644", "blob", sha, len(self.store.blobs[sha]), path) for path, sha in found]

    def add_tree(self, base: str | None, entries: Sequence[tuple[str, str | None, str]]) -> str:
        files = dict(self.files(base)) if base else {}
        for _, sha, path in entries:
            if sha is None:
                files.pop(path, None)
            else:
                files[path] = sha
        return self._add_tree(files)

    def _add_tree(self, files: Tree) -> str:
        sha = _name("tree", repr(sorted(files.items())).encode())
        self.store.trees[sha] = files
        return sha

    def add_commit(self, tree: str, parents: Sequence[str], message: str, person: tuple[str, str], date: str) -> str:
        sha = _name("commit", repr((tree, tuple(parents), message, person, date)).encode())
        who = (*person, MOMENT)
        self.store.commits[sha] = Commit(sha, tree, tuple(parents), who, who, message)
        return sha

    def _above(self, sha: str) -> list[str]:
        """The commit and all its ancestors, nearest first."""
        found, waiting = dict.fromkeys([sha]), [sha]
        while waiting:
            for parent in self.store.commits[waiting.pop(0)].parents:
                if parent not in found:
                    found[parent] = None
                    waiting.append(parent)
        return list(found)

    def merge_base(self, one: str, other: str) -> str | None:
        known = set(self._above(other))
        return next((sha for sha in self._above(one) if sha in known), None)

    def is_ancestor(self, old: str, new: str) -> bool:
        return old in self._above(new)

    def between(self, base: str, head: str) -> tuple[str, ...]:
        known = set(self._above(base))
        return tuple(sha for sha in reversed(self._above(head)) if sha not in known)

    def merged_tree(self, base: str, head: str) -> str | None:
        fork = self.merge_base(base, head)
        before, ours, theirs = (self.files(sha) if sha else {} for sha in (fork, base, head))
        merged = dict(ours)
        for path in before.keys() | theirs.keys():
            if theirs.get(path) == before.get(path) or theirs.get(path) == ours.get(path):
                continue
            if ours.get(path) != before.get(path):
                return None
            merged.pop(path, None)
            if path in theirs:
                merged[path] = theirs[path]
        return self._add_tree(merged)

    def changes(self, base: str, head: str) -> list[FileChange]:
        old, new = self.files(base), self.files(head)
        paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
        return [self._change(path, old.get(path, ""), new.get(path, "")) for path in paths]

    def _change(self, path: str, old: str, new: str) -> FileChange:
        if (path, old, new) not in self.store.changes:
            sides = [self.store.blobs.get(sha, b"").decode().splitlines() for sha in (old, new)]
            lines = list(difflib.unified_diff(*sides, n=3, lineterm=""))[2:]
            added, gone = (sum(line.startswith(sign) for line in lines) for sign in "+-")
            status = "added" if not old else "removed" if not new else "modified"
            patch = "\n".join(lines) or None
            self.store.changes[path, old, new] = FileChange(path, None, status, new or old, added, gone, patch)
        return self.store.changes[path, old, new]


def _name(kind: str, content: bytes) -> str:
    return hashlib.sha1(kind.encode() + b"\0" + content, usedforsecurity=False).hexdigest()
