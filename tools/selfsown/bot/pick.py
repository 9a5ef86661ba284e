"""The next batch, from the outbox to files that have passed every rule of a pull request; nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from selfsown.bot.choose import DAY_IS_FULL, QUEUE_IS_FULL, Choice, Known, Room, decide_batch
from selfsown.bot.duplicates import find_known
from selfsown.bot.ground import Elsewhere, Ground
from selfsown.errors import SelfsownError
from selfsown.finding import Finding, Level
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox
from selfsown.shard import Shard
from selfsown.submission import REGULAR_FILE, Change, Submission
from selfsown.submit import Batch
from selfsown.validate import validate_submission

_EVERYTHING = 1 << 30


def pick(outbox: Outbox, ground: Ground, elsewhere: Elsewhere, now: datetime, *, hold: timedelta) -> Choice:
    """What the bot would send now, and why everything else waits or never goes.

    Raises SelfsownError where a batch breaks a rule though none of its conversations does alone.
    """
    entries = outbox.find(State.SCREENED, batch="")
    chats = [entry.conversation for entry in entries if entry.conversation is not None]
    known = find_known(chats, ground, elsewhere, outbox)
    room = decide_room(outbox, ground, elsewhere, now, hold)
    while True:
        choice = _decide(entries, known, room, ground)
        broken = {} if choice.batch is None else find_broken(choice.batch, choice.entries, ground)
        if not broken:
            return choice
        known = replace(known, settled={**known.settled, **broken})


def pick_again(entries: Sequence[Entry], ground: Ground) -> Choice:
    """The batch that was frozen of these entries, made of the same content."""
    room = Room(_EVERYTHING, ground.rulebook.policy.limits, datetime.min.replace(tzinfo=UTC), timedelta(0))
    return _decide(entries, Known(), room, ground)


def decide_room(outbox: Outbox, ground: Ground, elsewhere: Elsewhere, now: datetime, hold: timedelta) -> Room:
    """How much may go out: nothing while too many submissions wait for people, else what is left of the day."""
    policy = ground.rulebook.policy
    left = max(0, policy.bot.submission_day - outbox.planned_on(now.date().isoformat()))
    if elsewhere.submissions >= policy.bot.open_submissions:
        return Room(0, policy.limits, now, hold, QUEUE_IS_FULL)
    return Room(left, policy.limits, now, hold, DAY_IS_FULL)


def find_broken(batch: Batch, entries: Sequence[Entry], ground: Ground) -> dict[str, str]:
    """Conversation id → which rule refuses it, for those that the base's rules do not take (they may have changed)."""
    finding = _first_error([*batch.source_files, *batch.shards], ground)
    if finding is None:
        return {}
    broken = {}
    for entry in entries:
        alone = pick_again([entry], ground).batch
        error = None if alone is None else _first_error([*alone.source_files, *alone.shards], ground)
        if error is not None and entry.conversation is not None:
            broken[entry.conversation.id] = f"it breaks the rule {error.number} {error.name}"
    if not broken:
        raise SelfsownError(
            f"the next batch breaks the rule {finding.number} {finding.name}, and nothing was sent",
            "`selfsown validate` says what is wrong with the file of its source or the policy",
        )
    return broken


def _first_error(shards: Sequence[Shard], ground: Ground) -> Finding | None:
    changes = tuple(Change(file.path, "A", REGULAR_FILE, len(file.content), file.content) for file in shards)
    submission = Submission(ground.commit, "", "", "", changes)
    found = validate_submission(submission, ground.rulebook, ground.corpus, ground.today)
    return next((entry for entry in found.findings if entry.level is Level.ERROR), None)


def _decide(entries: Sequence[Entry], known: Known, room: Room, ground: Ground) -> Choice:
    def read_new_source(name: str) -> Shard | None:
        return None if name in ground.rulebook.sources else ground.read_source(name)

    return decide_batch(entries, known, room, read_new_source)
