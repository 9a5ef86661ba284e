"""Answer the commands on a pull request, each comment once, whatever happens in between.

Per comment: 👀, decide, reply, effect, ledger, final reaction. Every step looks first whether it was done, so a run
that was killed or got no answer is simply run again; after a fault everything is read and decided anew. What holds:

- one reply per comment, one ledger, one entry per command. A second reply or ledger, made while the host's lists lagged
  behind, is hidden by the next run.
- `/rejudge` first sets the status to pending, then starts the workflow. It may be started twice where the process dies
  between that and the ledger, which the review does not mind; where the start gets lost, the sweeper finds the status.

Runs on one pull request should follow one another; where two overlap and one ledger entry gets lost, the next run,
which sees the comment without its entry, writes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from selfsown.commands import sentences
from selfsown.commands.decide import NEEDS_READING, Asker, Code, decide_entry, is_accepted
from selfsown.commands.ledger import Entry, has_room, read_ledger, render_ledger
from selfsown.commands.parse import Command, Verb, parse_commands
from selfsown.commands.reply import answer_marker, needs_reply, render_reply
from selfsown.host import Account, Host, PostedComment, Pull, Refused, StatusState, Unsure
from selfsown.policy import Policy
from selfsown.pull.pace import Pace, persist
from selfsown.pull.present import is_me, newest_status
from selfsown.pull.reading import Reading
from selfsown.pull.wanted import CONTEXT
from selfsown.review import Review

Look = Callable[[Pull], Reading]
Explain = Callable[[Reading], Review]

SETTLED = timedelta(days=2)
WORKFLOW = "review.yml"
_EYES, _DONE, _REFUSED = "eyes", "+1", "confused"
_OURS = "<!-- selfsown:"


class HeadMoved(Unsure):
    """The pull request has another head than a moment ago: read it again."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What answering takes. `look` reads a pull request at its head (raises HeadMoved), `explain` reviews a reading."""

    host: Host
    look: Look
    explain: Explain
    policy: Policy
    now: datetime
    pace: Pace


def answer_pull(desk: Desk, number: int) -> tuple[Entry, ...]:
    """Answer every command of a pull request that has no answer yet; return what was decided now.

    Raises Refused, Unsure or Busy of the host where patience did not help, BrokenLedger where our comment does not read.
    """
    run = _Run(desk, number)
    persist(run.attempt, desk.pace)
    return tuple(run.decided.values())


def find_commanded(comments: Iterable[PostedComment], me: Account) -> tuple[int, ...]:
    """The pull requests on which these comments command something, in their order."""
    return tuple(dict.fromkeys(comment.pull for comment in comments if read_commands(comment, me)))


def read_commands(comment: PostedComment, me: Account) -> tuple[Command, ...]:
    """The commands of a comment: none of a bot, of ours, or where it was edited."""
    is_ours = is_me(comment.author, me) and _OURS in comment.body
    return () if comment.is_edited or comment.author.is_bot or is_ours else parse_commands(comment.body)


