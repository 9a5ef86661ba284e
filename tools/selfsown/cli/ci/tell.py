"""`selfsown ci tell`: tell contributors what a round made of their data, once per pull request and round."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_publish
from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository
from selfsown.effect import Effect, is_told, read_effects, render_effect, tell
from selfsown.host import Host, Pull
from selfsown.round import Round, read_rounds

HELP = "Tell contributors what a round made of their data."

_MOST_ROUNDS = 3  # the newest that have something to tell
_MOST_PULLS = 1000
_MOST_COMMENTS = 50  # a run; the next goes on


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_publish(parser)


def run(args: argparse.Namespace) -> int:
    """0 everybody has been told (or would be, without --publish)."""
    with open_repository() as repository:
        rounds = read_rounds(repository.root, repository.rulebook("HEAD").schemas["round"])
    host, told = hosting.open_host(), 0
    for pull, entry, effect in find_untold(host, [entry for entry in rounds if entry.effects][-_MOST_ROUNDS:]):
        if told == _MOST_COMMENTS:
            say(f"{told} comments are enough for one run; the next goes on")
            break
        if not args.publish:
            say(f"would comment on pull request {pull.number}:\n\n{render_effect(entry, effect)}")
        elif not tell(host, pull, entry, effect):
            continue
        told += 1
    write_json({"outcome": "told" if args.publish else "planned", "comments": told})
    return 0


def find_untold(host: Host, rounds: Sequence[Round]) -> Iterator[tuple[Pull, Round, Effect]]:
    """The pull requests that brought what rounds learned from, and have not heard of it."""
    if not rounds:
        return
    merged = {pull.merged_as: pull for pull in host.pulls("closed", _MOST_PULLS) if pull.merged_as}
    for entry in rounds:
        for effect in read_effects(entry):
            pull = merged.get(effect.commit)
            if pull is not None and not is_told(host, pull, entry):
                yield pull, entry, effect
