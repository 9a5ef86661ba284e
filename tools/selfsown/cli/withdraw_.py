"""`selfsown withdraw`: take records out of the corpus for good, and list what was trained on them.

Nothing of a text is ever printed: ids, counts, shards. Run again, it goes on where it was cut off, and doubles nothing.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.cli.console import progress, say, write_machine, write_result
from selfsown.cli.hosting import open_host_of
from selfsown.cli.place import open_repository, today
from selfsown.corpus import Corpus, read_base_corpus
from selfsown.erasure.decide import Erasure, decide_erasures
from selfsown.erasure.deliver import open_pulls, write_branches
from selfsown.erasure.find import Found, Wanted, find_leftovers, find_records
from selfsown.erasure.kept import withdraw_kept
from selfsown.erasure.told import HISTORY, count, count_kinds, render_json, render_use
from selfsown.errors import MissingExtra, RepoError, UsageError
from selfsown.extras import need
from selfsown.host import Host
from selfsown.outbox.store import open_outbox
from selfsown.render.inert import visible
from selfsown.repo import Repository
from selfsown.round import read_promoted, read_rounds
from selfsown.tombstone import REASONS

HELP = "Take records out of the corpus for good, and list the rounds that were trained on them."

_ID = re.compile(r"[cwr]-[0-9a-f]{32}", re.ASCII)
_MOST_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="conversations, reworks or ratings (default: what a tombstone names and still stands in the tree)",
    )
    parser.add_argument("--contributor", metavar="NAME", help="everything that names this contributor or rater")
    parser.add_argument("--reason", choices=REASONS, default="request", help="why (default: request)")
    parser.add_argument(
        "--exact", action="store_true", help="leave near copies where they are, and let them come back, too"
    )
    parser.add_argument("--base", default="main", metavar="REF", help="the branch to take them from (default: main)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    which.add_argument("--publish", action="store_true", help="open the pull request instead of a local branch")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found and done. `branches` are (commit, pull request or None); `kept` counts entries of the outbox."""

    found: Found
    branches: Sequence[tuple[Erasure, int | None]]
    kept: int
    uses: Sequence[Any]
    prepared: int | None


def run(args: argparse.Namespace) -> int:
    """0 it is on its way, or nothing is left to do; UsageError where an id is nowhere."""
    with open_repository() as repository:
        host = open_host_of(repository) if args.publish else None
        base = find_base(repository, host, args.base)
        corpus = read_base_corpus(repository, base)
        wanted = read_wanted(args, corpus)
        found = find_records(repository, base, corpus, wanted)
        kept = reach_outbox(repository.root, wanted, found, is_real=not args.plan)
        check_absent(found, kept, args.base)
        erasures = decide_erasures(found, corpus.withdrawn, corpus.read_shard, args.reason, today())
        branches = deliver(args, repository, host, base, erasures)
        names = frozenset(found.records) | found.conversations | wanted.ids
        prepared = None if args.plan or not found.conversations else forget_prepared()
        outcome = Outcome(found, branches, len(kept), list_uses(repository, names), prepared)
    if args.format == "json":
        write_machine(render_json(found, branches, outcome.kept, outcome.uses, is_plan=args.plan))
    else:
        show(args, outcome)
        for erasure, pull in () if args.plan else branches:
            write_result(erasure.branch if pull is None else str(pull))
    return 0


def find_base(repository: Repository, host: Host | None, ref: str) -> str:
    """The commit to begin from: with a host, that of its default branch. Raises RepoError where this clone lacks it."""
    if host is None:
        return repository.resolve(ref)
    commit = host.branch_sha(host.default_branch()) or ""
    try:
        return repository.resolve(commit)
    except RepoError as error:
        raise RepoError(f"this clone lacks the newest commit of {host.repository}", "`git pull` first") from error


def read_wanted(args: argparse.Namespace, corpus: Corpus) -> Wanted:
    """What the command line asks for. Raises UsageError on an id that is none."""
    wrong = next((name for name in args.ids if not _ID.fullmatch(name)), None)
    if wrong is not None:
        raise UsageError(
            f"{wrong!r} is no id of a record", "ids are c- (conversation), w- (rework) or r- (rating) and 32 hex digits"
        )
    ids = frozenset(args.ids)
    if not ids and not args.contributor:
        ids = find_leftovers(corpus)
    return Wanted(ids, args.contributor, copies=not args.exact)


def reach_outbox(root: Path, wanted: Wanted, found: Found, *, is_real: bool) -> frozenset[str]:
    """Withdraw what waits in the outbox of this machine, too; return the ids it was (to be) published under."""
    if not (os.environ.get("SELFSOWN_OUTBOX") or (root / ".selfsown" / "outbox.db").is_file()):
        return frozenset()
    with open_outbox(root) as outbox:
        names = wanted.ids | found.conversations
        return withdraw_kept(outbox, names, found.sketches, wanted.contributor, is_real=is_real)


