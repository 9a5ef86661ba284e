"""`selfsown ci judge`: ask judges about what was collected, and a frozen one. Neither git nor the code host is asked anything.

The rules are those of the trusted checkout around the current folder. A judge that fails as a whole leaves no file: the
review then says that it waits for the judge. It never becomes a zero.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from selfsown.cli.ci.arguments import add_folder, add_head, add_pull
from selfsown.cli.console import write_json
from selfsown.cli.judges import SPEC_HELP
from selfsown.cli.judging import judge_frozen, judge_with
from selfsown.cli.place import find_checkout
from selfsown.judgement import Judgement
from selfsown.pull.handoff import read_collected, write_judged
from selfsown.rulebook import load_folder_rulebook

HELP = "Ask judges about what was collected."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    parser.add_argument("--collected", metavar="DIR", type=Path, required=True, help="the folder of collected.json")
    parser.add_argument("--judge", metavar="SPEC", action="append", help=f"{SPEC_HELP}; repeat it for more judges")
    add_pull(parser, required=False)
    add_head(parser, required=False)
    add_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Write judged.json; 0."""
    rulebook = load_folder_rulebook(find_checkout())
    known = {"repository": os.environ.get("GITHUB_REPOSITORY") or None, "pull": args.pull, "head": args.head}
    trusted = {name: value for name, value in known.items() if value is not None}
    collected = read_collected(
        args.collected, rulebook.schemas["collected"], {**trusted, "rubric": rulebook.rubric.digest}
    )
    answers = judge_with(args.judge, collected.conversations, rulebook, root=None)
    frozen = judge_frozen(answers, collected.conversations, rulebook, root=None)
    write_judged(args.output, collected.binding, answers, frozen)
    judged = sum(isinstance(answer, Judgement) for answer in answers)
    facts = {"pull": collected.binding.pull, "head": collected.binding.head}
    write_json({**facts, "judged": judged, "unjudged": len(answers) - judged})
    return 0
