"""`selfsown ci due`: whether conversations were merged that no round was trained on yet. Needs neither torch nor a trainer."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, cast

from selfsown.cli import hosting
from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository
from selfsown.errors import SelfsownError
from selfsown.extras import need
from selfsown.proposal import Candidate, decide_candidate
from selfsown.repo import Repository
from selfsown.round import Round, read_promoted, read_rounds

HELP = "Whether a round is due: conversations or a recipe that no round was trained on yet."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    add_recipe(parser)


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """`RECIPE`."""
    parser.add_argument("recipe", nargs="?", default="tiny", help="a name in training/recipes (default: tiny)")


def run(args: argparse.Namespace) -> int:
    """Print one JSON object: whether a round is due, at which commit, and where the live round's adapter is kept; 0."""
    with open_repository() as repository:
        commit = repository.resolve("HEAD")
        candidate = find_candidate(repository, commit, args.recipe)
        live = read_promoted(repository.root, repository.rulebook(commit).schemas["round"])
    if candidate is not None and hosting.open_host().pulls_from(candidate.branch):
        say(f"round {candidate.name} is proposed already (branch {candidate.branch}), or a person has closed it")
        candidate = None
    run_id = _find_run(live) if candidate and live else None
    facts = {"commit": commit, "round": candidate.name if candidate else "", "live": live.name if live else ""}
    write_json({"due": candidate is not None, **facts, "live_run": str(run_id or "")})
    return 0


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


def _find_run(live: Round) -> int | None:
    found = need("selfsown.github_artifacts", "github").find_artifact_run(os.environ, f"adapter-{live.name}")
    if found is None:
        say(f"no run keeps the artifact adapter-{live.name} any more: the gate will miss the live round's adapter")
    return cast(int | None, found)
