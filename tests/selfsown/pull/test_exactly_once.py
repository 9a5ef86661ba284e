"""Exactly one sticky, one review, one status, however often events arrive and wherever a publisher is struck.

Every seed is one pull request on the double: events arrive 0, 1 or 3 times, writes are struck by every kind of fault or the
publisher is killed, the head moves between two requests, a person replies to a line comment; then the sweeper looks once
more, undisturbed. SELFSOWN_SEEDS=1000:1001 runs only those seeds.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from github_double import Fault, Killed
from github_double.faults import KINDS
from tests.selfsown.pull.stage import Stage, patient, step_of

from selfsown.host import HostError
from selfsown.pull.find import decide_due
from selfsown.pull.publish import publish
from selfsown.pull.wanted import LABELS

SEEDS = range(*map(int, os.environ.get("SELFSOWN_SEEDS", "0:2000").split(":")))
STEPS = (
    "AddReview",
    "EditReview",
    "EditLineComment",
    "AddSticky",
    "EditSticky",
    "Hide",
    "RemoveLabel",
    "AddLabel",
    "SetStatus",
)
LATER = "slow-list"
LISTS = {  # only what makes something new can be missing from a list
    "AddReview": r"^GET .*/pulls/\d+/reviews",
    "AddSticky": r"^GET .*/issues/\d+/comments",
    "SetStatus": r"^GET .*/statuses",
}
AFTER = ("lost-answer", "500-after", "502-after", "html-after", "truncated", "kill-after")
AIMS = [(step, kind) for step in STEPS for kind in sorted(KINDS) if kind != LATER or step in LISTS]
LEADS_TO = {"EditReview": "rescored", "EditLineComment": "rescored", "RemoveLabel": "broken", "Hide": "broken"}


class Watch:
    """Sees every request of a run: strikes the writes it is told to, and notes what was written for a head that had moved."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.struck: Counter[tuple[str, str]] = Counter()
        self.planned: dict[str, list[Fault]] = {}
        self.acts: dict[int, Callable[[], int | None]] = {}
        self.answered: set[int] = set()
        self.publishing = ""
        self.requests = 0
        self.stale: list[str] = []
        self.last_write = "read"
        self._handle = stage.world.handle

    def handle(self, method: str, path: str, headers: Any = None, body: bytes = b"") -> Any:
        if not self.publishing:
            return self._handle(method, path, headers, body)
        self.requests += 1
        step, world = step_of(method, path, body), self.stage.world
        has_moved = self._act(step)
        world.faults[:] = [it for it in (*self.planned.get(step, ()), *self.planned.get(LATER, ())) if it.times > 0]
        before, written = [it.times for it in world.faults], len(world.writes)
        try:
            return self._handle(method, path, headers, body)
        finally:
            for fault, times in zip(world.faults, before, strict=True):
                if fault.times < times:
                    self.struck[self.last_write if fault.kind == LATER else step, fault.kind] += 1
            world.faults.clear()
            if len(world.writes) > written:
                self.last_write = step
                if self.publishing != self.stage.head and not has_moved:
                    self.stale.append(step)

    def _act(self, step: str) -> bool:
        """Let the head move or a person reply, if it is time for it; say whether the head moved."""
        act = self.acts.pop(self.requests, None)
        if act is None:
            return False
        publishing, self.publishing, head = self.publishing, "", self.stage.head
        answered = act()
        self.publishing = publishing
        if answered and step != "Hide":  # not even a look just before it helps against a reply in that very moment
            self.answered.add(answered)
        return head != self.stage.head

    def act_now(self) -> None:
        """The run ended before its time had come."""
        while self.acts:
            if answered := self.acts.popitem()[1]():
                self.answered.add(answered)

    @contextmanager
    def run(self, head: str, planned: dict[str, list[Fault]]) -> Iterator[None]:
        self.publishing, self.requests, self.planned = head, 0, planned
        try:
            yield
        finally:
            self.publishing = ""


def plan_faults(random: Random, aim: tuple[str, str]) -> dict[str, list[Fault]]:
    """What strikes which write, `aim` mostly among it; a list lags at most once after the write it lacks."""
    planned: dict[str, list[Fault]] = {}
    steps = random.sample(STEPS, random.choice((0, 0, 1, 2, 3, 4)))
    strikes = {step: random.choice(sorted(KINDS)) for step in steps} | dict([aim] * (random.random() < 0.7))
    for step, chosen in strikes.items():
        kind = chosen
        if kind == LATER and step in LISTS:
            planned.setdefault(LATER, []).append(Fault(LISTS[step], LATER, skip=random.choice((0, 0, 1))))
            kind = random.choice(AFTER)
        if kind != LATER:
            skip = random.choice((0, 0, 0, 1, 2)) if step in ("Hide", "EditLineComment") else 0
            times, wait = random.choice((1, 1, 2)), random.choice((None, 1, 1, 30, 9_999))
            planned[step] = [Fault("", kind, times=times, skip=skip, wait=wait)]
    return planned


