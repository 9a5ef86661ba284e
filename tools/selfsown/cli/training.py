"""What the verbs train, gate, promote and chat share: the workshop, and a progress line for long work."""

from __future__ import annotations

import argparse
import logging
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from selfsown.cli.console import err, say
from selfsown.errors import SelfsownError, UsageError
from selfsown.extras import need
from selfsown.repo import Repository
from selfsown.round import Round, read_round, read_rounds

_STAGES = {
    "prepare": "encode what is new",
    "base": "build the base model",
    "round": "train the adapter",
    "dry run": "measure a step",
    "preference": "learn from preference pairs",
    "measure": "measure the held-out loss",
    "judge": "judge what people rated",
    "ledger": "judge what was decided",
    "judge adapter": "train the judge",
    "judge pairs": "judge held-out pairs",
    "answers": "answer held-out requests",
    "effects": "measure what merges brought",
    "probes": "answer the probes",
    "compare": "compare answers",
    "memory": "look for memorised conversations",
    "harness": "run tasks of the harness",
}

_PROJECT = "selfsown"
_SAY_EVERY = 30.0  # seconds, where there is no bar
_UNITS = ((3600, 5400, "h"), (60, 90, "min"), (1, 0, "s"))  # its seconds, and from how many on it is used


def hush_transformers(extra: str) -> None:
    """Turn off the chatter of the model library: our own words and bars say what happens. Raises MissingExtra."""
    warnings.filterwarnings("ignore", category=FutureWarning)
    quiet = need("transformers.utils.logging", extra)
    quiet.disable_progress_bar()
    quiet.set_verbosity_error()
    need("huggingface_hub.utils.logging", extra).set_verbosity_error()


def load_live(root: Path, entry: Round) -> Any:
    """The model of a round, to talk to or to judge with. Needs no trainer. Raises MissingExtra."""
    registry = need("selfsown_train.registry", "chat")
    hush_transformers("chat")
    return registry.Registry(root, registry.cache_folder()).load(entry)


def open_workshop(repository: Repository, recipe: str, base_model: str | None) -> Any:
    """The Workshop of a checkout for a recipe, given as a name in training/recipes or a path."""
    path = Path(recipe) if recipe.endswith(".toml") else repository.root / "training" / "recipes" / f"{recipe}.toml"
    return _workshop(repository, need("selfsown_train.recipe", "train").read_recipe(path, base_model))


def reopen_workshop(repository: Repository, entry: Round) -> Any:
    """The Workshop of a checkout with the recipe that a round was planned with."""
    recipe = entry.plan["recipe"]
    return _workshop(
        repository, need("selfsown_train.recipe", "train").recipe_of_round(recipe["values"], recipe["name"])
    )


def _workshop(repository: Repository, recipe: Any) -> Any:
    rounds = need("selfsown_train.rounds", "train")
    hush_transformers("train")
    need("datasets", "train").disable_progress_bars()
    logging.getLogger("trl").setLevel(logging.ERROR)
    cache = need("selfsown_train.registry", "train").cache_folder()
    return rounds.Workshop(repository, repository.rulebook("HEAD"), recipe, cache)


