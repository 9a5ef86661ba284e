"""Every accepted conversation ends in exactly one pull request or is still in the outbox, wherever a run is struck down.

Every seed is the life of one outbox: conversations come in, people withdraw, the bot runs and is struck by every kind of
fault at every write of the host, or killed before or after every step of the outbox; a second bot starts in the middle
of a run; maintainers merge, close, reopen and drop lines at any request; `main` moves. Then everything is quiet: the bot
runs and people merge until nothing is left. SELFSOWN_SEEDS=0:2000 runs them all (a minute and a half), 1000:1001 one.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from github_double import Fault, Killed
from github_double.faults import KINDS
from tests.selfsown.bot.stage import PLANTS, Stage, chat, in_memory, near, put
from tests.selfsown.pull.stage import patient, shards

from selfsown.bot import choose
from selfsown.bot.learn import CLOSED, DROPPED
from selfsown.host import HostError
from selfsown.outbox.entry import State
from selfsown.outbox.store import Outbox

SEEDS = range(*map(int, os.environ.get("SELFSOWN_SEEDS", "0:500").split(":")))
LATER = "slow-list"
STEPS = {
    "Fork": r"^POST /repos/[^/]+/[^/]+/forks$",
    "Blob": r"^POST .*/git/blobs$",
    "Tree": r"^POST .*/git/trees$",
    "Commit": r"^POST .*/git/commits$",
    "Branch": r"^POST .*/git/refs$",
    "Open": r"^POST .*/pulls$",
    "Comment": r"^POST .*/issues/\d+/comments$",
    "Close": r"^PATCH .*/pulls/\d+$",
    "Delete": r"^DELETE .*/git/refs/",
}
LISTS = {"Open": r"^GET .*/pulls\?", "Comment": r"^GET .*/comments"}
AFTER = ("lost-answer", "500-after", "502-after", "html-after", "truncated", "kill-after")
KEEPS = ("plan", "release", "submit", "recall", "settle", "merge", "decline")
AIMS = [(step, kind) for step in STEPS for kind in sorted(KINDS) if kind != LATER or step in LISTS]
AIMS += [(keep, kind) for keep in KEEPS for kind in ("kill-before", "kill-after")]
TAKES_BACK = {"Comment", "Close", "Delete", "recall", "settle"}


class Frail:
    """An outbox whose process dies before or after a step that it is told."""

    def __init__(self, outbox: Outbox, life: Life) -> None:
        self._outbox = outbox
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._outbox, name)
        if name not in KEEPS:
            return found

        def step(*arguments: Any) -> Any:
            kind = self._life.take(name)
            if kind == "kill-before":
                raise Killed
            done = found(*arguments)
            if kind == "kill-after":
                raise Killed
            return done

        return step


class Life:
    """One seed: sees every request of a run, strikes, lets people act in between, and looks at every moment."""

    def __init__(self, stage: Stage, outbox: Outbox, seed: int) -> None:
        self.stage, self.outbox, self.random = stage, outbox, Random(seed)
        self.struck: Counter[tuple[str, str]] = Counter()
        self.seen: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.kills: dict[str, str] = {}
        self.rivals: set[str] = set()
        self.acts: dict[int, Callable[[], None]] = {}
        self.requests = 0
        self.is_running = False
        self._handle = stage.world.handle
        self.people = [self.merge, self.merge, self.close, self.reopen, self.drop, self.move, self.withdraw, self.rival]

    # -- what is seen of every request --------------------------------------------------------------------------------
    def handle(self, method: str, path: str, headers: Any = None, body: bytes = b"") -> Any:
        if not self.is_running:
            return self._handle(method, path, headers, body)
        self.requests += 1
        act = self.acts.pop(self.requests, None)
        if act is not None:
            self.is_running = False
            act()
            self.is_running = True
        world = self.stage.world
        world.faults[:] = [it for it in self.faults if it.times > 0]
        before = [it.times for it in world.faults]
        try:
            return self._handle(method, path, headers, body)
        finally:
            for fault, times in zip(world.faults, before, strict=True):
                if fault.times < times:
                    self.struck[self.name_of(fault, method, path), fault.kind] += 1
            world.faults.clear()
            assert len(self.stage.open) <= 1, "never two open batches"

    def name_of(self, fault: Fault, method: str, path: str) -> str:
        table = LISTS if fault.kind == LATER else STEPS
        return next((name for name, match in table.items() if re.search(match, f"{method} {path}")), "read")

    def take(self, step: str) -> str:
        kind = self.kills.pop(step, "")
        if kind:
            self.struck[step, kind] += 1
        return kind

    # -- what people do ---------------------------------------------------------------------------------------------
    def merge(self) -> None:
        for issue in self.stage.open:
            self.stage.merge(issue.number, self.random.choice(("merge", "squash")))
            self.seen["merged"] += 1

    def close(self) -> None:
        for issue in self.stage.open:
            self.stage.close(issue.number)
            self.seen["closed"] += 1
            if self.random.random() < 0.3:
                self.reopen()

    def reopen(self) -> None:
        for issue in self.stage.ours[-1:]:
            if issue.state == "closed":
                self.stage.reopen(issue.number)
                self.seen["reopened"] += issue.state == "open"

    def drop(self) -> None:
        for issue in self.stage.open:
            self.stage.drop(issue, self.random.choice)
            self.seen["dropped"] += 1

    def move(self) -> None:
        self.stage.world.push("owner/corpus", "main", {f"notes/{self.random.randrange(3)}.md": "news\n"})

    def withdraw(self) -> None:
        entries = self.outbox.find(State.SCREENED, State.SUBMITTED, State.MERGED)
        if entries:
            chosen = self.random.choice(entries)
            self.seen[f"withdrew {chosen.state}{' in a batch' if chosen.batch else ''}"] += 1
            self.outbox.withdraw(chosen.key)

    def rival(self) -> None:
        """Somebody else brings one of the conversations, and it is merged or not."""
        said, stage = chat(self.random.choice(PLANTS)), self.stage
        if said.id in stage.ids_at(stage.main) or self.seen["rival"]:
            return
        self.seen["rival"] += 1
        self.rivals.add(said.id)
        stage.world.push("mira/corpus", "topic", shards([said], stage.policy), login="mira", parent=stage.main)
        number = stage.world.open_pull("owner/corpus", "mira:topic", login="mira")
        if self.random.random() < 0.5:
            stage.merge(number)

    def second_bot(self) -> None:
        """Another process starts while the first is at work."""
        assert self.stage.run(self.outbox, patient()).is_busy
        self.seen["second"] += 1

    def come_in(self) -> None:
        plant = self.random.choice(PLANTS)
        put(self.outbox, near(plant) if self.random.random() < 0.2 else chat(plant))

    # -- one run of the bot -------------------------------------------------------------------------------------------
    @contextmanager
    def watch(self) -> Iterator[None]:
        self.requests, self.is_running = 0, True
        try:
            yield
        finally:
            self.is_running = False

    def plan(self, aim: tuple[str, str] | None) -> None:
        """What goes wrong in the next run: the aim, mostly, and some more."""
        random = self.random
        strikes = {
            name: random.choice(sorted(KINDS)) for name in random.sample(list(STEPS), random.choice((0, 0, 1, 2)))
        }
        strikes |= {name: random.choice(("kill-before", "kill-after")) for name in KEEPS if random.random() < 0.05}
        strikes |= dict([aim] if aim else [])
        self.faults, self.kills = [], {}
        for name, chosen in strikes.items():
            kind = chosen
            if name in KEEPS:
                self.kills[name] = kind
                continue
            if kind == LATER:
                if name not in LISTS:
                    continue
                self.faults.append(Fault(LISTS[name], LATER, times=random.choice((1, 1, 2, 3))))
                kind = random.choice(AFTER)
            times = random.choice((1, 1, 1, 2, 5))
            self.faults.append(Fault(STEPS[name], kind, times=times, wait=random.choice((None, 1, 30, 9_999))))
        if random.random() < 0.15:
            kind = random.choice(sorted(KINDS - {LATER}))
            self.faults.append(Fault("^GET", kind, skip=random.randrange(25), wait=random.choice((None, 1, 9_999))))

    def run(self, aim: tuple[str, str] | None) -> None:
        self.plan(aim)
        self.acts = {}
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self.acts[self.random.randrange(1, 30)] = self.random.choice([*self.people, self.second_bot])
        try:
            with self.watch():
                self.stage.run(Frail(self.outbox, self), patient(3, chance=self.random.random))
        except (HostError, Killed):
            self.seen["struck down"] += 1
        self.faults = []
        while self.acts:
            act = self.acts.popitem()[1]
            if act != self.second_bot:
                act()

    def be_quiet(self) -> None:
        """Nothing goes wrong any more: the bot runs and people merge until nothing is left to be done."""
        for issue in self.stage.world.state.issues.values():
            if issue.author != self.stage.me and issue.state == "open":
                self.stage.close(issue.number)
        for _ in range(12):
            self.stage.run(self.outbox)
            if not self.outbox.find(State.SCREENED, State.SUBMITTED) and not self.stage.open:
                return
            self.merge()
        raise AssertionError("it does not come to an end")


def play(life: Life, aim: tuple[str, str]) -> None:
    for _ in range(life.random.choice((1, 2, 3, 4))):
        life.come_in()
    needed = aim[0] in TAKES_BACK
    for turn in range(life.random.choice((2, 3)) if needed else life.random.choice((1, 2, 2, 3))):
        if turn and life.random.random() < 0.5:
            life.come_in()
        if turn and needed and life.random.random() < 0.7:
            life.withdraw()
        elif turn and life.random.random() < 0.5:
            life.random.choice(life.people)()
        late = needed or aim[0] in ("merge", "decline", "submit")
        life.run(aim if not late or turn else None)


def check(life: Life) -> None:
    stage, outbox = life.stage, life.outbox
    pulls = [it for it in stage.ours if not stage.is_taken_back(it)]
    there = Counter(stage.ids_at(stage.main))
    twice = {name for name, count in there.items() if count > 1}
    assert twice <= life.rivals, "nothing is in the corpus twice, but what people merged from somebody else as well"
    sent = Counter(name for it in pulls for name in stage.brought(it))
    assert max(sent.values(), default=0) <= 1, "no conversation in two pull requests"
    assert stage.branches == set(), "no branch is left behind"
    for entry in outbox.find():
        owner = next((it for it in pulls if it.number == entry.pull), None)
        match entry.state:
            case State.MERGED:
                assert owner is not None
                assert entry.published in stage.brought(owner)
                assert there[entry.published] >= 1
            case State.DECLINED if entry.reason in (CLOSED, DROPPED):
                assert owner is not None
                assert entry.published in stage.brought(owner)
                assert (entry.reason == CLOSED) == (owner.pull.merged_as is None)
            case State.DECLINED:
                assert owner is None
                reasons = (choose.IN_CORPUS, choose.REPEATS_CORPUS, choose.SENT_BEFORE)
                assert entry.reason in reasons, entry.reason
            case State.WITHDRAWN:
                assert entry.batch == ""
            case _:
                raise AssertionError(f"{entry.key} is still {entry.state}")
    of = {entry.published: entry.state for entry in outbox.find() if entry.pull}
    for issue in pulls:
        for name in stage.brought(issue):
            assert name in of, "whatever is in a pull request is known to the outbox"


def test_exactly_once_over_all_seeds(stage: Stage) -> None:
    struck: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    with in_memory(stage):
        for seed in SEEDS:
            life = live(stage, seed, AIMS[seed % len(AIMS)])
            struck += life.struck
            seen += life.seen
    if len(SEEDS) >= 2000:
        assert {*AIMS} - {*struck} == set(), "every write is struck by every kind of fault"
        assert min(seen.values()) > 10, seen


def test_the_same_with_real_git_and_pygithub(stage: Stage) -> None:
    for seed in range(3):
        live(stage, seed, AIMS[(seed * 41) % len(AIMS)])


def live(stage: Stage, seed: int, aim: tuple[str, str]) -> Life:
    """Play one life to its end and look at it."""
    stage.reset()
    stage.who = "zoe" if aim[0] == "Fork" or seed % 5 == 0 else "bot"
    with stage.new_outbox() as outbox:
        life = Life(stage, outbox, seed)
        stage.world.handle = life.handle  # type: ignore[method-assign]
        try:
            play(life, aim)
            life.be_quiet()
            check(life)
        except AssertionError as error:
            raise AssertionError(f"seed {seed} ({aim}): {error}") from error
        finally:
            del stage.world.handle
    return life
