"""Where rounds are pushed to and pulled from: a folder, or a repository on the Hugging Face hub.

Both say what they hold by hash before anything is fetched, and both take a round whole or not at all. In a folder each
round has one of its own, `round-NNNN`; on a hub it is the newest commit and has a tag of that name. A push that was cut off
is pushed again: what is there already is not sent twice.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from selfsown.errors import SelfsownError, UsageError
from selfsown.shard import write_atomically
from selfsown_train.base_files import hash_file

if TYPE_CHECKING:
    from huggingface_hub import HfApi

HUB = "hf:"
_HUB_PLACE = re.compile(
    r"hf:(?P<name>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?:@(?P<revision>[\w./-]{1,100}))?"
)
_GIT_FILE = ".gitattributes"  # the hub writes it into every repository
Files = Mapping[str, Path | bytes]


class Place(Protocol):
    """Somewhere that holds rounds."""

    def differing(self, tag: str, files: Files) -> list[str]:
        """The paths in which what lies under the tag is not exactly these files; empty where all is there already."""

    def write(self, tag: str, files: Files, message: str) -> str:
        """Put exactly these files there under the tag; the commit, "" where there is none. Raises SelfsownError."""

    def holds(self, tag: str, path: str) -> bool:
        """Whether there is such a file."""

    def read(self, tag: str, path: str, most: int) -> Path:
        """A file, here on this machine. Raises SelfsownError where it is not there, or over `most` bytes."""


def open_place(place: str, endpoint: str | None = None, *, private: bool = False) -> Place:
    """The place that `hf:OWNER/NAME[@REVISION]` or a folder names. Raises UsageError."""
    if not place.startswith(HUB):
        return Folder(Path(place))
    match = _HUB_PLACE.fullmatch(place)
    if match is None:
        raise UsageError(f"{place} names no repository on a hub", "write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION")
    from huggingface_hub import HfApi

    return Hub(match["name"], match["revision"] or "", HfApi(endpoint=endpoint), private)


@dataclass(frozen=True, slots=True)
class Folder:
    """Rounds in a folder of this machine."""

    root: Path

    def differing(self, tag: str, files: Files) -> list[str]:
        """See Place."""
        folder = self.root / tag
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        return sorted(
            path
            for path in found | set(files)
            if path not in files or path not in found or _sha256(files[path]) != hash_file(folder / path)
        )

    def write(self, tag: str, files: Files, message: str) -> str:
        """See Place. A killed push leaves the old round or none, and a hidden folder that the next one clears."""
        staging = self.root / f".{tag}.partial"
        shutil.rmtree(staging, ignore_errors=True)
        for path, content in files.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                write_atomically(target, content)
            else:
                shutil.copyfile(content, target)
        shutil.rmtree(self.root / tag, ignore_errors=True)
        staging.rename(self.root / tag)
        return ""

    def holds(self, tag: str, path: str) -> bool:
        """See Place."""
        return (self.root / tag / path).is_file()

    def read(self, tag: str, path: str, most: int) -> Path:
        """See Place."""
        found = self.root / tag / path
        if found.is_symlink() or not found.is_file():
            raise SelfsownError(
                f"there is no {path} in {self.root / tag}", "name the folder that `round push` wrote to"
            )
        if found.stat().st_size > most:
            raise SelfsownError(f"{found} has {found.stat().st_size} bytes, more than {most}", "that is no such file")
        return found


@dataclass(frozen=True, slots=True)
class Hub:
    """Rounds in a repository on a hub; `revision` is what to read where it is not the tag of the round."""

    name: str
    revision: str
    api: HfApi
    private: bool = False

    def differing(self, tag: str, files: Files) -> list[str]:
        """See Place. What is there is known by hash: SHA-256 of a large file, the git hash of a small one."""
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

        with self._asked():
            try:
                found = self._list(tag)
            except (RepositoryNotFoundError, RevisionNotFoundError):
                found = {}
        return sorted(
            path
            for path in {*found, *files}
            if path not in files or path not in found or not _is(files[path], found[path])
        )

    def write(self, tag: str, files: Files, message: str) -> str:
        """See Place. One commit holds all; large files that an earlier try has sent are not sent again."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        with self._asked():
            self.api.create_repo(self.name, private=self.private or None, exist_ok=True)
            parent = str(self.api.repo_info(self.name, revision="main").sha)
            there = self._list(parent)
            stale = [CommitOperationDelete(path) for path in there if path not in files]
            new = [
                CommitOperationAdd(path, str(content) if isinstance(content, Path) else content)
                for path, content in files.items()
                if path not in there or not _is(content, there[path])
            ]
            if stale or new:
                info = self.api.create_commit(self.name, [*stale, *new], commit_message=message, parent_commit=parent)
                parent = str(info.oid)
            self._tag(tag, parent)
        return parent

    def holds(self, tag: str, path: str) -> bool:
        """See Place."""
        with self._asked():
            return bool(self.api.get_paths_info(self.name, path, revision=self.revision or tag))

    def read(self, tag: str, path: str, most: int) -> Path:
        """See Place. Its size is looked at before it is fetched; a fetch that was cut off goes on."""
        with self._asked():
            found = self.api.get_paths_info(self.name, path, revision=self.revision or tag)
            size = getattr(found[0], "size", None) if found else None
            if size is None:
                raise SelfsownError(
                    f"there is no {path} in {HUB}{self.name} at {self.revision or tag}", "name another place"
                )
            if size > most:
                raise SelfsownError(
                    f"{path} in {HUB}{self.name} has {size} bytes, more than {most}", "that is no such file"
                )
            return Path(self.api.hf_hub_download(self.name, path, revision=self.revision or tag))

    def _list(self, revision: str) -> dict[str, Any]:
        entries = self.api.list_repo_tree(self.name, recursive=True, revision=revision)
        return {entry.path: entry for entry in entries if hasattr(entry, "blob_id") and entry.path != _GIT_FILE}

    def _tag(self, tag: str, commit: str) -> None:
        """Let the tag name the commit; one that named an older push of the round is moved."""
        known = {entry.name: entry.target_commit for entry in self.api.list_repo_refs(self.name).tags}
        if known.get(tag) == commit:
            return
        if tag in known:
            self.api.delete_tag(self.name, tag=tag)
        self.api.create_tag(self.name, tag=tag, revision=commit, exist_ok=True)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """What the hub refuses, as an error with a tip."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            yield
        except (HfHubHTTPError, OSError, ValueError) as error:
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
            why = (str(error).strip().splitlines() or [type(error).__name__])[0]
            tip = (
                "sign in with a token that may write there (`hf auth login`, or HF_TOKEN)"
                if status in (401, 403)
                else ""
            )
            raise SelfsownError(
                f"the hub does not do it for {self.name}: {why}", tip or "look at the name, and try it again"
            ) from error


def _sha256(content: Path | bytes) -> str:
    return hash_file(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()


def _is(content: Path | bytes, there: Any) -> bool:
    """Whether a file on the hub (a RepoFile) has this content."""
    if there.lfs is not None:
        return bool(there.lfs.sha256 == _sha256(content))
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if there.size != size:
        return False
    held = content.read_bytes() if isinstance(content, Path) else content
    return bool(there.blob_id == hashlib.sha1(b"blob %d\0" % size + held, usedforsecurity=False).hexdigest())