class _Run:
    """One call of answer_pull: what was decided, which heads were read, which comments had the workflow started."""

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk = desk
        self.host = desk.host
        self.number = number
        self.me = Account(0, "", False)
        self.decided: dict[tuple[int, int], Entry] = {}
        self.readings: dict[str, Reading] = {}
        self.started: set[int] = set()

    def attempt(self) -> None:
        """One pass over the comments, oldest first."""
        self.me = self.host.me()
        pull = self.host.pull(self.number)
        if not pull.is_open or pull.base != self.host.default_branch():
            return
        comments = self.host.comments(self.number)
        ledgers, entries = read_ledger(self.number, comments, self.me)
        if len(ledgers) > 1:
            self.write_ledger(())
        for comment in comments:
            done = [entry for entry in entries if entry.comment == comment.id]
            commands = () if done and self.is_settled(comment) else read_commands(comment, self.me)
            if commands:
                self.answer(pull, comment, commands, done)

    def is_settled(self, comment: PostedComment) -> bool:
        return self.desk.now - datetime.fromisoformat(comment.created) > SETTLED

    def answer(self, pull: Pull, comment: PostedComment, commands: Sequence[Command], done: Sequence[Entry]) -> None:
        reactions = self.host.reactions(comment.id)
        comments = self.host.comments(self.number)
        if done or _REFUSED in reactions:
            # No entry and refused: it was not to be written down.
            self.hide_doubles(comments, answer_marker(comment.id))
            self.react(comment, _final(done) if done else _REFUSED, reactions)
            return
        self.react(comment, _EYES, reactions)
        reading = self.read(pull) if _needs_reading(commands) else None
        decided, kept, body = self.decide(pull, comment, commands, reading, comments)
        if body is not None:
            self.write_reply(comment, body)
        if any(is_accepted(entry) and entry.verb == Verb.REJUDGE for entry in decided):
            self.start_review(pull, comment)
        if kept:
            self.write_ledger(kept)
        self.react(comment, _final(decided), reactions)
        self.decided.update({entry.key: entry for entry in decided})

    def read(self, pull: Pull) -> Reading:
        if pull.head not in self.readings:
            self.readings[pull.head] = self.desk.look(pull)
        return self.readings[pull.head]

    def decide(
        self,
        pull: Pull,
        comment: PostedComment,
        commands: Sequence[Command],
        reading: Reading | None,
        comments: Sequence[PostedComment],
    ) -> tuple[list[Entry], list[Entry], str | None]:
        """Every command's entry, those to be written down, and the reply where one is due."""
        policy = self.desk.policy.commands
        _, before = read_ledger(self.number, comments, self.me)
        own = [entry for entry in before if entry.account == comment.author.id]
        asker = self.ask(comment.author, pull, commands)
        decided = [
            decide_entry(command, (comment, position), asker, pull, reading, policy)
            for position, command in enumerate(commands)
        ]
        room = len(decided) if asker.has_role else max(policy.account_commands - len(own), 0)
        kept = decided[:room]
        may_reply = asker.has_role or self.count_answers(comment, comments) < policy.answers
        if not may_reply:
            kept = [_over(entry) if is_accepted(entry) and needs_reply(entry) else entry for entry in kept]
        if not has_room(self.number, [*before, *kept], is_maintainer=asker.has_role, most=policy.entries):
            return self.refuse_full(kept, reading, may_reply)
        told = [entry for entry in kept if entry.code != Code.MISSPELT or not _misspelt_before(own)]
        decided = [*kept, *map(_over, decided[room:])]
        return decided, kept, self.reply(told, reading) if may_reply else None

    def refuse_full(
        self, entries: Sequence[Entry], reading: Reading | None, may_reply: bool
    ) -> tuple[list[Entry], list[Entry], str | None]:
        full = [replace(entry, code=Code.FULL.value) if is_accepted(entry) else entry for entry in entries]
        return full, [], self.reply(full, reading) if may_reply else None

    def reply(self, entries: Sequence[Entry], reading: Reading | None) -> str | None:
        wants_review = any(is_accepted(entry) and entry.verb == Verb.EXPLAIN for entry in entries)
        review = self.desk.explain(reading) if wants_review and reading else None
        return render_reply(entries, reading, review, (self.desk.policy.commands, self.desk.policy.review))

    def ask(self, account: Account, pull: Pull, commands: Sequence[Command]) -> Asker:
        """Who this is, now: logins change hands, so nothing is kept from an earlier answer."""
        asker = Asker(account, self.host.permission(account.login), 0, account.id == pull.author.id)
        if asker.has_role or not any(command.verb is Verb.RATE for command in commands):
            return asker
        try:
            created = datetime.fromisoformat(self.host.created(account.login))
        except Refused:
            return asker
        return replace(asker, days=(self.desk.now - created).days)

    def count_answers(self, comment: PostedComment, comments: Sequence[PostedComment]) -> int:
        """How many earlier comments of the same account we have answered in words."""
        told = {line for posted in comments if is_me(posted.author, self.me) for line in posted.body.split("\n", 1)[:1]}
        earlier = [it for it in comments if it.author.id == comment.author.id and it.id < comment.id]
        return sum(answer_marker(it.id) in told for it in earlier)

    # -- writes -----------------------------------------------------------------------------------------------------
    def react(self, comment: PostedComment, content: str, present: Collection[str]) -> None:
        if content not in present:
            self.host.react(comment.id, content)

    def write_reply(self, comment: PostedComment, body: str) -> None:
        marker = answer_marker(comment.id)
        own = self.own_comments(marker)
        if not own:
            self.create(marker, body)
        elif own[0].body.rstrip() != body.rstrip():
            self.host.edit_comment(own[0].id, body)

    def write_ledger(self, entries: Sequence[Entry]) -> None:
        """Add entries to the one ledger: the oldest takes what others hold, and those are hidden."""
        ledgers, before = read_ledger(self.number, self.host.comments(self.number), self.me)
        known = {entry.key for entry in before}
        after = [*before, *(entry for entry in entries if entry.key not in known)]
        body = render_ledger(self.number, after)
        if not ledgers:
            self.create(body.split("\n", 1)[0], body)
        elif ledgers[0].body.rstrip() != body.rstrip():
            self.host.edit_comment(ledgers[0].id, body)
        self.hide(ledgers[1:])

    def create(self, marker: str, body: str) -> None:
        """Post a comment, unless a second look finds that a lagging list had hidden it: then everything is read anew."""
        self.desk.pace.sleep(self.desk.pace.settle)
        if self.own_comments(marker):
            raise Unsure("GitHub's lists do not agree on which comments there are", "try again later")
        self.host.add_comment(self.number, body)

    def own_comments(self, marker: str) -> list[PostedComment]:
        comments = self.host.comments(self.number)
        return [it for it in comments if is_me(it.author, self.me) and it.body.startswith(marker)]

    def hide_doubles(self, comments: Sequence[PostedComment], marker: str) -> None:
        self.hide([it for it in comments if is_me(it.author, self.me) and it.body.startswith(marker)][1:])

    def hide(self, comments: Sequence[PostedComment]) -> None:
        nodes = {comment.node for comment in comments}
        visible = nodes - self.host.hidden(nodes) if nodes else nodes
        if visible:
            self.host.hide(visible)

    def start_review(self, pull: Pull, comment: PostedComment) -> None:
        """Ask for a new review of this head. A start without an answer is not repeated: the sweeper sees the status."""
        if comment.id in self.started:
            return
        is_pending = self.set_pending(pull)
        try:
            self.host.dispatch(WORKFLOW, {"pull": str(pull.number), "head": pull.head})
        except (Unsure, Refused):
            if not is_pending:
                raise
        self.started.add(comment.id)

    def set_pending(self, pull: Pull) -> bool:
        """Let the status of the head wait for the judge; False where we may set none."""
        latest = newest_status(self.host.statuses(pull.head), self.me)
        if latest is not None and latest.state is StatusState.PENDING:
            return True
        try:
            self.host.set_status(pull.head, CONTEXT, StatusState.PENDING, sentences.asked_again(), None)
        except Refused:
            return False
        return True


def _needs_reading(commands: Sequence[Command]) -> bool:
    return any(command.verb in NEEDS_READING and command.fault is None for command in commands)


def _over(entry: Entry) -> Entry:
    return replace(entry, code=Code.TOO_MANY.value)


def _misspelt_before(entries: Iterable[Entry]) -> bool:
    return any(entry.code == Code.MISSPELT for entry in entries)


def _final(entries: Sequence[Entry]) -> str:
    return _DONE if all(map(is_accepted, entries)) else _REFUSED
