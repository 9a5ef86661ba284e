"""`selfsown ci queue`: report the review on a commit of the merge queue, which waits for every required status.

A pull request enters the queue only with its review, so nothing is judged again; what can have changed is what stands ahead
of it, and that is what `validate` looks at. Runs only after `validate` has passed there.
"""

from __future__ import annotations

import argparse

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_head, add_publish
from selfsown.cli.console import say, write_json
from selfsown.host import StatusState
from selfsown.pull.present import newest_status
from selfsown.pull.wanted import CONTEXT

HELP = "Report the review on a commit of the merge queue."

_DESCRIPTION = "Reviewed before it entered the queue."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_head(parser)
    add_publish(parser)


def run(args: argparse.Namespace) -> int:
    """Set the status, unless it is set; 0."""
    host = hosting.open_host()
    newest = newest_status(host.statuses(args.head), host.me())  # where our App is asked for, nobody else's counts
    is_new = newest is None or newest.state is not StatusState.SUCCESS
    if is_new and args.publish:
        host.set_status(args.head, CONTEXT, StatusState.SUCCESS, _DESCRIPTION, hosting.read_run_url())
    elif is_new:
        say(f"would set {CONTEXT} on {args.head} to success: {_DESCRIPTION}")
    write_json(
        {"head": args.head, "outcome": "reported" if is_new and args.publish else "planned" if is_new else "known"}
    )
    return 0
