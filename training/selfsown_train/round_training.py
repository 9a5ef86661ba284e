"""A planned round is trained: the base is made ready, and an adapter is trained from it on everything accepted.

Safe to repeat: what is trained is found trained, what broke off goes on.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from typing import Any

from selfsown.errors import SelfsownError
from selfsown.round import Round, State, write_round
from selfsown_train.adapter import write_adapter
from selfsown_train.base_model import prepare_base
from selfsown_train.corpus import RoundData
from selfsown_train.libraries import describe_machine
from selfsown_train.model import load_base, make_deterministic
from selfsown_train.registry import locate
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop
from selfsown_train.rows import chat_rows, rating_rows
from selfsown_train.sft import Run, finetune


def train_round(workshop: Workshop, entry: Round, data: RoundData, report: Report) -> Round:
    """Make the base ready, train the adapter from it on everything accepted, and write the round as trained.

    A round that was trained before, and has lost its adapter here, keeps what its file says. Raises SelfsownError where
    training it again gives another adapter.
    """
    recipe, rubric = workshop.recipe, workshop.rulebook.rubric
    base = prepare_base(recipe, data, rubric, workshop.cache, report)
    make_deterministic(recipe.seed, recipe.threads)
    chat = load_base(locate(base, workshop.cache), recipe.base.context)
    rows = chat_rows(data.train) + rating_rows(data.train_ratings, rubric, recipe.data.ratings)
    folder = workshop.registry.folder(entry)
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(
        "round", rows, recipe.sft, recipe.lora, True, recipe.seed, folder / "checkpoints", workshop.cache / "prepared"
    )
    outcome = finetune(chat, run, report)
    adapter = write_adapter(outcome.model, folder / "adapter")
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    if entry.adapter is not None:
        return _trained_again(entry, adapter)
    trained = replace(
        entry,
        state=State.TRAINED,
        base=asdict(base),
        adapter=adapter,
        training={
            "rows": outcome.rows,
            "rows_used": outcome.rows_used,
            "steps": outcome.steps,
            "first_loss": round(outcome.losses[0][1], 6),
            "last_loss": round(outcome.losses[-1][1], 6),
            "machine": describe_machine(),
        },
    )
    write_round(workshop.root, trained)
    return trained


def _trained_again(entry: Round, adapter: dict[str, Any]) -> Round:
    if adapter != dict(entry.adapter or {}):
        raise SelfsownError(
            f"training round {entry.name} again gave another adapter: this machine computes differently",
            "bring the adapter from where it was trained, or train a new round with another seed in the recipe",
        )
    return entry
