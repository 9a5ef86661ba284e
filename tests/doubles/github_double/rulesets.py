"""What rulesets ask for before a branch may change."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from github_double.access import is_at_least, role_of
from github_double.state import Account, Issue, Repository, Review

if TYPE_CHECKING:
    from github_double.world import World

ROLE_IDS = {2: "maintain", 4: "write", 5: "admin"}


def active_rules(home: Repository, branch: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """`(ruleset, rule)` of everything that holds for a branch."""
    for ruleset in home.rulesets.values():
        if ruleset.get("enforcement") != "active" or ruleset.get("target", "branch") != "branch":
            continue
        names = (ruleset.get("conditions") or {}).get("ref_name") or {}
        if _matches(home, branch, names.get("include", [])) and not _matches(home, branch, names.get("exclude", [])):
            for rule in ruleset.get("rules", []):
                yield ruleset, rule


def _matches(home: Repository, branch: str, patterns: list[str]) -> bool:
    for pattern in patterns:
        if pattern == "~ALL" or (pattern == "~DEFAULT_BRANCH" and branch == home.default_branch):
            return True
        if fnmatch.fnmatchcase(f"refs/heads/{branch}", pattern):
            return True
    return False


def may_bypass(home: Repository, ruleset: dict[str, Any], who: Account, app: int | None, *, by_pull: bool) -> bool:
    for actor in ruleset.get("bypass_actors") or []:
        if actor.get("bypass_mode", "always") == "pull_request" and not by_pull:
            continue
        kind, identity = actor.get("actor_type"), actor.get("actor_id")
        if kind == "Integration" and app is not None and identity == app:
            return True
        role = ROLE_IDS.get(identity or 0)
        if kind == "RepositoryRole" and app is None and role and is_at_least(role_of(home, who), role):
            return True
        if kind == "OrganizationAdmin" and app is None and role_of(home, who) == "admin":
            return True
    return False


def violations_of_merge(world: World, issue: Issue, who: Account, app: int | None, method: str) -> list[str]:
    """Sentences about what keeps a pull request from being merged."""
    assert issue.pull is not None
    home = world.state.repositories[issue.repository]
    found = []
    for ruleset, rule in active_rules(home, issue.pull.base_branch):
        if may_bypass(home, ruleset, who, app, by_pull=True):
            continue
        parameters = rule.get("parameters") or {}
        if rule["type"] == "required_status_checks":
            found += _missing_checks(world, home, issue.pull.head, parameters)
            tip = home.branch(issue.pull.base_branch) or ""
            is_behind = not world.git(home).is_ancestor(tip, issue.pull.head)
            if parameters.get("strict_required_status_checks_policy") and is_behind:
                found.append("This branch must not contain commits behind the base branch.")
        if rule["type"] == "pull_request":
            found += _missing_approvals(world, issue, parameters)
            if method not in parameters.get("allowed_merge_methods", [method]):
                found.append(f"This branch does not allow merging with {method}.")
        if rule["type"] == "required_linear_history" and method == "merge":
            found.append("This branch must not contain merge commits.")
    return found


def _missing_checks(world: World, home: Repository, sha: str, parameters: dict[str, Any]) -> list[str]:
    """A status and a check run of one name are both required where both exist."""
    found = []
    for check in parameters.get("required_status_checks", []):
        name, app = check["context"], check.get("integration_id")
        statuses = [
            one for one in world.state.statuses if (one.repository, one.sha, one.context) == (home.key, sha, name)
        ]
        runs = [
            one
            for one in world.state.check_runs.values()
            if (one.repository, one.sha, one.name) == (home.key, sha, name)
        ]
        newest = [one for one in statuses if app in {None, one.app}][-1:]
        last_run = [one for one in runs if app in {None, one.app}][-1:]
        states = [one.state for one in newest] + [_state_of_run(one.conclusion) for one in last_run]
        if not states:
            found.append(f'Required status check "{name}" is expected.')
        elif any(state != "success" for state in states):
            word = "failing" if {"failure", "error"} & set(states) else "expected"
            found.append(f'Required status check "{name}" is {word}.')
    return found


def _state_of_run(conclusion: str | None) -> str:
    if conclusion is None:
        return "pending"
    return "success" if conclusion in {"success", "neutral", "skipped"} else "failure"


def standing_reviews(world: World, issue: Issue) -> dict[int, Review]:
    """The last opinion of everybody: comments do not change it."""
    standing: dict[int, Review] = {}
    for review in world.state.reviews.values():
        is_here = (review.repository, review.number) == (issue.repository, issue.number)
        if is_here and review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            standing[review.author] = review
    return standing


def _missing_approvals(world: World, issue: Issue, parameters: dict[str, Any]) -> list[str]:
    home = world.state.repositories[issue.repository]
    count = int(parameters.get("required_approving_review_count", 0))
    opinions = [review for review in standing_reviews(world, issue).values() if _may_review(world, home, review)]
    found = []
    approvals = [review for review in opinions if review.state == "APPROVED"]
    if len(approvals) < count:
        noun = "review is" if count == 1 else "reviews are"
        found.append(f"At least {count} approving {noun} required by reviewers with write access.")
    if count and any(review.state == "CHANGES_REQUESTED" for review in opinions):
        found.append("Changes have been requested.")
    if parameters.get("require_last_push_approval") and issue.pull:
        pusher = issue.pull.pusher
        if all(review.author == pusher for review in approvals):
            found.append("New changes require approval from someone other than the last pusher.")
    if parameters.get("required_review_thread_resolution"):
        place = issue.repository, issue.number
        if any((one.repository, one.number) == place for one in world.state.line_comments.values()):
            found.append("All comments must be resolved.")
    return found


def _may_review(world: World, home: Repository, review: Review) -> bool:
    account = world.state.accounts.get(review.author)
    if account is None:
        return False
    return review.app is not None or is_at_least(role_of(home, account), "write")


def dismiss_stale(world: World, issue: Issue) -> None:
    """After a push: approvals of the old head count no longer where a rule says so."""
    assert issue.pull is not None
    home = world.state.repositories[issue.repository]
    rules = [rule.get("parameters") or {} for _, rule in active_rules(home, issue.pull.base_branch)]
    if any(parameters.get("dismiss_stale_reviews_on_push") for parameters in rules):
        for review in standing_reviews(world, issue).values():
            if review.state == "APPROVED":
                review.state = "DISMISSED"


def violations_of_push(
    home: Repository, branch: str, who: Account, app: int | None, *, forced: bool, deletes: bool
) -> list[str]:
    """Sentences about what keeps a branch from being pushed to directly."""
    found = []
    for ruleset, rule in active_rules(home, branch):
        if may_bypass(home, ruleset, who, app, by_pull=False):
            continue
        kind = rule["type"]
        if kind == "deletion" and deletes:
            found.append("Cannot delete this branch")
        if kind == "non_fast_forward" and forced:
            found.append("Cannot force-push to this branch")
        if kind in {"pull_request", "merge_queue"} and not deletes:
            found.append("Changes must be made through a pull request.")
        if kind == "required_status_checks" and not deletes:
            found.append("Required status checks are expected.")
        if kind == "creation" and home.branch(branch) is None:
            found.append("Cannot create this branch")
        if kind == "update" and home.branch(branch) is not None:
            found.append("Cannot update this protected ref.")
    return found
