"""`selfsown ci STEP`: the steps of the workflows, one job each. Machines read stdout, one line of JSON.

find → collect → judge → post review a pull request: API reads; git objects; a judge without git or code host; and the
one step that may write. A step that writes is a dry run unless it is told --publish.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import cast

from selfsown.cli.verb import Verb

HELP = "The steps of the workflows, one job each; for machines."

# In the order of the jobs; this is also the order of --help.
STEPS = ("find", "collect", "judge", "post", "answer", "record", "due", "launch", "propose", "tell", "live", "queue")


def load_step(name: str) -> Verb:
    """The module of a step."""
    return cast(Verb, import_module(f"selfsown.cli.ci.{name}"))


def configure(parser: argparse.ArgumentParser) -> None:
    """A parser for each step."""
    commands = parser.add_subparsers(dest="step", metavar="STEP", required=True, help=f"one of {', '.join(STEPS)}")
    for name in STEPS:
        step = load_step(name)
        command = commands.add_parser(name, help=step.HELP, description=step.HELP)
        step.configure(command)
        command.set_defaults(run_step=step.run)


def run(args: argparse.Namespace) -> int:
    """Run one step; its exit code."""
    return int(args.run_step(args))
