"""`selfsown ci propose`: open the pull request with the file of a round that a workflow has trained and measured."""

from __future__ import annotations

import argparse
from pathlib import Path

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_publish, read_sha
from selfsown.cli.ci.due import add_recipe, find_candidate
from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository
from selfsown.due import CONTEXT
from selfsown.host import Host
from selfsown.proposal import propose, read_proposed, render_outcome, render_proposal
from selfsown.round import Round

HELP = "Open the pull request with the file of a round."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_recipe(parser)
    parser.add_argument(
        "--rounds", metavar="DIR", type=Path, required=True, help="the folder with the round file alone"
    )
    parser.add_argument("--commit", metavar="SHA", type=read_sha, required=True, help="the commit that was trained on")
    add_publish(parser)


def run(args: argparse.Namespace) -> int:
    """0 the pull request is open (now or before), or there is nothing to propose; a file that is refused is 3."""
    with open_repository() as repository:
        commit = repository.resolve(args.commit)
        candidate = find_candidate(repository, commit, args.recipe)
        schema = repository.rulebook(commit).schemas["round"]
    if candidate is None:
        write_json({"outcome": "known"})
        return 0
    entry = read_proposed(args.rounds, candidate, schema)
    facts = {"round": entry.name, "branch": candidate.branch, "state": str(entry.state)}
    if not args.publish:
        title, body = render_proposal(entry)
        say(f"would open a pull request from {candidate.branch}: {title}\n\n{body}")
        write_json({"outcome": "planned", **facts})
        return 0
    host = hosting.open_host()
    number = propose(host, candidate, entry)
    mark(host, commit, entry)
    say(f"round {entry.name} is proposed in pull request {number}", style="bold green")
    write_json({"outcome": "proposed", **facts, "pull": number})
    return 0


def mark(host: Host, commit: str, entry: Round) -> None:
    """Say at the commit how its round came out, unless it says so already."""
    state, words = render_outcome(entry)
    newest = next((status for status in host.statuses(commit) if status.context == CONTEXT), None)
    if newest is None or (newest.state, newest.description) != (state, words):
        host.set_status(commit, CONTEXT, state, words, None)
