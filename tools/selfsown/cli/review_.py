"""`selfsown review`: what a branch brings, validated, judged and decided, for a person to read.

The branch is read as git objects under the rules of the base. The review goes to the terminal and, where asked, into
files: Markdown as it would be posted, one HTML page, JSON for machines. With --pull it is the review of a pull request of
the code host, and with --publish it is posted there, from this machine and in one go.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import read_number
from selfsown.cli.console import out, say
from selfsown.cli.judges import SPEC_HELP
from selfsown.cli.judging import judge_frozen, judge_with
from selfsown.cli.place import open_repository, today
from selfsown.cli.posting import post_review, superseded
from selfsown.errors import SelfsownError, UsageError
from selfsown.host import Host
from selfsown.pull.reading import Reading, read_pull, read_submission
from selfsown.render.html import render_html
from selfsown.render.markdown import render_markdown
from selfsown.render.terminal import render_terminal
from selfsown.repo import Repository
from selfsown.review import Decision, Review
from selfsown.shard import write_atomically

HELP = "Validate, judge and review what a branch brings, and say who has to do what."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--base", metavar="REF", default="main", help="whose rules hold (default: main)")
    parser.add_argument("--head", metavar="REF", help="the branch to review (default: HEAD, or that of --pull)")
    parser.add_argument(
        "--judge",
        metavar="SPEC",
        action="append",
        help=f"{SPEC_HELP}; repeat it for more judges",
    )
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the comment as it would be posted")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write one HTML page that loads nothing")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the review for machines")
    parser.add_argument("--pull", metavar="N", type=read_number, help="review pull request N; needs GITHUB_TOKEN")
    parser.add_argument("--publish", action="store_true", help="post it (default: say what would be written)")


def run(args: argparse.Namespace) -> int:
    """Review and print; 0 nothing blocks, 1 the contribution has problems."""
    if args.publish and args.pull is None:
        raise UsageError("--publish does not say where to", "name the pull request: --publish --pull N")
    with open_repository() as repository:
        host = hosting.open_host_of(repository) if args.pull else None
        reading = _read_pull(repository, host, args) if host else _read_branch(repository, args)
        answers = judge_with(args.judge, reading.judgeable, reading.rulebook, repository.root)
        frozen = judge_frozen(answers, reading.judgeable, reading.rulebook, repository.root)
        review = reading.review(answers, hosting.read_audit_key(), frozen)
    _show(review, reading, args)
    if host:
        post_review(host, args.pull, review, reading.rulebook.policy.review, is_real=args.publish)
    return 1 if review.decision is Decision.CHANGES else 0


def _read_branch(repository: Repository, args: argparse.Namespace) -> Reading:
    return read_submission(repository, args.base, args.head or "HEAD", today())


def _read_pull(repository: Repository, host: Host, args: argparse.Namespace) -> Reading:
    head = host.pull(args.pull).head
    reading = read_pull(repository, args.pull, head, args.base, today(), hosting.read_access())
    if reading is None:
        raise SelfsownError(superseded(args.pull), "run the same command again")
    if args.head and repository.resolve(args.head) != head:
        raise UsageError(
            f"pull request {args.pull} is at {head[:12]}, which is not {args.head}", "leave --head out, or push first"
        )
    return reading


def _show(review: Review, reading: Reading, args: argparse.Namespace) -> None:
    out.print(render_terminal(review), soft_wrap=False)
    if args.markdown:
        _write(args.markdown, render_markdown(review, reading.rulebook.policy.review))
    if args.html:
        _write(args.html, render_html(review))
    if args.json:
        _write(args.json, json.dumps(review.to_json(), indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode("utf-8"))
    except OSError as error:
        raise SelfsownError(f"cannot write {path}: {error.strerror}", "name a file in a folder that exists") from error
    say(f"wrote {path}")
