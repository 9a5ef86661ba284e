"""S514 submission-size: a submission is small enough to be reviewed in one sitting."""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Problem
from selfsown.submission import Submission

NUMBER = "S514"
NAME = "submission-size"
LEVEL = Level.ERROR

_TIP = "make two submissions of it"


def check(submission: Submission, context: Context) -> Iterator[Problem]:
    """Count records, shards and bytes against the policy; a shard that only moves records brings nothing to review."""
    limits = context.rulebook.policy.limits
    new = [change for change in submission.changes if not context.removals.only_moves(change.content)]
    shards = [change for change in new if change.status != "D" and change.path.endswith(".jsonl")]
    records = sum(change.content.count(b"\n") for change in shards if change.content)
    size = sum(change.size for change in new if change.path.startswith("corpus/"))
    sums = (
        (records, limits.submission_records, "records"),
        (len(shards), limits.submission_shards, "shards"),
        (size, limits.submission_bytes, "bytes"),
    )
    for count, most, what in sums:
        if count > most:
            yield Problem(f"the submission has {count:,} {what}; at most {most:,} are allowed", _TIP, path="corpus")
