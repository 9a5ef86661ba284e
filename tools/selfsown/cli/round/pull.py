"""`selfsown round pull`: the adapters of a round from where they were pushed; kept only if they are the ones it names."""

from __future__ import annotations

import argparse
from typing import Any

from selfsown.cli.console import say, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.training import choose_round, reporting
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.repo import Repository
from selfsown.round import ROUNDS, Round, write_round

HELP = "Bring the adapters of a round from where they were pushed, and check them against its file."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    parser.add_argument(
        "--from",
        dest="place",
        metavar="PLACE",
        help="a folder, or hf:OWNER/NAME[@REVISION] (default: where the round file says)",
    )
    parser.add_argument(
        "--with-round-file",
        action="store_true",
        help="the round is not in this checkout: bring its file, too (trust whoever pushed it, and read it before you commit it)",
    )


def run(args: argparse.Namespace) -> int:
    """0 they are here."""
    with open_repository() as repository:
        publish = need("selfsown_train.publish", "chat")
        entry = bring_file(repository, args, publish) if args.with_round_file else choose_round(repository, args.round)
        store = need("selfsown_train.adapter", "chat").adapters_folder(repository.root)
        place = args.place or named_place(entry)
        with reporting() as report:
            opened = need("selfsown_train.places", "chat").open_place(place)
            signers = need("selfsown_train.signing", "chat").read_signers(repository.root)
            fetched = publish.pull_round(opened, entry, store, report, signers)
    if fetched:
        say(f"round {entry.name} is here: {len(fetched)} files, just as its file names them", style="bold green")
    else:
        say(f"round {entry.name} is here already, just as its file names it")
    write_result(entry.name)
    return 0


def named_place(entry: Round) -> str:
    """Where the round file says the adapters are. Raises UsageError."""
    for place, commit in (entry.registry or {}).items():
        return f"{place}@{commit}"
    raise UsageError(f"the file of round {entry.name} does not say where its adapters are", "name it with --from PLACE")


def bring_file(repository: Repository, args: argparse.Namespace, publish: Any) -> Round:
    """The round file from the place, written where the checkout has none. Raises UsageError where it has one."""
    if args.place is None or args.round is None:
        raise UsageError("a round that is not in this checkout has to be named", "give its number, and --from PLACE")
    path = repository.root / ROUNDS / f"{args.round:04d}.json"
    if path.exists():
        raise UsageError(f"{path.relative_to(repository.root)} is here already", "leave out --with-round-file")
    place = need("selfsown_train.places", "chat").open_place(args.place)
    entry: Round = publish.read_pushed(place, args.round, repository.rulebook("HEAD").schemas["round"])
    write_round(repository.root, entry)
    say(f"{path.relative_to(repository.root)} is new here: read it before you commit it", style="yellow")
    return entry
