"""The steps of a round: plan, train, gate. Each is safe to repeat: what is done is found done, what broke off goes on.

Working files lie in `.selfsown/rounds/NNNN` of the checkout; the base in the cache. Only the round file is for git.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.errors import SelfsownError, UsageError
from selfsown.judge import Judge
from selfsown.judge.features import FeaturesJudge
from selfsown.ledger import Decided, find_ended
from selfsown.rated import as_conversation
from selfsown.repo import Repository
from selfsown.round import Round, State, read_promoted, read_rounds, write_round
from selfsown.rulebook import Rulebook
from selfsown_train.adapter import write_adapter
from selfsown_train.base_model import prepare_base
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.gate import GateVerdict, Measurement, ask_trivial, compare_with_trivial, decide_gate, measure
from selfsown_train.ledger import Heard, describe_judging, open_inquiry, trained_ids
from selfsown_train.libraries import library_versions
from selfsown_train.local_judge import as_judge
from selfsown_train.model import load_base, make_deterministic
from selfsown_train.plan import describe_plan
from selfsown_train.recipe import Recipe
from selfsown_train.registry import Registry, locate
from selfsown_train.report import Report
from selfsown_train.rows import chat_rows, rating_rows
from selfsown_train.sft import Run, finetune


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where rounds are made: the repository, what governs it, its recipe, and where heavy files are kept."""

    repository: Repository
    rulebook: Rulebook
    recipe: Recipe
    cache: Path

    @property
    def root(self) -> Path:
        """The checkout."""
        return self.repository.root

    @property
    def registry(self) -> Registry:
        """Where the models of this checkout lie."""
        return Registry(self.root, self.cache)


def plan_round(workshop: Workshop, data: RoundData, today: str) -> Round:
    """The round to work on: one that has this very plan, else a new one, written as planned.

    A round that was planned and never trained gives its number to the new plan.
    """
    schema = workshop.rulebook.schemas["round"]
    rounds = read_rounds(workshop.root, schema)
    plan = _plan(workshop, data)
    for entry in reversed(rounds):
        if _same_plan(entry.plan, plan):
            return entry
    promoted = read_promoted(workshop.root, schema)
    newest = rounds[-1] if rounds else None
    number = 1 if newest is None else newest.number + (newest.state is not State.PLANNED)
    entry = Round(number, State.PLANNED, today, promoted.number if promoted else None, plan)
    shutil.rmtree(workshop.registry.folder(entry), ignore_errors=True)
    write_round(workshop.root, entry)
    return entry


def _plan(workshop: Workshop, data: RoundData) -> dict[str, Any]:
    plan = describe_plan(data, workshop.recipe, workshop.rulebook.rubric.digest)
    return {**plan, "libraries": library_versions()}


def _same_plan(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two plans give the same round; the commit may differ where the conversations are the same."""

    def without_commit(plan: Mapping[str, Any]) -> dict[str, Any]:
        return {**plan, "corpus": {name: value for name, value in plan["corpus"].items() if name != "commit"}}

    return without_commit(old) == without_commit(new)


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
    run = Run("round", rows, recipe.sft, recipe.lora, True, recipe.seed, folder / "checkpoints")
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


def gate_round(workshop: Workshop, entry: Round, report: Report, frozen: Judge | None = None) -> Round:
    """Measure a trained round and the live one on what is held out, decide, and write the round as gated or rejected.

    The `frozen` judge (None: the features) is asked for the round's page of the ledger, beside the live one and its own.
    """
    if entry.state is State.PLANNED:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    recipe, rubric = workshop.recipe, workshop.rulebook.rubric
    data = read_round_data(workshop.repository, entry.plan["corpus"]["commit"], recipe.data)
    promoted = read_promoted(workshop.root, workshop.rulebook.schemas["round"])
    incumbent = promoted if promoted and promoted.number != entry.number else None
    make_deterministic(recipe.seed, recipe.threads)
    with open_inquiry(workshop.repository, incumbent, data, recipe, rubric) as inquiry:
        chat = workshop.registry.load(entry)
        new = measure(chat, data, rubric, report)
        own = inquiry.ask(as_judge(chat, "round"), report)
        del chat  # there may be room for one large model only
        beside = workshop.registry.load(incumbent) if incumbent else workshop.registry.load_base_of(entry)
        old = measure(beside, data, rubric, report)
        live = inquiry.ask(as_judge(beside, "round") if incumbent else FeaturesJudge(), report)
        heard = Heard(inquiry.asked, live, inquiry.ask(frozen or FeaturesJudge(), report), own, trained_ids(data))
    gate = _decide(workshop, data, new, old)
    gated = replace(
        entry,
        state=State.GATED if gate.decision == "pass" else State.REJECTED,
        gate=gate.to_json(incumbent.number if incumbent else None, new.judge),
        judging=_page(workshop, entry, incumbent, inquiry.decided, heard),
    )
    write_round(workshop.root, gated)
    return gated


def _decide(workshop: Workshop, data: RoundData, new: Measurement, old: Measurement) -> GateVerdict:
    """The verdict, with what decides the judge's vote among its checks."""
    recipe = workshop.recipe
    human = [item.rating.score for item in data.held_out_ratings]
    verdict = decide_gate(new, old, human, recipe.gate, recipe.seed)
    trivial = ask_trivial([as_conversation(item) for item in data.held_out_ratings], workshop.rulebook.rubric)
    vote = compare_with_trivial(new.scores, trivial, human, recipe.gate, recipe.seed)
    return replace(verdict, checks=(*verdict.checks, *vote))


def _page(
    workshop: Workshop, entry: Round, incumbent: Round | None, decided: Sequence[Decided] | None, heard: Heard
) -> Mapping[str, Any] | None:
    """The page of the ledger. One that was written beside the parent stays: beside another round it would say less."""
    is_history = entry.judging is not None and (incumbent.number if incumbent else None) != entry.parent
    if decided is None or is_history:
        return entry.judging
    rounds = read_rounds(workshop.root, workshop.rulebook.schemas["round"])
    ended = find_ended(rounds, entry.number, heard.frozen.judge)
    return describe_judging(decided, heard, ended, workshop.recipe.gate, workshop.recipe.seed)
