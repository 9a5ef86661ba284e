"""What a family of attacks is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selfsown.attack.wording import Wording
from selfsown.conversation import Turn

Turns = tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class AttackFamily:
    """A way to attack: `change` gives the turns with the attack in them; `direct` ones speak to whoever rates.

    `says` tells in a few words what is done.
    """

    name: str
    direct: bool
    says: str
    change: Callable[[Turns, Wording], Turns]
