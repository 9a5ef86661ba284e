"""`selfsown train judge`: the judge of a trained round, an adapter of its own on the same base."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from selfsown.cli.console import err, say, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.training import add_tracking, choose_round, reopen_workshop, reporting, together, track
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.repo import Repository
from selfsown.round import Round, State, read_promoted, read_rounds

HELP = "Train the judge of a round: an adapter that rates, on ratings by people, broken pairs and attacks."

_BUILT = "built:"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "recipe",
        nargs="?",
        help="a name in training/recipes, or a .toml file (default: judge-tiny for a base that was built here, else judge)",
    )
    parser.add_argument(
        "--round", type=int, metavar="NNNN", help="the round (default: the newest that is trained, else the live one)"
    )
    add_tracking(parser)


def run(args: argparse.Namespace) -> int:
    """0 the judge is trained (now or before)."""
    with open_repository() as repository, together(repository.root):
        from_first = need("selfsown_train.distributed", "train").from_first
        entry = from_first(lambda: _choose(repository, args.round))
        recipe = need("selfsown_train.judge_recipe", "train").read_judge_recipe(
            find_recipe(repository.root, args.recipe or default_recipe(entry))
        )
        workshop = reopen_workshop(repository, entry)
        train = need("selfsown_train.judge_round", "train").train_judge
        track(args, repository.root)
        with reporting() as report:
            trained: Round = train(workshop, entry, recipe, report)
        if trained is entry:
            say("this very judge is trained already: its examples and its recipe are the same", style="bold")
        show(trained)
        if need("selfsown_train.distributed", "train").is_first():
            write_result(trained.name)
    return 0


def _choose(repository: Repository, number: int | None) -> Round:
    if number is not None:
        return choose_round(repository, number)
    schema = repository.rulebook("HEAD").schemas["round"]
    return newest_trained(read_rounds(repository.root, schema), read_promoted(repository.root, schema))


def newest_trained(rounds: list[Round], live: Round | None) -> Round:
    """The newest round that is trained and not refused, else the live one. Raises UsageError where there is none."""
    found = [entry for entry in rounds if entry.state in (State.TRAINED, State.GATED, State.PROMOTED)]
    entry = found[-1] if found else live
    if entry is None:
        raise UsageError("no round is trained yet", "`selfsown train` trains one")
    return entry


def default_recipe(entry: Round) -> str:
    """The recipe that goes with the base of a round."""
    return "judge-tiny" if (entry.base or {"name": ""})["name"].startswith(_BUILT) else "judge"


def find_recipe(root: Path, recipe: str) -> Path:
    """Where a recipe lies, given as a name or a path."""
    return Path(recipe) if recipe.endswith(".toml") else root / "training" / "recipes" / f"{recipe}.toml"


def show(entry: Round) -> None:
    """What the judge learned from, how it ranks what it never saw, and what is next."""
    judge = entry.judge_adapter or {}
    rows = ", ".join(f"{count} {origin}" for origin, count in sorted(judge["rows"].items()))
    losses = judge["losses"]
    say(
        f"the judge of round {entry.name}: {rows}; {judge['steps']} steps, loss {losses['first']:.2f} to {losses['last']:.2f}",
        style="bold",
    )
    if judge["left_out"]:
        say(f"  {judge['left_out']} left out: they do not fit into the window")
    err.print(render_table(judge["measured"]))
    corrected = judge["measured"]["corrected_well"]
    if corrected["difference"] is not None:
        say(
            f"being corrected well changes the score by {corrected['difference']:+.2f} of 10 ({corrected['pairs']} pairs)"
        )
    say(f"adapter sha256 {judge['digest'][:16]}…, written down in training/rounds/{entry.name}.json")
    if entry.state is State.TRAINED:
        say(f"next: `selfsown gate {entry.number}`")
    elif entry.gate is not None:
        say(f"the gate has measured no judge like this one: `selfsown gate {entry.number} --again`")


def render_table(measured: Mapping[str, Any]) -> Table:
    """The share of held-out pairs that are ranked rightly, by kind."""
    table = Table(title="pairs ranked rightly, of conversations that never trained", box=SIMPLE_HEAD)
    for heading in ("what is broken", "trained on", "rightly", "pairs"):
        table.add_column(heading, justify="left" if heading in ("what is broken", "trained on") else "right")
    for part, words in (("seen", "yes"), ("held_out", "no")):
        for kind, share in sorted(measured[part].items()):
            rightly = "–" if share["accuracy"] is None else f"{share['accuracy']:.0%}"
            table.add_row(kind, words, rightly, str(share["pairs"]))
    return table
