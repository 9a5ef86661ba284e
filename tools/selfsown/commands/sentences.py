"""Every sentence the answers to commands say, named by its occasion. Nothing here quotes a comment or a conversation."""

from __future__ import annotations

from collections.abc import Mapping

from selfsown.policy import CommandPolicy
from selfsown.sentences import count

HELP = """Each command goes on a line of its own, outside code and quotes:

| command | what it does | who |
|---|---|---|
| `/rate N [id] [reason]` | says what you think of a conversation, from 0 to 10 | accounts of some age |
| `/drop id` | shows the exact commands that take a record out of this pull request | its author, people with a role |
| `/rejudge` | has the judge look at the current commit again | people with a role |
| `/explain id` | shows scores, findings and an excerpt of one conversation | anyone |
| `/help` | shows this | anyone |

`id` is that of a record, or its first eight hex digits; with one conversation in the pull request `/rate` needs none.
The first five commands of a comment count, and an edited comment counts for nothing: write a new one.

When the pull request is merged, its ratings become part of the public corpus under CC0-1.0, with the number of your
account, and train the judge. What authors say of their own contribution is kept and weighs nothing."""

LEDGER = (
    "<sub>Kept by a program, which reads the hidden part of this comment. The last rating of an account for a conversation "
    "stands; ratings are collected when the pull request is merged.</sub>"
)

_CODES: Mapping[str, str] = {
    "accepted": "accepted",
    "misspelt": "not a command",
    "score": "no score from 0 to 10",
    "no-id": "no id",
    "bad-id": "not an id",
    "unknown-id": "no such record here",
    "ambiguous-id": "more than one record",
    "not-allowed": "not allowed",
    "young": "account too young",
    "not-plain": "not a plain shard",
    "unreadable": "pull request not readable",
    "too-many": "too many commands",
    "full": "no room left",
}


def code(name: str) -> str:
    """A decision in a few words."""
    return _CODES.get(name, "refused")


def refused(name: str, policy: CommandPolicy) -> str:
    """Why a command was refused and what to do."""
    said = {
        "misspelt": "This looks like one of the commands, but is none.",
        "score": "A rating begins with a score from 0 to 10, with one decimal at most: `/rate 7.5 id reason`.",
        "no-id": "Say which record you mean: its id, or the first eight hex digits of it. The review shows the ids.",
        "bad-id": "That is no id: an id is `c-` and 32 hex digits, or at least the first eight of them, in small letters.",
        "unknown-id": "No such record comes with the current commit of this pull request. The review shows the ids.",
        "ambiguous-id": "More than one record is meant by that; give more digits of the id. The review shows the ids.",
        "not-allowed": "This is for people with at least the triage role here (`/drop` is also for the author). Ask one of them.",
        "young": (
            f"Ratings are taken from accounts that are at least {policy.rating_account_days} days old. "
            "Say what you think in a comment: people read those."
        ),
        "not-plain": "The file with this record was not added by this pull request as a shard, so no exact change can be given.",
        "unreadable": "The commits of this pull request cannot be read, so nothing in it can be named. The review says more.",
        "too-many": "These are more commands from one account than are answered on one pull request.",
        "full": "The list of commands on this pull request is full, so this was not taken. A maintainer can still decide by hand.",
    }
    return said.get(name, "This was refused.")


def drop(number: int) -> str:
    """Over the commands that take records out of one shard."""
    return (
        f"In a clone of the pull request's branch, this takes {count(number, 'record')} out and changes nothing else:"
    )


def drop_end() -> str:
    """Under those commands."""
    return (
        "Then `git commit -m 'Drop records'` and `git push`; the review follows by itself. Nothing was changed by this "
        "comment, and the commands hold for the commit named below only."
    )


def no_room() -> str:
    """In place of a section that would make the answer too long."""
    return "The rest of the answer would not fit here. Ask for it in a comment of its own."


def bound_to(head: str) -> str:
    """What the answer holds for; `head` is hex digits."""
    return f"<sub>For commit `{head[:12]}`.</sub>"


def ledger_summary(number: int) -> str:
    """Over the table of commands."""
    return f"{count(number, 'command').capitalize()} on this pull request"


def left_out(number: int) -> str:
    """Where the table has more rows than fit."""
    return f"({count(number, 'older command')} not shown here; all are kept)"


def asked_again() -> str:
    """The status while the judge was asked again."""
    return "A maintainer asked for the judge to look again."


def pull_title(ratings: int, pull: int) -> str:
    """The title of the pull request with ratings: fixed words and numbers."""
    return f"Add {count(ratings, 'rating')} given on pull request {pull}"


def pull_body(ratings: int, people: int, pull: int) -> str:
    """Its body."""
    return (
        f"{count(ratings, 'rating').capitalize()} by {count(people, 'account')}, given as `/rate` on #{pull}, which is merged. "
        "Accounts are named by their numbers. The last rating of an account for a conversation stands; ratings of "
        "conversations that were not merged are left out.\n\n"
        "This was made by a program. Closing it declines these ratings: it is not opened again."
    )
