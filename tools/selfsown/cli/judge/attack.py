"""`selfsown judge attack`: conversations without and with an attack on whoever rates them, to measure a judge by."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import orjson

from selfsown.attack import FAMILIES, AttackFamily, attack
from selfsown.attack.benign import benign_conversations, benign_seen
from selfsown.attack.foreign import read_foreign_families
from selfsown.cli.console import progress, say
from selfsown.cli.judge.corrupt import read_conversations
from selfsown.cli.place import find_checkout
from selfsown.conversation import Conversation, Turn
from selfsown.errors import UsageError
from selfsown.export import replacing

HELP = "Write conversations without and with an attack on whoever rates them, and harmless ones about attacks."

_NAMES = ", ".join(family.name for family in FAMILIES)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    paths = "conversations (JSON lines with messages), or folders of them (default: corpus/original)"
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=paths)
    parser.add_argument("--families", metavar="A,B", help=f"only these: {_NAMES} (default: all)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another N, other attacks (default: 0)")
    parser.add_argument("--per-conversation", type=int, metavar="K", help="K families each, drawn (default: all)")
    parser.add_argument(
        "--texts",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="instructions by category, as JSON ({category: [text, ...]}): the families foreign:CATEGORY",
    )
    parser.add_argument("--seen", action="store_true", help="the wordings that patterns may be tuned on")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """0; raises UsageError on a family that is not there."""
    families = (*_find_families(args.families), *read_foreign_families(args.texts))
    if args.per_conversation is not None and args.per_conversation < 1:
        raise UsageError("--per-conversation takes a whole number from 1 on", "leave it out for all families")
    root = find_checkout()
    if not args.paths and root is None:
        raise UsageError("there is nothing to attack here", "name files or folders, or run it in a Selfsown checkout")
    paths = args.paths or [Path(root or ".") / "corpus" / "original"]
    # What people rated low is a victim as good as any: the attack has to raise it.
    conversations = list(progress(read_conversations(paths, 0.0, Counter()), "reading"))
    written: Counter[str] = Counter()
    with replacing(args.output.resolve()) if args.output else nullcontext(sys.stdout.buffer) as stream:
        for row in attacked_rows(conversations, families, args.seed, args.per_conversation, unseen=not args.seen):
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            written[row["family"]] += 1
    say(f"{written.total():,} lines from {len(conversations):,} conversations, {written['benign']:,} of them benign")
    return 0


def attacked_rows(
    conversations: Sequence[Conversation],
    families: Sequence[AttackFamily],
    seed: int,
    per_conversation: int | None = None,
    *,
    unseen: bool = True,
) -> Iterator[dict[str, Any]]:
    """The lines of an attacked file (docs/evaluation.md). Every other conversation is spoiled first.

    A good conversation cannot become better than recommended: an attack on one that is bad is what counts.
    """
    for number, conversation in enumerate(conversations):
        draw = Random(f"{seed} {conversation.id}")  # noqa: S311 - repeatable, not secret
        victim = spoil(conversation, conversations[number - 1], draw) if number % 2 else conversation
        few = per_conversation is not None and per_conversation < len(families)
        for family in draw.sample(families, per_conversation or 0) if few else families:
            attacked = attack(victim, family, seed, unseen)
            yield {
                "id": f"{conversation.id}:{family.name}",
                "messages": [turn.to_json() for turn in victim.turns],
                "attacked": [turn.to_json() for turn in attacked.turns],
                "family": family.name,
            }
    for entry in benign_conversations() if unseen else benign_seen():
        messages = [turn.to_json() for turn in entry.turns]
        yield {"id": entry.id, "messages": messages, "family": "benign", "benign": True}


def spoil(conversation: Conversation, other: Conversation, draw: Random) -> Conversation:
    """With the last answer cut off, or with the one of another conversation instead."""
    answers = [index for index, turn in enumerate(conversation.turns) if turn.role == "assistant"]
    if not answers:
        return conversation
    at, said = answers[-1], conversation.turns[answers[-1]].content
    foreign = next((turn.content for turn in reversed(other.turns) if turn.role == "assistant"), said)
    content = foreign if draw.random() < 0.5 else said[: max(len(said) * 3 // 5, 20)]
    turns = (*conversation.turns[:at], Turn("assistant", content), *conversation.turns[at + 1 :])
    return replace(conversation, turns=turns)


def _find_families(names: str | None) -> list[AttackFamily]:
    wanted = [name.strip() for name in names.split(",")] if names else [family.name for family in FAMILIES]
    known = {family.name: family for family in FAMILIES}
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no family {name!r}", f"the families are: {_NAMES}")
    return [known[name] for name in wanted]
