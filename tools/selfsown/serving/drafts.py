"""A chat's draft in the outbox: written only with consent, brought up to date turn by turn, deleted when it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from selfsown.conversation import Conversation
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox
from selfsown.policy import ChatPolicy
from selfsown.serving.sitting import Sitting

BROKE_OFF = "its first answer broke off"


@dataclass(frozen=True, slots=True)
class Drafts:
    """Drafts of sittings. Every method is called under the sitting's lock and raises OutboxError where the disk fails.

    `blank` makes a record without turns: where it comes from, its licence, its day, the model.
    """

    outbox: Outbox
    policy: ChatPolicy
    blank: Callable[[], Conversation]

    def render(self, sitting: Sitting) -> Conversation:
        """What may be published of a chat, with what its person agreed to."""
        ext = sitting.consent.to_ext() if sitting.consent.publish else {}
        return replace(self.blank(), turns=sitting.publishable, ext=ext)

    def keep(self, sitting: Sitting) -> None:
        """Bring the draft up to date with the chat, where there is consent and a whole answer."""
        if sitting.is_withdrawn or not sitting.consent.publish:
            return
        conversation = self.render(sitting)
        if not conversation.turns:
            self.forget(sitting)
            sitting.trouble = BROKE_OFF
        elif sitting.key or not self.explain_limit(sitting):
            known, who = sitting.key or None, {"person": sitting.person, "address": sitting.address}
            sitting.key = self.outbox.keep(known, conversation, sitting.consent, **who)
            sitting.trouble = ""

    def is_fixed(self, sitting: Sitting) -> bool:
        """Whether the text in the outbox has been rated already, and changes no more."""
        entry = self.outbox.read(sitting.key) if sitting.key else None
        return entry is not None and entry.state is not State.DRAFT

    def explain_limit(self, sitting: Sitting) -> str:
        """Why no draft of this person is taken today; empty where one is. The sitting remembers it as its trouble."""
        if sitting.is_withdrawn:
            sitting.trouble = "it was withdrawn"
            return sitting.trouble
        sitting.trouble = self.outbox.allowance(sitting.person, sitting.address, self.policy)
        return sitting.trouble

    def forget(self, sitting: Sitting) -> None:
        """Delete the draft of a chat, if there is one. One that was ended from elsewhere is withdrawn."""
        if not sitting.key:
            return
        entry = self.outbox.read(sitting.key)
        if entry is not None and entry.state is State.DRAFT:
            self.outbox.forget(sitting.key)
        elif entry is not None:
            self.outbox.withdraw(sitting.key)
        sitting.key = ""
