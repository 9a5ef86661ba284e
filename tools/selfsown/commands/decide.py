"""What becomes of a command. Pure: who asks and what the pull request brings go in, a ledger entry comes out.

A permission is what the host says at the moment of answering, never what a comment claims. Everything is bound to the
head that was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from selfsown.commands.drop import decide_drop
from selfsown.commands.ledger import Entry
from selfsown.commands.parse import Command, Verb
from selfsown.host import Account, Permission, PostedComment, Pull
from selfsown.policy import CommandPolicy
from selfsown.pull.reading import Reading

NEEDS_READING = frozenset({Verb.RATE, Verb.DROP, Verb.EXPLAIN})
_WITH_ROLE = frozenset({Permission.ADMIN, Permission.MAINTAIN, Permission.WRITE, Permission.TRIAGE})


class Code(StrEnum):
    """The decision: accepted, or why not. A Fault of the parser is one of these, too."""

    ACCEPTED = "accepted"
    MISSPELT = "misspelt"
    SCORE = "score"
    NO_ID = "no-id"
    BAD_ID = "bad-id"
    UNKNOWN_ID = "unknown-id"
    AMBIGUOUS_ID = "ambiguous-id"
    NOT_ALLOWED = "not-allowed"
    YOUNG = "young"
    NOT_PLAIN = "not-plain"
    UNREADABLE = "unreadable"
    TOO_MANY = "too-many"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who commands. `days` is the age of the account, 0 where nobody asked; `is_author` is of the pull request."""

    account: Account
    permission: Permission
    days: int
    is_author: bool

    @property
    def has_role(self) -> bool:
        """Triage or more."""
        return self.permission in _WITH_ROLE

    @property
    def role(self) -> str:
        """As a rating says it. Authors stay authors, whatever else they are: their word on their own weighs nothing."""
        return "author" if self.is_author else "maintainer" if self.has_role else "reader"


@dataclass(frozen=True, slots=True)
class Brought:
    """The records of a pull request that can be named: id to its places (path, line), by kind of command."""

    conversations: Mapping[str, tuple[tuple[str, int], ...]]
    records: Mapping[str, tuple[tuple[str, int], ...]]


def read_brought(reading: Reading) -> Brought:
    """What a reading brings."""
    records: dict[str, tuple[tuple[str, int], ...]] = {}
    chats = set()
    for entry in reading.validation.entries:
        name = entry.record.get("id")
        if isinstance(name, str):
            records[name] = (*records.get(name, ()), (entry.path, entry.line))
            if entry.kind == "original":
                chats.add(name)
    return Brought({name: places for name, places in records.items() if name in chats}, records)


def decide_entry(
    command: Command,
    place: tuple[PostedComment, int],
    asker: Asker,
    pull: Pull,
    reading: Reading | None,
    policy: CommandPolicy,
) -> Entry:
    """The entry of a command. `place` is its comment and its position in it; `reading` None: nothing can be read."""
    comment, position = place
    target = command.target
    code = Code(command.fault) if command.fault else _permit(command.verb, asker, policy)
    if code is Code.ACCEPTED and command.verb in NEEDS_READING:
        code, target = _find(command, reading)
    return Entry(
        comment=comment.id,
        position=position,
        account=asker.account.id,
        login=asker.account.login,
        verb=command.verb.value,
        conversation=target,
        score=command.score,
        reason=command.reason,
        role=asker.role,
        code=code.value,
        head=pull.head,
        time=comment.created,
    )


def is_accepted(entry: Entry) -> bool:
    """Whether the command was done, or is to be."""
    return entry.code == Code.ACCEPTED


def _permit(verb: Verb, asker: Asker, policy: CommandPolicy) -> Code:
    match verb:
        case Verb.REJUDGE if not asker.has_role:
            return Code.NOT_ALLOWED
        case Verb.DROP if not (asker.has_role or asker.is_author):
            return Code.NOT_ALLOWED
        case Verb.RATE if not asker.has_role and asker.days < policy.rating_account_days:
            return Code.YOUNG
    return Code.ACCEPTED


def _find(command: Command, reading: Reading | None) -> tuple[Code, str]:
    """The one record that is meant, by its whole id."""
    if reading is None:
        return Code.UNREADABLE, command.target
    brought = read_brought(reading)
    known = brought.records if command.verb is Verb.DROP else brought.conversations
    names = _matching(command.target, known) if command.target else sorted(known)
    if len(names) != 1:
        few, many = (Code.UNKNOWN_ID, Code.AMBIGUOUS_ID) if command.target or not known else (Code.NO_ID, Code.NO_ID)
        return (many if names else few), command.target
    name = names[0]
    if command.verb is Verb.DROP:
        changes = [decide_drop(reading.submission, path, {line}) for path, line in known[name]]
        if None in changes:
            return Code.NOT_PLAIN, name
    return Code.ACCEPTED, name


def _matching(target: str, known: Mapping[str, Sequence[object]]) -> list[str]:
    prefix = target if target[1:2] == "-" else f"-{target}"
    return sorted(name for name in known if name.startswith(prefix) or name[1:].startswith(prefix))
