"""The options that several steps share. What comes from an event is a number or 40 hex digits, and nothing else passes."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

_SHA = re.compile(r"[0-9a-f]{40}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def read_sha(text: str) -> str:
    """A commit id. Raises ArgumentTypeError on anything but 40 lower-case hex digits."""
    if not _SHA.fullmatch(text):
        raise argparse.ArgumentTypeError("a commit id has 40 hex digits")
    return text


def read_number(text: str) -> int:
    """The number of a pull request or comment. Raises ArgumentTypeError on anything but digits."""
    if not _NUMBER.fullmatch(text):
        raise argparse.ArgumentTypeError("a number has one to nine digits")
    return int(text)


def add_pull(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """`--pull N`."""
    parser.add_argument("--pull", metavar="N", type=read_number, required=required, help="number of the pull request")


def add_head(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """`--head SHA`."""
    parser.add_argument(
        "--head", metavar="SHA", type=read_sha, required=required, help="the commit that the pull request has to be at"
    )


def add_base(parser: argparse.ArgumentParser) -> None:
    """`--base REF`: the rules, which are those of the trusted checkout where nothing is said."""
    parser.add_argument(
        "--base", metavar="REF", default="HEAD", help="whose rules hold (default: HEAD, the trusted checkout)"
    )


def add_folder(parser: argparse.ArgumentParser) -> None:
    """`-o DIR`."""
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="a new folder for the hand-off")


def add_publish(parser: argparse.ArgumentParser) -> None:
    """`--publish`: without it every step only says what it would write."""
    parser.add_argument("--publish", action="store_true", help="write to the code host (default: say what would be)")
