"""`selfsown judge report`: the card of the judges, measured anew, or written again from what was measured."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

from selfsown.cli.arguments import read_count
from selfsown.cli.console import say, write_result
from selfsown.cli.judges import SPEC_HELP
from selfsown.cli.place import find_checkout
from selfsown.errors import SelfsownError, UsageError
from selfsown.extras import need
from selfsown.shard import write_atomically
from selfsown.strict_json import Refusal, parse_loose

HELP = "Measure the judges of this checkout on all data at hand, and write their card."

CARD = Path("training/JUDGE.md")
FOLDER, DATA = "judge", "report.json"  # beside the card: the pictures, and what was measured
_DEPTH = 16
_KEYS = frozenset({"goals", "judges", "parts"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=f"the card (default: {CARD})")
    parser.add_argument(
        "--judge",
        action="append",
        metavar="SPEC",
        help=f"may be given several times; default: offline where it is fitted, features, the live round. {SPEC_HELP}",
    )
    parser.add_argument(
        "--human",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of files that people rated (docs/evaluation.md)",
    )
    parser.add_argument("--attack-texts", type=Path, metavar="DIR", help="instructions by category (docs/attacks.md)")
    parser.add_argument("--chats", type=Path, metavar="DIR", help="ordinary conversations, JSON lines with messages")
    parser.add_argument(
        "--resamples", type=read_count, default=1000, metavar="N", help="of each interval (default: 1,000)"
    )
    parser.add_argument("--quick", action="store_true", help="very few of everything, to see that it works")
    parser.add_argument(
        "--from", dest="read_from", type=Path, metavar="FILE", help=f"measure nothing: write the card of this {DATA}"
    )


def run(args: argparse.Namespace) -> int:
    """0 the card is written. Goals that are missed are no failure: the card says so."""
    root = find_checkout()
    if root is None and args.output is None:
        raise UsageError("there is no checkout to write the card of", "run it in a Selfsown checkout, or name a FILE")
    target = (args.output or Path(root or ".") / CARD).resolve()
    for folder in (*args.human, args.attack_texts, args.chats):
        if folder is not None and not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", "name one that is there, or leave the option out")
    pictures = _part("pictures")  # before anything is measured: its library may be missing
    results = read_results(args.read_from) if args.read_from else _measure(args)
    write_card(results, target, pictures)
    met = [goal["judges"].get(name) for goal in results["goals"] for name in list(results["judges"])[:1]]
    known = [entry["is_met"] for entry in met if entry]
    say(
        f"{sum(known)} of {len(known)} measured goals met by {next(iter(results['judges']))}: {target.name}",
        style="bold",
    )
    write_result(str(target))
    return 0


def read_results(path: Path) -> Mapping[str, Any]:
    """What was measured, from its file. Raises SelfsownError where it is none."""
    try:
        found = parse_loose(path.read_bytes(), _DEPTH)
    except OSError as error:
        raise SelfsownError(f"{path}: {error.strerror}", f"name the {DATA} that stands beside a card") from error
    except Refusal as refusal:
        raise SelfsownError(f"{path}: {refusal.message}", "make it again: `selfsown judge report`") from refusal
    if missing := _KEYS - found.keys():
        raise SelfsownError(
            f"{path}: it is no {DATA}: it lacks {', '.join(sorted(missing))}",
            f"name the {DATA} that stands beside a card",
        )
    return {**found, "goals": _part("goals").decide_goals(found)}


def write_card(results: Mapping[str, Any], target: Path, pictures: ModuleType) -> None:
    """The page, the pictures and the results. The page comes last: what it links to is there. Pictures of before go."""
    folder = target.parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, bytes] = dict(pictures.draw_pictures(results))
    for name in pictures.NAMES:
        if name in drawn:
            write_atomically(folder / name, drawn[name])
        else:
            (folder / name).unlink(missing_ok=True)
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    write_atomically(folder / DATA, orjson.dumps(results, option=options))
    write_atomically(target, _part("page").render_card(results).encode())


def _measure(args: argparse.Namespace) -> Mapping[str, Any]:
    measured: Mapping[str, Any] = need("selfsown.cli.judge.measuring", "evaluate").measure_all(args)
    return measured


def _part(name: str) -> ModuleType:
    """A module of `selfsown.card`. Raises MissingExtra where its libraries are not installed."""
    return need(f"selfsown.card.{name}", "evaluate")
