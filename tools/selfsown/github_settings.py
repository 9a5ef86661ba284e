"""The settings of a repository on GitHub, read and written. Needs the rights of an administrator.

Like the rest of the door it retries nothing: every change can be repeated, so whoever ran into an outage runs it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from github import Auth, Github

from selfsown.github_facts import dig, read_int, read_text
from selfsown.github_sign_in import sign_in
from selfsown.github_wire import ask, ask_all
from selfsown.host import Refused, Unsure
from selfsown.setup.settings import Change, Environment, ForkApproval, Label, Present

WRITE_PAUSE = 1.0  # seconds GitHub asks to leave between writes

_MISSING = 404
_MOST_ENTRIES = 1_000


def open_settings(environment: Mapping[str, str]) -> GitHubSettings:
    """The settings of the repository that the environment names. Raises UsageError and HostError as open_github does."""
    return GitHubSettings(*sign_in(environment))


class GitHubSettings:
    """One repository's settings. Every method may raise Refused, Unsure or Busy."""

    def __init__(self, repository: str, api: str, auth: Auth.Auth) -> None:
        self.repository = repository
        self._root = f"/repos/{repository}"
        client = Github(
            auth=auth,
            base_url=api,
            retry=None,
            timeout=30,
            seconds_between_requests=None,
            seconds_between_writes=WRITE_PAUSE,
        )
        self._requester = client.requester

    def read(self, ruleset: str, environments: tuple[str, ...]) -> Present:
        """What there is: the ruleset of this name and these environments, and every label and variable."""
        facts = self._get("")
        workflow = self._get("/actions/permissions/workflow")
        return Present(
            repository=self.repository,
            default_branch=read_text(facts, "default_branch"),
            labels={label.name: label for label in self._labels()},
            ruleset=self._ruleset(ruleset),
            environments={name: found for name in environments if (found := self._environment(name))},
            variables=dict(self._variables()),
            workflow_permissions=read_text(workflow, "default_workflow_permissions"),
            may_approve=bool(dig(workflow, "can_approve_pull_request_reviews")),
            fork_approval=self._fork_approval(),
        )

    def apply(self, change: Change) -> None:
        """Do one change. Again changes nothing more; what was added in the meantime is left as it is."""
        if change.by_hand:
            return
        ask(self._requester, change.method, self._root + change.path, change.body)

    def _get(self, path: str) -> Any:
        return ask(self._requester, "GET", self._root + path)

    def _get_if_there(self, path: str) -> Any:
        try:
            return self._get(path)
        except Refused as error:
            if error.code != _MISSING:
                raise
            return None

    def _entries(self, path: str, key: str, size: int) -> Iterator[Any]:
        """The entries of a list that comes wrapped in an object with its count."""
        for page in range(1, _MOST_ENTRIES // size + 1):
            answer = ask(self._requester, "GET", self._root + path, None, {"per_page": size, "page": page})
            found = answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(found, list):
                raise Unsure(f"GET {path}: GitHub answered no list of {key}", "try again later")
            yield from found
            if len(found) < size:
                return

    def _labels(self) -> Iterator[Label]:
        for entry in ask_all(self._requester, f"{self._root}/labels"):
            yield Label(read_text(entry, "name"), read_text(entry, "color"), entry.get("description") or "")

    def _variables(self) -> Iterator[tuple[str, str]]:
        for entry in self._entries("/actions/variables", "variables", 30):
            yield read_text(entry, "name"), read_text(entry, "value")

    def _ruleset(self, name: str) -> dict[str, Any] | None:
        for entry in ask_all(self._requester, f"{self._root}/rulesets", {"includes_parents": "false"}):
            if dig(entry, "name") == name:
                found = self._get(f"/rulesets/{read_int(entry)}")
                return found if isinstance(found, dict) else None
        return None

    def _environment(self, name: str) -> Environment | None:
        path = f"/environments/{quote(name, safe='')}"
        found = self._get_if_there(path)
        if found is None:
            return None
        policy = dig(found, "deployment_branch_policy")
        branches = None
        if policy and dig(policy, "custom_branch_policies"):
            patterns = self._entries(f"{path}/deployment-branch-policies", "branch_policies", 100)
            branches = tuple(read_text(entry, "name") for entry in patterns)
        return Environment(name, branches, self._secret_names(path), _protection(found))

    def _secret_names(self, path: str) -> frozenset[str]:
        """Only names: GitHub tells nobody the values."""
        if self._get_if_there(f"{path}/secrets") is None:
            return frozenset()
        return frozenset(read_text(entry, "name") for entry in self._entries(f"{path}/secrets", "secrets", 100))

    def _fork_approval(self) -> ForkApproval | None:
        found = self._get_if_there("/actions/permissions/fork-pr-contributor-approval")
        return ForkApproval(dig(found, "approval_policy")) if found else None


def _protection(environment: Any) -> dict[str, Any]:
    """The rules of an environment besides its branches, in the form in which they are written."""
    kept: dict[str, Any] = {}
    for rule in environment.get("protection_rules") or []:
        match rule.get("type"):
            case "wait_timer":
                kept["wait_timer"] = read_int(rule, "wait_timer")
            case "required_reviewers":
                kept["prevent_self_review"] = bool(rule.get("prevent_self_review"))
                kept["reviewers"] = [
                    {"type": read_text(entry, "type"), "id": read_int(entry, "reviewer.id")}
                    for entry in rule.get("reviewers") or []
                ]
    return kept
