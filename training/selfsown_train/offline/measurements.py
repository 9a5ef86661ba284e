"""Every number that is measured in a conversation, by group, each under one fixed name: `group.name`.

A group is measured only where a head asks for it, and kept by the version of what measures it: its code, and the digests of
the models. Numbers are rounded, so that the last bits of a matrix product decide nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from selfsown.conversation import Conversation
from selfsown.errors import UsageError
from selfsown.judge import features, patterns, signals
from selfsown_train.offline import anchors, encoder, meaning, passages, seen, surface
from selfsown_train.offline.encoder import load_encoder
from selfsown_train.offline.meaning import prepare_meaning
from selfsown_train.offline.packaged import MINILM
from selfsown_train.offline.store import MeasurementStore

DIGITS = 6
NAMES = {"seen": seen.NAMES, "surface": surface.NAMES, "meaning": meaning.NAMES}
GROUPS = tuple(NAMES)
_CODE = {
    "seen": (seen, features, *features.DECIDING),
    "surface": (surface, passages, signals, patterns),
    "meaning": (meaning, anchors, encoder, passages),
}
_MODELS = {"meaning": MINILM}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One group ready to measure: its name, its version, and the function from a conversation to numbers."""

    group: str
    version: str
    measure: Callable[[Conversation], tuple[float, ...]]

    def read(self, conversation: Conversation) -> tuple[float, ...]:
        """The rounded numbers, in the order of NAMES of the group."""
        return tuple(round(float(number), DIGITS) + 0.0 for number in self.measure(conversation))


def open_gauges(groups: Iterable[str]) -> tuple[Gauge, ...]:
    """The gauges of these groups, in the order of GROUPS, models loaded. Raises SelfsownError where a model is missing."""
    wanted = set(groups)
    if unknown := wanted - set(GROUPS):
        raise UsageError(f"there is no group {', '.join(sorted(unknown))}", f"one of: {', '.join(GROUPS)}")
    return tuple(Gauge(name, group_version(name), _measure_of(name)) for name in GROUPS if name in wanted)


def group_version(group: str) -> str:
    """Twelve hex digits over the code that measures a group and the files of its model."""
    state = hashlib.sha256()
    for module in _CODE[group]:
        state.update(Path(str(module.__file__)).read_bytes())
    if group in _MODELS:
        state.update(_MODELS[group].digest.encode())
    return state.hexdigest()[:12]


def names_of(groups: Iterable[str]) -> tuple[str, ...]:
    """The names of all numbers of these groups, `group.name`, in the order of GROUPS."""
    wanted = set(groups)
    return tuple(f"{group}.{name}" for group in GROUPS if group in wanted for name in NAMES[group])


def measure_one(
    conversation: Conversation, gauges: Iterable[Gauge], store: MeasurementStore | None = None
) -> tuple[float, ...]:
    """The numbers of a conversation in the order of `names_of`. What the store knows is not measured again.

    Each group is kept as soon as it is there: a run that is killed goes on where it was.
    """
    return tuple(number for gauge in gauges for number in _read(gauge, conversation, store))


def _read(gauge: Gauge, conversation: Conversation, store: MeasurementStore | None) -> tuple[float, ...]:
    known = store.read(gauge.version, conversation.id) if store else None
    if known is None:
        known = gauge.read(conversation)
        if store:
            store.write(gauge.version, conversation.id, known)
    return known


def _measure_of(group: str) -> Callable[[Conversation], tuple[float, ...]]:
    if group == "meaning":
        return prepare_meaning(load_encoder()).measure
    return {"seen": seen.measure_seen, "surface": surface.measure_surface}[group]