def check_absent(found: Found, kept: frozenset[str], base: str) -> None:
    """Raise UsageError where an id is neither in the corpus nor in the outbox, and was never withdrawn."""
    nowhere = sorted(found.absent - found.buried - kept)
    if nowhere:
        raise UsageError(
            f"there is no record {nowhere[0]} at {visible(base, 80)}, and nothing in the outbox of this machine goes by it",
            "look the id up in the review of its pull request, or with `grep -rl ID corpus`; "
            "what was withdrawn before it was published leaves no id",
        )


def deliver(
    args: argparse.Namespace, repository: Repository, host: Host | None, base: str, erasures: Sequence[Erasure]
) -> list[tuple[Erasure, int | None]]:
    """Pull requests, local branches, or nothing yet, as it was asked for."""
    if args.plan:
        return [(erasure, None) for erasure in erasures]
    if host is not None:
        return list(open_pulls(host, base, erasures, args.reason))
    return [(erasure, None) for erasure, _ in write_branches(repository, base, erasures)]


def list_uses(repository: Repository, names: frozenset[str]) -> list[Any]:
    """The rounds that were, or may have been, trained on the records (selfsown_train.trained_on.Use)."""
    schema = repository.rulebook("HEAD").schemas["round"]
    rounds = read_rounds(repository.root, schema) if names else []
    if not rounds:
        return []
    live = read_promoted(repository.root, schema)
    find_uses = need("selfsown_train.trained_on", "train").find_uses
    number = live.number if live else None
    return list(find_uses(repository, progress(rounds, "rounds"), number, names))


def forget_prepared() -> int | None:
    """Delete the prepared rows of this machine, which are its texts as tokens; None where it can have none."""
    try:
        cache = need("selfsown_train.registry", "train").cache_folder()
        return int(need("selfsown_train.prepared", "train").forget_rows(cache / "prepared"))
    except MissingExtra:
        return None


def show(args: argparse.Namespace, outcome: Outcome) -> None:
    """What goes, what it was used for, and what is next, for people."""
    found, would = outcome.found, "would go" if args.plan else "goes"
    if found.records or outcome.branches:
        say(f"{would}: {count_kinds(frozenset(found.records))}", style="bold")
    for name in sorted(found.records)[:_MOST_SHOWN]:
        say(f"  {name}  {found.records[name]}" + ("  (near copy)" if name in found.copies else ""))
    if len(found.records) > _MOST_SHOWN:
        say(f"  … and {len(found.records) - _MOST_SHOWN} more; --format json names them all")
    if found.others:
        say(f"look at the near copies first: {found.others} of them name another contributor, or none", style="yellow")
    if outcome.kept:
        entries = "1 entry" if outcome.kept == 1 else f"{outcome.kept} entries"
        say(f"in the outbox of this machine: {entries} {'would be ' if args.plan else ''}withdrawn")
    if outcome.prepared:
        say(
            f"prepared rows on this machine: {count(outcome.prepared, 'file')} deleted; they are made again when needed"
        )
    show_uses(outcome)
    show_next(args, outcome)


def show_uses(outcome: Outcome) -> None:
    """The rounds, and what to do about them."""
    for use in outcome.uses:
        say(render_use(use), style="yellow")
    if outcome.uses:
        say(
            "what was trained cannot unlearn it: once the withdrawal is merged, `selfsown train` makes a round without it; "
            "promote that, then delete the adapters named here, wherever they were pushed"
        )
    elif outcome.found.records:
        say("no round of this checkout was trained on it")


def show_next(args: argparse.Namespace, outcome: Outcome) -> None:
    """What is there now, and what is left to do."""
    if not outcome.branches:
        name = visible(args.contributor or "", 80)
        if name and not (outcome.kept or outcome.found.records):
            say(f"no record at {visible(args.base, 80)} names {name!r}: names count letter by letter", style="yellow")
        say("nothing is left to take out of the tree" if not outcome.kept else "nothing of it is in the tree")
        return
    for erasure, pull in outcome.branches:
        size = (
            f"{count(erasure.records, 'record')} out of {count(len(erasure.removed), 'shard')}, {erasure.moved} moved"
        )
        where = f"pull request {pull}" if pull is not None else f"branch {erasure.branch}"
        say(f"{'would be ' if args.plan else ''}{where}: {size}", style="bold")
    if args.plan:
        say("nothing was changed; leave out --plan to do it")
        return
    if not args.publish:
        branch = outcome.branches[0][0].branch
        say(f"next: `selfsown review --base {args.base} --head {branch}`, then push it and open a pull request")
    say(f"when it is merged: {HISTORY}")
