"""A small code host in memory that fails on request."""

# ruff: noqa: ARG002 - it stands in for a host and does not need everything it is told
from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from selfsown.commands.answer import Desk
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus, known_ids
from selfsown.host import (
    Account,
    Busy,
    Permission,
    PostedComment,
    PostedStatus,
    Pull,
    Refused,
    StatusState,
    Unsure,
)
from selfsown.pull.pace import Pace
from selfsown.pull.reading import Reading
from selfsown.shard import Shard

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ME = Account(900, "selfsown[bot]", True)
AUTHOR = Account(1, "ann", False)
MAINTAINER = Account(2, "max", False)
READER = Account(3, "rhea", False)
STRANGER = Account(4, "new", False)
HEAD, BASE = "a" * 40, "b" * 40


class Killed(BaseException):
    """The process died here."""


@dataclass
class Faults:
    """What goes wrong at a write: a share of them, chosen by a seed; `left` bounds how often."""

    seed: random.Random
    left: int = 3
    share: float = 0.25
    log: list[str] = field(default_factory=list)

    def kind(self) -> str | None:
        if self.left == 0 or self.seed.random() > self.share:
            return None
        self.left -= 1
        return self.seed.choice(["kill-before", "kill-after", "lost-answer", "500", "busy"])


class FakeHost:
    """What `selfsown.host.Host` asks, as far as commands need it. Everything is kept in lists."""

    repository = "owner/name"

    def __init__(self) -> None:
        self.number = 7
        self.state = Pull(
            number=7,
            head=HEAD,
            head_branch="data",
            head_repository="ann/name",
            base="main",
            base_sha=BASE,
            author=AUTHOR,
            is_open=True,
            is_draft=False,
            merged_as=None,
            labels=(),
            changed_files=1,
            created="2026-11-21T08:00:00Z",
            updated="2026-11-21T08:00:00Z",
        )
        self.posted: list[PostedComment] = []
        self.minimised: set[str] = set()
        self.reacted: list[tuple[int, str]] = []
        self.dispatched: list[tuple[str, Mapping[str, str]]] = []
        self.status: list[PostedStatus] = []
        self.permissions = {MAINTAINER.login: Permission.TRIAGE}
        self.ages = {STRANGER.login: "2026-11-20T00:00:00Z"}
        self.branches: dict[str, str] = {"main": BASE}
        self.committed: dict[str, Mapping[str, bytes | None]] = {}
        self.opened: list[tuple[str, str, str]] = []
        self.faults: Faults | None = None
        self.lag = 0  # reads of the comments that do not show the newest one yet
        self.reads = 0

    # -- what people do ---------------------------------------------------------------------------------------------
    def say(self, account: Account, body: str, **changes: str) -> PostedComment:
        identity = 1000 + len(self.posted)
        created = f"2026-11-21T09:{identity % 60:02}:00Z"
        comment = PostedComment(identity, f"N{identity}", self.number, account, body, created, created)
        self.posted.append(replace(comment, **changes))
        return self.posted[-1]

    def merge(self) -> None:
        self.state = replace(self.state, is_open=False, merged_as="c" * 40)

    # -- facts ------------------------------------------------------------------------------------------------------
    def me(self) -> Account:
        return ME

    def default_branch(self) -> str:
        return "main"

    def pull(self, number: int) -> Pull:
        self.reads += 1
        return self.state

    def comments(self, number: int) -> list[PostedComment]:
        self.reads += 1
        if self.lag and self.posted and self.posted[-1].author == ME:
            self.lag -= 1
            return self.posted[:-1]
        return list(self.posted)

    def comment(self, identity: int) -> PostedComment:
        return next(it for it in self.posted if it.id == identity)

    def recent_comments(self, since: str) -> list[PostedComment]:
        return list(self.posted)

    def hidden(self, nodes: Collection[str]) -> frozenset[str]:
        return frozenset(nodes) & self.minimised

    def statuses(self, sha: str) -> list[PostedStatus]:
        return self.status[::-1]

    def permission(self, login: str) -> Permission:
        self.reads += 1
        return self.permissions.get(login, Permission.NONE)

    def created(self, login: str) -> str:
        if login == "ghost":
            raise Refused("no such account", code=404)
        return self.ages.get(login, "2020-01-01T00:00:00Z")

    def reactions(self, comment: int) -> frozenset[str]:
        self.reads += 1
        return frozenset(content for identity, content in self.reacted if identity == comment)

    def branch_sha(self, branch: str) -> str | None:
        return self.branches.get(branch)

    def pulls_from(self, branch: str) -> list[Pull]:
        return [replace(self.state, number=100 + index) for index, it in enumerate(self.opened) if it[0] == branch]

    # -- writes -----------------------------------------------------------------------------------------------------
    def write(self, what: str, change: Callable[[], object]) -> None:
        kind = self.faults.kind() if self.faults else None
        if self.faults:
            self.faults.log.append(f"{what} {kind}")
        if kind == "kill-before":
            raise Killed
        if kind == "500":
            raise Unsure("500")
        if kind == "busy":
            raise Busy("slow down", wait=1)
        change()
        if kind == "kill-after":
            raise Killed
        if kind == "lost-answer":
            raise Unsure("the connection broke")

    def add_comment(self, number: int, body: str) -> int:
        assert len(body.encode()) <= 65_536
        self.write("add", lambda: self.say(ME, body))
        return self.posted[-1].id

    def edit_comment(self, identity: int, body: str) -> None:
        def edit() -> None:
            index = next(index for index, it in enumerate(self.posted) if it.id == identity)
            assert self.posted[index].author == ME
            self.posted[index] = replace(self.posted[index], body=body, updated="2026-11-21T11:00:00Z")

        self.write("edit", edit)

    def hide(self, nodes: Collection[str]) -> None:
        self.write("hide", lambda: self.minimised.update(nodes))

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str | None) -> None:
        status = PostedStatus(context, state, description, ME, "2026-11-21T10:00:00Z")
        self.write("status", lambda: self.status.append(status))

    def react(self, comment: int, content: str) -> None:
        self.write("react", lambda: self.reacted.append((comment, content)))

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> None:
        self.write("dispatch", lambda: self.dispatched.append((workflow, dict(inputs))))

    def commit_files(self, branch: str, parent: str, files: Mapping[str, bytes | None], message: str) -> str:
        if branch in self.branches:
            raise Refused("Reference already exists", code=422)

        def commit() -> None:
            self.branches[branch] = "d" * 40
            self.committed[branch] = dict(files)

        self.write("commit", commit)
        return "d" * 40

    def open_pull(self, branch: str, title: str, body: str) -> int:
        if any(it[0] == branch for it in self.opened):
            raise Refused("A pull request already exists", code=422)
        self.write("open", lambda: self.opened.append((branch, title, body)))
        return 100

    # -- what is seen -----------------------------------------------------------------------------------------------
    def bodies(self, marker: str) -> list[str]:
        return [
            it.body
            for it in self.posted
            if it.author == ME and it.body.startswith(marker) and it.node not in self.minimised
        ]

    def on(self, comment: PostedComment) -> set[str]:
        return set(self.reactions(comment.id))


def make_chat(text: str) -> Conversation:
    turns = (
        Turn("user", f"What is {text}?"),
        Turn("assistant", f"Many people say that {text} is a fine thing to have."),
    )
    return Conversation(turns, "starter", "CC0-1.0", "2026-11-20")


@dataclass
class Scene:
    """A host, the conversations that its pull request brings, and a desk that answers."""

    host: FakeHost
    chats: tuple[Conversation, ...]
    reading: Reading
    desk: Desk
    shards: tuple[Shard, ...]

    def merged_corpus(self) -> Corpus:
        return Corpus(known=known_ids(self.shards), paths=frozenset(shard.path for shard in self.shards))


def make_pace() -> Pace:
    return Pace(sleep=lambda _: None, chance=lambda: 0.5)
