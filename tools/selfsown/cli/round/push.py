"""`selfsown round push`: the adapters of a round, its model card and its file, to a folder or to the Hugging Face hub."""

from __future__ import annotations

import argparse

from selfsown.cli.console import say, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.training import choose_round, reporting
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.round import ROUNDS, write_round

HELP = "Push the adapters of a round, with its model card, to a folder or to the Hugging Face hub."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    parser.add_argument(
        "--to", required=True, metavar="PLACE", help="a folder, or hf:OWNER/NAME (a repository, made if there is none)"
    )
    parser.add_argument(
        "--sign",
        metavar="KEY",
        help="sign the adapters before that: a private key (PEM), or `sigstore` for the identity of a workflow",
    )
    parser.add_argument("--private", action="store_true", help="where the repository is made, make it a private one")


def run(args: argparse.Namespace) -> int:
    """0 it is there, and was compared."""
    if "@" in args.to and args.to.startswith("hf:"):
        raise UsageError("a push makes a revision, it cannot name one", "leave out what follows the @")
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        publish = need("selfsown_train.publish", "train")
        store = need("selfsown_train.adapter", "train").adapters_folder(repository.root)
        place = need("selfsown_train.places", "train").open_place(args.to, private=args.private)
        if args.sign:
            publish.sign_round(entry, store, args.sign)
        with reporting() as report:
            pushed = publish.push_round(place, entry, store, report)
        noted = publish.with_place(entry, args.to, pushed.commit)
        if noted != entry:
            write_round(repository.root, noted)
    tag = publish.tag_of(entry)
    if pushed.sent:
        say(f"round {entry.name} lies in {args.to} as {tag}, and was compared by hash", style="bold green")
        for path in pushed.sent:
            say(f"  {path}")
    else:
        say(f"round {entry.name} lies in {args.to} as {tag} already, as it is")
    if noted != entry:
        say(f"commit {ROUNDS / entry.name}.json: it says where the adapters are")
    say(f"whoever has this repository gets them with `selfsown round pull {entry.number} --from {args.to}`")
    write_result(pushed.commit or tag)
    return 0
