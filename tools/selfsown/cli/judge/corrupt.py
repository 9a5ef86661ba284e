"""`selfsown judge corrupt`: pairs of a conversation and the same one broken on purpose, to measure a judge by."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import orjson

from selfsown.cli.arguments import read_count
from selfsown.cli.console import progress, say
from selfsown.cli.place import find_checkout
from selfsown.conversation import ROLES, Conversation, Turn
from selfsown.corruption import (
    CORRECTED_WELL,
    KINDS,
    CorruptionKind,
    Pair,
    build_neighbours,
    find_kinds,
    make_correction_pairs,
    make_pairs,
)
from selfsown.corruption.kind import dice_for
from selfsown.errors import UsageError
from selfsown.export import find_corpora, find_shards, read_gone, read_records, replacing
from selfsown.rating import read_rating
from selfsown.rulebook import load_folder_rulebook

HELP = "Write pairs of conversations and what is left of them after one criterion was broken on purpose."

_NAMES = ", ".join(kind.name for kind in KINDS)
_MOST_TURNS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    paths = "conversations (JSON lines with messages), or folders of them (default: corpus/original)"
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=paths)
    parser.add_argument(
        "--kinds",
        metavar="A,B",
        help=f"only these: {_NAMES}; {CORRECTED_WELL} are ties, the same conversation without and with a correction that "
        "is taken well (default: all)",
    )
    parser.add_argument("--per-conversation", type=read_count, metavar="K", help="at most K kinds each (default: all)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another N, other defects (default: 0)")
    parser.add_argument(
        "--wordings",
        choices=["seen", "unseen"],
        default="seen",
        help="those that a judge may be trained on (default), or those that are kept out of training",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """0, also where a kind applies nowhere: the counts say so."""
    wanted = [name.strip() for name in args.kinds.split(",")] if args.kinds else [*_known_names()]
    kinds = find_kinds([name for name in wanted if name != CORRECTED_WELL])
    root = find_checkout()
    if not args.paths and root is None:
        raise UsageError("there is nothing to break here", "name files or folders, or run it in a Selfsown checkout")
    paths = args.paths or [Path(root or ".") / "corpus" / "original"]
    left_out: Counter[str] = Counter()
    least = load_folder_rulebook(root).policy.judge.recommend
    conversations = list(progress(read_conversations(paths, least, left_out), "reading"))
    written: Counter[str] = Counter()
    with replacing(args.output.resolve()) if args.output else nullcontext(sys.stdout.buffer) as stream:
        for pair in progress(_pairs(conversations, kinds, args, CORRECTED_WELL in wanted), "breaking"):
            stream.write(orjson.dumps(pair_row(pair, args.seed), option=orjson.OPT_APPEND_NEWLINE))
            written[pair.kind] += 1
    _report(len(conversations), left_out, written, wanted)
    return 0


def read_conversations(paths: Sequence[Path], least: float, left_out: Counter[str]) -> Iterator[Conversation]:
    """The conversations of files that are worth breaking; what is left out is counted by reason.

    Left out is what is withdrawn or superseded, what people rated under `least` (it is broken already), and what is no
    conversation. Raises UsageError where nothing is there, SelfsownError on a line that is no record.
    """
    gone, ratings = read_gone(paths), read_mean_ratings(paths)
    for record in read_records(find_shards(paths)):
        name = str(record["id"])
        turns = _read_turns(record.get("messages"))
        if name.startswith(("r-", "w-")):
            continue
        why = gone.why(name) or ("rated low" if ratings.get(name, least) < least else None)
        if why or turns is None:
            left_out[why or "no conversation"] += 1
        else:
            language = record.get("language")
            yield Conversation(turns, "", "", "", language=language if isinstance(language, str) else None)


def read_mean_ratings(paths: Sequence[Path]) -> dict[str, float]:
    """The mean score that people gave, by conversation, in the corpora around the paths."""
    scores: dict[str, list[float]] = defaultdict(list)
    folders = [folder / "ratings" for folder in find_corpora(paths) if any((folder / "ratings").rglob("*.jsonl"))]
    for record in read_records(find_shards(folders) if folders else []):
        rating = read_rating(record)
        if not rating.weighs_nothing:
            scores[rating.conversation].append(rating.score)
    return {name: sum(given) / len(given) for name, given in scores.items()}


def pair_row(pair: Pair, seed: int) -> dict[str, Any]:
    """A line of a paired file (docs/evaluation.md). Which side is the better one is drawn, so that no place is."""
    is_tie = pair.kind == CORRECTED_WELL
    swaps = is_tie or dice_for(pair.better.id, f"side:{pair.kind}", seed).random() < 0.5
    first, second = (pair.worse, pair.better) if swaps else (pair.better, pair.worse)
    return {
        "id": f"{pair.better.id}:{pair.kind}",
        "a": [turn.to_json() for turn in first.turns],
        "b": [turn.to_json() for turn in second.turns],
        "label": "tie" if is_tie else "b" if swaps else "a",
        "group": pair.kind,
        "criterion": pair.criterion,
        "held_out": pair.held_out,
    }


def _pairs(
    conversations: list[Conversation], kinds: Sequence[CorruptionKind], args: argparse.Namespace, with_ties: bool
) -> Iterator[Pair]:
    neighbours, is_unseen = build_neighbours(conversations), args.wordings == "unseen"
    yield from make_pairs(
        conversations, kinds, args.seed, args.per_conversation, neighbours=neighbours, is_unseen=is_unseen
    )
    if with_ties:
        yield from make_correction_pairs(conversations, args.seed, neighbours, is_unseen=is_unseen)


def _report(conversations: int, left_out: Counter[str], written: Counter[str], wanted: Sequence[str]) -> None:
    for why, count in left_out.items():
        say(f"{count:,} left out: {why}", style="yellow")
    say(f"{written.total():,} pairs from {conversations:,} conversations: ")
    for name in _known_names():
        if name in wanted:
            say(f"  {written[name]:>6,} {name}")


def _known_names() -> Iterator[str]:
    yield from (kind.name for kind in KINDS)
    yield CORRECTED_WELL


def _read_turns(messages: Any) -> tuple[Turn, ...] | None:
    if not isinstance(messages, list) or not 1 < len(messages) <= _MOST_TURNS:
        return None
    turns = [_read_turn(message) for message in messages]
    return tuple(turn for turn in turns if turn) if all(turns) else None


def _read_turn(message: Any) -> Turn | None:
    if not isinstance(message, dict):
        return None
    role, content = message.get("role"), message.get("content")
    return Turn(role, content) if role in ROLES and isinstance(content, str) else None
