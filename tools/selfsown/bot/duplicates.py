"""What else has these conversations: the corpus, its tombstones, open submissions of anybody, and what was sent before."""

from __future__ import annotations

from collections.abc import Sequence

from selfsown.bot.choose import IN_CORPUS, REPEATS_CORPUS, SENT_BEFORE, WITHDRAWN, Known
from selfsown.bot.ground import Elsewhere, Ground
from selfsown.conversation import Conversation
from selfsown.nearness import find_repeats
from selfsown.outbox.store import Outbox
from selfsown.tombstone import near_finder


def find_known(chats: Sequence[Conversation], ground: Ground, elsewhere: Elsewhere, outbox: Outbox) -> Known:
    """Why some of these are not sent at all, and which wait for a submission that is open. Reads the corpus once."""
    if not chats:
        return Known()
    settled: dict[str, str] = {}
    asked = {chat.id: chat for chat in chats}
    settled |= dict.fromkeys(find_repeats(list(asked.values()), ground.read_originals()), REPEATS_CORPUS)
    settled |= {name: IN_CORPUS for name in asked if name in ground.corpus.known}
    settled |= dict.fromkeys(outbox.sent(list(asked)), SENT_BEFORE)
    is_gone = near_finder(ground.corpus.sketches)
    gone = ground.corpus.withdrawn
    settled |= {name: WITHDRAWN for name, chat in asked.items() if name in gone or is_gone(chat.turns)}
    return Known(settled, _find_sourceless(chats, ground) | _find_pending(list(asked.values()), elsewhere))


def _find_sourceless(chats: Sequence[Conversation], ground: Ground) -> dict[str, str]:
    """Conversations of a source that neither the base nor the checkout describes."""
    missing = {
        name
        for name in {chat.source for chat in chats} - set(ground.rulebook.sources)
        if ground.read_source(name) is None
    }
    return {
        chat.id: f"nothing says where it comes from: write corpus/sources/{chat.source}.toml first"
        for chat in chats
        if chat.source in missing
    }


def _find_pending(chats: Sequence[Conversation], elsewhere: Elsewhere) -> dict[str, str]:
    numbers = {chat.id: number for chat, number in elsewhere.conversations}
    near = find_repeats(chats, (chat for chat, _ in elsewhere.conversations))
    found = {name: numbers[other] for name, other in near.items()}
    found |= {chat.id: numbers[chat.id] for chat in chats if chat.id in numbers}
    return {name: f"pull request {number} has it, or most of it: it waits for that" for name, number in found.items()}
