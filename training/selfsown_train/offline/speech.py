"""The sentences of a conversation in which somebody may speak to whoever rates it, and their vectors, encoded once.

What is said stands apart from what is carried, in quotation marks or code: a conversation about attacks may quote one. All
sentences of a conversation are one batch, and their vectors are kept as float16, so the bits depend on nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from selfsown.conversation import Conversation
from selfsown.judge import patterns
from selfsown_train.offline.encoder import Encoder, Vectors
from selfsown_train.offline.passages import join_neighbours, split_sentences
from selfsown_train.offline.store import MeasurementStore

_MOST = 400  # sentences of one conversation; of more, neighbours are joined
_MOST_OF_TURN = 200


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said, turn by turn, and what is carried in quotation marks or code, each as sentences."""

    said: tuple[tuple[str, ...], ...]
    carried: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every different one, sorted."""
        return tuple(sorted({text for part in (*self.said, self.carried) for text in part}))


@dataclass(frozen=True, slots=True)
class SharingEncoder(Encoder):
    """An encoder that holds the vectors of one conversation's sentences, so that two groups of measurements can share them."""

    held: dict[str, Vectors] = field(default_factory=dict, compare=False)

    def hold(self, sentences: Sequence[str]) -> Vectors:
        """The vectors of these sentences, encoded in one batch unless they are held already."""
        if list(self.held) != list(sentences):
            self.held.clear()
            self.held.update(zip(sentences, Encoder.encode(self, sentences), strict=True))
        return self._stack(sentences)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As of any encoder; what is held is not encoded again."""
        rest = [text for text in texts if text not in self.held]
        fresh = dict(zip(rest, Encoder.encode(self, rest), strict=True))
        return self._stack(texts, fresh)

    def _stack(self, texts: Sequence[str], fresh: dict[str, Vectors] | None = None) -> Vectors:
        known = self.held | (fresh or {})
        width = int(self.model.config.hidden_size)
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, width), np.float32)


def share(encoder: Encoder) -> SharingEncoder:
    """The encoder with a place for what is shared."""
    return SharingEncoder(encoder.model, encoder.tokenizer, encoder.digest)


def read_speech(conversation: Conversation) -> Speech:
    """The sentences of a conversation, at most 400 in all of what is said, and as many of what is carried."""
    said, carried = [], []
    each = max(1, min(_MOST_OF_TURN, _MOST // max(1, len(conversation.turns))))
    for turn in conversation.turns:
        bare, code = _part(turn.content, patterns.CODE)
        prose, quotes = _part(bare, patterns.QUOTE)
        said.append(tuple(split_sentences(prose, each)))
        carried += split_sentences("\n".join((*code, *quotes)), _MOST_OF_TURN)
    return Speech(tuple(said), tuple(join_neighbours(carried, _MOST)))


def encode_speech(
    conversation: Conversation, encoder: SharingEncoder, version: str = "", store: MeasurementStore | None = None
) -> tuple[Speech, dict[str, Vectors]]:
    """The sentences, and the vector of each. `version` is that of the store's vectors."""
    speech = read_speech(conversation)
    known = store.read_vectors(version, conversation.id) if store else None
    if known is None:
        known = encoder.hold(speech.sentences).astype(np.float16)
        if store:
            store.write_vectors(version, conversation.id, known)
    return speech, dict(zip(speech.sentences, known.astype(np.float32), strict=True))


def _part(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    """A text without what a pattern finds, and what it finds."""
    return pattern.sub(" ", text), [found[0] for found in pattern.finditer(text)]
