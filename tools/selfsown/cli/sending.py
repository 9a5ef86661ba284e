"""The bot on the command line: one run of it, or what a run would do. Numbers and reasons are shown, never a text."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from selfsown.bot.ground import Elsewhere, read_elsewhere, read_ground
from selfsown.bot.learn import Fate, Learned
from selfsown.bot.pick import pick
from selfsown.bot.run import Outcome, run_bot
from selfsown.cli import hosting
from selfsown.cli.console import say, write_result
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox
from selfsown.repo import Repository

_FATES = {
    Fate.OPEN: "is open: people have it",
    Fate.WAITS: "was sent in part, and goes on now",
    Fate.FREE: "was taken back, and what is left of it is free again",
    Fate.MERGED: "was merged",
    Fate.CLOSED: "was closed without being merged",
}


def publish(repository: Repository, outbox: Outbox) -> int:
    """Run the bot once; 0. The number of the open pull request goes to stdout, where there is one."""
    host = hosting.open_host_of(repository)
    outcome = run_bot(repository.root, outbox, host, access=hosting.read_access())
    if outcome.pull is not None:
        write_result(str(outcome.pull))
    show_outcome(outcome)
    return 0


def show_outcome(outcome: Outcome) -> None:
    """What a run did, on stderr."""
    for learned in outcome.learned:
        say(_learned(learned))
    say(outcome.sentence, style="bold")
    _show_reasons("waits", outcome.waits)
    _show_reasons("declined", outcome.declined)
    if outcome.to_erase:
        say("withdrawn by their people after they had been merged; take them out of the corpus:", style="yellow")
        say(f"selfsown withdraw {' '.join(outcome.to_erase)} --publish")


def show_plan(repository: Repository, outbox: Outbox) -> int:
    """Say what the bot would do; 0. Nothing is fetched or changed; without a token the open submissions are not known."""
    now = datetime.now(UTC)
    ground = read_ground(repository, "HEAD", now.date().isoformat())
    elsewhere = Elsewhere()
    if os.environ.get("GITHUB_TOKEN") or os.environ.get("SELFSOWN_APP_ID"):
        elsewhere = read_elsewhere(hosting.open_host_of(repository), ground.rulebook)
    else:
        say("without GITHUB_TOKEN nobody can say what is open at the host")
    hold = timedelta(minutes=ground.rulebook.policy.chat.hold_minutes)
    choice = pick(outbox, ground, elsewhere, now, hold=hold)
    going = {entry.batch: entry.pull for entry in outbox.find(State.SCREENED, State.SUBMITTED) if entry.batch}
    for branch, pull in going.items():
        say(f"{branch} {'has no pull request yet' if pull is None else f'is pull request {pull}'}: that comes first")
    if choice.batch is not None:
        say(f"next: {choice.batch.branch}, {choice.batch.size} from {choice.batch.source}", style="bold")
    else:
        is_empty = not (choice.waits or choice.declined)
        say("nothing waits in the outbox" if is_empty else "nothing could be sent now", style="bold")
    _show_reasons("waits", Counter(choice.waits.values()))
    _show_reasons("would be declined", Counter(choice.declined.values()))
    return 0


def _learned(learned: Learned) -> str:
    name = learned.branch if learned.pull is None else f"pull request {learned.pull} ({learned.branch})"
    return f"{name} {_FATES[learned.fate]}"


def _show_reasons(what: str, reasons: Mapping[str, int]) -> None:
    for why, count in sorted(reasons.items()):
        verb = "wait" if what == "waits" and count != 1 else what
        say(f"{count} {verb}: {why}")
