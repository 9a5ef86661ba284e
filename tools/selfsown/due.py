"""Whether a round is due: pure, over what the corpus would train, what rounds exist, and what is going on right now.

A round is due where a person changed the recipe or withdrew something, where enough is new, or where anything is new
after some days. It waits for merges to settle, for a round that is being trained elsewhere, and for one that is proposed:
two at a time would carry the same number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from selfsown.policy import RoundPolicy
from selfsown.round import Round, State

CONTEXT = "selfsown/round"  # the commit status that says how the round of a commit came out
BRANCHES = "round/"  # of proposed rounds
LOST_AFTER = timedelta(hours=24)  # a training elsewhere that has not come back by then is not waited for


@dataclass(frozen=True, slots=True)
class Going:
    """What is going on: the time, the newest commit to the corpus, and what a round waits for (sentences)."""

    now: datetime
    last_merge: datetime
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a round is due, and why or why not."""

    is_due: bool
    why: str


def decide_due(
    plan: Mapping[str, Any], rounds: Sequence[Round], policy: RoundPolicy, going: Going, *, is_asked: bool = False
) -> Due:
    """Decide for a plan that no round has. `is_asked`: a person wants it now, however little is new."""
    if going.waits_for:
        return Due(False, going.waits_for[0])
    trained = [entry for entry in rounds if entry.state is not State.PLANNED]
    reason = "a person asked for it" if is_asked else _reason(plan, trained, policy, going)
    if reason is None:
        few = count_new(plan, trained[-1].plan)
        return Due(
            False, f"{few} new conversations and ratings, of {policy.fewest_new}, in less than {policy.most_days} days"
        )
    quiet = timedelta(minutes=policy.quiet_minutes)
    if not is_asked and going.now - going.last_merge < quiet:
        return Due(False, f"{reason}, but the last merge is less than {policy.quiet_minutes} minutes old")
    return Due(True, reason)


def _reason(plan: Mapping[str, Any], trained: Sequence[Round], policy: RoundPolicy, going: Going) -> str | None:
    if not trained:
        return "there is no round yet"
    newest = trained[-1]
    if newest.plan["recipe"]["digest"] != plan["recipe"]["digest"] or newest.plan["rubric"] != plan["rubric"]:
        return "the recipe or the rubric changed"
    if _withdrawn(plan) > _withdrawn(newest.plan):
        return "something was withdrawn"
    new = count_new(plan, newest.plan)
    if new >= policy.fewest_new:
        return f"{new} conversations and ratings are new"
    age = going.now - datetime.fromisoformat(f"{newest.created}T00:00:00+00:00")
    return f"the last round is {age.days} days old" if age.days >= policy.most_days else None


def count_new(plan: Mapping[str, Any], old: Mapping[str, Any]) -> int:
    """How many conversations and ratings more, at least, a plan has than an older one."""
    return max(0, _size(plan) - _size(old))


def _size(plan: Mapping[str, Any]) -> int:
    corpus = plan["corpus"]
    return int(corpus["conversations"] + corpus["held_out"] + corpus["ratings"] + sum(corpus["left_out"].values()))


def _withdrawn(plan: Mapping[str, Any]) -> int:
    return int(plan["corpus"]["left_out"].get("withdrawn", 0))