def one_event(stage: Stage, watch: Watch, random: Random, aim: tuple[str, str]) -> None:
    """A publisher starts for the head of this moment, and may not see the end."""
    head = stage.head
    try:
        with watch.run(head, plan_faults(random, aim)):
            publish(stage.door(), stage.number, head, stage.decide(head), patient(chance=random.random))
    except (HostError, Killed):
        pass


def reply(stage: Stage, random: Random) -> int | None:
    """A person answers one of our line comments."""
    standing = stage.mine("line_comments")
    if not standing:
        return None
    chosen = random.choice(standing).id
    stage.ask("mira", "POST", f"/pulls/{stage.number}/comments/{chosen}/replies", {"body": "I do not see why."})
    return chosen


def sweep(stage: Stage) -> None:
    """The sweeper an hour later, undisturbed."""
    door = stage.door()
    pulls = door.pulls()
    statuses = {pull.head: door.statuses(pull.head) for pull in pulls}
    for pull in decide_due(pulls, statuses, door.me(), stage.world.now + timedelta(hours=1)):
        publish(door, pull.number, pull.head, stage.decide(pull.head), patient())


def play(stage: Stage, watch: Watch, random: Random, aim: tuple[str, str]) -> list[str]:
    """One pull request's life. Returns the heads it had."""
    heads = ["first"]
    needed = LEADS_TO.get(aim[0])
    later = needed if needed and random.random() < 0.8 else random.choice((None, "other", "broken", "rescored"))
    for number in range(3 if needed else random.choice((0, 0, 1, 1, 3))):
        if number and random.random() < 0.25:
            watch.acts[random.randrange(1, 40)] = lambda: reply(stage, random)
        if later and random.random() < 0.8:
            heads.append(later)
            watch.acts[random.randrange(1, 40)] = lambda name=later: stage.move(name)
            later = None
        one_event(stage, watch, random, aim)
        watch.act_now()
    return heads


def flips(stage: Stage, heads: list[str]) -> int:
    """How often the verdict could change: what notifications are for."""
    decisions = [stage.reviews[stage.heads[name]].decision for name in heads]
    return 1 + sum(a is not b for a, b in pairwise(decisions))


def check(stage: Stage, watch: Watch, heads: list[str]) -> None:
    head = stage.head
    wanted, review = stage.wanted(head), stage.reviews[head]
    assert head == stage.heads[heads[-1]]
    assert [it.body for it in stage.mine("comments")] == [wanted.sticky], "one sticky, and it is right"
    assert [it.body.splitlines()[0] for it in stage.mine("reviews")] == [
        f"<!-- selfsown:verdict {review.decision} {head[:12]} -->"
    ], "one review, and its decision is right"
    status = stage.status(head)
    assert (status.state, status.description) == (wanted.status.state, wanted.status.description)
    assert stage.waiting == [LABELS[review.waiting_on]]
    check_lines(stage, wanted, watch.answered)
    assert not watch.stale, "nothing is written once a head has moved"
    assert stage.notifications <= 1 + flips(stage, heads), "one for the sticky, one for each verdict"
    before = list(stage.world.writes)
    outcome = publish(stage.door(), stage.number, head, stage.decide(head), patient())
    assert (outcome.written, stage.world.writes) == ((), before), "where all is as wanted nothing is written"


def check_lines(stage: Stage, wanted: Any, answered: set[int]) -> None:
    places = {it.body: (it.path, it.line) for it in wanted.verdict.comments}
    visible = [it for it in stage.mine("line_comments") if it.reply_to is None]
    assert answered <= {it.id for it in visible}, "what a person replied to is never hidden"
    standing = [it for it in visible if it.body in places]
    assert {it.id for it in visible} - {it.id for it in standing} <= answered, "no comment that no longer holds"
    assert len({it.body for it in standing}) == len(standing), "no comment twice"
    of_head = [it for it in standing if it.commit == stage.head]
    assert all((it.path, it.line) == places[it.body] for it in of_head), "on the right lines"
    if stage.mine("reviews")[0].commit == stage.head:
        assert {it.body for it in standing} == places.keys(), "a new review brings all its comments"


def test_exactly_once_over_all_seeds(stage: Stage):
    struck: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        stage.reset()
        watch, random = Watch(stage), Random(seed)
        stage.world.handle = watch.handle
        try:
            heads = play(stage, watch, random, AIMS[seed % len(AIMS)])
            sweep(stage)
            check(stage, watch, heads)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        finally:
            del stage.world.handle
        struck += watch.struck
        seen += Counter({"moved": len(heads) > 1, "replied": bool(watch.answered), "quiet": not watch.requests})
    if len(SEEDS) >= 2000:
        assert {*AIMS} - {*struck} == set(), "every write is struck by every kind of fault"
        assert min(seen.values()) > 100, seen


@pytest.fixture(autouse=True)
def _clean(stage: Stage) -> Iterator[None]:
    yield
    stage.reset()
