"""Every sentence the reviewer says, named by its occasion. Plain words: what is so, who is next, what to do.

Nothing here quotes a conversation or a judge: what others wrote is shown by the renderings, inert.
"""

from __future__ import annotations

from collections.abc import Mapping

from selfsown.finding import Level
from selfsown.review import Decision, Party, Reason, Review
from selfsown.row import Recommendation, Row
from selfsown.trust_sentences import IN_A_BAND, drift, measured
from selfsown.trust_sentences import accepted as accepted  # noqa: PLC0414 - sentences are asked for here, all of them
from selfsown.trust_sentences import bands as bands  # noqa: PLC0414
from selfsown.trust_sentences import count as count  # noqa: PLC0414
from selfsown.trust_sentences import listed as listed  # noqa: PLC0414

SIGNATURE = "Scores are a model's opinion, to help people decide what to read first. People decide."

CRITERIA: Mapping[str, str] = {
    "answers": "answers the request",
    "form": "on topic, well formed",
    "fair": "unbiased and fair",
    "correction": "takes correction well",
    "honest": "does not steer the rating",
}

_RECOMMENDATIONS: Mapping[Recommendation, str] = {
    Recommendation.AGAINST: "advise against",
    Recommendation.AUDIT: "please rate",
    Recommendation.UNJUDGED: "not judged",
    Recommendation.LOOK: "please look",
    Recommendation.RECOMMEND: "recommend",
}

_EXPLAINED: Mapping[Recommendation, str] = {
    Recommendation.AGAINST: "The score is low. Read it before you accept it, and drop it if you agree with the judge.",
    Recommendation.AUDIT: (
        "Drawn to be rated blind. Please rate it before it is merged; what the judge said of it is hidden, "
        "so that it sways nobody."
    ),
    Recommendation.UNJUDGED: "There is no score for this one, which says nothing about its quality. Please read it.",
    Recommendation.LOOK: "The score is in between, a judge raised a flag, or judges disagree. Please read it.",
    Recommendation.RECOMMEND: "The score is high and nothing was flagged. Check that the answer is right: a judge can miss it.",
}


def headline(review: Review) -> str:
    """The decision in one sentence."""
    match review.decision:
        case Decision.FINE:
            return "Nothing blocks this. A person may merge it."
        case Decision.CHANGES:
            return f"This needs changes: {count(review.counts['errors'], 'error')} to mend."
        case Decision.HUMAN:
            return "Nothing blocks this, and it needs a person's look before it is merged."


def waiting(review: Review) -> str:
    """Whose turn it is, in two or three words."""
    return {
        Party.AUTHOR: "Waiting on the author",
        Party.REVIEWER: "Waiting on a reviewer",
        Party.JUDGE: "Waiting on the judge",
    }[review.waiting_on]


def next_step(review: Review) -> str:
    """What happens next and what to do."""
    match review.waiting_on:
        case Party.AUTHOR:
            return (
                "Mend the errors below and push again; each one says what to do. A new review follows by itself, "
                "and everything else you sent is kept."
            )
        case Party.JUDGE:
            return (
                "There is nothing to do for the author. The judge runs again by itself; a maintainer who does not "
                "want to wait can read the conversations without scores and decide."
            )
        case Party.REVIEWER if review.decision is Decision.FINE:
            return "There is nothing to do for the author. Once it is merged, it is part of the next training round."
        case Party.REVIEWER if not review.rows:
            return "There is nothing to do for the author. A reviewer reads what it brings, and merges or answers."
        case Party.REVIEWER:
            return (
                "There is nothing to do for the author. A reviewer reads from the top, where the most doubtful "
                "conversations are, and merges or says what to change. Once merged, it is part of the next round."
            )


def brings(review: Review) -> str:
    """What the submission contains."""
    nouns = ("conversation", "rating", "rework", "source", "tombstone")
    numbers = {**review.counts, "conversation": review.counts["conversations"]}
    parts = [count(numbers[noun], noun) for noun in nouns if numbers[noun]]
    taken = count(numbers["removal"], "shard")
    out = f" It takes records out of {taken}." if numbers["removal"] else ""
    return f"It brings {listed(parts)}.{out}" if parts else out.strip() or "It brings no records."


def tally(review: Review) -> str:
    """The conversations by recommendation, best first, and the findings."""
    numbers = review.counts
    parts = [f"{numbers[entry.value]} {_RECOMMENDATIONS[entry]}" for entry in reversed(Recommendation)]
    parts.append(f"{numbers['with errors']} with errors")
    shown = [part for part in parts if not part.startswith("0 ")]
    return ", ".join([*shown, count(numbers["errors"], "error"), count(numbers["warnings"], "warning")])


