"""Wordings by language, in two lists: those a judge may be trained on, and those kept for finding out what it learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from selfsown.conversation import Conversation
from selfsown.corruption.kind import Setting
from selfsown.corruption.language import ENGLISH, language_of

Sentences = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences that do the same, by language. No sentence is in both lists."""

    seen: Sentences
    unseen: Sentences


def choose_wording(wording: Wording, conversation: Conversation, setting: Setting) -> str | None:
    """A sentence in the language of the conversation, or None where there is none in it."""
    language = language_of(conversation)
    return None if language is None else choose_in(wording, language, setting)


def choose_in(wording: Wording, language: str, setting: Setting) -> str | None:
    """A sentence in a language, or None."""
    found = (wording.unseen if setting.is_unseen else wording.seen).get(language, ())
    return setting.dice.choice(found) if found else None


def in_english(*sentences: str) -> Sentences:
    """Sentences that there are in English only."""
    return {ENGLISH: sentences}
