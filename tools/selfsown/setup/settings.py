"""The settings of a repository as records: what `selfsown setup-github` wants, finds, and changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

GITHUB_ACTIONS = 15368  # the App that GITHUB_TOKEN speaks for

READ = "read"


class ForkApproval(StrEnum):
    """Whose workflows wait until a maintainer lets them run, the least strict first."""

    NEW_TO_GITHUB = "first_time_contributors_new_to_github"
    FIRST_TIME = "first_time_contributors"
    ALL = "all_external_contributors"

    @property
    def strictness(self) -> int:
        """0 to 2."""
        return list(ForkApproval).index(self)


@dataclass(frozen=True, slots=True)
class Label:
    """A label; `color` is six hex digits."""

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True)
class Environment:
    """A deployment environment. `branches` may deploy to it; None: every branch. `secrets` are names, never values.

    `protection` is what a maintainer set besides (reviewers, a waiting time), as GitHub wants it sent back: what is not
    sent is taken off.
    """

    name: str
    branches: tuple[str, ...] | None
    secrets: frozenset[str] = frozenset()
    protection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Present:
    """What the repository has. `ruleset` is ours, as GitHub returns it; `fork_approval` is None where GitHub does not say."""

    repository: str
    default_branch: str
    labels: Mapping[str, Label]
    ruleset: Mapping[str, Any] | None
    environments: Mapping[str, Environment]
    variables: Mapping[str, str]
    workflow_permissions: str
    may_approve: bool
    fork_approval: ForkApproval | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the workflows need.

    `variables` must have exactly these values, `defaults` only some value. `secrets` are (environment, name).
    `may_approve` is GitHub's one switch for both opening and approving pull requests with GITHUB_TOKEN.
    """

    default_branch: str
    labels: tuple[Label, ...]
    ruleset: Mapping[str, Any]
    environments: tuple[str, ...]
    variables: Mapping[str, str]
    defaults: Mapping[str, str]
    secrets: tuple[tuple[str, str], ...]
    may_approve: bool
    fork_approval: ForkApproval


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do: a sentence, and the call below /repos/OWNER/NAME that does it.

    Without a method a person has to do it; `page` is where.
    """

    sentence: str
    method: str = ""
    path: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether only a person can do it."""
        return not self.method
