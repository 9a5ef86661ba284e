"""`selfsown export`: the corpus in the files that trainers read."""

from __future__ import annotations

import argparse
from pathlib import Path

from selfsown.cli.console import progress, say
from selfsown.export import (
    Tally,
    messages_row,
    openai_row,
    preference_rows,
    read_conversations,
    write_parquet,
    write_rows,
)

HELP = "Write conversations as messages, OpenAI, preference (dpo) or Parquet files for training elsewhere."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="shards, or folders such as corpus")
    parser.add_argument(
        "--format",
        required=True,
        choices=["messages", "openai", "dpo", "parquet"],
        help="messages: what TRL reads; openai: fine-tuning files; dpo: prompt, chosen, rejected from reworks; "
        "parquet: every field (needs the extra train)",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="the file to write or replace")


def run(args: argparse.Namespace) -> int:
    """0, also where nothing was left to write: the counts say so."""
    tally = Tally()
    if args.format == "dpo":
        write_rows(progress(preference_rows(args.paths, tally), "export"), args.output, tally)
    else:
        records = progress(read_conversations(args.paths, tally), "export")
        if args.format == "parquet":
            write_parquet(records, args.output, tally)
        else:
            write_rows(map(messages_row if args.format == "messages" else openai_row, records), args.output, tally)
    say(f"{args.output}: {tally.written:,} written", style="bold")
    for why, count in sorted(tally.left_out.items()):
        say(f"  {count:>7,}  left out: {why}")
    return 0
