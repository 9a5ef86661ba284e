"""A repository on the double, an outbox with screened conversations, a bot, and eyes to look at what became of both."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from github import Auth
from github_double import ConnectionLost, World
from tests.selfsown.bot.memory_git import MemoryGit, Store
from tests.selfsown.pull.stage import BOT, NAME, RIGHTS, make_start, patient

from selfsown.bot.alone import alone
from selfsown.bot.ground import Ground, read_lines_of
from selfsown.bot.run import Outcome, run_once
from selfsown.bot.words import TAKEN_BACK
from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus, known_ids, withdrawn_ids
from selfsown.github import GitHub
from selfsown.judgement import Judgement
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox
from selfsown.policy import BotPolicy, Policy
from selfsown.pull.pace import Pace
from selfsown.repo import Repository
from selfsown.rulebook import Rulebook
from selfsown.self_rating import SelfRating
from selfsown.shard import Shard, pack_shards

DAY = "2026-05-02"
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
YES = Consent(publish=True, train=True, day=DAY)
PLANTS = ("garlic", "onions", "beans", "leeks", "chard", "kale", "fennel", "dill")
HOME = NAME
FORK = "zoe/corpus"
WORDS = {
    "garlic": "Push each clove two thumbs deep into loose ground before the first frost and mulch it well.",
    "onions": "Small sets go in during April, tips just showing, where nothing from that family grew last year.",
    "beans": "Wait until nights are mild; they rot in cold soil, so warm it with fleece for a fortnight.",
    "leeks": "Drop pencil thick seedlings in dibbed holes, fill those with water, and let earth wash in.",
    "chard": "Sow thinly in May, then thin by eating: pull every second one as soon as it is worth cooking.",
    "kale": "Raise it in modules, set out in July, net against pigeons, and pick from below all winter long.",
    "fennel": "It bolts when disturbed, so sow after midsummer straight where it stays and never let it dry.",
    "dill": "Scatter some every three weeks between other rows, because it hates being moved and is quickly over.",
}


def chat(plant: str, source: str = "chats") -> Conversation:
    turns = (Turn("user", f"What does one have to know before growing {plant}?"), Turn("assistant", WORDS[plant]))
    return Conversation(turns, source, "CC0-1.0", DAY, model="selfsown-round-0007")


def near(plant: str, source: str = "chats") -> Conversation:
    """Nearly the same conversation: words were added."""
    turns = (*chat(plant).turns[:1], Turn("assistant", WORDS[plant] + " Good luck!"))
    return replace(chat(plant, source), turns=turns)


@dataclass(frozen=True)
class Screening:
    conversation: Conversation
    kinds: tuple[str, ...] = ()
    refusal: str = ""


def put(outbox: Outbox, said: Conversation, consent: Consent = YES, kinds: tuple[str, ...] = ()) -> str:
    """Bring a conversation up to screened; return its key."""
    judged = Judgement(said.id, "features-1", "0" * 12, {}, overall=9.0)
    key = outbox.keep(None, said, consent)
    outbox.end(key)
    outbox.rate(key, SelfRating(judged, judged, None), 7.0)
    outbox.screen(key, Screening(said, kinds))
    return key


@dataclass
class Clock:
    """What the outbox takes for the time."""

    now: datetime = NOW - timedelta(hours=5)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Stage:
    """One world with the repository, and one outbox."""

    world: World
    rulebook: Rulebook
    tokens: dict[str, str]
    folder: Path
    clean: bytes = b""
    clock: Clock = field(default_factory=Clock)
    grounds: dict[str, Ground] = field(default_factory=dict)
    who: str = "bot"

    def reset(self) -> None:
        self.world.restore(self.clean)
        self.world.faults.clear()
        self.clock.now = Clock().now
        self.who = "bot"

    @property
    def policy(self) -> Policy:
        return self.rulebook.policy

    def door(self) -> GitHub:
        return GitHub(NAME, Auth.Token(self.tokens[self.who]), write_pause=0)

    @property
    def me(self) -> int:
        return self.world.state.tokens[self.tokens[self.who]].account

    # -- the bot ----------------------------------------------------------------------------------------------------
    def ground(self) -> Ground:
        """The base as it is now, read as the double has it; kept, because it never changes."""
        commit = self.repository().branch("main")
        if commit not in self.grounds:
            self.grounds[commit] = self.read(commit)
        return self.grounds[commit]

    def read(self, commit: str) -> Ground:
        there = self.world.git(self.repository())
        files = {path: sha for _, kind, sha, _, path in there.tree(commit, deep=True) if kind == "blob"}
        shards = [Shard(path, there.blob(sha)) for path, sha in files.items() if path.endswith(".jsonl")]
        corpus = Corpus(known_ids(shards), withdrawn_ids(files), frozenset(files))
        chats = [one for shard in shards for one in read_lines_of(shard.content, self.rulebook)]

        def originals() -> Iterator[Conversation]:
            yield from chats

        return Ground(commit, self.rulebook, corpus, NOW.date().isoformat(), originals, lambda _: None)

    def run(self, outbox: Any, pace: Pace | None = None, now: datetime = NOW) -> Outcome:
        with alone(outbox.path) as is_alone:
            if not is_alone:
                return Outcome(is_busy=True)
            return run_once(outbox, self.door(), self.ground(), now, pace or patient())

    # -- what stands at the host ------------------------------------------------------------------------------------
    def repository(self, name: str = HOME) -> Any:
        return self.world.state.repositories[name]

    @property
    def ours(self) -> list[Any]:
        """The pull requests of the bot, oldest first."""
        issues = self.world.state.issues.values()
        return [it for it in issues if it.pull and it.author == self.me]

    @property
    def open(self) -> list[Any]:
        return [it for it in self.ours if it.state == "open"]

    def is_taken_back(self, issue: Any) -> bool:
        """Whether the bot itself has closed it because somebody withdrew."""
        said = [it.body for it in self.world.state.comments.values() if it.number == issue.number]
        return issue.pull.merged_as is None and issue.state == "closed" and any(TAKEN_BACK in body for body in said)

    def ids_at(self, commit: str, under: str = "corpus/original/") -> list[str]:
        """Every conversation id below a folder at a commit, as often as it stands there."""
        there = self.world.git(self.repository())
        files = [(sha, path) for _, kind, sha, _, path in there.tree(commit, deep=True) if kind == "blob"]
        found: list[str] = []
        for sha, path in files:
            if path.startswith(under):
                found += [one.id for one in read_lines_of(there.blob(sha), self.rulebook)]
        return found

    def brought(self, issue: Any, head: str = "") -> set[str]:
        """The ids that a pull request brings: as it was opened, or at another head."""
        head = head or issue.pull.heads[0]
        [parent] = self.world.git(self.repository()).commit(head).parents
        return set(self.ids_at(head)) - set(self.ids_at(parent))

    @property
    def branches(self) -> set[str]:
        """Every branch of submissions, in the repository and the bot's fork."""
        refs = [*self.repository().refs, *(self.repository(FORK).refs if FORK in self.world.state.repositories else ())]
        return {ref for ref in refs if ref.startswith("refs/heads/submit/")}

    # -- what people do ---------------------------------------------------------------------------------------------
    def ask(self, who: str, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        return self.world.ask(self.tokens[who], method, f"/repos/{NAME}{path}", data)

    def merge(self, number: int, how: str = "merge") -> None:
        self.ask("maintainer", "PUT", f"/pulls/{number}/merge", {"merge_method": how})

    def close(self, number: int) -> None:
        self.ask("maintainer", "PATCH", f"/pulls/{number}", {"state": "closed"})

    def reopen(self, number: int) -> None:
        self.ask("maintainer", "PATCH", f"/pulls/{number}", {"state": "open"})

    def drop(self, issue: Any, choose: Callable[[Sequence[Conversation]], Conversation]) -> None:
        """A maintainer takes one line out of an open pull request: another shard takes the place of its own."""
        head, there = issue.pull.head, self.world.git(self.repository())
        old = {
            path: there.blob(sha)
            for _, kind, sha, _, path in there.tree(head, deep=True)
            if kind == "blob" and path.startswith("corpus/original/") and path not in self.paths(self.main)
        }
        chats = [one for content in old.values() for one in read_lines_of(content, self.rulebook)]
        if len(chats) < 2:
            return
        gone = choose(chats)
        kept = pack_shards("original", [one for one in chats if one.id != gone.id], self.policy.limits)
        files: dict[str, bytes | str | None] = {**dict.fromkeys(old), **{one.path: one.content for one in kept}}
        self.world.push(issue.pull.head_repository, issue.pull.head_branch, files, login="maintainer", message="Drop")

    def paths(self, commit: str) -> set[str]:
        return {path for *_, path in self.world.git(self.repository()).tree(commit, deep=True)}

    @property
    def main(self) -> str:
        found: str = self.repository().branch("main")
        return found

    def new_outbox(self, name: str = "") -> Outbox:
        """An outbox of its own, in memory where the machine has a disk there: most of a run's time would be the disk's."""
        path = Path(tempfile.mkdtemp(dir=self.folder, prefix=name)) / "outbox.db"
        template = self.folder / "template.db"
        if template.is_file():
            shutil.copyfile(template, path)
        return Outbox(path, self.clock)


def states(outbox: Outbox) -> dict[str, State]:
    return {entry.key: entry.state for entry in outbox.find()}


def entry_of(outbox: Outbox, key: str) -> Entry:
    found = outbox.read(key)
    assert found is not None
    return found


def fast_folder(root: Path) -> Path:
    """A folder whose files lie in memory, where there is such a place."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
    return Path(tempfile.mkdtemp(dir=memory)) if memory.is_dir() else root


def build_stage(root: Path, checkout: Path) -> Stage:
    """A repository with a rulebook and one merged conversation; a bot that may push, and `zoe`, who may not."""
    start = make_start(root, checkout)
    with Repository(start) as repository:
        rulebook = repository.rulebook("main")
    small = replace(
        rulebook.policy,
        limits=replace(rulebook.policy.limits, submission_records=3),
        bot=BotPolicy(submission_day=200, open_submissions=20),
    )
    world = World(root / "world")
    for login in ("owner", "mira", "maintainer", "zoe"):
        world.add_account(login)
    home = world.add_repository("owner", "corpus", start)
    world.add_collaborator(home, "maintainer", "maintain")
    world.add_account(BOT, is_bot=True)
    tokens = {name: world.token(name) for name in ("owner", "mira", "maintainer", "zoe")}
    tokens["bot"] = world.token(BOT, kind="app", permissions=RIGHTS, repository=home)
    world.fork(home, "mira")
    stage = Stage(world, replace(rulebook, policy=small), tokens, fast_folder(root))
    stage.new_outbox().close()
    made = next(stage.folder.glob("*/outbox.db"))
    shutil.copyfile(made, stage.folder / "template.db")
    world.state.fresh.clear()
    stage.clean = world.snapshot()
    return stage


class Direct:
    """What the door asks of PyGithub, without it: the double answers at once. `test_run.py` goes through PyGithub."""

    graphql_url = "/graphql"

    def __init__(self, world: World, token: str) -> None:
        self.world, self.headers = world, {"Authorization": f"Bearer {token}"}

    def requestJson(self, verb: str, path: str, parameters: Any, headers: Any, body: Any) -> Any:  # noqa: N802
        del headers
        query = f"?{urlencode(parameters)}" if parameters else ""
        try:
            found = self.world.handle(verb, path + query, self.headers, b"" if body is None else orjson.dumps(body))
        except ConnectionLost:
            raise OSError("Connection aborted.") from None
        return found.status, {name.lower(): value for name, value in found.headers.items()}, found.body.decode()


class DirectDoor(GitHub):
    """The door without PyGithub's own work."""

    def __init__(self, repository: str, world: World, token: str) -> None:
        self._repository = repository
        self._direct = (world, token)
        self._requester = Direct(world, token)  # type: ignore[assignment]
        self._me = None
        self._default_branch = ""

    def at(self, repository: str) -> GitHub:
        return DirectDoor(repository, *self._direct)


@contextmanager
def in_memory(stage: Stage) -> Iterator[None]:
    """While it lasts, neither git nor PyGithub is asked, and the same content is the same object at any time."""
    world, store = stage.world, Store()
    store.take(world.git(stage.repository()), stage.main)
    real, world.git = world.git, lambda _: MemoryGit(store)  # type: ignore[method-assign,assignment,misc]
    stage.door = lambda: DirectDoor(NAME, world, stage.tokens[stage.who])  # type: ignore[method-assign]
    try:
        yield
    finally:
        del stage.door, world.git
        assert world.git == real
