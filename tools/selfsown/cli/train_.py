"""`selfsown train`: the next round, from everything accepted at HEAD."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from selfsown.cli.console import say, write_result
from selfsown.cli.place import open_repository, today
from selfsown.cli.train.cost import show_cost
from selfsown.cli.training import add_recipe, add_tracking, open_workshop, reporting, together, track
from selfsown.extras import need
from selfsown.round import Round, State

HELP = "Train the next round: a LoRA adapter on every accepted conversation of HEAD."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_recipe(parser)
    parser.add_argument(
        "--fsdp", action="store_true", help="under torchrun: spread the weights over the processes, for a large base"
    )

    parser.add_argument(
        "--plan", action="store_true", help="train nothing: say how many tokens and steps, how much memory and time"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="how --plan says it")
    add_tracking(parser)


def run(args: argparse.Namespace) -> int:
    """0 the round is trained (now or before), or has been reckoned."""
    if args.plan:
        return estimate(args)
    with open_repository() as repository, together(repository.root, sharded=args.fsdp):
        workshop = open_workshop(repository, args.recipe or ("lora" if args.base_model else "tiny"), args.base_model)
        corpus = need("selfsown_train.corpus", "train")
        rounds = need("selfsown_train.rounds", "train")
        distributed = need("selfsown_train.distributed", "train")
        data = corpus.read_round_data(repository, "HEAD", workshop.recipe.data)
        distributed.check_alike(rounds.decisive(workshop, data))
        entry: Round = distributed.from_first(lambda: rounds.plan_round(workshop, data, today()))
        say(f"round {entry.name}: {len(data.train)} conversations train, {len(data.held_out)} are held out")
        for reason, count in sorted(data.left_out.items()):
            say(f"  {count} left out: {reason}")
        if any(reason.startswith("beyond") for reason in data.left_out):
            say("  `[data]` of the recipe sets the shares, and which sources are trusted: docs/rounds.md")
        if data.pairs:
            say(f"  {len(data.pairs)} preference pairs, of reworked and of rated answers")
        if distributed.from_first(lambda: rounds.settle_trained(workshop, entry)):
            say(
                "this very round is trained already: nothing new was merged since and the recipe is the same",
                style="bold",
            )
        else:
            track(args, repository.root)
            with reporting() as report:
                entry = need("selfsown_train.round_training", "train").train_round(workshop, entry, data, report)
        show(entry)
        if distributed.is_first():
            write_result(entry.name)
    return 0


def estimate(args: argparse.Namespace) -> int:
    """A dry run: 0, and nothing of the checkout has changed."""
    with open_repository() as repository:
        workshop = open_workshop(repository, args.recipe or ("lora" if args.base_model else "tiny"), args.base_model)
        data = need("selfsown_train.corpus", "train").read_round_data(repository, "HEAD", workshop.recipe.data)
        with reporting() as report:
            found = need("selfsown_train.round_cost", "train").estimate_round(workshop, data, report)
    show_cost(workshop, data, found, as_json=args.format == "json")
    return 0


def show(entry: Round) -> None:
    """What the round is, and what is next."""
    training, adapter = entry.training or {}, entry.adapter or {}
    say(
        f"round {entry.name} is {entry.state}: {training['rows_used']} of {training['rows']} rows in {training['steps']} steps, "
        f"training loss {training['first_loss']:.2f} to {training['last_loss']:.2f}",
        style="bold",
    )
    for line in say_preference(training.get("preference"), entry.plan["recipe"]["values"].get("preference", {})):
        say(line)
    say(f"adapter sha256 {adapter['digest'][:16]}…, written down in training/rounds/{entry.name}.json")
    if entry.state is State.TRAINED:
        say(f"next: `selfsown train judge` for a judge of its own, `selfsown gate {entry.number}`")


def say_preference(told: Mapping[str, Any] | None, recipe: Mapping[str, Any]) -> list[str]:
    """What the preference pairs did; nothing where the recipe asks for none."""
    if told is None:
        return ["no preference pairs are in the corpus: that stage was left out"] if recipe.get("epochs") else []
    pairs = ", ".join(f"{count} of {origin}" for origin, count in sorted(told["pairs"].items()))
    if not told["steps"]:
        return [f"preference pairs: {pairs}; none of them fits the model's window, so that stage was left out"]
    chosen, preferred = told["chosen"], told["preferred"]
    lines = [
        f"preference pairs: {pairs}, {told['pairs_used']} used in {told['steps']} steps; the better answer is the likelier one "
        f"in {preferred['before']:.0%} before and {preferred['after']:.0%} after"
    ]
    if told["chosen_fell"]:
        lines.append(
            f"  look at its answers: even the better ones became less likely, {chosen['before']:.2f} to {chosen['after']:.2f} "
            "nats per token; a lower learning rate or a larger beta in [preference] holds them"
        )
    return lines