def reason(why: Reason, review: Review) -> str:
    """Why the decision is not simply fine, one sentence per reason."""
    numbers = review.counts
    doubted = numbers[Recommendation.LOOK.value] + numbers[Recommendation.AGAINST.value]
    said = {
        Reason.ERRORS: f"The rules found {count(numbers['errors'], 'error')}. Records with errors are not judged.",
        Reason.MAINTENANCE: "It touches more than the corpus: a maintainer reviews it as a change to the project.",
        Reason.MISSING: "At least one conversation has no answer from a judge yet.",
        Reason.UNJUDGED: (
            "A judge could not say for at least one conversation. That is no zero and lowers nothing; "
            "a person reads it instead."
        ),
        Reason.DOUBTED: (
            f"{count(doubted, 'conversation').capitalize()} scored low or in between, carried a flag, "
            "or divided the judges."
        ),
        Reason.AUDIT: (
            f"{count(numbers[Recommendation.AUDIT.value], 'conversation').capitalize()} drawn to be rated blind: "
            "a person other than the author rates before merging."
        ),
        Reason.UNSCORED: "It brings reworks or sources, which no judge scores: a person reads those.",
        Reason.WITHDRAWAL: (
            "It withdraws records. Whoever merges it makes sure that who asks for that may ask: "
            "compare whose the records are with who opened this."
        ),
        Reason.BANDS: bands(review),
    }
    return said[why]


def scale(review: Review) -> str:
    """What the score means."""
    low, high = review.bands.advise_against, review.bands.recommend
    which = f"From {high:g} on, the review recommends" if review.hold else "The review recommends what a band accepts"
    return (
        f"A score is out of 10, two points for each of five yes-or-no questions. {which}; "
        f"up to {low:g}, it advises against.{measured(review)}{drift(review)}"
    )


def recommendation(kind: Recommendation) -> str:
    """A recommendation in two words."""
    return _RECOMMENDATIONS[kind]


def explained(kind: Recommendation) -> str:
    """What a recommendation asks of the reader."""
    return _EXPLAINED[kind]


def blocked() -> str:
    """What stands for a recommendation where the record has errors."""
    return "has errors"


def blocked_explained() -> str:
    """What errors in a record ask of its author."""
    return "The rules found errors in this record, so it was not judged. Mend them and push again."


def points(score: float | None) -> str:
    """`7.3 / 10`, or that there is none."""
    return "no score" if score is None else f"{score:.1f} / 10"


def row_points(row: Row) -> str:
    """The score of a row, or why none is shown."""
    return "score hidden" if row.recommendation is Recommendation.AUDIT else points(row.score)


def label(row: Row) -> str:
    """What is advised for a row, in two words."""
    return blocked() if row.blocks else recommendation(row.recommendation)


def advice(row: Row) -> str:
    """What a row asks of the reader, and how people took to conversations like it."""
    if row.blocks:
        return blocked_explained()
    said = IN_A_BAND.get(row.band) or explained(row.recommendation)
    return said if row.acceptance is None else f"{accepted(row.acceptance)} {said}"


def criterion(name: str) -> str:
    """A criterion of the rubric in a few words; an unknown one under its own name."""
    return CRITERIA.get(name, name.replace("_", " "))


def finding_label(level: Level) -> str:
    """How a finding is introduced."""
    return "error" if level is Level.ERROR else "warning"


def commands() -> str:
    """How people take part on a pull request."""
    return "A comment with `/rate N ID` and your reason says what you think of a conversation; `/help` lists the rest."


def judged_by(review: Review) -> str:
    """Which judges answered (their ids are shown beside it)."""
    return "No judge answered." if not review.judges else f"Judged by {count(len(review.judges), 'judge')}:"


def nothing_to_read() -> str:
    """Where conversations would stand."""
    return "There are no conversations to read in this submission."


def left_out_turns(number: int) -> str:
    """In an excerpt, between turns."""
    return f"({count(number, 'turn')} left out)"


def left_out_text(characters: int) -> str:
    """In an excerpt, at the end of a turn."""
    return f"({characters:,} more characters)"


def left_out_rows(number: int) -> str:
    """Where the posted review ends early."""
    return (
        f"{count(number, 'conversation').capitalize()} more would not fit here. "
        "`selfsown review` on your machine shows all of them."
    )


def left_out_findings(number: int) -> str:
    """Where a list of findings ends early."""
    return f"({count(number, 'finding')} more; mend these first and push again)"


def others(number: int) -> str:
    """Over the list of ratings, reworks, sources and tombstones."""
    return f"{count(number, 'record')} that no judge scores"


def findings_outside(number: int) -> str:
    """Over the findings that belong to no conversation."""
    return f"{count(number, 'finding').capitalize()} outside the conversations"


def self_rating(score: float) -> str:
    """What the chatbot said of its own conversation."""
    return f"the chatbot's own rating: {score:g} / 10"
