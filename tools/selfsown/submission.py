"""A submission: what a pull request, or a handful of files, brings. Made by the git door or from the disk."""

from __future__ import annotations

from dataclasses import dataclass

REGULAR_FILE = 0o100644


@dataclass(frozen=True, slots=True)
class Change:
    """One touched path. `status` is git's letter (A added, M modified, D deleted, T type changed).

    `path` may be hostile: bytes that are not UTF-8 arrive as surrogate escapes and must be shown through `render.inert`.
    `content` is None where the file is gone, is no regular file, or is larger than the reader was told to read.
    """

    path: str
    status: str
    mode: int
    size: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything between the merge base and the head, as data. Nothing of it was checked out."""

    base: str
    head: str
    author: str
    title: str
    changes: tuple[Change, ...]

    @property
    def touches_only_corpus(self) -> bool:
        """Whether this is a data submission; anything else is maintenance."""
        return all(change.path.startswith("corpus/") for change in self.changes)
