"""One run of the bot: learn what became of the last batch, and if none is open, freeze and send the next one.

A run may be struck down anywhere, and the next one takes it up. Two runs on one outbox exclude each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from selfsown.bot.alone import alone
from selfsown.bot.choose import NEXT_BATCH, Choice
from selfsown.bot.deliver import NoLongerWanted, Parcel, find_place, send
from selfsown.bot.ground import Ground, read_elsewhere, read_ground
from selfsown.bot.learn import Desk, Fate, Learned, learn, unsettled
from selfsown.bot.pick import pick, pick_again
from selfsown.bot.words import render_body, render_title
from selfsown.errors import MissingExtra
from selfsown.host import Host
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox
from selfsown.pull.pace import Pace, persist
from selfsown.repo import Access, Repository
from selfsown.screening.screen import screen
from selfsown.submit import Batch

_ROUNDS = 5  # of choosing anew, where somebody withdraws while a batch is being sent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did, or (`is_busy`) that another one is at work and nothing was done.

    `learned` is what became of earlier batches. `pull` is the one open submission, None where there is none; `sent` says
    how many conversations this run has put there (0: it was there before). `waits` and `declined` count entries by reason.
    `to_erase` are the ids of conversations that were withdrawn after they had been merged: `selfsown withdraw` removes them.
    """

    is_busy: bool = False
    learned: tuple[Learned, ...] = ()
    pull: int | None = None
    sent: int = 0
    waits: Mapping[str, int] = field(default_factory=dict)
    declined: Mapping[str, int] = field(default_factory=dict)
    to_erase: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The run in one line, for a log: numbers only."""
        if self.is_busy:
            return "another run of the bot is at work on this outbox"
        if self.sent:
            size = f"{self.sent} conversation{'' if self.sent == 1 else 's'}"
            return f"pull request {self.pull} is open, with {size}"
        if self.pull is not None:
            return f"pull request {self.pull} waits for people"
        waiting = sum(self.waits.values())
        return f"nothing to send now, and {waiting} in the outbox" if waiting else "nothing to send"


def run_bot(
    root: Path, outbox: Outbox, host: Host, *, access: Access | None = None, pace: Pace | None = None
) -> Outcome:
    """One whole run for the checkout at `root`: fetch the base from origin, then `run_once`.

    `access` is the token that git may show origin where the repository is private. Raises RepoError where origin gives no
    answer, HostError where the host gives none, OutboxError; whatever was done by then is taken up by the next run.
    """
    with alone(outbox.path) as is_alone:
        if not is_alone:
            return Outcome(is_busy=True)
        with Repository(root) as repository:
            now = datetime.now(UTC)
            commit = repository.fetch_branch(host.default_branch(), access)
            return run_once(outbox, host, read_ground(repository, commit, now.date().isoformat()), now, pace or Pace())


def run_once(outbox: Outbox, host: Host, ground: Ground, now: datetime, pace: Pace) -> Outcome:
    """One run over a base that was read. The caller sees to it that it is the only one (`alone`)."""
    outbox.expire(ground.rulebook.policy.chat)
    _screen_leftovers(outbox, ground)
    place = persist(partial(find_place, host), pace)
    desk = Desk(outbox, host, place, ground, pace)
    learned = tuple(persist(partial(learn, desk, branch), pace) for branch in unsettled(outbox))
    outcome = Outcome(learned=learned, to_erase=find_to_erase(outbox, ground))
    is_open = next((entry for entry in learned if entry.fate is Fate.OPEN), None)
    if is_open is not None:
        waiting = len(outbox.find(State.SCREENED, batch=""))
        return replace(outcome, pull=is_open.pull, waits={NEXT_BATCH: waiting} if waiting else {})
    frozen = next((entry.branch for entry in learned if entry.fate is Fate.WAITS), "")
    for _ in range(_ROUNDS):
        choice = (_thaw(desk, frozen) if frozen else None) or _freeze(desk, now)
        outcome = replace(
            outcome,
            waits=Counter(choice.waits.values()),
            declined=Counter(outcome.declined) + Counter(choice.declined.values()),
        )
        if choice.batch is None:
            break
        try:
            return replace(outcome, pull=_deliver(desk, choice.batch, choice.entries), sent=choice.batch.records)
        except NoLongerWanted:
            taken = persist(partial(learn, desk, choice.batch.branch), pace)
            outcome, frozen = replace(outcome, learned=(*outcome.learned, taken)), ""
    return outcome


def _screen_leftovers(outbox: Outbox, ground: Ground) -> None:
    """What a killed chat left rated and unscreened; where screening is not installed, the chat does it at its next start."""
    for entry in outbox.find(State.RATED):
        if entry.conversation is not None:
            try:
                screened = screen(entry.conversation, ground.rulebook, ground.corpus, ground.today)
            except MissingExtra:
                return
            outbox.screen(entry.key, screened)


def find_to_erase(outbox: Outbox, ground: Ground) -> tuple[str, ...]:
    """Ids of what was withdrawn here and stands in the corpus without a tombstone."""
    published = {entry.published for entry in outbox.find(State.WITHDRAWN) if entry.published}
    return tuple(sorted(name for name in published - ground.corpus.withdrawn if name in ground.corpus.known))


def _freeze(desk: Desk, now: datetime) -> Choice:
    """Choose the next batch and write it down before anything of it is sent."""
    elsewhere = persist(partial(read_elsewhere, desk.host, desk.ground.rulebook), desk.pace)
    hold = timedelta(minutes=desk.ground.rulebook.policy.chat.hold_minutes)
    choice = pick(desk.outbox, desk.ground, elsewhere, now, hold=hold)
    for key, why in choice.declined.items():
        desk.outbox.decline(key, why)
    if choice.batch is not None:
        desk.outbox.plan(choice.batch.branch, [entry.key for entry in choice.entries])
    return choice


def _thaw(desk: Desk, branch: str) -> Choice | None:
    """The batch that was frozen before. Its branch is at the host; only the pull request is missing.

    None where it would be another one by now, because the limits have changed or somebody has just withdrawn: it is undone.
    """
    choice = pick_again(_wanted(desk.outbox, branch), desk.ground)
    if choice.batch is not None and choice.batch.branch == branch:
        return choice
    persist(partial(desk.place.door.delete_branch, branch), desk.pace)
    desk.outbox.release(branch)
    return None


def _wanted(outbox: Outbox, branch: str) -> list[Entry]:
    """The entries of a batch that nobody has withdrawn. One that is on a branch of this checkout counts as submitted."""
    return outbox.find(State.SCREENED, State.SUBMITTED, batch=branch)


def _deliver(desk: Desk, batch: Batch, entries: Sequence[Entry]) -> int:
    """Send a frozen batch; return the number of its pull request. Raises NoLongerWanted where somebody has withdrawn."""
    keys = {entry.key for entry in entries}
    parcel = Parcel(batch, desk.ground.commit, render_title(batch), render_body(batch, entries))

    def is_wanted() -> bool:
        return {entry.key for entry in _wanted(desk.outbox, batch.branch)} == keys

    number = persist(partial(send, desk.host, desk.place, parcel, is_wanted, desk.pace), desk.pace)
    desk.outbox.submit(batch.branch, number)
    return number
