"""The files a validation looks at, whether they are blobs of a submission or files on the disk."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from selfsown.errors import UsageError
from selfsown.submission import REGULAR_FILE, Change, Submission

_LINK, _EXECUTABLE, _OTHER = 0o120000, 0o100755, 0o000000


@dataclass(frozen=True, slots=True)
class Material:
    """One file: its path in the repository (a draft's path as it was given), its size in bytes, how to read it.

    A draft lies outside of a corpus: nobody asks for its name, mode or size. `change` gives what a pull request would
    do to the path (None for a draft), with the content where it is a plain file within the limits.
    """

    path: str
    size: int
    is_draft: bool
    open: Callable[[], BinaryIO]
    change: Callable[[], Change | None]


def submission_materials(submission: Submission) -> tuple[Material, ...]:
    """What a submission does below corpus/; the rest of it is no data."""
    changes = [change for change in submission.changes if change.path.startswith("corpus/")]
    return tuple(_of_change(change) for change in changes)


def _of_change(change: Change) -> Material:
    return Material(
        path=change.path,
        size=change.size,
        is_draft=False,
        open=lambda: io.BytesIO(change.content or b""),
        change=lambda: change,
    )


def list_materials(paths: Sequence[Path], root: Path, max_bytes: int) -> tuple[Material, ...]:
    """The files at and below paths, each once, in the order of their names. Raises UsageError where one is missing."""
    root = _plain(root)
    found: dict[str, Material] = {}
    for path in paths:
        for file in _files(path, root):
            within = _within(file, root)
            name = within or file.as_posix()
            found[name] = _of_file(name, file, within is not None, max_bytes)
    return tuple(found[name] for name in sorted(found))


def _of_file(name: str, file: Path, in_corpus: bool, max_bytes: int) -> Material:
    if not in_corpus:
        return Material(name, file.stat().st_size, True, lambda: file.open("rb"), lambda: None)
    facts = file.lstat()
    mode = _git_mode(facts.st_mode)
    is_readable = mode in (REGULAR_FILE, _EXECUTABLE) and facts.st_size <= max_bytes

    def read_change() -> Change:
        return Change(name, "A", mode, facts.st_size, file.read_bytes() if is_readable else None)

    def open_file() -> BinaryIO:
        return file.open("rb") if is_readable else io.BytesIO()

    return Material(name, facts.st_size, False, open_file, read_change)


def _files(path: Path, root: Path) -> Iterable[Path]:
    if path.is_dir():
        pattern = "*" if _within(path / "x", root) else "*.jsonl"
        return sorted(file for file in path.rglob(pattern) if file.is_symlink() or not file.is_dir())
    if not (path.is_file() or path.is_symlink()):
        raise UsageError(f"there is no file {path}", "give files or folders that are there")
    return [path]


def _within(file: Path, root: Path) -> str | None:
    """The path in the repository of a file below its corpus/, or None."""
    try:
        name = _plain(file).relative_to(root).as_posix()
    except ValueError:
        return None
    return name if name.startswith("corpus/") else None


def _plain(path: Path) -> Path:
    # Not resolve(): a link in the corpus is judged as a link, not as what it points at.
    return Path(os.path.normpath(path.absolute()))


def _git_mode(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return _LINK
    if not stat.S_ISREG(mode):
        return _OTHER
    return _EXECUTABLE if mode & stat.S_IXUSR else REGULAR_FILE
