"""Which screened conversations go out next, and why the others wait. Pure.

The oldest go first. One source to a batch; no more than a submission may hold, and no more in a day than the policy says.
What is in the corpus, was withdrawn or was sent before is declined. What somebody else has in an open submission waits for
what becomes of that one, and so does what repeats another that goes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from selfsown.conversation import Conversation
from selfsown.nearness import find_repeats
from selfsown.outbox.entry import Entry
from selfsown.policy import Limits
from selfsown.shard import Shard, line_of
from selfsown.submit import Batch, pack_batches

IN_CORPUS = "it is in the corpus already"
REPEATS_CORPUS = "it repeats most of a conversation in the corpus"
WITHDRAWN = "this conversation, or most of it, was withdrawn, and what was withdrawn does not come back"
SENT_BEFORE = "the same conversation was submitted before"
NO_CONSENT = "there is no consent to publish it"
GOES_FIRST = "it repeats another that goes first"
NEXT_BATCH = "it goes with the next batch"
DAY_IS_FULL = "the bot has sent as many today as it may"
QUEUE_IS_FULL = "as many submissions are open as may be: people have to review some first"


@dataclass(frozen=True, slots=True)
class Known:
    """By conversation id: why it will never be sent (`settled`), or what it waits for (`pending`)."""

    settled: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """How much may go out now: conversations, and sizes of a submission. `why` is said of those beyond.

    What ended less than `hold` before `now` waits.
    """

    conversations: int
    limits: Limits
    now: datetime
    hold: timedelta
    why: str = DAY_IS_FULL


@dataclass(frozen=True, slots=True)
class Choice:
    """The next batch, None where nothing can go. `waits` and `declined` say why, by key."""

    batch: Batch | None
    entries: tuple[Entry, ...]
    waits: Mapping[str, str]
    declined: Mapping[str, str]


def decide_batch(
    entries: Iterable[Entry], known: Known, room: Room, read_source: Callable[[str], Shard | None] | None = None
) -> Choice:
    """What goes out of the screened entries that are in no batch. `read_source`: the file that travels with a new source."""
    waits: dict[str, str] = {}
    declined: dict[str, str] = {}
    ready: list[tuple[Entry, Conversation]] = []
    for entry in sorted(entries, key=lambda entry: entry.ended):
        if entry.conversation is None:
            continue
        never, later = _why_not(entry, entry.conversation.id, known, room)
        if never:
            declined[entry.key] = never
        elif later:
            waits[entry.key] = later
        else:
            ready.append((entry, entry.conversation))
    unlike = _without_repeats(ready, waits)
    chosen = _of_one_source(unlike, room, waits)
    batch = _pack(chosen, room.limits, read_source)
    inside = _ids(batch)
    for entry, chat in chosen:
        if chat.id not in inside:
            waits[entry.key] = NEXT_BATCH
    return Choice(batch, tuple(entry for entry, chat in chosen if chat.id in inside), waits, declined)


def _why_not(entry: Entry, name: str, known: Known, room: Room) -> tuple[str, str]:
    """Why an entry never goes, and why not yet."""
    if not entry.consent.publish:
        return NO_CONSENT, ""
    if name in known.settled:
        return known.settled[name], ""
    if entry.ended and room.hold:
        free = datetime.fromisoformat(entry.ended.replace("Z", "+00:00")) + room.hold
        if room.now < free:
            return "", f"until {free:%Y-%m-%d %H:%M} UTC its person can think again"
    return "", known.pending.get(name, "")


def _without_repeats(
    ready: Sequence[tuple[Entry, Conversation]], waits: dict[str, str]
) -> list[tuple[Entry, Conversation]]:
    kept: list[tuple[Entry, Conversation]] = []
    for entry, chat in ready:
        if find_repeats([chat], (other for _, other in kept)):
            waits[entry.key] = GOES_FIRST
        else:
            kept.append((entry, chat))
    return kept


def _of_one_source(
    ready: Sequence[tuple[Entry, Conversation]], room: Room, waits: dict[str, str]
) -> list[tuple[Entry, Conversation]]:
    """The oldest of the source whose turn it is, as many as may go."""
    most = min(room.conversations, room.limits.submission_records)
    source = ready[0][1].source if ready else ""
    chosen: list[tuple[Entry, Conversation]] = []
    for entry, chat in ready:
        if chat.source != source:
            waits[entry.key] = NEXT_BATCH
        elif len(chosen) == most:
            waits[entry.key] = room.why if most == room.conversations else NEXT_BATCH
        else:
            chosen.append((entry, chat))
    return chosen


def _pack(
    chosen: Sequence[tuple[Entry, Conversation]], limits: Limits, read_source: Callable[[str], Shard | None] | None
) -> Batch | None:
    files = {}
    if chosen and read_source is not None:
        name = chosen[0][1].source
        file = read_source(name)
        files = {name: file} if file else {}
    return next(pack_batches((line_of(chat) for _, chat in chosen), files, limits), None)


def _ids(batch: Batch | None) -> frozenset[str]:
    return frozenset() if batch is None else batch.ids
