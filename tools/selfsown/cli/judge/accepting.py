"""`selfsown judge FILE… --accept-into outbox`: what another chat application hands over, judged by the batch.

Only what is good enough, unflagged, and passes screening enters the outbox, as screened; of everything else nothing is
written. Whoever runs it declares the consent of the people in it, and a record that says less is taken at its own word.
The key of an entry follows from what was said, so the same file again, or after a kill, doubles nothing.
"""

from __future__ import annotations

import argparse
import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from selfsown.cli.console import progress, say
from selfsown.cli.import_ import open_files
from selfsown.cli.place import today
from selfsown.consent import Consent, may_publish, may_train
from selfsown.conversation import Conversation, read_conversation
from selfsown.corpus import Corpus, read_base_corpus
from selfsown.errors import UsageError
from selfsown.intake import Defaults, Intake, RefusedEntry, all_taken
from selfsown.intake_check import record_check
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Judgement, Unjudged
from selfsown.outbox.entry import State
from selfsown.outbox.rows import key_of
from selfsown.outbox.store import Outbox, open_outbox
from selfsown.render.inert import visible
from selfsown.repo import Repository
from selfsown.rulebook import Rulebook
from selfsown.screening import screen
from selfsown.self_rating import SelfRating
from selfsown.sentences import count
from selfsown.tombstone import near_finder

OUTBOX = "outbox"

_MOST_SHOWN = 20
_KEPT = frozenset({State.SCREENED, State.SUBMITTED, State.MERGED})


@dataclass(slots=True)
class Handover:
    """What became of the conversations of a hand-over: how many, by what was done; `refused` says why, and where."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    def refuse(self, entry: RefusedEntry) -> None:
        """Note an entry that could not be taken from its file."""
        self.refused.append(f"{entry.file} {entry.unit} {entry.number}: {entry.sentence}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a hand-over."""
    group = parser.add_argument_group("hand over what another chat application kept")
    group.add_argument(
        "--accept-into", choices=[OUTBOX], help="put what is good enough and passes screening into the outbox"
    )
    group.add_argument(
        "--consent",
        default="",
        metavar="publish[,train]",
        help="what the people in the files agreed to; you answer for it (asked for with --accept-into)",
    )
    group.add_argument("--source", default="", metavar="ID", help="source of conversations that name none")
    group.add_argument("--license", default="", metavar="SPDX", help="licence of conversations that name none")


def read_consent(said: str) -> Consent:
    """The consent that was declared. Raises UsageError where it is none."""
    words = {word.strip() for word in said.split(",") if word.strip()}
    if "publish" not in words or words - {"publish", "train"}:
        raise UsageError(
            f"--consent {said!r} lets nothing be published" if said else "--accept-into needs --consent",
            "say `--consent publish`, or `--consent publish,train`, if the people in these files agreed to that",
        )
    return Consent(publish=True, train="train" in words, day=today())


def read_handed_over(
    args: argparse.Namespace, repository: Repository, rulebook: Rulebook, handover: Handover
) -> list[Conversation]:
    """The conversations of the files, of any form that `selfsown import` reads; what the corpus has is left out."""
    if not args.paths:
        raise UsageError("--accept-into needs files", "name what the other application has written")
    for path in args.paths:
        if not path.is_file():
            raise UsageError(f"{path} is no file", "name JSON or JSONL files with conversations")
    corpus = read_base_corpus(repository, "HEAD")
    known = {bytes.fromhex(name[2:]) for name in corpus.known if name.startswith("c-")}
    check = record_check(rulebook, known, datetime.date.fromisoformat(today()), near_finder(corpus.sketches))
    defaults = Defaults(args.source, args.license, today())
    intake = Intake(defaults, rulebook.policy.limits, check, handover.refuse, known, corpus.withdrawn)
    with open_files(args.paths) as streams:
        taken = [read_conversation(orjson.loads(line.content)) for line in all_taken(streams, intake, None)]
    check_sources(taken, repository.root, rulebook)
    handover.counts["in the corpus already, or twice in the files"] = intake.tally.already
    return taken


