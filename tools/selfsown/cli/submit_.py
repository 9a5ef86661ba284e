"""`selfsown submit`: conversations from files, or from the outbox, onto a branch that can become a pull request."""

from __future__ import annotations

import argparse
import datetime
from io import BytesIO
from pathlib import Path

import orjson

from selfsown.canonical import canonical_line
from selfsown.cli.arguments import read_count
from selfsown.cli.console import say, write_result
from selfsown.cli.import_ import open_files
from selfsown.cli.place import open_repository, today
from selfsown.cli.sending import publish, show_plan
from selfsown.corpus import Corpus, read_base_corpus
from selfsown.errors import UsageError
from selfsown.formats import FORMATS
from selfsown.intake import Defaults, Intake, RefusedEntry, all_taken
from selfsown.intake_check import record_check
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox, open_outbox
from selfsown.render.inert import visible
from selfsown.rulebook import Rulebook
from selfsown.screening.screen import screen
from selfsown.shard import Line, Shard
from selfsown.source import load_source
from selfsown.submit import Batch, pack_batches, write_batches
from selfsown.tombstone import near_finder

HELP = "Put conversations on a branch, ready to become a pull request."

_MOST_REFUSALS_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="conversations (default: what waits in the outbox)"
    )
    parser.add_argument("--source", default="", metavar="ID", help="source of conversations that name none")
    parser.add_argument("--license", default="", metavar="SPDX", help="licence of conversations that name none")
    parser.add_argument(
        "--format", choices=["auto", *FORMATS], default="auto", help="form of the files (default: auto)"
    )
    parser.add_argument("--base", default="main", metavar="REF", help="the branch to submit to (default: main)")
    parser.add_argument(
        "--batches", type=read_count, default=1, metavar="N", help="write up to N branches (default: 1)"
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument(
        "--publish", action="store_true", help="send the outbox as a pull request; learn what became of the last one"
    )
    asked.add_argument(
        "--plan", action="store_true", help="say what --publish would send and what waits; change nothing"
    )


def run(args: argparse.Namespace) -> int:
    """0 everything is on a branch, sent or merged already, 1 something was refused."""
    if args.files and (args.publish or args.plan):
        raise UsageError(
            "--publish and --plan are about the outbox, not about files",
            "leave the files out, or leave the option out and push the branch yourself",
        )
    with open_repository() as repository, open_outbox(repository.root) as outbox:
        if args.publish or args.plan:
            return (publish if args.publish else show_plan)(repository, outbox)
        rulebook = repository.rulebook(args.base)
        corpus = read_base_corpus(repository, args.base)
        waiting = [] if args.files else leave_unknown(repository.root, find_waiting(outbox, rulebook, corpus), rulebook)
        refused: list[RefusedEntry] = []
        intake = build_intake(args, rulebook, corpus, refused)
        taken = read_files(args.files, intake, args.format) if args.files else read_waiting(waiting, intake)
        sources = {record.source for record in taken}
        files = read_new_sources(repository.root, sources, rulebook)
        batches = list(pack_batches(taken, files, rulebook.policy.limits))
        for batch, is_new in write_batches(repository, args.base, batches, args.batches):
            write_result(batch.branch)
            note = "written" if is_new else "was there already, nothing changed"
            say(f"branch {batch.branch}: {batch.size}, {note}", style="bold")
            mark_submitted(outbox, batch, waiting)
        settle_known(outbox, waiting, corpus)
    report(args, intake, refused, [batch.branch for batch in batches])
    return 1 if refused else 0


def find_waiting(outbox: Outbox, rulebook: Rulebook, corpus: Corpus) -> list[Entry]:
    """What may go out. What a killed chat, or an older one, left without screening is screened first."""
    for entry in outbox.find(State.RATED):
        if entry.conversation is not None:
            outbox.screen(entry.key, screen(entry.conversation, rulebook, corpus, today()))
    return outbox.find(State.SCREENED, batch="")


def leave_unknown(root: Path, waiting: list[Entry], rulebook: Rulebook) -> list[Entry]:
    """Without what is of a source that nobody has written down: it waits for its file, and holds nothing else up."""
    named = {entry.key: entry.conversation.source for entry in waiting if entry.conversation is not None}
    missing = {
        name
        for name in set(named.values()) - set(rulebook.sources)
        if not (root / f"corpus/sources/{name}.toml").is_file()
    }
    for name in sorted(missing):
        many = sum(source == name for source in named.values())
        say(f"{many} of the source {name} stay in the outbox: there is no corpus/sources/{name}.toml", style="yellow")
    return [entry for entry in waiting if named.get(entry.key) not in missing]


def read_waiting(waiting: list[Entry], intake: Intake) -> list[Line]:
    """The new conversations of the outbox."""
    records = [entry.conversation.to_json() for entry in waiting if entry.conversation is not None]
    stream = BytesIO(b"".join(canonical_line(record) for record in records))
    return list(all_taken([(stream, "outbox")], intake, None)) if records else []


def mark_submitted(outbox: Outbox, batch: Batch, waiting: list[Entry]) -> None:
    """Note in the outbox what is on the branch. A kill before it: the same entries give the same branch."""
    names = {orjson.loads(line)["id"] for shard in batch.shards for line in shard.content.splitlines()}
    first: dict[str, str] = {}
    for entry in waiting:
        if entry.conversation is not None and entry.conversation.id in names:
            if entry.conversation.id in first:
                outbox.decline(entry.key, "it was said twice")
            first.setdefault(entry.conversation.id, entry.key)
    if first:
        outbox.plan(batch.branch, list(first.values()))
        outbox.submit(batch.branch, None)


def settle_known(outbox: Outbox, waiting: list[Entry], corpus: Corpus) -> None:
    """What the corpus has needs no outbox: a branch of this checkout was merged, or somebody else brought the same."""
    for entry in waiting:
        if entry.conversation is not None and entry.conversation.id in corpus.known:
            outbox.decline(entry.key, "it is in the corpus already")
    for entry in outbox.find(State.SUBMITTED):
        if entry.pull is None and entry.published in corpus.known:
            outbox.merge(entry.key)


def build_intake(args: argparse.Namespace, rulebook: Rulebook, corpus: Corpus, refused: list[RefusedEntry]) -> Intake:
    """An intake that knows what the base has."""
    known = {bytes.fromhex(name[2:]) for name in corpus.known if name.startswith("c-")}
    defaults = Defaults(args.source, args.license, today())
    check = record_check(rulebook, known, datetime.date.fromisoformat(today()), near_finder(corpus.sketches))
    return Intake(defaults, rulebook.policy.limits, check, refused.append, known, corpus.withdrawn)


def read_files(files: list[Path], intake: Intake, form: str) -> list[Line]:
    """The new conversations of the files. Raises UsageError on a missing file."""
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file} is not there", "name JSON or JSONL files with conversations")
    with open_files(files) as streams:
        return list(all_taken(streams, intake, None if form == "auto" else form))


