"""What a code host is to the reviewer: facts of pull requests in, a few kinds of writes out.

`selfsown.github` speaks to the real one. Everything that is decided is decided over these records, so it can be tested
without a network. What people wrote (bodies, paths) is hostile; ids, shas and logins were checked when they came in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from selfsown.errors import SelfsownError


class HostError(SelfsownError):
    """The host did not do what was asked."""


class Refused(HostError):
    """The host said no and changed nothing (HTTP 4xx but rate limits). `code` is the HTTP status."""

    def __init__(self, message: str, tip: str = "", code: int = 0) -> None:
        super().__init__(message, tip)
        self.code = code


class Unsure(HostError):
    """No usable answer came (5xx, a broken or slow connection, no JSON): a write may have happened or not."""


class Busy(HostError):
    """A rate limit; nothing was changed. `wait` is how many seconds the host asks for, None where it does not say."""

    def __init__(self, message: str, tip: str = "", wait: float | None = None) -> None:
        super().__init__(message, tip)
        self.wait = wait


class StatusState(StrEnum):
    """GitHub's four commit status states."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"
    ERROR = "error"


class Permission(StrEnum):
    """What an account may do in the repository, strongest first."""

    ADMIN = "admin"
    MAINTAIN = "maintain"
    WRITE = "write"
    TRIAGE = "triage"
    READ = "read"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Account:
    """A person or a bot. Only `id` stays when an account is renamed."""

    id: int
    login: str
    is_bot: bool


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. `head` and `base_sha` are 40 hex digits, `base` is the name of the branch it goes to.

    `head_branch` is the name of its branch and `head_repository` is `owner/name` (both hostile, None where the fork is
    gone). `merged_as` is the commit on the base branch once it is merged.
    """

    number: int
    head: str
    head_branch: str
    head_repository: str | None
    base: str
    base_sha: str
    author: Account
    is_open: bool
    is_draft: bool
    merged_as: str | None
    labels: tuple[str, ...]
    changed_files: int
    created: str
    updated: str


@dataclass(frozen=True, slots=True)
class PullFile:
    """A file of a pull request as the host shows it. `patch` is None where the host leaves it out (too large, binary)."""

    path: str
    status: str
    patch: str | None


@dataclass(frozen=True, slots=True)
class PostedComment:
    """A comment of the conversation tab. `node` is its GraphQL id; times are ISO 8601 in UTC."""

    id: int
    node: str
    pull: int
    author: Account
    body: str
    created: str
    updated: str

    @property
    def is_edited(self) -> bool:
        """Whether it was changed after it was posted."""
        return self.updated != self.created


@dataclass(frozen=True, slots=True)
class PostedReview:
    """A review: a body and, elsewhere, its line comments."""

    id: int
    node: str
    author: Account
    body: str
    commit: str


@dataclass(frozen=True, slots=True)
class PostedLineComment:
    """A comment on a line. `review` is the id of its review, `reply_to` the id of the comment it answers."""

    id: int
    node: str
    author: Account
    body: str
    path: str
    line: int | None
    review: int
    reply_to: int | None


@dataclass(frozen=True, slots=True)
class PostedStatus:
    """A commit status, newest first in every list."""

    context: str
    state: StatusState
    description: str
    author: Account
    created: str


@dataclass(frozen=True, slots=True)
class LineComment:
    """A comment to be posted on the right side of a line."""

    path: str
    line: int
    body: str


class Host(Protocol):
    """One repository on a code host. Every method may raise Refused, Unsure or Busy; none retries by itself."""

    @property
    def repository(self) -> str:
        """`owner/name`."""

    def me(self) -> Account:
        """Who we are there."""

    def default_branch(self) -> str:
        """The branch whose rules hold."""

    def can_push(self) -> bool:
        """Whether our account may make branches here. A bot says yes: its token decides, and only a try tells."""

    def at(self, repository: str) -> Host:
        """The same account at another repository, `owner/name`."""

    # -- facts ------------------------------------------------------------------------------------------------------
    def pull(self, number: int) -> Pull:
        """One pull request."""

    def pulls(self, state: str = "open", most: int = 200) -> list[Pull]:
        """Pull requests to the default branch: "open" oldest first, "closed" the most recently updated first."""

    def pulls_of(self, sha: str) -> list[Pull]:
        """The open pull requests to the default branch whose head is this commit."""

    def files(self, number: int) -> list[PullFile]:
        """The files of a pull request, at most 3,000."""

    def comments(self, number: int) -> list[PostedComment]:
        """The comments of the conversation tab, oldest first."""

    def comment(self, identity: int) -> PostedComment:
        """One comment of a conversation tab."""

    def recent_comments(self, since: str) -> list[PostedComment]:
        """The comments on pull requests changed since a time (ISO 8601), oldest first."""

    def reviews(self, number: int) -> list[PostedReview]:
        """The submitted reviews, oldest first."""

    def line_comments(self, number: int) -> list[PostedLineComment]:
        """The comments on lines, oldest first."""

    def hidden(self, nodes: Collection[str]) -> frozenset[str]:
        """Which of these comments and reviews are minimised."""

    def statuses(self, sha: str) -> list[PostedStatus]:
        """The statuses of a commit, newest first."""

    def permission(self, login: str) -> Permission:
        """What an account may do; NONE where the host does not know it as a collaborator."""

    def created(self, login: str) -> str:
        """When an account was made, ISO 8601."""

    def reactions(self, comment: int) -> frozenset[str]:
        """Our own reactions to a comment, such as "eyes"."""

    # -- writes -----------------------------------------------------------------------------------------------------
    def add_comment(self, number: int, body: str) -> int:
        """Post a comment; return its id."""

    def edit_comment(self, identity: int, body: str) -> None:
        """Change a comment of ours."""

    def add_review(self, number: int, head: str, body: str, comments: Sequence[LineComment]) -> int:
        """Post a COMMENT review of exactly this head; all comments or, with Refused 422, nothing."""

    def edit_review(self, number: int, identity: int, body: str) -> None:
        """Change the body of a review of ours."""

    def edit_line_comment(self, identity: int, body: str) -> None:
        """Change a line comment of ours."""

    def hide(self, nodes: Collection[str]) -> None:
        """Minimise comments and reviews as outdated; again changes nothing."""

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str | None) -> None:
        """Set a commit status; the description has at most 140 characters."""

    def add_label(self, number: int, label: str) -> None:
        """Put a label on a pull request."""

    def remove_label(self, number: int, label: str) -> None:
        """Take a label off; it may be gone already."""

    def react(self, comment: int, content: str) -> None:
        """React to a comment; again changes nothing."""

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow file by workflow_dispatch on the default branch."""

    def branch_sha(self, branch: str) -> str | None:
        """The commit of a branch of this repository, or None where there is no such branch."""

    def commit_files(self, branch: str, parent: str, files: Mapping[str, bytes | None], message: str) -> str:
        """Create `branch` at a new commit on `parent` that adds, replaces or (None) removes files; return the commit id.

        Raises Refused 422 where the branch exists already, or a file to remove is not there.
        """

    def delete_branch(self, branch: str) -> None:
        """Delete a branch; it may be gone already. A pull request that is open from it is closed by that."""

    def read_file(self, commit: str, path: str) -> bytes | None:
        """A file at a commit, None where there is none or it is over 1 MB."""

    def fork(self) -> str:
        """Our account's fork of this repository, made where it has none: `owner/name`. It may take a while to fill."""

    def pulls_from(self, branch: str) -> list[Pull]:
        """The pull requests, open or closed, from a branch: of this repository, or `owner:branch` of a fork."""

    def open_pull(self, branch: str, title: str, body: str) -> int:
        """Open a pull request from a branch (`owner:branch`: of a fork) to the default branch; return its number."""

    def close_pull(self, number: int) -> None:
        """Close a pull request; one that is closed or merged stays as it is."""
