"""What the double remembers besides git: plain records, so that a snapshot is one pickle.

Authors are account ids because logins can change. `repository` in every record is the lower-case `owner/name`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
ACTIONS_APP_ID = 15368
ACTIONS_ACCOUNT_ID = 41898282
GHOST_ID = 10137


@lru_cache(maxsize=4096)
def iso(clock: int) -> str:
    """Seconds since 1970 as GitHub writes times."""
    return datetime.fromtimestamp(clock, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Account:
    id: int
    login: str
    is_bot: bool = False
    created: str = "2020-01-01T00:00:00Z"
    is_organization: bool = False


@dataclass(slots=True)
class App:
    """A GitHub App; `installations` maps installation ids to account logins."""

    id: int
    slug: str
    account: int
    public_key: str | None
    permissions: dict[str, str]
    installations: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Token:
    """`permissions` None is a classic token of a person: whatever the role of the person allows."""

    value: str
    account: int
    kind: str
    permissions: dict[str, str] | None
    repository: str | None
    app: int | None
    used: int = 0


@dataclass(slots=True)
class Label:
    id: int
    name: str
    color: str
    description: str | None


@dataclass(slots=True)
class Repository:
    id: int
    owner: str
    name: str
    default_branch: str
    parent: str | None = None
    private: bool = False
    refs: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    collaborators: dict[int, str] = field(default_factory=dict)
    last_number: int = 0
    rulesets: dict[int, dict[str, Any]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    workflow_default: str = "read"
    actions_may_approve: bool = False
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    actions_settings: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def key(self) -> str:
        return self.full_name.lower()

    def branch(self, name: str) -> str | None:
        return self.refs.get(f"refs/heads/{name}")


@dataclass(slots=True)
class Pull:
    """The part of an issue that only pull requests have. `heads` are all the heads it had, oldest first."""

    id: int
    head_repository: str | None
    head_owner: str
    head_branch: str
    head: str
    base_branch: str
    base_sha: str
    draft: bool
    heads: list[str]
    pusher: int
    merged_as: str | None = None
    merged_by: int | None = None
    merged_at: str | None = None


@dataclass(slots=True)
class Issue:
    id: int
    repository: str
    number: int
    author: int
    title: str
    body: str | None
    created: str
    updated: str
    state: str = "open"
    closed: str | None = None
    labels: list[str] = field(default_factory=list)
    pull: Pull | None = None


@dataclass(slots=True)
class Reaction:
    id: int
    account: int
    content: str
    created: str


@dataclass(slots=True)
class Comment:
    id: int
    repository: str
    number: int
    author: int
    body: str
    created: str
    updated: str
    minimized: str | None = None
    reactions: list[Reaction] = field(default_factory=list)
    app: int | None = None


@dataclass(slots=True)
class Review:
    id: int
    repository: str
    number: int
    author: int
    body: str
    state: str
    commit: str
    submitted: str
    updated: str
    minimized: str | None = None
    app: int | None = None


@dataclass(slots=True)
class LineComment:
    """A comment on a line of the diff of `commit`, where it was made."""

    id: int
    repository: str
    number: int
    review: int
    author: int
    body: str
    path: str
    commit: str
    line: int | None
    side: str
    start_line: int | None
    start_side: str | None
    position: int | None
    hunk: str
    created: str
    updated: str
    reply_to: int | None = None
    minimized: str | None = None
    app: int | None = None


@dataclass(slots=True)
class Status:
    id: int
    repository: str
    sha: str
    context: str
    state: str
    description: str | None
    url: str | None
    author: int
    app: int | None
    created: str


@dataclass(slots=True)
class CheckRun:
    id: int
    repository: str
    sha: str
    name: str
    app: int
    status: str
    conclusion: str | None
    started: str
    completed: str | None
    url: str | None
    external_id: str
    output: dict[str, Any]


@dataclass(slots=True)
class Event:
    """What would have been a webhook. `account` caused it; `payload` has GitHub's shape as far as the double knows it."""

    name: str
    action: str | None
    account: int
    payload: dict[str, Any]


@dataclass(slots=True)
class State:
    clock: int
    last_id: int = 1_000_000
    accounts: dict[int, Account] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    issues: dict[tuple[str, int], Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    line_comments: dict[int, LineComment] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    muted: list[Event] = field(default_factory=list)
    writes: list[tuple[str, str]] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)

    @property
    def now(self) -> str:
        return iso(self.clock)

    def next_id(self) -> int:
        """A new id, remembered as fresh until the next write (for lists that lag)."""
        self.last_id += 1
        self.fresh.add(self.last_id)
        return self.last_id

    def account(self, login: str) -> Account | None:
        return next((account for account in self.accounts.values() if account.login.lower() == login.lower()), None)
