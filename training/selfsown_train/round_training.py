"""A planned round is trained: the base is made ready, and an adapter is trained from it on everything accepted.

Safe to repeat: each stage is there whole or not at all, what broke off goes on from its last whole checkpoint. The stages
lie in `stages` of the round's folder until the round file says that it is trained.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peft import PeftModel

from selfsown.errors import SelfsownError
from selfsown.round import Round, State, write_round
from selfsown_train.adapter import keep_adapter, save_adapter
from selfsown_train.base_model import MadeBase, base_log, prepare_base
from selfsown_train.corpus import RoundData
from selfsown_train.distributed import from_first, is_first, is_sharded, processes
from selfsown_train.instructions import digest_files
from selfsown_train.libraries import describe_machine
from selfsown_train.model import ChatModel, load_base, make_deterministic
from selfsown_train.preference import PreferenceRun, encode_pairs, prefer
from selfsown_train.registry import locate
from selfsown_train.report import Report
from selfsown_train.rounds import STAGES, Workshop
from selfsown_train.rows import chat_rows, rating_rows
from selfsown_train.sft import Run, finetune
from selfsown_train.stages import file_digests, run_stage, stage_key
from selfsown_train.training_log import LOG, adopt_rows
from selfsown_train.watching import Journal

_ADAPTER, _SFT, _PREFERENCE = "adapter", "sft", "preference"


@dataclass(frozen=True, slots=True)
class _Bench:
    """What the stages of one round share: `chat` is the bare base, `stages` where they lie, `key` what all rest on."""

    workshop: Workshop
    data: RoundData
    chat: ChatModel
    stages: Path
    key: str
    report: Report
    journal: Journal

    def checkpoints(self, stage: str, key: str) -> Path:
        """Where the run of a stage keeps its checkpoints: no run resumes from another one's."""
        return self.stages / f"{stage}.checkpoints" / key


def train_round(
    workshop: Workshop, entry: Round, data: RoundData, report: Report, *, base_from: RoundData | None = None
) -> Round:
    """Make the base ready, train the adapter from it on everything accepted, and write the round as trained.

    `base_from` is what the base is made from, where that is not the data that trains. A round that was trained before, and
    has lost its adapter here, keeps what its file says. Raises SelfsownError where training it again gives another adapter.
    """
    _check_instructions(workshop, entry)
    _check_processes(entry)
    made = prepare_base(workshop, base_from or data, report)
    plan = {name: value for name, value in entry.plan.items() if name != "corpus"}
    key = stage_key(plan, data.train_digest, data.ratings_digest, made.to_json(), processes())
    chat = load_base(locate(made.base, workshop.cache), workshop.recipe.base.context)
    journal = _open_journal(workshop, entry, made, key)
    bench = _Bench(workshop, data, chat, workshop.registry.folder(entry) / STAGES, key, report, journal)
    training = {**_tune(bench), "processes": processes(), "machine": describe_machine()}
    preference = _prefer(bench)
    if preference is not None:
        training["preference"] = preference
    last = bench.stages / (_PREFERENCE if preference and preference["steps"] else _SFT) / _ADAPTER
    return from_first(lambda: _write(bench, entry, made, last, training))


def _open_journal(workshop: Workshop, entry: Round, made: MadeBase, key: str) -> Journal:
    """The log of the round, which begins with that of its base, whenever and for whichever round that was made."""
    path = workshop.registry.folder(entry) / LOG
    if made.made_from is not None and is_first():
        adopt_rows(path, base_log(made.base, workshop.cache))
    return Journal(path, f"round {entry.name} {key}")


def _check_instructions(workshop: Workshop, entry: Round) -> None:
    planned = entry.plan.get("instructions", {})
    found = digest_files(workshop.repository.root, workshop.recipe)
    for name in planned:
        if found.get(name) != planned[name]:
            raise SelfsownError(
                f"{name} is not the file that round {entry.name} was planned with",
                f"bring back the one with the SHA-256 {planned[name][:16]}…, or plan a new round",
            )


def _check_processes(entry: Round) -> None:
    known = processes() if entry.training is None else entry.training.get("processes", 1)
    if known != processes():
        raise SelfsownError(
            f"round {entry.name} was trained by {known} processes, and this is {processes()}: the adapter would be another one",
            f"train it with {known}, or bring the adapter from where it was trained",
        )


def _tune(bench: _Bench) -> dict[str, Any]:
    """Supervised fine-tuning: a fresh adapter on everything accepted."""
    recipe, data = bench.workshop.recipe, bench.data

    def work(staging: Path) -> Mapping[str, Any]:
        make_deterministic(recipe.seed, recipe.threads)
        rated = rating_rows(data.train_ratings, bench.workshop.rulebook.rubric, recipe.data.ratings)
        checkpoints = bench.checkpoints(_SFT, bench.key)
        prepared = bench.workshop.cache / "prepared"
        rows = chat_rows(data.train) + rated
        run = Run("round", rows, recipe.sft, recipe.lora, True, recipe.seed, checkpoints, prepared, bench.journal)
        outcome = finetune(bench.chat, run, bench.report)
        if is_first():
            save_adapter(outcome.model, staging / _ADAPTER)
        if isinstance(outcome.model, PeftModel) and not is_sharded():
            outcome.model.unload()  # the next stage begins with the bare base
        return outcome.to_json()

    return run_stage(bench.stages / _SFT, bench.key, work)


def _prefer(bench: _Bench) -> dict[str, Any] | None:
    """Preference optimisation, which goes on with that adapter; None where the recipe or the corpus has nothing for it."""
    recipe, pairs = bench.workshop.recipe, bench.data.pairs
    if not recipe.preference.epochs or not pairs:
        return None
    encoded = encode_pairs(bench.chat, pairs)
    counts = {"pairs": dict(Counter(pair.origin for pair in pairs)), "pairs_used": len(encoded)}
    if not encoded:
        return {**counts, "steps": 0}
    tuned = bench.stages / _SFT / _ADAPTER
    key = from_first(lambda: stage_key(bench.key, bench.data.pairs_digest, file_digests(tuned)))

    def work(staging: Path) -> Mapping[str, Any]:
        make_deterministic(recipe.seed, recipe.threads)
        checkpoints = bench.checkpoints(_PREFERENCE, key)
        run = PreferenceRun(encoded, recipe.preference, recipe.seed, checkpoints, bench.journal)
        outcome = prefer(bench.chat, tuned, run, bench.report)
        if is_first():
            save_adapter(outcome.model, staging / _ADAPTER)
        return outcome.to_json()

    return {**counts, **run_stage(bench.stages / _PREFERENCE, key, work)}


def _write(bench: _Bench, entry: Round, made: MadeBase, last: Path, training: Mapping[str, Any]) -> Round:
    adapter = keep_adapter(last, bench.workshop.registry.adapters)
    if entry.adapter is not None:
        trained = _trained_again(entry, adapter)
    else:
        trained = replace(entry, state=State.TRAINED, base=made.to_json(), adapter=adapter, training=training)
        write_round(bench.workshop.root, trained)
    shutil.rmtree(bench.stages)
    return trained


def _trained_again(entry: Round, adapter: Mapping[str, Any]) -> Round:
    if adapter != dict(entry.adapter or {}):
        raise SelfsownError(
            f"training round {entry.name} again gave another adapter: this machine computes differently",
            "bring the adapter from where it was trained, or train a new round with another seed in the recipe",
        )
    return entry
