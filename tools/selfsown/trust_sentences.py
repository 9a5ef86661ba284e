"""What the reviewer says of trust in scores: bands, calibration, vote. Part of selfsown.sentences, which shows it to all.

As there, nothing quotes a conversation or a judge.
"""

from __future__ import annotations

from collections.abc import Mapping

from selfsown.calibration.bands import Band, least_ratings
from selfsown.review import Review
from selfsown.trust import Hold
from selfsown.vote import Vote

_ALIKE, _PARTLY = 0.6, 0.2  # Kendall's tau

IN_A_BAND: Mapping[Band, str] = {
    Band.ACCEPT: "People accept nearly all that is judged like this: nobody has to read it.",
    Band.DECLINE: "People decline nearly all that is judged like this. Drop it, or rate it if the judge is wrong.",
}


def count(number: int, noun: str) -> str:
    """`1 conversation`, `2 conversations`, `no conversations`."""
    plural = noun if number == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number or 'no'} {plural}"


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else "nothing"


def bands(review: Review) -> str:
    """How far the scores may be trusted, in one sentence: why every conversation needs a person, or which do not."""
    rated = f"People other than the authors have rated {count(review.rated, 'conversation')} so far"
    policy = review.bands
    match review.hold:
        case None:
            return (
                f"{rated}, which proves a band: what lies in it needs no person, except "
                f"{policy.audit_share:.0%} that people rate without seeing the score."
            )
        case Hold.NO_VOTE:
            lost = _lost(review.vote) if review.vote else "The judge has no vote"
            return f"{lost}: its scores only sort the reading, and every conversation needs a person."
        case Hold.ANOTHER_JUDGE:
            return (
                f"{rated}, and the calibration at hand belongs to another judge or rubric: until "
                "`selfsown judge calibrate` makes one for this judge, every conversation needs a person."
            )
        case Hold.UNCALIBRATED | Hold.UNPROVED:
            needed = least_ratings(0, policy.accept_risk, policy.confidence)
            return (
                f"{rated}; until there are {needed} of conversations that the calibrated judge puts on top, and nearly all "
                "of them accepted, the scores only sort the reading and every conversation needs a person."
            )


def _lost(vote: Vote) -> str:
    judge = f"The judge of round {vote.round:04d} has no vote"
    if vote.against is None:
        return f"{judge}, because it was not measured beside judges that understand nothing, or too little is rated"
    return f"{judge}, because it is not better than the trivial judge `{vote.against}` beyond doubt"


def measured(review: Review) -> str:
    """What acceptance is estimated from; nothing where it is not."""
    found = review.calibration
    if found is None or review.hold is Hold.ANOTHER_JUDGE:
        return ""
    return f" How many people accept is estimated from {count(found.n, 'rated conversation')}."


def drift(review: Review) -> str:
    """Whether the frozen judge ranks what is brought as the live one does; nothing where they are the same."""
    found = review.drift
    if found is None:
        return ""
    how = "alike" if found.tau >= _ALIKE else "partly alike" if found.tau >= _PARTLY else "differently"
    return (
        f" The frozen judge ranks {count(found.conversations, 'conversation')} {how} (Kendall's tau {found.tau:.2f})."
    )


def accepted(acceptance: float) -> str:
    """The calibrated probability as a count of people."""
    return f"About {min(max(round(100 * acceptance), 1), 99)} in 100 such conversations were accepted by people."
