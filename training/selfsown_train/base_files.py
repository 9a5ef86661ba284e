"""The files of a base: found, hashed, and checked before anything parses them.

A round file names every file that loading a base reads (weights, tokenizer, chat template, config) with its SHA-256. A
folder that lacks one, has one more, or holds another content is refused while no tensor is read: a changed chat template
changes the model as much as changed weights do. A base on a hub is pinned by its commit; only files that hold no program
are fetched. What digest the loaded model has is kept in the cache under the hashes of its files, so that naming a base
again loads nothing.

Not covered: a file that changes between the check and the load. Who can do that can change this program too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path

from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError

READ = ("*.safetensors", "*.json", "*.jinja", "*.model", "vocab.txt", "merges.txt")
_TEMPLATES = "additional_chat_templates"  # transformers reads these beside chat_template.jinja
DONE = "DONE.json"  # what a stage leaves in the folder that it made (see stages); no model is read from it
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{12}")


def locate_base(name: str, revision: str) -> Path:
    """The folder of a base: the one that is named, else its snapshot from the Hugging Face hub at `revision`.

    A commit that lies here already is not asked for again. Raises SelfsownError where there is no such base.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    try:
        return _fetch(name, revision)
    except (OSError, ValueError) as error:
        raise SelfsownError(
            f"cannot load the base model {name}: {(str(error).splitlines() or [type(error).__name__])[0]}",
            "give a folder, or a Hugging Face name that this machine can reach",
        ) from error


def _fetch(name: str, revision: str) -> Path:
    """The snapshot of a repository: from this machine where it is named by its commit, else from the hub."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    fetch = partial(
        snapshot_download, name, revision=revision or None, allow_patterns=list(READ), ignore_patterns=["*/*"]
    )
    if _COMMIT.fullmatch(revision):
        try:
            return Path(fetch(local_files_only=True))
        except LocalEntryNotFoundError:
            pass
    return Path(fetch())


def commit_of(folder: Path) -> str:
    """The commit of a snapshot from a hub; "" for any other folder."""
    is_snapshot = folder.parent.name == "snapshots" and _COMMIT.fullmatch(folder.name)
    return folder.name if is_snapshot else ""


def hash_base_files(folder: Path) -> dict[str, str]:
    """{name: SHA-256} of every file that loading the base reads. Raises SelfsownError where there are no weights."""
    found = sorted({path for pattern in READ for path in folder.glob(pattern)} | set(folder.glob(f"{_TEMPLATES}/*")))
    files = {
        path.relative_to(folder).as_posix(): hash_file(path) for path in found if path.is_file() and path.name != DONE
    }
    if not any(name.endswith(".safetensors") for name in files):
        raise SelfsownError(
            f"cannot load the base model {folder}: it holds no weights as safetensors",
            "other formats can carry a program and are not read; convert the weights, or name another base",
        )
    return files


def hash_file(path: Path) -> str:
    """The SHA-256 of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_base_files(folder: Path, expected: Mapping[str, str]) -> None:
    """Raise SelfsownError, which names the file, unless the folder holds exactly what the round names."""
    found = hash_base_files(folder)
    for name in sorted({*found, *expected}):
        if found.get(name) == expected.get(name):
            continue
        how = "is missing" if name not in found else "is not one of its files" if name not in expected else "differs"
        raise SelfsownError(
            f"the base in {folder} is not those files the round was trained on: {name} {how}",
            "nothing was read from it; bring back the base that the round file names, or train a new round",
        )


def known_digest(cache: Path, files: Mapping[str, str], precision: str) -> str | None:
    """The digest that a model of these files had when it was loaded on this machine, or None."""
    try:
        digest = _place(cache, files, precision).read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return digest if _DIGEST.fullmatch(digest) else None


def keep_digest(cache: Path, files: Mapping[str, str], precision: str, digest: str) -> None:
    """Remember the digest of a loaded model. One that is cut off is none when it is read, so nothing is staged."""
    place = _place(cache, files, precision)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(digest.encode())


def _place(cache: Path, files: Mapping[str, str], precision: str) -> Path:
    """Under the files and all that reads them: another library may give a weight another name."""
    libraries = {name: version(name) for name in ("torch", "transformers", "tokenizers")}
    key = hashlib.sha256(canonical_bytes([dict(files), precision, libraries])).hexdigest()
    return cache / "digests" / key[:32]