def read_new_sources(root: Path, sources: set[str], rulebook: Rulebook) -> dict[str, Shard]:
    """The source files of the checkout that the base does not have. Raises UsageError where one is nowhere."""
    files = {}
    for name in sorted(sources - set(rulebook.sources)):
        path = f"corpus/sources/{name}.toml"
        file = root / path
        if not file.is_file():
            raise UsageError(
                f"the source {name} is not known: there is no {path}",
                "write that file first (copy corpus/sources/starter.toml and say where the conversations come from)",
            )
        named = load_source(file.read_text(encoding="utf-8"), path).id
        if named != name:
            raise UsageError(f"{path} has the id {named!r}", f'write id = "{name}" there, or rename the file')
        files[name] = Shard(path, file.read_bytes())
    return files


def report(args: argparse.Namespace, intake: Intake, refused: list[RefusedEntry], branches: list[str]) -> None:
    """What happened and what is next, on stderr."""
    for entry in refused[:_MOST_REFUSALS_SHOWN]:
        say(
            f"refused {visible(entry.file, 80)} {entry.unit} {entry.number}: {visible(entry.sentence, 200)}",
            style="yellow",
        )
    if len(refused) > _MOST_REFUSALS_SHOWN:
        say(f"… and {len(refused) - _MOST_REFUSALS_SHOWN} more", style="yellow")
    if intake.tally.already:
        say(f"{intake.tally.already} are in the corpus already, or stand twice in the files")
    if branches:
        head = branches[0] if len(branches) == 1 else "BRANCH"
        say(f"next: `selfsown review --base {args.base} --head {head}`, then push the branch and open a pull request")
    elif not refused:
        say("nothing to submit: no new conversation was found")
