"""From ledgers to ratings: what people said on a merged pull request becomes a pull request with rating records.

The branch is named after the pull request and the ratings in its ledger, so the same ledger always means the same branch: a run
that finds a pull request from it, open or closed, has nothing to do. Closing it declines the ratings for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from selfsown.canonical import canonical_bytes
from selfsown.commands import sentences
from selfsown.commands.decide import is_accepted
from selfsown.commands.ledger import Entry, read_ledger
from selfsown.commands.parse import Verb
from selfsown.corpus import Corpus
from selfsown.host import Host, Pull, Refused
from selfsown.pull.pace import Pace, persist
from selfsown.rating import PULL, Rating
from selfsown.rulebook import Rulebook
from selfsown.shard import Shard, pack_shards
from selfsown.submission import REGULAR_FILE, Change, Submission
from selfsown.validate import Validation, validate_submission

SOURCE = "pull-requests"
# What corpus/sources/pull-requests.toml says, for repositories that have no such file yet.
SOURCE_FILE = Shard(
    f"corpus/sources/{SOURCE}.toml",
    b"""id = "pull-requests"
title = "Ratings that people gave on pull requests of this repository"
license = "CC0-1.0"
origin = "Written as `/rate` in comments on pull requests; collected by a program when the pull request was merged. Raters are named by the number of their account."
contact = "the maintainers of this repository"
consent = "The help text of the commands and docs/commands.md say that a rating becomes part of the corpus under CC0-1.0 and trains the judge; who rates agrees to that."
""",  # noqa: E501 - a file, line by line
)


@dataclass(frozen=True, slots=True)
class Base:
    """The default branch as it was read: the commit, its corpus and its rules."""

    commit: str
    corpus: Corpus
    rulebook: Rulebook
    today: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """One pull request to be: ratings of pull request `pull` as files on a branch. `left_out` broke a rule."""

    pull: int
    branch: str
    ratings: tuple[Rating, ...]
    files: tuple[Shard, ...]
    left_out: int

    @property
    def title(self) -> str:
        """Fixed words and numbers; also the commit message."""
        return sentences.pull_title(len(self.ratings), self.pull)

    @property
    def body(self) -> str:
        """Fixed words and numbers."""
        people = len({rating.rater for rating in self.ratings})
        return sentences.pull_body(len(self.ratings), people, self.pull)


def read_ratings(pull: int, entries: Iterable[Entry]) -> tuple[Rating, ...]:
    """The accepted ratings of a ledger, the last of each account for each conversation, in the order of their ids."""
    last: dict[str, Rating] = {}
    for entry in sorted(entries, key=lambda entry: entry.key):
        if entry.verb == Verb.RATE and is_accepted(entry) and entry.score is not None:
            rating = Rating(
                conversation=entry.conversation,
                score=entry.score,
                criteria={},
                reason=entry.reason,
                rater=f"github:{entry.account}",
                role=entry.role,
                where=f"{PULL}{pull}",
                source=SOURCE,
                created=entry.time[:10],
            )
            last[rating.id] = rating
    return tuple(last[name] for name in sorted(last))


def decide_harvests(pull: int, entries: Iterable[Entry], base: Base) -> tuple[Harvest, ...]:
    """What a ledger brings to the corpus, in parts that a submission may hold. Pure.

    Ratings of conversations that are not in the corpus, and those that are there already, are left out.
    """
    ratings = read_ratings(pull, entries)
    most = base.rulebook.policy.limits.submission_records
    parts = (ratings[start : start + most] for start in range(0, len(ratings), most))
    harvests = (_harvest(pull, part, base) for part in parts)
    return tuple(harvest for harvest in harvests if harvest.ratings)


def record_pull(host: Host, pull: Pull, base: Base, pace: Pace) -> tuple[Harvest, ...]:
    """Open what a merged pull request brings and nobody has opened yet; return it. Raises what the host raises."""
    harvests = persist(lambda: find_harvests(host, pull, base), pace)
    for harvest in harvests:
        persist(partial(_publish, host, harvest, base, pace), pace)
    return harvests


def find_harvests(host: Host, pull: Pull, base: Base) -> tuple[Harvest, ...]:
    """The harvests of a merged pull request that nobody has opened yet. Only reads."""
    if pull.merged_as is None or pull.is_open:
        return ()
    _, entries = read_ledger(pull.number, host.comments(pull.number), host.me())
    return tuple(
        harvest for harvest in decide_harvests(pull.number, entries, base) if not host.pulls_from(harvest.branch)
    )


def validate_harvest(files: Sequence[Shard], base: Base) -> Validation:
    """Look at the files as at anybody's submission."""
    changes = tuple(Change(file.path, "A", REGULAR_FILE, len(file.content), file.content) for file in files)
    submission = Submission(base.commit, "", "", "", changes)
    return validate_submission(submission, base.rulebook, base.corpus, base.today)


def _publish(host: Host, harvest: Harvest, base: Base, pace: Pace) -> None:
    """Make the branch and open the pull request, each unless it is there."""
    if host.pulls_from(harvest.branch):
        return
    if host.branch_sha(harvest.branch) is None:
        _commit(host, harvest, base)
    try:
        host.open_pull(harvest.branch, harvest.title, harvest.body)
    except Refused:
        # GitHub takes one pull request from a branch at a time: it may be there, and the list may have lagged.
        pace.sleep(pace.settle)
        if not host.pulls_from(harvest.branch):
            raise


def _commit(host: Host, harvest: Harvest, base: Base) -> None:
    try:
        files = {file.path: file.content for file in harvest.files}
        host.commit_files(harvest.branch, base.commit, files, harvest.title)
    except Refused as error:
        if error.code != 422 or host.branch_sha(harvest.branch) is None:
            raise


def _harvest(pull: int, ratings: Sequence[Rating], base: Base) -> Harvest:
    # Over the ledger's ratings, whatever the corpus has by now: else one that is withdrawn would make a second branch.
    digest = hashlib.sha256(canonical_bytes([rating.to_json() for rating in ratings])).hexdigest()[:12]
    known, withdrawn = base.corpus.known, base.corpus.withdrawn
    wanted = [
        rating
        for rating in ratings
        if rating.conversation in known and rating.conversation not in withdrawn and rating.id not in known
    ]
    kept = _without_errors(wanted, base)
    return Harvest(pull, f"ratings/pull-{pull}-{digest}", tuple(kept), _files(kept, base), len(wanted) - len(kept))


def _files(ratings: Sequence[Rating], base: Base) -> tuple[Shard, ...]:
    source = () if SOURCE in base.rulebook.sources else (SOURCE_FILE,)
    return (*source, *pack_shards("ratings", ratings, base.rulebook.policy.limits))


def _without_errors(ratings: Sequence[Rating], base: Base) -> list[Rating]:
    """A reason that breaks a rule goes, and the score stays; a rating that breaks one without it goes."""
    bad = _with_errors(ratings, base)
    mended = [replace(rating, reason="") if rating.id in bad else rating for rating in ratings]
    bad = _with_errors(mended, base) if bad else bad
    return [rating for rating in mended if rating.id not in bad]


def _with_errors(ratings: Sequence[Rating], base: Base) -> frozenset[str]:
    def has_errors(rating: Rating) -> bool:
        return not validate_harvest(_files([rating], base), base).is_fine

    return (
        frozenset()
        if validate_harvest(_files(ratings, base), base).is_fine
        else frozenset(rating.id for rating in ratings if has_errors(rating))
    )
