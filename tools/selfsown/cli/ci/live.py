"""`selfsown ci live`: which round is live, and which workflow run keeps its adapter."""

from __future__ import annotations

import argparse
import os
from typing import cast

from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository
from selfsown.extras import need
from selfsown.round import Round, read_promoted

HELP = "Which round is live, and which workflow run keeps its adapter."


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: the checkout says it."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 - every step takes them
    """Print one JSON object: the round, and the id of the run; each is empty where there is none; 0."""
    with open_repository() as repository:
        live = read_promoted(repository.root, repository.rulebook("HEAD").schemas["round"])
    write_json(describe_live(live, is_wanted=True))
    return 0


def describe_live(live: Round | None, *, is_wanted: bool) -> dict[str, str]:
    """The live round and, if that is wanted, the run that keeps its adapter."""
    run = find_run(live) if live and is_wanted else None
    return {"live": live.name if live else "", "live_run": str(run or "")}


def find_run(live: Round) -> int | None:
    """The id of the run that keeps the adapter of a round. Raises what the host raises."""
    found = need("selfsown.github_artifacts", "github").find_artifact_run(os.environ, f"adapter-{live.name}")
    if found is None:
        say(f"no run keeps the artifact adapter-{live.name} any more")
    return cast(int | None, found)
