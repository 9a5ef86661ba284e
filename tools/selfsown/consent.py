"""What a person agreed to, as it stands in the record: publication and training are two questions, and both begin as no.

It lies in the record's `ext` under `consent`, so that it goes wherever the text goes. A record without it comes from a
source whose file says on what consent it rests (corpus/sources).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selfsown.conversation import Conversation

VERSION = "1"  # of the words that people are shown; new words, new number
_KEY = "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """`publish`: into the public corpus, under its licence. `train`: into the training of the next rounds.

    `version` is that of the words that were agreed to, `day` is when (YYYY-MM-DD, UTC).
    """

    publish: bool = False
    train: bool = False
    version: str = VERSION
    day: str = ""

    def to_ext(self) -> dict[str, Any]:
        """The part of a record's `ext`."""
        return {_KEY: {"publish": self.publish, "train": self.train, "version": self.version, "day": self.day}}


def may_train(ext: Mapping[str, Any]) -> bool:
    """Whether a record may train, by its `ext`: anything but a plain yes, where the question was asked, is a no."""
    return _says_yes(ext, "train")


def may_publish(ext: Mapping[str, Any]) -> bool:
    """Whether a record may be published, by its `ext`, read as `may_train` does."""
    return _says_yes(ext, "publish")


def _says_yes(ext: Mapping[str, Any], question: str) -> bool:
    said = ext.get(_KEY)
    return said is None or (isinstance(said, dict) and said.get(question) is True)


def trains(conversation: Conversation) -> bool:
    """Whether a conversation may be used for training."""
    return may_train(conversation.ext)
