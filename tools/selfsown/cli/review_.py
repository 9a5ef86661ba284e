"""`selfsown review`: what a branch brings, validated, judged and decided, for a person to read.

The branch is read as git objects under the rules of the base. The review goes to the terminal and, where asked, into
files: Markdown as it would be posted, one HTML page, JSON for machines.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import orjson

from selfsown.cli.console import out, progress, say
from selfsown.cli.judges import SPEC_HELP, open_cache, open_judge
from selfsown.cli.place import open_repository, today
from selfsown.conversation import Conversation
from selfsown.corpus import read_base_corpus
from selfsown.errors import SelfsownError
from selfsown.judge import judge_all
from selfsown.render.html import render_html
from selfsown.render.markdown import render_markdown
from selfsown.render.terminal import render_terminal
from selfsown.repo import Repository
from selfsown.review import Answer, Decision, Review, decide_review, read_judgeable
from selfsown.rulebook import Rulebook
from selfsown.shard import Shard, write_atomically
from selfsown.validate import validate_submission

HELP = "Validate, judge and review what a branch brings, and say who has to do what."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--base", metavar="REF", default="main", help="whose rules hold (default: main)")
    parser.add_argument("--head", metavar="REF", default="HEAD", help="the branch to review (default: HEAD)")
    parser.add_argument(
        "--judge",
        metavar="SPEC",
        action="append",
        help=f"{SPEC_HELP}; repeat it for more judges",
    )
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the comment as it would be posted")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write one HTML page that loads nothing")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the review for machines")


def run(args: argparse.Namespace) -> int:
    """Review and print; 0 nothing blocks, 1 the contribution has problems."""
    with open_repository() as repository:
        rulebook = repository.rulebook(args.base)
        review = _review(repository, rulebook, args)
    out.print(render_terminal(review), soft_wrap=False)
    if args.markdown:
        _write(args.markdown, render_markdown(review, rulebook.policy.review))
    if args.html:
        _write(args.html, render_html(review))
    if args.json:
        _write(args.json, json.dumps(review.to_json(), indent=2) + "\n")
    return 1 if review.decision is Decision.CHANGES else 0


def _review(repository: Repository, rulebook: Rulebook, args: argparse.Namespace) -> Review:
    submission = repository.submission(args.base, args.head, rulebook.policy.limits.shard_bytes)
    validation = validate_submission(submission, rulebook, read_base_corpus(repository, submission.base), today())
    chats = read_judgeable(validation)
    answers = [
        answer for spec in args.judge or ["features"] for answer in _judge(spec, chats, rulebook, repository.root)
    ]
    rated = count_rated(repository.read_corpus(submission.base, "corpus/ratings"))
    return decide_review(submission, validation, answers, rulebook.policy, rated)


def _judge(spec: str, chats: list[Conversation], rulebook: Rulebook, root: Path) -> list[Answer]:
    judge = open_judge(spec, rulebook)
    with open_cache(root) as cache:
        answers = judge_all(chats, rulebook.rubric, judge, cache)
        return list(progress(answers, f"judging ({spec})", total=len(chats)))


def count_rated(shards: Iterable[Shard]) -> int:
    """How many conversations have a rating by a person other than their author."""
    rated = set()
    for shard in shards:
        for line in shard.content.splitlines():
            rating = orjson.loads(line)
            if rating["role"] != "author":
                rated.add(rating["conversation"])
    return len(rated)


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode("utf-8"))
    except OSError as error:
        raise SelfsownError(f"cannot write {path}: {error.strerror}", "name a file in a folder that exists") from error
    say(f"wrote {path}")
