"""One conversation in the outbox: its state, and which state may follow which. No input or output here.

draft → rated → screened → submitted → merged, and from everywhere on the way to declined. A person may withdraw at any
moment, and that is the last word: whatever comes after it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from selfsown.consent import Consent
from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError


class OutboxError(SelfsownError):
    """The outbox cannot be opened or written, or a step was asked for that its entry cannot take."""


class State(StrEnum):
    """How far a conversation is."""

    DRAFT = "draft"
    RATED = "rated"
    SCREENED = "screened"
    SUBMITTED = "submitted"
    MERGED = "merged"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# From which states a step may lead to this one. The same step again is no step.
BEFORE: dict[State, frozenset[State]] = {
    State.RATED: frozenset({State.DRAFT}),
    State.SCREENED: frozenset({State.RATED}),
    State.SUBMITTED: frozenset({State.SCREENED}),
    State.MERGED: frozenset({State.SUBMITTED}),
    State.DECLINED: frozenset({State.DRAFT, State.RATED, State.SCREENED, State.SUBMITTED}),
    State.WITHDRAWN: frozenset(State) - {State.WITHDRAWN},
}
TEXTLESS = frozenset({State.MERGED, State.DECLINED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in the outbox, and what is known of it.

    `key` names it here and is never published. `conversation` is what would be published, None once the text is gone.
    `person` and `address` are pseudonyms of a day, "" where they are not known (any more). `kinds` are those of what
    screening masked or warned of. `reason` says why it was declined. `batch` is the branch of the submission it is planned
    for or part of, `pull` its pull request, `published` the conversation id it goes by there. Times are ISO 8601, UTC,
    in seconds; `ended` is "" while people still talk.
    """

    key: str
    state: State
    conversation: Conversation | None
    consent: Consent
    person: str
    address: str
    rating: float | None
    judge: str
    flags: tuple[str, ...]
    kinds: tuple[str, ...]
    reason: str
    batch: str
    pull: int | None
    published: str
    ended: str
    created: str
    changed: str


class ScreenedText(Protocol):
    """What screening hands over: the text as it may leave this machine, or the sentence why it may not."""

    @property
    def conversation(self) -> Conversation:
        """Masked and normalised."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of what was found."""

    @property
    def refusal(self) -> str:
        """Empty, or the sentence why it is refused; never text of the conversation."""


def is_allowed(old: State, new: State) -> bool:
    """Whether a step leads from one state to the other."""
    return old in BEFORE.get(new, frozenset())