def check_sources(taken: Sequence[Conversation], root: Path, rulebook: Rulebook) -> None:
    """Raise UsageError where a source has no file: nothing of it could be submitted."""
    for name in sorted({one.source for one in taken} - set(rulebook.sources)):
        if not (root / "corpus" / "sources" / f"{name}.toml").is_file():
            tip = "write it first: where the conversations come from, and on what consent they rest"
            raise UsageError(f"the source {name} is not known: there is no corpus/sources/{name}.toml", tip)


def accept(
    judged: Mapping[str, tuple[Conversation, Judgement | Unjudged]],
    consent: Consent,
    repository: Repository,
    rulebook: Rulebook,
    handover: Handover,
) -> None:
    """Put into the outbox what may go there, and count what became of each."""
    corpus = read_base_corpus(repository, "HEAD")
    with open_outbox(repository.root) as outbox:
        work = iter_fates(judged, consent, rulebook, corpus, outbox)
        for name, (fate, why) in progress(work, "screening", len(judged)):
            handover.counts[fate] += 1
            if why:
                handover.refused.append(f"{name}: {why}")


def iter_fates(
    judged: Mapping[str, tuple[Conversation, Judgement | Unjudged]],
    consent: Consent,
    rulebook: Rulebook,
    corpus: Corpus,
    outbox: Outbox,
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each conversation's id with what became of it, and why where it was refused."""
    for name, (conversation, answer) in judged.items():
        features = FeaturesJudge().judge([conversation], rulebook.rubric)[0]
        fate = decide_fate(conversation, answer, features, rulebook.policy.chat.submit_score)
        yield name, (fate, "") if fate else _keep(conversation, answer, consent, rulebook, corpus, outbox)


def decide_fate(
    conversation: Conversation, answer: Judgement | Unjudged, features: Judgement | Unjudged, least: float
) -> str:
    """Empty where a conversation may go on to screening, else what keeps it out."""
    if not may_publish(conversation.ext):
        return "its person did not agree to have it published"
    if isinstance(answer, Unjudged):
        return "could not be judged"
    if not _rating(conversation, answer).is_enough(least):
        return f"rated below {least:g}"
    if answer.flags or (isinstance(features, Judgement) and features.flags):
        return "flagged by a judge"
    return ""


def _keep(
    conversation: Conversation,
    answer: Judgement | Unjudged,
    consent: Consent,
    rulebook: Rulebook,
    corpus: Corpus,
    outbox: Outbox,
) -> tuple[str, str]:
    """Screen a conversation and keep it; what a killed run left half-way is gone on with."""
    key = key_of(f"handed over {conversation.id}")
    entry = outbox.read(key)
    if entry is not None and entry.state in _KEPT:
        return "in the outbox already", ""
    if entry is not None and entry.state in {State.DECLINED, State.WITHDRAWN}:
        return f"{entry.state} before", ""
    screened = screen(conversation, rulebook, corpus, today())
    if screened.refusal:
        return "refused by screening", screened.refusal
    agreed = replace(consent, train=consent.train and may_train(conversation.ext))
    if entry is None or entry.state is State.DRAFT:
        outbox.keep(key, conversation, agreed)
        outbox.rate(key, _rating(conversation, answer), rulebook.policy.chat.submit_score)
    outbox.screen(key, screened)
    return "accepted", ""


def _rating(conversation: Conversation, answer: Judgement | Unjudged) -> SelfRating:
    """What was asked here decides: the model that wrote the answers ran elsewhere and was not asked."""
    nobody = Unjudged(conversation.id, "none", "the model that wrote it was not asked")
    return SelfRating(own=nobody, features=answer, vote=None)


def report(handover: Handover, counts: Mapping[State, int]) -> None:
    """What became of everything, on stderr. Kinds and places only: no word of a conversation."""
    for what, many in handover.counts.most_common():
        if many:
            say(f"  {many:>7,}  {what}")
    for line in handover.refused[:_MOST_SHOWN]:
        say(f"refused {visible(line, 300)}", style="yellow")
    if len(handover.refused) > _MOST_SHOWN:
        say(f"… and {len(handover.refused) - _MOST_SHOWN} more", style="yellow")
    if not (handover.refused or handover.counts.total()):
        say("no conversation was found in the files", style="yellow")
    ready = counts[State.SCREENED]
    tip = ": `selfsown submit` sends what is ready" if ready else ""
    say(f"the outbox has {count(ready, 'conversation')} ready to be sent{tip}", style="bold")
