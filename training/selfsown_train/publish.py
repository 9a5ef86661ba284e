"""Rounds to somewhere else and back: exactly the adapters, the card with its pictures, and the round file.

Nothing else of a checkout leaves it. What was pushed is compared with what lies there afterwards, by hash. What is pulled is
believed in nothing: only the files that the round file of the checkout names are fetched, and they are kept only where they
are the ones it names.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.errors import SelfsownError, UsageError
from selfsown.round import Round, how_to_get, parse_round, render_round
from selfsown.schemas import Schema
from selfsown.shard import write_atomically
from selfsown_train.adapter import (
    CONFIG,
    FILES,
    MOST_CONFIG,
    check_adapter,
    clear_leftovers,
    holds_adapter,
    keep_adapter,
    place_of,
)
from selfsown_train.places import HUB, Files, Place
from selfsown_train.report import Report
from selfsown_train.round_card import ADAPTER_OF_JUDGE, render_round_card
from selfsown_train.signing import MOST_SIGNATURE, Signers, check_signature, sign_adapter, signature_of

ROUND_FILE, CARD, SIGNATURE = "round.json", "README.md", "model.sig"
_MOST_ROUND = 4 * 1024 * 1024
_MOST_WEIGHTS = 16 * 1024**3


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push came to: the commit where the place has such, and which files had to be sent."""

    commit: str
    sent: tuple[str, ...]


def tag_of(entry: Round) -> str:
    """What a round is called where it was pushed to."""
    return f"round-{entry.name}"


def push_round(place: Place, entry: Round, store: Path, report: Report) -> Pushed:
    """Push a trained round whose adapters lie in `store`. Safe to repeat: what is there already is not sent.

    Raises UsageError where the round is not trained, SelfsownError where an adapter is missing or something else than what
    was sent lies there afterwards.
    """
    files = assemble(entry, store)
    tag = tag_of(entry)
    report("push", 1, 3, "compare")
    sent = place.differing(tag, files)
    report("push", 2, 3, f"{len(sent)} files" if sent else "all there")
    commit = place.write(tag, files, f"Round {entry.name} ({entry.state})")
    report("push", 3, 3, "verify")
    wrong = place.differing(tag, files)
    if wrong:
        raise SelfsownError(f"after the push other content lies there: {', '.join(wrong[:5])}", "push it again")
    return Pushed(commit, tuple(sent))


def assemble(entry: Round, store: Path) -> dict[str, Path | bytes]:
    """{path: content} of everything that is pushed of a round. Raises as `push_round` does."""
    if entry.adapter is None or entry.base is None:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    files: dict[str, Path | bytes] = {}
    for prefix, named in _adapters(entry):
        folder = place_of(store, named)
        if not folder.is_dir():
            raise SelfsownError(f"an adapter of round {entry.name} is not on this machine", how_to_get(entry))
        check_adapter(folder, named)
        files |= {prefix + name: folder / name for name in FILES}
        if signature_of(store, named).is_file():
            files[prefix + SIGNATURE] = signature_of(store, named)
    pictures, words = _pictures(entry)
    plain = replace(entry, registry=None)  # where it lies is no part of what it is
    card = render_round_card(plain, words).encode()
    return {**files, **pictures, ROUND_FILE: render_round(plain), CARD: card}


def pull_round(place: Place, entry: Round, store: Path, report: Report, signers: Signers | None = None) -> list[str]:
    """Bring the adapters that a round names into `store`; what is here already is not fetched. Returns what was fetched.

    Raises UsageError where the round is not trained, SelfsownError where something else lies there, or where a signature is
    not by one of the `signers`.
    """
    if entry.adapter is None:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    wanted = [(prefix, named) for prefix, named in _adapters(entry) if not holds_adapter(place_of(store, named), named)]
    fetched = []
    clear_leftovers(store)
    for prefix, named in wanted:
        with tempfile.TemporaryDirectory(dir=store, prefix=".pulled-") as staging:
            for name in FILES:
                most = MOST_CONFIG if name == CONFIG else _MOST_WEIGHTS
                shutil.copyfile(place.read(tag_of(entry), prefix + name, most), Path(staging) / name)
                fetched.append(prefix + name)
                report("pull", len(fetched), len(wanted) * len(FILES), prefix + name)
            check_adapter(Path(staging), named)
            _pull_signature(place, tag_of(entry), prefix, (Path(staging), signature_of(store, named)), signers)
            keep_adapter(Path(staging), store)
    return fetched


def _pull_signature(place: Place, tag: str, prefix: str, kept: tuple[Path, Path], signers: Signers | None) -> None:
    """Bring the signature that lies beside an adapter, if there is one. `kept`: what it signs, and where it is to lie."""
    folder, target = kept
    if not place.holds(tag, prefix + SIGNATURE):
        check_signature(folder, target, signers)
        return
    found = place.read(tag, prefix + SIGNATURE, MOST_SIGNATURE)
    check_signature(folder, found, signers)
    write_atomically(target, found.read_bytes())


def sign_round(entry: Round, store: Path, signer: str) -> int:
    """Sign the adapters of a round as `sign_adapter` does; how many were not signed like that before."""
    new = 0
    for _, named in _adapters(entry):
        folder = place_of(store, named)
        if not holds_adapter(folder, named):
            raise SelfsownError(f"an adapter of round {entry.name} is not on this machine", how_to_get(entry))
        new += sign_adapter(folder, signature_of(store, named), signer)
    return new


def read_pushed(place: Place, number: int, schema: Schema) -> Round:
    """The round file that was pushed with a round, for a checkout that lacks it. Raises SelfsownError, BadConfig."""
    path = place.read(f"round-{number:04d}", ROUND_FILE, _MOST_ROUND)
    entry = parse_round(path.read_bytes(), ROUND_FILE, schema)
    if entry.number != number:
        raise SelfsownError(f"the round file there is of round {entry.number}, not of {number}", "name another place")
    return replace(entry, registry=None)


def with_place(entry: Round, place: str, commit: str) -> Round:
    """The round that says where it was pushed; a folder of this machine is not written down."""
    if not place.startswith(HUB) or not commit:
        return entry
    return replace(entry, registry={**(entry.registry or {}), place.partition("@")[0]: commit})


def _adapters(entry: Round) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where each adapter lies in what is pushed, and what the round says of it."""
    if entry.adapter is not None:
        yield "", entry.adapter
    if entry.judge_adapter is not None:
        yield f"{ADAPTER_OF_JUDGE}/", entry.judge_adapter


def _pictures(entry: Round) -> tuple[Files, dict[str, str]]:
    """The pictures of the card, and what each shows."""
    from selfsown.evaluation.gate_picture import render_gate_picture
    from selfsown.evaluation.loss_picture import find_losses, render_loss_picture

    drawn, words = {}, {}
    if entry.gate is not None:
        drawn["gate.svg"] = render_gate_picture(entry).encode()
        words["gate.svg"] = "What the gate measured: differences with their intervals"
    if find_losses(entry):
        drawn["loss.svg"] = render_loss_picture(entry).encode()
        words["loss.svg"] = "Training loss by step"
    return drawn, words
