"""`selfsown ci post`: the one step of a review that may write. It believes nobody but git, the code host and itself.

What the pull request brings is read again from the objects; only the judgements come from another job, and a hand-off
that is not exactly what it has to be is refused whole: the commit status says `error` and nothing else is posted. Where
the tool itself fails the status says so too. A contribution with problems is a review like any other: exit code 0.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from selfsown.cli import hosting, posting
from selfsown.cli.ci.arguments import add_base, add_head, add_publish, add_pull
from selfsown.cli.ci.collect import bind
from selfsown.cli.console import say, write_json
from selfsown.cli.job_summary import append_summary
from selfsown.cli.place import open_repository, today
from selfsown.host import Host, HostError
from selfsown.pull.handoff import BadHandoff, Judged, read_judged
from selfsown.pull.publish import publish
from selfsown.pull.reading import Reading, read_pull
from selfsown.pull.wanted import decide_failed
from selfsown.render.inert import visible
from selfsown.render.markdown import render_markdown
from selfsown.repo import Repository
from selfsown.review import Review

HELP = "Review a pull request with what the judge job said; without --publish it says what it would write."

_REFUSED = "What the judge job handed over was refused; nothing was posted."
_FAILED = "The review failed; it is tried again by itself."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_pull(parser)
    add_head(parser)
    add_base(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--judged", metavar="DIR", type=Path, help="the folder of judged.json")
    source.add_argument("--unjudged", metavar="WHY", help="the judge job gave nothing: the review waits for the judge")
    add_publish(parser)


def run(args: argparse.Namespace) -> int:
    """Post the review; 0, also where there was nothing to do because the head has moved."""
    facts = {"pull": args.pull, "head": args.head}
    with ExitStack() as stack:
        host = hosting.open_host()
        stack.push(partial(_set_failed, host, args))
        repository = stack.enter_context(open_repository())
        base = repository.resolve(args.base)
        reading = read_pull(repository, args.pull, args.head, base, today(), hosting.read_access())
        if reading is None:
            say(posting.superseded(args.pull))
            write_json({**facts, "decision": None, "writes": 0, "outcome": "superseded"})
            return 0
        said = _read_answers(args, repository, reading)
        review = reading.review(said.answers, hosting.read_audit_key(), said.frozen)
        posted = posting.post_review(host, args.pull, review, reading.rulebook.policy.review, is_real=args.publish)
        append_summary(_render_page(args, reading, review))
    counted = {"decision": review.decision.value, "writes": len(posted.writes), "outcome": posted.outcome}
    write_json({**facts, **counted})
    return 0


def _read_answers(args: argparse.Namespace, repository: Repository, reading: Reading) -> Judged:
    if args.judged is None:
        say(f"there are no judgements: {visible(args.unjudged, 200)}")
        return Judged()
    binding = bind(hosting.read_repository_name(repository), args.pull, reading)
    wanted = [chat.id for chat in reading.judgeable]
    return read_judged(args.judged, reading.rulebook.schemas, binding, wanted, reading.rulebook.rubric)


def _render_page(args: argparse.Namespace, reading: Reading, review: Review) -> str:
    title = f"## Pull request {args.pull}"
    return f"{title}\n\n{render_markdown(review, reading.rulebook.policy.review)}"


def _set_failed(
    host: Host,
    args: argparse.Namespace,
    kind: type[BaseException] | None,
    error: BaseException | None,
    _: TracebackType | None,
) -> bool:
    """On the way out of a failure: the status says `error`. What was killed says nothing, as a killed process would."""
    if kind is None or not issubclass(kind, Exception):
        return False
    why = describe_failure(error, os.environ)
    if not args.publish:
        say(f"with --publish the status would be set to error: {why}")
        return False
    wanted = decide_failed(args.head, why, hosting.read_run_url())
    try:
        publish(host, args.pull, args.head, wanted, replace(posting.PACE, tries=2))
    except HostError as also:
        say(f"the status could not be set to error: {visible(also.message, 300)}")
    return False


def describe_failure(error: BaseException | None, environment: Mapping[str, str]) -> str:
    """What the status says. It names the run, so that every failure is a status of its own: the sweeper counts them."""
    why = _REFUSED if isinstance(error, BadHandoff) else _FAILED
    run, attempt = environment.get("GITHUB_RUN_ID", ""), environment.get("GITHUB_RUN_ATTEMPT", "1")
    return f"{why} Run {run}, attempt {attempt}." if run.isdecimal() and attempt.isdecimal() else why
