"""`selfsown train base`: the base of a recipe is made ready, and what its instruction tuning did is measured."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from selfsown.cli.console import err, say, write_result
from selfsown.cli.place import open_repository
from selfsown.cli.training import add_recipe, add_tracking, open_workshop, reporting, together, track
from selfsown.errors import UsageError
from selfsown.extras import need

HELP = "Make the base of a recipe ready: build it, or tune a named one on instructions; measure what that did."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_recipe(parser)
    parser.add_argument(
        "--instructions",
        nargs="+",
        default=[],
        metavar="FILE",
        help="Alpaca-form files, JSON or JSONL, instead of those of the recipe's [instruction]",
    )
    parser.add_argument(
        "--epochs", type=float, metavar="N", help="passes over the instructions, instead of those of the recipe"
    )
    add_tracking(parser)


def run(args: argparse.Namespace) -> int:
    """0 the base is ready (now or before)."""
    if args.epochs is not None and not 0 < args.epochs <= 1000:
        raise UsageError(
            f"--epochs {args.epochs:g} is no number of passes", "from a fraction of one, like 0.1, to 1000"
        )
    with open_repository() as repository, together(repository.root):
        workshop = open_workshop(repository, args.recipe or ("lora" if args.base_model else "tiny"), args.base_model)
        files = tuple(os.path.relpath(Path(file).resolve(), repository.root) for file in args.instructions)
        workshop = need("selfsown_train.base_model", "train").with_instructions(workshop, files, args.epochs)
        data = need("selfsown_train.corpus", "train").read_round_data(repository, "HEAD", workshop.recipe.data)
        prepare = need("selfsown_train.base_model", "train").prepare_base
        measure = need("selfsown_train.base_measure", "train").measure_tuning
        distributed = need("selfsown_train.distributed", "train")
        track(args, repository.root)
        with reporting() as report:
            made = prepare(workshop, data, report)
            tuning = distributed.from_first(lambda: measure(workshop, data, made, report) if made.made_from else None)
        show(made, tuning)
        if files or args.epochs is not None:
            show_recipe(workshop.recipe)
        if distributed.is_first():
            write_result(made.base.name)
    return 0


def show(made: Any, tuning: Any) -> None:
    """What the base is, what it learned from, and what that changed."""
    say(f"the base {made.base.name} is ready, weights and tokenizer {made.base.digest}", style="bold")
    if made.made_from is None:
        say("it is as those who made it left it: the recipe's [instruction] has no epochs (--epochs 1 tunes it)")
        return
    say(f"  {describe_source(made.made_from)}")
    for reason, count in sorted(made.made_from["left_out"].items()):
        say(f"  {count} left out: {reason}")
    if tuning is None:
        say("no row is held out, so nothing can be said of what it learned")
        return
    err.print(render_table(tuning))
    say(say_difference(tuning.difference))


def describe_source(made_from: Mapping[str, Any]) -> str:
    """One sentence on the rows and steps."""
    began = f"from {made_from['base']['name']}" if made_from["base"] else "from random weights"
    if not made_from["steps"]:
        return f"{began}, not tuned"
    return (
        f"{began}, {made_from['rows_used']} of {made_from['rows']} rows in {made_from['steps']} steps, "
        f"training loss {made_from['first_loss']:.2f} to {made_from['last_loss']:.2f}"
    )


def render_table(tuning: Any) -> Table:
    """The loss before and after."""
    table = Table(title=f"nats per token of the answers to {tuning.n} held-out instructions", box=SIMPLE_HEAD)
    for heading in ("before", "after", "difference", "95 % interval"):
        table.add_column(heading, justify="right")
    between = tuning.difference
    table.add_row(
        f"{tuning.before:.3f}",
        f"{tuning.after:.3f}",
        f"{between.estimate:+.3f}",
        f"{between.low:+.3f} to {between.high:+.3f}",
    )
    return table


def say_difference(difference: Any) -> str:
    """The table in words."""
    if difference.high < 0:
        return "it predicts answers that it never saw better than before"
    if difference.low > 0:
        return "it predicts answers that it never saw worse than before: fewer epochs or a lower learning rate may help"
    return "it predicts answers that it never saw neither better nor worse, as far as these rows can tell"


def show_recipe(recipe: Any) -> None:
    """What a recipe has to say so that rounds rest on this very base."""
    files = ", ".join(f'"{name}"' for name in recipe.instruction.files)
    say(
        f"for rounds on it, write into their recipe, under [instruction]: epochs = {recipe.instruction.epochs:g}, files = [{files}]"
    )
