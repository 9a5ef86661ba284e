"""`selfsown ci answer`: answer the commands that people wrote in comments. Runs in a trusted checkout.

What is named is a pull request or a comment on it, or nothing: then it is whatever was commanded in the last day and has no
answer, because events get lost. Every unanswered comment of a pull request is answered, so that an event that comes
late, twice or not at all changes nothing. What `/explain` shows is judged here, by a judge that needs no key.
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_base, add_publish, read_number
from selfsown.cli.console import say, show_error, write_json
from selfsown.cli.judges import SPEC_HELP
from selfsown.cli.judging import judge_with
from selfsown.cli.place import open_repository, today
from selfsown.commands.answer import Desk, HeadMoved, answer_pull, find_commanded
from selfsown.commands.ledger import Entry
from selfsown.commands.rehearsal import rehearse
from selfsown.errors import SelfsownError
from selfsown.host import Host, Pull
from selfsown.pull.pace import Pace, persist
from selfsown.pull.reading import Reading, read_pull
from selfsown.repo import Repository
from selfsown.review import Review

HELP = "Answer the commands in comments; without --publish it says what it would write."

_RECENT = timedelta(days=1)
_COMMENT = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--pull", metavar="N", type=read_number, help="number of the pull request")
    which.add_argument("--comment", metavar="ID", type=read_comment, help="number of a comment on the pull request")
    which.add_argument("--recent", action="store_true", help="every open pull request with commands of the last day")
    add_base(parser)
    parser.add_argument("--judge", metavar="SPEC", action="append", help=f"for /explain: {SPEC_HELP}")
    add_publish(parser)


def read_comment(text: str) -> int:
    """The number of a comment; those are longer than a pull request's. Raises ArgumentTypeError."""
    if not _COMMENT.fullmatch(text):
        raise argparse.ArgumentTypeError("the number of a comment has up to 18 digits")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Answer; 0, or 3 where a pull request could not be answered (the others are, all the same)."""
    now = datetime.now(UTC)
    failed = 0
    with open_repository() as repository:
        host = hosting.open_host()
        if not args.publish:
            host = rehearse(host, say)
        desk = _open_desk(args, host, repository, now)
        for number in persist(lambda: _find_pulls(args, host, now), desk.pace):
            try:
                entries = answer_pull(desk, number)
            except SelfsownError as error:
                show_error("ci answer", f"pull request {number}: {error.message}", error.tip)
                failed += 1
            else:
                write_json({"pull": number, "commands": len(entries), "decided": _count(entries)})
    return SelfsownError.exit_code if failed else 0


def _find_pulls(args: argparse.Namespace, host: Host, now: datetime) -> tuple[int, ...]:
    if args.pull is not None:
        return (args.pull,)
    if args.comment is not None:
        return (host.comment(args.comment).pull,)
    since = (now - _RECENT).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return find_commanded(host.recent_comments(since), host.me())


def _open_desk(args: argparse.Namespace, host: Host, repository: Repository, now: datetime) -> Desk:
    base = repository.resolve(args.base)
    rulebook = repository.rulebook(base)

    def look(pull: Pull) -> Reading:
        reading = read_pull(repository, pull.number, pull.head, base, today(), hosting.read_access())
        if reading is None:
            raise HeadMoved("the pull request has another head by now", "run this again")
        return reading

    def explain(reading: Reading) -> Review:
        answers = judge_with(args.judge, reading.judgeable, rulebook, root=None)
        return reading.review(answers, hosting.read_audit_key())

    pace = Pace() if args.publish else Pace(settle=0)
    return Desk(host, look, explain, rulebook.policy, now, pace)


def _count(entries: tuple[Entry, ...]) -> dict[str, int]:
    codes = [entry.code for entry in entries]
    return {code: codes.count(code) for code in dict.fromkeys(codes)}
