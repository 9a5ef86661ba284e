"""`selfsown ci find`: which pull requests are to be reviewed, from a commit, a number, or a look at all of them.

A commit comes from an event and is only a hint; the pull requests come from the code host. Nothing is read from an
artefact, and nothing but numbers and commit ids goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_head, add_pull, read_sha
from selfsown.cli.console import say, write_json
from selfsown.errors import UsageError
from selfsown.host import Account, Host, PostedStatus, Pull
from selfsown.pull.find import decide_due

HELP = "Which pull requests are to be reviewed now."

_MOST_LOOKED_AT = 60  # each costs a request, every few minutes; a pull request nobody touches has had its review


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_pull(parser, required=False)
    add_head(parser, required=False)
    parser.add_argument("--sweep", action="store_true", help="look at every open pull request for a missing review")


def run(args: argparse.Namespace) -> int:
    """Print a JSON list of pull requests and their heads on one line; 0."""
    if args.sweep == (args.pull is not None or args.head is not None):
        raise UsageError("--sweep goes alone, or else --head SHA or --pull N", "selfsown ci find --sweep")
    host = hosting.open_host()
    pulls = find_due(host) if args.sweep else find_pulls(host, args.pull, args.head)
    write_json(list_pulls(pulls))
    return 0


def find_pulls(host: Host, number: int | None, head: str | None) -> list[Pull]:
    """The open pull requests to the default branch with this number or this head; several may share a head."""
    if number is not None:
        pull = host.pull(number)
        found = [pull] if pull.is_open and pull.base == host.default_branch() else []
    else:
        found = host.pulls_of(str(head)) or host.pulls()
    wanted = [pull for pull in found if head in (None, pull.head)]
    if not wanted:
        say("no open pull request to the default branch is at that commit now: there is nothing to review")
    return wanted


def find_due(host: Host) -> tuple[Pull, ...]:
    """The open pull requests whose head has no review, or one that did not come to an end.

    The job that posts may be signed in as an App and this one as the workflow, so a status of any bot counts as ours.
    Nobody gains by that: whoever may set statuses here could only keep the sweeper away, and not the ruleset.
    """
    me = host.me()
    pulls = sorted(host.pulls(), key=lambda pull: pull.updated, reverse=True)[:_MOST_LOOKED_AT]
    statuses = {pull.head: [_adopt(status, me) for status in host.statuses(pull.head)] for pull in pulls}
    return decide_due(pulls, statuses, me, datetime.now(UTC))


def _adopt(status: PostedStatus, me: Account) -> PostedStatus:
    return replace(status, author=me) if status.author.is_bot else status


def list_pulls(pulls: Iterable[Pull]) -> list[dict[str, int | str]]:
    """Numbers and heads and nothing else, each pull request once."""
    heads = {int(pull.number): read_sha(pull.head) for pull in pulls}
    return [{"pull": number, "head": head} for number, head in heads.items()]
