"""A probe: a logistic model over sentence vectors that tells sentences which speak to whoever rates, by what they mean.

It belongs to the head it was fitted for and is written into its file. `rater` is the highest probability over what is said:
sentences, neighbours within a turn, and the last sentences of turns that follow each other, each pair as the mean of its
vectors. `carried` is the same for what stands in quotation marks or code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError
from selfsown_train.offline.encoder import Vectors
from selfsown_train.offline.speech import SharingEncoder, Speech, encode_speech
from selfsown_train.offline.store import MeasurementStore

NAMES = ("rater", "carried")
RATER = "steering.rater"
_MOST_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Log-odds = bias + weights · vector. `flag_above` is the probability from which a conversation is flagged."""

    bias: float
    weights: tuple[float, ...]
    flag_above: float

    @property
    def digest(self) -> str:
        """Twelve hex digits over what decides a probability."""
        return hashlib.sha256(canonical_bytes([self.bias, list(self.weights)])).hexdigest()[:12]

    def ask(self, vectors: Vectors) -> float:
        """The highest probability over the rows of `vectors`; 0 without any."""
        if not len(vectors):
            return 0.0
        logit = float((vectors.astype(np.float64) @ np.array(self.weights)).max()) + self.bias
        return float(1.0 / (1.0 + np.exp(-min(_MOST_LOGIT, max(-_MOST_LOGIT, logit)))))


def prepare_steering(
    probe: Probe, encoder: SharingEncoder, version: str = "", store: MeasurementStore | None = None
) -> Callable[[Conversation], tuple[float, ...]]:
    """The function from a conversation to the numbers of NAMES; vectors are kept in `store` under `version`.

    Raises SelfsownError where the probe is for vectors of another size.
    """
    width = int(encoder.model.config.hidden_size)
    if len(probe.weights) != width:
        raise SelfsownError(
            f"the probe has {len(probe.weights)} weights for vectors of {width} numbers",
            "fit it again: `selfsown judge fit`",
        )

    def measure(conversation: Conversation) -> tuple[float, ...]:
        speech, vectors = encode_speech(conversation, encoder, version, store)
        return probe.ask(said_units(speech, vectors)), probe.ask(carried_units(speech, vectors))

    return measure


def said_units(speech: Speech, vectors: Mapping[str, Vectors]) -> Vectors:
    """What the probe is asked about what is said: rows of unit vectors."""
    ends = [turn[-1] for turn in speech.said if turn]
    parts = [_units(turn, vectors) for turn in speech.said if turn]
    return np.concatenate([*parts, join_pairs(_rows(ends, vectors))]) if parts else np.zeros((0, 0), np.float32)


def carried_units(speech: Speech, vectors: Mapping[str, Vectors]) -> Vectors:
    """The same for what is carried."""
    return _units(speech.carried, vectors)


def join_pairs(rows: Vectors) -> Vectors:
    """The mean of each row and the next one, as unit vectors."""
    joined = rows[:-1] + rows[1:]
    return np.asarray(joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-9), np.float32)


def _units(sentences: Sequence[str], vectors: Mapping[str, Vectors]) -> Vectors:
    if not sentences:
        return np.zeros((0, 0), np.float32)
    rows = _rows(sentences, vectors)
    return np.concatenate([rows, join_pairs(rows)])


def _rows(sentences: Sequence[str], vectors: Mapping[str, Vectors]) -> Vectors:
    return np.stack([vectors[text] for text in sentences])
