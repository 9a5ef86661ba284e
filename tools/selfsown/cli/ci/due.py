"""`selfsown ci due`: whether a round is due, and why. Needs neither torch nor a trainer."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

from selfsown.cli import hosting
from selfsown.cli.ci.live import describe_live
from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository
from selfsown.due import BRANCHES, CONTEXT, LOST_AFTER, Due, Going, decide_due
from selfsown.errors import SelfsownError
from selfsown.extras import need
from selfsown.host import Host, StatusState
from selfsown.proposal import Candidate, decide_candidate
from selfsown.repo import Repository
from selfsown.round import read_promoted, read_rounds

HELP = "Whether a round is due: enough that no round was trained on yet, and nothing to wait for."

_MOST_COMMITS = 5  # whose status is asked for: a training elsewhere began at one of them
_MOST_PULLS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_recipe(parser)
    # An input of a workflow: empty where nobody started it by hand.
    parser.add_argument(
        "--now", choices=["true", "false", ""], default="", help="true: a person asks, and whatever is new is enough"
    )


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """`RECIPE`."""
    parser.add_argument("recipe", nargs="?", default="tiny", help="a name in training/recipes (default: tiny)")


def run(args: argparse.Namespace) -> int:
    """Print one JSON object: whether a round is due, at which commit, and where the live round's adapter is kept; 0."""
    with open_repository() as repository:
        commit = repository.resolve("HEAD")
        rulebook = repository.rulebook(commit)
        rounds = read_rounds(repository.root, rulebook.schemas["round"])
        live = read_promoted(repository.root, rulebook.schemas["round"])
        candidate = find_candidate(repository, commit, args.recipe)
        due = Due(False, "nothing new")
        if candidate is not None:
            going = look_around(hosting.open_host(), repository, commit, candidate)
            due = decide_due(candidate.plan, rounds, rulebook.policy.rounds, going, is_asked=args.now == "true")
            say(f"round {candidate.name} is {'due' if due.is_due else 'not due'}: {due.why}")
    if not due.is_due:
        candidate = None
    facts = {"commit": commit, "round": candidate.name if candidate else ""}
    write_json({"due": due.is_due, **facts, **describe_live(live, is_wanted=due.is_due)})
    return 0


def look_around(host: Host, repository: Repository, commit: str, candidate: Candidate) -> Going:
    """What is going on in the repository and at its host. Raises HostError."""
    now = datetime.now(UTC)
    history = repository.history(commit, "corpus", _MOST_COMMITS)
    waits_for = [*_proposed(host, candidate), *_training(host, [sha for sha, _ in history], now)]
    return Going(now, history[0][1] if history else now, tuple(waits_for))


def _proposed(host: Host, candidate: Candidate) -> Iterator[str]:
    if host.pulls_from(candidate.branch):
        yield f"it is proposed already (branch {candidate.branch}), or a person has closed it"
    for pull in host.pulls(most=_MOST_PULLS):
        is_own = (pull.head_repository or "").lower() == host.repository.lower()
        if is_own and pull.head_branch.startswith(BRANCHES):
            yield f"another round waits in pull request {pull.number}: merge it, or close it"


def _training(host: Host, commits: list[str], now: datetime) -> Iterator[str]:
    for commit in commits:
        newest = next((status for status in host.statuses(commit) if status.context == CONTEXT), None)
        if newest and newest.state is StatusState.PENDING and now - _time(newest.created) < LOST_AFTER:
            yield f"a round is being trained elsewhere, from {commit[:12]}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def find_candidate(repository: Repository, commit: str, recipe: str) -> Candidate | None:
    """The round that the corpus at a commit makes with a recipe, or None where it was trained, or nothing can be."""
    rulebook = repository.rulebook(commit)
    path = repository.root / "training" / "recipes" / f"{recipe}.toml"
    loaded = need("selfsown_train.recipe", "train").read_recipe(path)
    try:
        data = need("selfsown_train.corpus", "train").read_round_data(repository, commit, loaded.data)
    except SelfsownError as error:
        say(error.message)  # too few conversations: that is no failure of a workflow
        return None
    describe = cast(Callable[..., dict[str, Any]], need("selfsown_train.plan", "train").describe_plan)
    candidate = decide_candidate(
        read_rounds(repository.root, rulebook.schemas["round"]), describe(data, loaded, rulebook.rubric.digest)
    )
    if candidate is None:
        say("every conversation that was merged is in a round already, with this recipe and rubric")
    return candidate
