"""`selfsown ci record`: open the pull request with the ratings that people gave on merged pull requests.

Runs in a trusted checkout of the default branch. Running it again does nothing that was done.
"""

from __future__ import annotations

import argparse

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_base, add_publish
from selfsown.cli.console import say, show_error, write_json
from selfsown.cli.place import open_repository, today
from selfsown.commands.record import Base, Harvest, record_pull
from selfsown.commands.rehearsal import rehearse
from selfsown.corpus import read_base_corpus
from selfsown.errors import SelfsownError
from selfsown.pull.pace import Pace, persist

HELP = "Open the pull request with ratings of merged ones; without --publish it says what it would write."

_MOST = 50


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_base(parser)
    add_publish(parser)


def run(args: argparse.Namespace) -> int:
    """Record the ratings of the pull requests that were merged last; 0, or 3 where one of them failed."""
    host = hosting.open_host()
    if not args.publish:
        host = rehearse(host, say)
    with open_repository() as repository:
        commit = repository.resolve(args.base)
        base = Base(commit, read_base_corpus(repository, commit), repository.rulebook(commit), today())
    failed = 0
    pace = Pace() if args.publish else Pace(settle=0)
    for pull in persist(lambda: host.pulls("closed", _MOST), pace):
        try:
            for harvest in record_pull(host, pull, base, pace):
                _tell(harvest)
        except SelfsownError as error:
            show_error("ci record", f"pull request {pull.number}: {error.message}", error.tip)
            failed += 1
    return SelfsownError.exit_code if failed else 0


def _tell(harvest: Harvest) -> None:
    if harvest.left_out:
        say(f"left out {harvest.left_out} of pull request {harvest.pull}: the rules do not take them")
    write_json({"pull": harvest.pull, "branch": harvest.branch, "ratings": len(harvest.ratings)})
