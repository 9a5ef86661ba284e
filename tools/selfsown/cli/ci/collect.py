"""`selfsown ci collect`: read a pull request as git objects and write down what a judge is to look at. No secret."""

from __future__ import annotations

import argparse

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_base, add_folder, add_head, add_pull
from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository, today
from selfsown.cli.posting import superseded
from selfsown.pull.handoff import Binding, write_collected
from selfsown.pull.reading import Reading, read_pull

HELP = "Read a pull request as git objects; write what a judge is to look at."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_pull(parser)
    add_head(parser)
    add_base(parser)
    add_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Write collected.json, unless the head has moved on; 0 both times."""
    with open_repository() as repository:
        base = repository.resolve(args.base)
        reading = read_pull(repository, args.pull, args.head, base, today(), hosting.read_access())
        facts = {"pull": args.pull, "head": args.head, "base": base}
        if reading is None:
            say(superseded(args.pull))
            write_json({**facts, "outcome": "superseded"})
            return 0
        name = hosting.read_repository_name(repository)
    write_collected(args.output, bind(name, args.pull, reading), reading.judgeable)
    counts = {"judgeable": len(reading.judgeable), "errors": reading.validation.counts.errors}
    write_json({**facts, "outcome": "collected", **counts})
    return 0


def bind(repository: str, pull: int, reading: Reading) -> Binding:
    """What the hand-offs of a reading are bound to."""
    submission = reading.submission
    return Binding(repository, pull, submission.head, submission.base, reading.rulebook.rubric.digest)
