"""`selfsown judge`: what a judge says of conversations on disk."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import orjson

from selfsown.cli.annotations import harmless
from selfsown.cli.console import progress, say, write_machine
from selfsown.cli.judge import accepting
from selfsown.cli.judges import SPEC_HELP, open_cache, open_judge
from selfsown.cli.place import find_checkout, open_repository, today
from selfsown.conversation import Conversation
from selfsown.corpus import Corpus
from selfsown.errors import UsageError
from selfsown.judge import judge_all
from selfsown.judgement import Judgement, Unjudged
from selfsown.outbox.store import open_outbox
from selfsown.render.excerpt import title
from selfsown.render.inert import visible
from selfsown.review import read_judgeable
from selfsown.rulebook import Rulebook, load_folder_rulebook
from selfsown.shard import write_atomically
from selfsown.validate import validate_files

HELP = "Ask a judge how suitable conversations are as training data."

_EXCERPT = 60
_MOST_WHY = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="shards or folders (default: corpus/original)"
    )
    parser.add_argument("--judge", default="features", metavar="SPEC", help=SPEC_HELP)
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text, or one JSON object a line")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of standard output")
    accepting.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """0 everything was judged, 1 something could not be read or judged, or was refused on its way into the outbox."""
    if args.output and not args.output.resolve().parent.is_dir():
        raise UsageError(f"there is no folder {args.output.parent} to write to", "make it first, or name another FILE")
    if args.accept_into:
        return hand_over(args)
    if args.consent or args.source or args.license:
        raise UsageError("--consent, --source and --license go with --accept-into", "add `--accept-into outbox`")
    root = find_checkout()
    rulebook = load_folder_rulebook(root)
    conversations, problems = read_conversations(args.paths, root, rulebook)
    answers = ask_and_write(args, conversations, root, rulebook)
    if problems:
        words = f"{problems} problems kept something from being judged: `selfsown validate PATH` names them"
        say(f"{words} (files of other forms go through `selfsown import` first)", style="yellow")
    return 1 if problems or any(isinstance(answer, Unjudged) for answer in answers) else 0


def hand_over(args: argparse.Namespace) -> int:
    """Judge what another chat application wrote, and keep what is good enough in the outbox."""
    consent = accepting.read_consent(args.consent)
    handover = accepting.Handover()
    with open_repository() as repository:
        rulebook = load_folder_rulebook(repository.root)
        conversations = accepting.read_handed_over(args, repository, rulebook, handover)
        answers = ask_and_write(args, conversations, repository.root, rulebook)
        judged = {one.id: (one, answer) for one, answer in zip(conversations, answers, strict=True)}
        accepting.accept(judged, consent, repository, rulebook, handover)
        with open_outbox(repository.root) as outbox:
            accepting.report(handover, outbox.counts())
    return 1 if handover.refused or any(isinstance(answer, Unjudged) for answer in answers) else 0


def ask_and_write(
    args: argparse.Namespace, conversations: list[Conversation], root: Path | None, rulebook: Rulebook
) -> list[Judgement | Unjudged]:
    """Ask the judge of every conversation, write what it said where it was asked for, and return it in their order."""
    judge = open_judge(args.judge, rulebook)
    with open_cache(root) as cache:
        found = judge_all(conversations, rulebook.rubric, judge, cache)
        answers = list(progress(found, f"judging ({args.judge})", len(conversations)))
    if args.format == "json":
        lines = list(render_json(conversations, answers))
    else:
        lines = list(render_text(conversations, answers, quotes=not args.accept_into))
    if args.output:
        write_atomically(args.output.resolve(), "".join(f"{line}\n" for line in lines).encode())
    else:
        for line in lines:
            write_machine(line)
    say(summary(answers, judge.id))
    return answers


def read_conversations(paths: list[Path], root: Path | None, rulebook: Rulebook) -> tuple[list[Conversation], int]:
    """The conversations of shards that pass validation, and how many problems the rest has.

    Raises UsageError on a missing path.
    """
    if not paths and root is None:
        raise UsageError("there is nothing to judge here", "name shards or folders, or run it in a Selfsown checkout")
    wanted = paths or [Path(root or ".") / "corpus" / "original"]
    for path in wanted:
        if not path.exists():
            raise UsageError(f"{path} is not there", "name shards or folders")
    found = validate_files(wanted, root or Path.cwd(), rulebook, today(), corpus=Corpus())
    return read_judgeable(found), found.counts.errors


def render_json(_: list[Conversation], answers: list[Judgement | Unjudged]) -> Iterator[str]:
    """One JSON object per conversation, in the form of schema/judgement.schema.json."""
    for answer in answers:
        yield orjson.dumps(answer.to_json()).decode()


def render_text(
    conversations: list[Conversation], answers: list[Judgement | Unjudged], *, quotes: bool = True
) -> Iterator[str]:
    """One line per conversation, lowest score first, what could not be judged before all. `quotes`: with how it begins.

    What is handed over is not screened yet: nothing of it is quoted.
    """
    pairs = sorted(zip(conversations, answers, strict=True), key=lambda pair: _order(pair[1]))
    for conversation, answer in pairs:
        said = f"{answer.score:4.1f}" if isinstance(answer, Judgement) else "   ?"
        why = "; ".join(answer.flags) if isinstance(answer, Judgement) else answer.why
        shown = f"  [{visible(why, _MOST_WHY)}]" if why else ""
        begins = f"  {title(conversation, _EXCERPT)}" if quotes else ""
        yield harmless(f"{said}  {conversation.id}{begins}{shown}")


def _order(answer: Judgement | Unjudged) -> tuple[float, str]:
    return (answer.score if isinstance(answer, Judgement) else -1.0), answer.conversation


def summary(answers: list[Judgement | Unjudged], judge: str) -> str:
    """The counts in a sentence; what could not be judged is no part of the mean."""
    scores = [answer.score for answer in answers if isinstance(answer, Judgement)]
    mean = f", mean {sum(scores) / len(scores):.1f} of 10" if scores else ""
    unjudged = len(answers) - len(scores)
    return f"{len(scores)} judged by {judge}{mean}" + (f"; {unjudged} could not be judged" if unjudged else "")
