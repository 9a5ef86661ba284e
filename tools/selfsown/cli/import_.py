"""`selfsown import`: conversations from files of any usual format into shards; every refusal is listed with why."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from selfsown.cli.console import err, say, write_machine
from selfsown.cli.place import find_checkout, today
from selfsown.corpus import read_folder_sketches
from selfsown.errors import SelfsownError, UsageError
from selfsown.formats import FORMATS
from selfsown.intake import Defaults, Intake, RefusedEntry, Tally, all_taken, read_known, read_withdrawn
from selfsown.intake_check import record_check
from selfsown.rulebook import Rulebook, load_folder_rulebook
from selfsown.shard import pack_lines, remove_leftovers, write_shards
from selfsown.source import SOURCE_ID
from selfsown.tombstone import near_finder

HELP = "Take conversations from ShareGPT, Alpaca, OASST, OpenAI or messages files into the corpus."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSONL, or JSON with an array or an object")
    parser.add_argument("--source", required=True, metavar="ID", help="id of a file in corpus/sources, e.g. my-chats")
    parser.add_argument("--license", required=True, metavar="SPDX", help="licence of the texts, e.g. CC0-1.0")
    parser.add_argument(
        "--format",
        choices=["auto", *FORMATS],
        default="auto",
        help="auto: each file's first readable entry decides (default)",
    )
    parser.add_argument(
        "--to",
        type=Path,
        default=Path("corpus"),
        metavar="DIR",
        help="a folder called corpus, or a folder that holds or will hold one (default: corpus)",
    )
    parser.add_argument(
        "--refused",
        type=Path,
        default=Path("refused.jsonl"),
        metavar="FILE",
        help="where refused entries are listed, each with its reason (default: refused.jsonl)",
    )
    parser.add_argument("--created", metavar="YYYY-MM-DD", help="day of entries that name none (default: today, UTC)")
    parser.add_argument("--model", metavar="NAME", help="who wrote the assistant turns, where an entry does not say")
    parser.add_argument("--language", metavar="TAG", help="BCP 47 tag, where an entry does not say")


def run(args: argparse.Namespace) -> int:
    """0 everything was taken or there already, 1 something was refused."""
    root = find_root(args.to)
    rulebook = load_folder_rulebook(find_checkout(root) or root)
    defaults = read_defaults(args, rulebook)
    check_files(args.files, args.refused)
    remove_leftovers(root)
    known = read_known(root)
    with args.refused.open("wb") as listing:

        def refuse(entry: RefusedEntry) -> None:
            listing.write(orjson.dumps(entry.to_json(), option=orjson.OPT_APPEND_NEWLINE))

        intake = Intake(
            defaults,
            rulebook.policy.limits,
            record_check(
                rulebook, known, datetime.date.fromisoformat(today()), near_finder(read_folder_sketches(root))
            ),
            refuse,
            known,
            read_withdrawn(root),
        )
        written = write_all(args, intake, root, rulebook)
    report(args, intake.tally, written)
    warn_of_sources(intake.tally, root, defaults)
    return 1 if intake.tally.refused else 0


def write_all(args: argparse.Namespace, intake: Intake, root: Path, rulebook: Rulebook) -> int:
    """Write the shards as they fill; return how many records they hold. What is written stays when interrupted."""
    form_name = None if args.format == "auto" else args.format
    written = 0
    with open_files(args.files) as files:
        try:
            shards = pack_lines("original", all_taken(files, intake, form_name), rulebook.policy.limits)
            for shard in write_shards(root, shards):
                written += shard.records
                write_machine(str(root / shard.path))
        except KeyboardInterrupt:
            say(f"{written:,} conversations are written; the same command goes on from there")
            raise
    return written


def find_root(to: Path) -> Path:
    """The folder above `corpus/`: shards name their path from there. Raises UsageError."""
    folder = to.resolve()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--to {to} is no folder", "name a folder called corpus, or one that will hold it")
    return folder.parent if folder.name == "corpus" else folder


def read_defaults(args: argparse.Namespace, rulebook: Rulebook) -> Defaults:
    """The defaults of the command line. Raises UsageError."""
    if not SOURCE_ID.fullmatch(args.source):
        raise UsageError(f"--source {args.source!r} is no source id", "use a-z, 0-9 and hyphens, 32 characters at most")
    if args.license not in rulebook.policy.licenses.allowed:
        allowed = ", ".join(rulebook.policy.licenses.allowed)
        raise UsageError(f"--license {args.license!r} is not taken here", f"schema/policy.toml allows {allowed}")
    source = rulebook.sources.get(args.source)
    if source is not None and source.license != args.license:
        tip = "use that licence, or a source of its own for texts under another one"
        raise UsageError(f"the licence of the source {args.source} is {source.license}, not {args.license}", tip)
    created = args.created or today()
    try:
        is_day = datetime.date.fromisoformat(created).isoformat() == created
    except ValueError:
        is_day = False
    if not is_day or created > today():
        raise UsageError(f"--created {created!r} is no day of the past", "write it as YYYY-MM-DD")
    return Defaults(args.source, args.license, created, args.language, args.model)


def check_files(files: Iterable[Path], refused: Path) -> None:
    """Raise UsageError before anything is written."""
    for file in files:
        if not file.exists() or file.is_dir():
            raise UsageError(f"{file} is {'a folder' if file.is_dir() else 'not there'}", "name the files to import")
        if refused.exists() and refused.samefile(file):
            raise UsageError(f"--refused {refused} is one of the files to import", "name another file for the refusals")
    if refused.is_dir() or not refused.parent.is_dir():
        raise UsageError(f"--refused {refused} cannot be written", "name a file in a folder that is there")


@contextmanager
def open_files(files: list[Path]) -> Iterator[Iterator[tuple[BinaryIO, str]]]:
    """The files one after the other, under a progress bar in bytes where stderr is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:

        def opened() -> Iterator[tuple[BinaryIO, str]]:
            for file in files:
                try:
                    with (
                        bar.open(file, "rb", description=ascii(file.name))
                        if err.is_terminal
                        else file.open("rb") as stream
                    ):
                        yield stream, str(file)
                except OSError as error:
                    raise SelfsownError(
                        f"{file}: {error.strerror}", "check the file and run the command again"
                    ) from error

        yield opened()


def report(args: argparse.Namespace, tally: Tally, written: int) -> None:
    """The counts, on stderr: they add up to what was found."""
    if args.format == "auto":
        for name, form_name in tally.formats.items():
            say(f"{name}: read as {form_name}")
    refused = tally.refused.total()
    parts = f"{written:,} written, {tally.already:,} already there, {refused:,} refused"
    say(f"{tally.found:,} conversations found: {parts}", style="bold")
    if not written:
        say("nothing new was written")
    for what, count in tally.trimmed.most_common():
        say(f"  {count:>7,}  trimmed: {what}")
    for reason, count in tally.refused.most_common():
        say(f"  {count:>7,}  refused: {reason}")
    if refused:
        say(f"every refused entry and its reason: {args.refused}")


def warn_of_sources(tally: Tally, root: Path, defaults: Defaults) -> None:
    """Name the source files that are missing: without them the new shards do not pass `selfsown validate`."""
    for source in sorted(tally.sources):
        path = root / "corpus" / "sources" / f"{source}.toml"
        if not path.exists():
            example = f'id = "{source}", title, license = "{defaults.license}", origin, contact, consent'
            say(f"{path} is missing: write it before you submit ({example})", style="yellow")
