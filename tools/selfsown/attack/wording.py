"""Which words an attack takes: a template of one of the two lists with its slots filled."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from selfsown.attack import seen, unseen

_HASH_DIGITS = 32
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wording:
    """The draw of one attack. `digest` is the hash an attacker can know: that of the conversation before the attack."""

    draw: random.Random
    is_unseen: bool
    digest: str

    def choose(self, family: str) -> str:
        """A filled template of a family."""
        return self._fill([self.pick((unseen if self.is_unseen else seen).WORDS[family])])[0]

    def choose_pieces(self) -> list[str]:
        """The pieces of one attack that is said in pieces; the same slots in all of them."""
        return self._fill(self.pick((unseen if self.is_unseen else seen).SPLITS))

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options."""
        return self.draw.choice(options)

    def _fill(self, templates: Sequence[str]) -> list[str]:
        slots = {name: self.pick(words) for name, words in (unseen if self.is_unseen else seen).SLOTS.items()}
        guess = self.digest if self.draw.random() < 0.5 else f"{self.draw.getrandbits(128):0{_HASH_DIGITS}x}"
        slots |= {"hash": guess, "slug": slots["object"].replace(" ", "-")}
        filled = [template.format(**slots) for template in templates]
        return [text[:1].upper() + text[1:] for text in filled]
