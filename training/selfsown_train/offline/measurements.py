"""Every number that is measured in a conversation, by group, each under one fixed name: `group.name`.

A group is measured only where a head asks for it, and kept by the version of what measures it: its code, and the digests of
the models. Numbers are rounded, so that the last bits of a matrix product decide nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError, UsageError
from selfsown.judge import features, patterns, signals
from selfsown_train.offline import anchors, encoder, meaning, passages, probe, seen, speech, surface
from selfsown_train.offline.encoder import Encoder, Vectors, load_encoder
from selfsown_train.offline.meaning import prepare_meaning
from selfsown_train.offline.packaged import MINILM
from selfsown_train.offline.probe import Probe, prepare_steering
from selfsown_train.offline.speech import SharingEncoder, Speech, encode_speech, read_speech, share
from selfsown_train.offline.store import MeasurementStore

DIGITS = 6
NAMES = {"seen": seen.NAMES, "surface": surface.NAMES, "meaning": meaning.NAMES, "steering": probe.NAMES}
GROUPS = tuple(NAMES)
_CODE = {
    "seen": (seen, features, *features.DECIDING),
    "surface": (surface, passages, signals, patterns),
    "meaning": (meaning, anchors, encoder, passages),
    "steering": (probe, speech, encoder, passages, patterns),
    "vectors": (speech, encoder, passages, patterns),
}
_MODELS = {"meaning": MINILM, "steering": MINILM, "vectors": MINILM}
_ENCODED = frozenset({"meaning", "steering"})


@dataclass(frozen=True, slots=True)
class Gauge:
    """One group ready to measure: its name, its version, and the function from a conversation to numbers."""

    group: str
    version: str
    measure: Callable[[Conversation], tuple[float, ...]]

    def read(self, conversation: Conversation) -> tuple[float, ...]:
        """The rounded numbers, in the order of NAMES of the group."""
        return tuple(round(float(number), DIGITS) + 0.0 for number in self.measure(conversation))


def check_groups(groups: Iterable[str]) -> frozenset[str]:
    """The groups as a set. Raises UsageError naming those that are none."""
    wanted = frozenset(groups)
    if unknown := wanted - set(GROUPS):
        raise UsageError(f"there is no group {', '.join(sorted(unknown))}", f"one of: {', '.join(GROUPS)}")
    return wanted


def open_gauges(
    groups: Iterable[str],
    probe: Probe | None = None,
    store: MeasurementStore | None = None,
    encoder: Encoder | None = None,
) -> tuple[Gauge, ...]:
    """The gauges of these groups, in the order of GROUPS, models loaded; `steering` needs the probe of a head.

    Sentence vectors are kept in `store`. Without an encoder the packaged one is loaded. Raises SelfsownError where a model
    is missing.
    """
    wanted = check_groups(groups)
    measures: dict[str, Callable[[Conversation], tuple[float, ...]]]
    measures = {"seen": seen.measure_seen, "surface": surface.measure_surface}
    if wanted & _ENCODED:
        shared = share(encoder or load_encoder())
        if "meaning" in wanted:
            measures["meaning"] = _measure_meaning(shared)
        if "steering" in wanted:
            if probe is None:
                raise SelfsownError("steering is measured by the probe of a head", "fit one: `selfsown judge fit`")
            measures["steering"] = prepare_steering(probe, shared, group_version("vectors"), store)
    return tuple(Gauge(name, group_version(name, probe), measures[name]) for name in GROUPS if name in wanted)


def group_version(group: str, probe: Probe | None = None) -> str:
    """Twelve hex digits over the code that measures a group, the files of its model and, for `steering`, the probe.

    `vectors` is no group: it stands for the sentence vectors that are kept.
    """
    state = hashlib.sha256()
    for module in _CODE[group]:
        state.update(Path(str(module.__file__)).read_bytes())
    if group in _MODELS:
        state.update(_MODELS[group].digest.encode())
    if group == "steering" and probe:
        state.update(probe.digest.encode())
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


def open_speech(
    store: MeasurementStore | None = None, encoder: Encoder | None = None
) -> Callable[[Conversation], tuple[Speech, dict[str, Vectors]]]:
    """The function from a conversation to its sentences and their vectors, as `steering` has them."""
    shared = share(encoder or load_encoder())
    return partial(encode_speech, encoder=shared, version=group_version("vectors"), store=store)


def _measure_meaning(shared: SharingEncoder) -> Callable[[Conversation], tuple[float, ...]]:
    prepared = prepare_meaning(shared)

    def measure(conversation: Conversation) -> tuple[float, ...]:
        # Always, so that the bits do not depend on which groups are measured.
        shared.hold(read_speech(conversation).sentences)
        return prepared.measure(conversation)

    return measure
