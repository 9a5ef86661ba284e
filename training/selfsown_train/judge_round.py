"""The judge of a round: an adapter of its own on the same base, trained after the one that chats, and written beside it.

Safe to repeat: what is trained is found trained, what broke off goes on. What the gate found out with another judge does
not hold for this one: a round that is not live has to be gated again, and a live one loses the vote of its judge until then.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.corruption import KINDS
from selfsown.errors import SelfsownError, UsageError
from selfsown.round import Round, State, write_round
from selfsown.vote import without_vote
from selfsown_train.adapter import write_adapter
from selfsown_train.corpus import read_round_data
from selfsown_train.distributed import from_first, is_first, processes
from selfsown_train.judge_examples import PAIRED, Example, examples_digest, make_examples
from selfsown_train.judge_measure import measure_judge
from selfsown_train.judge_prompts import encode_examples
from selfsown_train.judge_recipe import JudgeRecipe
from selfsown_train.judge_training import JudgeOutcome, train_adapter
from selfsown_train.libraries import library_versions
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop
from selfsown_train.training_log import LOG, thin_losses
from selfsown_train.watching import Journal

_CHECKPOINTS = "judge-checkpoints"


def train_judge(workshop: Workshop, entry: Round, recipe: JudgeRecipe, report: Report) -> Round:
    """Train, measure and write the judge of a trained round; the round as it is where that very judge is here already.

    Raises UsageError where the round is not trained, SelfsownError where training it again gives another adapter.
    """
    if entry.base is None:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    rubric = workshop.rulebook.rubric
    data = read_round_data(workshop.repository, entry.plan["corpus"]["commit"], workshop.recipe.data)
    examples = make_examples(data, rubric, recipe)
    plan = _plan(recipe, examples)
    is_known = entry.judge_adapter is not None and all(entry.judge_adapter[name] == plan[name] for name in plan)
    if is_known and from_first(lambda: workshop.registry.has_judge(entry)):
        if is_first():
            _drop_checkpoints(workshop.registry.folder(entry))
        return entry
    chat = workshop.registry.load_base_of(entry)
    rows = encode_examples(chat, examples, rubric)
    folder = workshop.registry.folder(entry)
    checkpoints = from_first(lambda: _checkpoints(folder, {**plan, "base": dict(entry.base or {})}))
    journal = Journal(folder / LOG, f"round {entry.name} {checkpoints.name}")
    outcome = train_adapter(chat, rows, recipe, checkpoints, report, journal)

    def write() -> Round:
        adapter = write_adapter(outcome.model, workshop.registry.adapters)
        if is_known:
            _drop_checkpoints(folder)
            return _trained_again(entry, adapter)
        judge = as_judge(ChatModel(outcome.model, chat.tokenizer, chat.window), "round")
        told = {**_describe(examples, len(examples) - len(rows), outcome), "seed": recipe.seed}
        measured = measure_judge(judge, data.held_out, rubric, recipe, report)
        trained = with_judge(entry, {**adapter, **plan, **told, "measured": measured}, judge.id)
        write_round(workshop.root, trained)
        _drop_checkpoints(folder)
        return trained

    return from_first(write)


def with_judge(entry: Round, judge_adapter: Mapping[str, Any], judge: str) -> Round:
    """A round with a new judge (`judge` is its id), without what its gate found out about an older one."""
    if entry.gate is None or entry.state in (State.GATED, State.REJECTED):
        state = State.TRAINED if entry.gate else entry.state
        return replace(entry, judge_adapter=judge_adapter, state=state, gate=None, judging=None)
    return replace(entry, judge_adapter=judge_adapter, gate={**without_vote(entry.gate), "judge": judge})


def _plan(recipe: JudgeRecipe, examples: Sequence[Example]) -> dict[str, Any]:
    """What decides the result, beside the base."""
    return {
        "recipe": {"name": recipe.name, "digest": recipe.digest, "values": recipe.values},
        "libraries": library_versions(),
        "data": examples_digest(examples),
        "held_out_kinds": sorted(kind.name for kind in KINDS if kind.held_out),
    }


def _describe(examples: Sequence[Example], left_out: int, outcome: JudgeOutcome) -> dict[str, Any]:
    return {
        "rows": dict(Counter(entry.origin for entry in examples)),
        "pairs": dict(Counter(entry.kind for entry in examples if entry.origin == PAIRED)),
        "left_out": left_out,
        "steps": outcome.steps,
        "processes": processes(),
        "losses": {
            "first": round(outcome.losses[0][1], 6),
            "last": round(outcome.losses[-1][1], 6),
            "curve": thin_losses(outcome.losses),
        },
    }


def _checkpoints(folder: Path, plan: Mapping[str, Any]) -> Path:
    """Where this very training keeps its checkpoints; what another one left is removed."""
    key = hashlib.sha256(canonical_bytes(plan)).hexdigest()[:12]
    own = folder / _CHECKPOINTS / key
    for path in (folder / _CHECKPOINTS).glob("*"):
        if path != own:
            shutil.rmtree(path)
    return own


def _drop_checkpoints(folder: Path) -> None:
    shutil.rmtree(folder / _CHECKPOINTS, ignore_errors=True)


def _trained_again(entry: Round, adapter: Mapping[str, Any]) -> Round:
    known = entry.judge_adapter or {}
    if any(adapter[name] != known[name] for name in adapter):
        raise SelfsownError(
            f"training the judge of round {entry.name} again gave another adapter: this machine computes differently",
            "bring the adapter from where it was trained, or train it with another seed in its recipe",
        )
    return entry
