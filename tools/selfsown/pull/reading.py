"""What a pull request brings, read once under the rules of a base: the same reading for every job and for a person.

The jobs hand each other as little as possible; what is not handed over is read again from the git objects by this code.
Commits that git refuses, or that share no history with the base, are a problem of the contribution: they come out as a
finding, so that its author learns of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import orjson

from selfsown.calibration.record import CALIBRATION, read_calibration
from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation
from selfsown.corpus import read_base_corpus
from selfsown.entries import Heading
from selfsown.errors import BadHistory
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Judgement
from selfsown.ledger import decide_drift
from selfsown.policy import Limits
from selfsown.pull.handoff import COLLECTED, MOST_BYTES
from selfsown.repo import Access, Repository
from selfsown.review import Review, decide_review, read_judgeable
from selfsown.rulebook import Rulebook
from selfsown.rules.rule import Problem, make_finding
from selfsown.shard import Shard
from selfsown.submission import Submission
from selfsown.trust import Answer, Trust
from selfsown.validate import Counts, Validation, validate_submission
from selfsown.vote import read_vote

BAD_HISTORY = Heading("S519", "bad-history")


@dataclass(frozen=True, slots=True)
class Reading:
    """A submission, what is wrong with it, the rules it was held against, and how far judges may be trusted there."""

    rulebook: Rulebook
    submission: Submission
    validation: Validation
    trust: Trust

    @property
    def judgeable(self) -> list[Conversation]:
        """The conversations that go to a judge: see `decide_judgeable`."""
        return decide_judgeable(self.validation, self.rulebook.policy.limits)

    def review(self, answers: Sequence[Answer], audit_key: bytes = b"", frozen: Sequence[Answer] = ()) -> Review:
        """The review, given what judges said. The features look here themselves: nobody can hand over their silence.

        What the `frozen` judge said shows whether the others drift, and touches nothing else.
        """
        trust = replace(self.trust, audit_key=audit_key)
        features = FeaturesJudge().judge(self.judgeable, self.rulebook.rubric)
        beside = {said.conversation: said for said in features if isinstance(said, Judgement)}
        review = decide_review(self.submission, self.validation, answers, self.rulebook.policy, trust, beside)
        return replace(review, drift=decide_drift(answers, frozen))


def read_submission(repository: Repository, base: str, head: str, today: str) -> Reading:
    """Read what `head` brings over `base`. `today` is YYYY-MM-DD."""
    base = repository.resolve(base)  # once: a branch may move between two questions
    head = repository.resolve(head)
    rulebook = repository.rulebook(base)
    try:
        submission = repository.submission(base, head, rulebook.policy.limits.shard_bytes)
    except BadHistory as error:
        return read_refused(repository, base, head, error)
    validation = validate_submission(submission, rulebook, read_base_corpus(repository, base), today)
    return Reading(rulebook, submission, validation, read_trust(repository, base, rulebook))


def read_refused(repository: Repository, base: str, head: str, error: BadHistory) -> Reading:
    """The reading of a head whose commits cannot be taken: nothing but a finding that says so."""
    base = repository.resolve(base)
    finding = make_finding(BAD_HISTORY, Problem(error.message, error.tip), "corpus")
    validation = Validation((finding,), (), Counts(files=0, records=0, errors=1, warnings=0))
    nothing = Submission(base, head, author="", title="", changes=())
    rulebook = repository.rulebook(base)
    return Reading(rulebook, nothing, validation, read_trust(repository, base, rulebook))


def read_pull(
    repository: Repository, number: int, head: str, base: str, today: str, access: Access | None = None
) -> Reading | None:
    """Fetch a pull request and read it; None where its head is no longer `head`. Nothing is checked out."""
    try:
        fetched = repository.fetch_pull(number, access)
    except BadHistory as error:
        return read_refused(repository, base, head, error)
    return read_submission(repository, base, head, today) if fetched == head else None


def decide_judgeable(validation: Validation, limits: Limits) -> list[Conversation]:
    """The conversations without errors, from the first on, as many as a submission may bring.

    A submission over the limits has errors and goes back to its author anyway; it shall not fill a hand-off or run up
    a judge's bill before.
    """
    room = min(limits.submission_bytes, MOST_BYTES[COLLECTED] - 64 * 1024)
    kept = []
    for chat in read_judgeable(validation)[: limits.submission_records]:
        room -= len(canonical_bytes([turn.to_json() for turn in chat.turns])) + 64
        if room < 0:
            break
        kept.append(chat)
    return kept


def read_trust(repository: Repository, base: str, rulebook: Rulebook) -> Trust:
    """What a base knows of its judges; never what a pull request says of them. Raises SelfsownError on a bad calibration."""
    content = repository.read_file(base, CALIBRATION)
    calibration = None if content is None else read_calibration(content, rulebook.schemas["calibration"])
    vote = read_vote(repository, base, rulebook.schemas["round"])
    return Trust(count_rated(repository.read_corpus(base, "corpus/ratings")), calibration, vote)


def count_rated(shards: Iterable[Shard]) -> int:
    """How many conversations have a rating by a person other than their author."""
    rated = set()
    for shard in shards:
        for line in shard.content.splitlines():
            rating = orjson.loads(line)
            if rating["role"] != "author":
                rated.add(rating["conversation"])
    return len(rated)