@contextmanager
def together(root: Path, *, sharded: bool = False) -> Iterator[None]:
    """Work with the other processes, where torchrun has started several: the first speaks, the others compute in silence.

    `sharded` spreads the weights over them. Raises UsageError or SelfsownError where they cannot work together.
    """
    distributed = need("selfsown_train.distributed", "train")
    distributed.start(sharded=sharded)
    if distributed.processes() == 1:
        with alone(root):
            yield
        return
    was_quiet, err.quiet = err.quiet, not distributed.is_first()
    try:
        distributed.check_shared(root / ".selfsown")
        with alone(root) if distributed.is_first() else nullcontext():
            yield
    except SelfsownError as error:
        if not distributed.is_first():
            error.message = f"process {distributed.rank()} of {distributed.processes()}: {error.message}"
        raise
    finally:
        err.quiet = was_quiet


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the checkout's rounds: two at work would write the same files. Raises SelfsownError where one is at work."""
    filelock = need("filelock", "train")
    folder = root / ".selfsown"
    folder.mkdir(exist_ok=True)
    try:
        with filelock.FileLock(folder / "train.lock", timeout=0):
            yield
    except filelock.Timeout as error:
        raise SelfsownError(
            f"another training or gate is at work in {root}", "wait until it is done, or end it"
        ) from error


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a recipe and, if it is another one, its base."""
    parser.add_argument(
        "recipe",
        nargs="?",
        help="a name in training/recipes, or a .toml file (default: tiny; lora with --base-model)",
    )
    parser.add_argument(
        "--base-model", metavar="NAME_OR_DIR", help="a Hugging Face name or a folder instead of the recipe's base"
    )


def add_tracking(parser: argparse.ArgumentParser) -> None:
    """Add the argument that asks for a tracker."""
    parser.add_argument(
        "--track",
        nargs="?",
        const=_PROJECT,
        metavar="PROJECT",
        help=f"show the training in trackio, too; default project: {_PROJECT}; always: $SELFSOWN_TRACK",
    )


def track(args: argparse.Namespace, root: Path) -> None:
    """Track what this process trains, if that is asked for. Raises UsageError or MissingExtra where that cannot be."""
    project = args.track or os.environ.get("SELFSOWN_TRACK")
    if not project:
        return
    tracking = need("selfsown_train.tracking", "train")
    leaves = tracking.start_tracking(project, root / ".selfsown" / "trackio")
    folder = os.environ["TRACKIO_DIR"]
    say(
        f"tracked in {', '.join(leaves)}"
        if leaves
        else f"tracked: `TRACKIO_DIR={folder} trackio show --project {project}`"
    )


def choose_round(repository: Repository, number: int | None) -> Round:
    """The round of this number, or the newest. Raises UsageError where there is none."""
    schema = repository.rulebook("HEAD").schemas["round"]
    if number is not None:
        return read_round(repository.root, number, schema)
    rounds = read_rounds(repository.root, schema)
    if not rounds:
        raise UsageError("there is no round yet", "`selfsown train` makes the first")
    return rounds[-1]


def _now() -> float:
    return time.monotonic()


@dataclass(slots=True)
class Pace:
    """How fast a stage goes since it began here with `first` steps behind it, and when a line was last said."""

    first: int
    began: float = field(default_factory=_now)
    said: float = field(default_factory=_now)

    def is_due(self) -> bool:
        """Whether half a minute went by without a line; then it counts as said."""
        now = time.monotonic()
        if now - self.said < _SAY_EVERY:
            return False
        self.said = now
        return True

    def left(self, done: int, total: int) -> str:
        """About how long the rest takes, going on like this."""
        seconds = (time.monotonic() - self.began) / max(done - self.first, 1) * (total - done)
        size, name = next((size, name) for size, least, name in _UNITS if seconds >= least)
        return f"about {seconds / size:.0f} {name}"


@dataclass(slots=True)
class ProgressReport:
    """A Report that draws one bar per stage where stderr is a terminal, and elsewhere a line per stage and half minute."""

    bars: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)
    current: str = ""
    done: int = 0
    pace: Pace = field(default_factory=lambda: Pace(0))

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        """`done` of `total` steps of `stage` are behind us."""
        words = _STAGES.get(stage, stage)
        is_new = stage != self.current or done < self.done
        self.current, self.done = stage, done
        if is_new:
            self.pace = Pace(done)
            self.tasks[stage] = self.bars.add_task(words, total=total, completed=done, note=note)
        self.bars.update(self.tasks[stage], completed=done, total=total, note=note)
        if err.is_terminal:
            return
        told = f", {note}" if note else ""
        if done == total:
            say(f"  {words}: {total} steps{told}")
        elif self.pace.is_due():
            say(f"  {words}: {done} of {total} steps{told}, {self.pace.left(done, total)} left")


@contextmanager
def reporting() -> Iterator[ProgressReport]:
    """Show progress while the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        yield ProgressReport(bars)
