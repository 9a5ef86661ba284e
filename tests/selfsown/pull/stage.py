"""A pull request on the double with several heads, each with its real review, and eyes to look at what stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from github import Auth
from github_double import World

from selfsown.conversation import Conversation, Turn
from selfsown.corpus import read_base_corpus
from selfsown.github import GitHub
from selfsown.host import Pull, PullFile
from selfsown.judgement import Judgement
from selfsown.policy import Policy
from selfsown.pull.pace import Pace
from selfsown.pull.wanted import CONTEXT, Wanted, decide_wanted
from selfsown.repo import Repository
from selfsown.review import Review, decide_review, read_judgeable
from selfsown.shard import pack_shards
from selfsown.trust import Trust
from selfsown.validate import validate_submission

NAME = "owner/corpus"
BOT = "selfsown-review[bot]"
DAY = "2026-05-02"
NAMES = ("answers", "form", "fair", "correction", "honest")
RIGHTS = {"contents": "write", "issues": "write", "pull_requests": "write", "statuses": "write", "metadata": "read"}
TOPICS = ("garlic", "onions", "beans", "leeks", "chard", "kale", "fennel", "dill")


def chat(number: int, answer: str = "") -> Conversation:
    plant = TOPICS[number]
    said = (
        answer or f"Put {plant} a hand's width apart, {number + 2} centimetres deep, and water the row in the evening."
    )
    turns = (Turn("user", f"How do I plant {plant} in a small bed number {number}?"), Turn("assistant", said))
    return Conversation(turns, "chats", "CC0-1.0", DAY)


def shards(chats: list[Conversation], policy: Policy) -> dict[str, bytes | str | None]:
    return {shard.path: shard.content for shard in pack_shards("original", chats, policy.limits)}


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "core.excludesFile="]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@dataclass
class Stage:
    """One world with one pull request. `heads` are commits by name; `reviews` is what was decided over each."""

    world: World
    number: int
    fork: str
    heads: dict[str, str]
    reviews: dict[str, Review]
    policy: Policy
    tokens: dict[str, str]
    clean: bytes = b""
    known: dict[str, Wanted] = field(default_factory=dict)

    def reset(self) -> None:
        self.world.restore(self.clean)

    def door(self) -> GitHub:
        return GitHub(NAME, Auth.Token(self.tokens["bot"]), write_pause=0)

    def decide(self, head: str) -> Callable[[Pull, list[PullFile]], Wanted]:
        """What `head` should show; rendered once."""

        def decide(pull: Pull, files: list[PullFile]) -> Wanted:
            if head not in self.known:
                self.known[head] = decide_wanted(self.reviews[head], self.policy.review, pull, files)
            return self.known[head]

        return decide

    def wanted(self, head: str) -> Wanted:
        door = self.door()
        return self.decide(head)(door.pull(self.number), door.files(self.number))

    def move(self, name: str) -> None:
        self.world.move_branch(self.fork, "topic", self.heads[name], "mira")

    @property
    def head(self) -> str:
        return self.pull.head

    @property
    def pull(self) -> Any:
        return self.issue.pull

    @property
    def issue(self) -> Any:
        return self.world.state.issues[NAME, self.number]

    @property
    def bot(self) -> int:
        return self.world.state.tokens[self.tokens["bot"]].account

    def mine(self, kind: str, *, visible: bool = True) -> list[Any]:
        """Comments, reviews or line_comments of ours; also what is hidden with visible=False."""
        found = getattr(self.world.state, kind).values()
        return [it for it in found if it.author == self.bot and not (visible and it.minimized)]

    def status(self, sha: str) -> Any:
        """The newest of our context."""
        found = [it for it in self.world.state.statuses if it.sha == sha and it.context == CONTEXT]
        return found[-1] if found else None

    @property
    def waiting(self) -> list[str]:
        return [label for label in self.issue.labels if label.startswith("waiting:")]

    @property
    def notifications(self) -> int:
        return len(self.mine("comments", visible=False)) + len(self.mine("reviews", visible=False))

    def ask(self, who: str, method: str, path: str, data: Any = None) -> Any:
        """As a person would."""
        status, answer = self.world.ask(self.tokens[who], method, f"/repos/{NAME}{path}", data)
        assert status < 300, answer
        return answer


def patient(tries: int = 5, waits: list[float] | None = None, chance: Callable[[], float] = lambda: 0.5) -> Pace:
    """A Pace that sleeps not at all and tells how long it would have."""
    return Pace(tries=tries, sleep=(waits if waits is not None else []).append, chance=chance)


def step_of(method: str, path: str, body: bytes) -> str:
    """Which write a request is; "read" for everything else."""
    if path == "/graphql":
        return "Hide" if b"minimizeComment" in body else "read"
    steps = {
        ("POST", r"/pulls/\d+/reviews"): "AddReview",
        ("PUT", r"/pulls/\d+/reviews/\d+"): "EditReview",
        ("PATCH", r"/pulls/comments/\d+"): "EditLineComment",
        ("POST", r"/issues/\d+/comments"): "AddSticky",
        ("PATCH", r"/issues/comments/\d+"): "EditSticky",
        ("DELETE", r"/issues/\d+/labels/[^/]+"): "RemoveLabel",
        ("POST", r"/issues/\d+/labels"): "AddLabel",
        ("POST", r"/statuses/[0-9a-f]{40}"): "SetStatus",
    }
    return next((name for (verb, end), name in steps.items() if verb == method and re.search(f"{end}$", path)), "read")


def make_start(root: Path, checkout: Path) -> Path:
    """A repository with the rules of this checkout and some sources, in one commit."""
    start = root / "start"
    start.mkdir()
    shutil.copytree(checkout / "schema", start / "schema")
    shutil.copytree(checkout / "tests/submissions/good/base/corpus/sources", start / "corpus/sources")
    git(start, "init", "--quiet", "--initial-branch=main")
    git(start, "add", "--all", "--force")
    git(start, "commit", "--quiet", "--message=start")
    return start


def build_stage(root: Path, checkout: Path) -> Stage:
    """Four heads: `first` asks for a person; `other` says the same of other records; `broken` has errors; `rescored` has
    the records of `first` with other scores."""
    start = make_start(root, checkout)
    world = World(root / "world")
    for login in ("owner", "mira", "maintainer"):
        world.add_account(login)
    home = world.add_repository("owner", "corpus", start)
    world.add_collaborator(home, "maintainer", "maintain")
    world.add_account(BOT, is_bot=True)
    tokens = {name: world.token(name) for name in ("owner", "mira", "maintainer")}
    tokens["bot"] = world.token(BOT, kind="app", permissions=RIGHTS, repository=home)
    fork = world.fork(home, "mira")
    with Repository(start) as repository:
        rulebook = repository.rulebook("main")
    limits, base = rulebook.policy, home.refs["refs/heads/main"]
    contents = {
        "first": [chat(number) for number in range(4)],
        "other": [chat(number) for number in (0, 1, 4, 5, 6)],
        "broken": [chat(0), chat(1), chat(2), chat(3, "ok")],
    }
    heads = {
        name: world.push(fork, "topic", shards(chats, limits), parent=base, force=True, login="mira")
        for name, chats in contents.items()
    }
    heads["rescored"] = world.push(
        fork, "topic", {**shards(contents["first"], limits)}, parent=base, force=True, message="Again"
    )
    world.move_branch(fork, "topic", heads["first"], "mira")
    number = world.open_pull(home, "mira:topic", login="mira")
    reviews = {}
    git(start, "fetch", "--quiet", str(world.folder(home)), *heads.values())
    with Repository(start) as repository:
        for name, sha in heads.items():
            submission = repository.submission(base, sha, limits.limits.shard_bytes)
            validation = validate_submission(submission, rulebook, read_base_corpus(repository, base), "2026-05-06")
            shift = 3 if name == "rescored" else 0
            said = [judged(it, 3 + shift + index % 3) for index, it in enumerate(read_judgeable(validation))]
            reviews[sha] = decide_review(submission, validation, said, limits, Trust(100))
    stage = Stage(world, number, "mira/corpus", heads, reviews, limits, tokens)
    world.state.fresh.clear()
    stage.clean = world.snapshot()
    return stage


def judged(conversation: Conversation, score: float) -> Judgement:
    return Judgement(conversation.id, "features-1", "0" * 12, dict.fromkeys(NAMES, score / 10), flags=())
