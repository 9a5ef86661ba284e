"""The base of a round: a Hugging Face model by name or folder, or the tiny one. What is built or tuned here is kept.

A base that is built from config starts from nothing; one that has a name is tuned only where the recipe's [instruction]
has epochs. Either way every weight moves, and the result lies in the cache under a digest of everything that made it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import filelock

from selfsown.conversation import Conversation
from selfsown.errors import UsageError
from selfsown.judge.prompt import form_digest
from selfsown_train.corpus import RatedConversation, RoundData
from selfsown_train.distributed import from_first, is_first, processes
from selfsown_train.instructions import Instructions, describe_instructions, read_instructions
from selfsown_train.libraries import library_versions
from selfsown_train.model import Base, ChatModel, load_base, make_deterministic
from selfsown_train.registry import BUILT, locate, pin_base
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop
from selfsown_train.rows import Row, chat_rows, rating_rows
from selfsown_train.sft import Run, finetune
from selfsown_train.stages import run_stage, stage_key
from selfsown_train.tiny_base import build_model, build_tokenizer
from selfsown_train.training_log import LOG
from selfsown_train.watching import Journal

_RATING_TEXTS = 30  # enough for the tokenizer to know the judge's prompt


@dataclass(frozen=True, slots=True)
class MadeBase:
    """A base as a round names it; `made_from` says what made it, where that was done here."""

    base: Base
    made_from: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As the round file has it."""
        return {**asdict(self.base), **({} if self.made_from is None else {"made_from": dict(self.made_from)})}


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a base is made from: the rows that tune it, and what its tokenizer is learned from where it is built."""

    named: Base | None
    instructions: Instructions
    conversations: Sequence[Conversation] = ()
    rated: Sequence[RatedConversation] = ()


def with_instructions(workshop: Workshop, files: Sequence[str], epochs: float | None) -> Workshop:
    """The workshop with other instruction files or passes over them, where they are given."""
    own = workshop.recipe.instruction
    chosen = replace(own, files=tuple(files) or own.files, epochs=own.epochs if epochs is None else epochs)
    return replace(workshop, recipe=replace(workshop.recipe, instruction=chosen))


def prepare_base(workshop: Workshop, data: RoundData, report: Report) -> MadeBase:
    """The base that the recipe names, with the digests of its files; built or tuned before that where it has to be.

    Raises UsageError where there is nothing to make it from, SelfsownError where it is not there.
    """
    recipe, cache = workshop.recipe, workshop.cache
    if recipe.base.model and not recipe.instruction.epochs:
        return MadeBase(_pin_named(workshop))
    parts = gather_ingredients(workshop, data)
    key = _key(workshop, parts)
    built = Base(BUILT + key, "", "")
    folder = Path(locate(built, cache).name)
    checkpoints = folder.with_name(f"{folder.name}.checkpoints")
    with _hold(folder):
        made = run_stage(folder, key, lambda staging: _make(workshop, parts, staging, checkpoints, report))
        from_first(lambda: shutil.rmtree(checkpoints, ignore_errors=True))
    return MadeBase(from_first(lambda: pin_base(built, cache)), made)


def gather_ingredients(workshop: Workshop, data: RoundData) -> Ingredients:
    """What the recipe's base is made from. Raises UsageError where that is nothing."""
    recipe = workshop.recipe
    limits = workshop.rulebook.policy.limits
    instructions = read_instructions(workshop.repository.root, recipe, data, limits)
    if recipe.base.model:
        if not instructions.rows:
            raise UsageError(
                f"recipe {recipe.name} tunes {recipe.base.model}, and there is nothing to tune it on",
                "name Alpaca-form files in [instruction], or sources of the corpus in [base]; or set epochs to 0",
            )
        return Ingredients(_pin_named(workshop), instructions)
    conversations = [entry for entry in data.train if entry.source in recipe.base.sources]
    rated = [entry for entry in data.train_ratings if entry.rating.source in recipe.base.sources][:_RATING_TEXTS]
    if not conversations and not instructions.rows:
        raise UsageError(
            f"no conversation of {', '.join(recipe.base.sources) or 'any source'} is in the corpus to build the base from",
            "name other sources in the recipe's [base], Alpaca-form files in [instruction], or a model",
        )
    return Ingredients(None, instructions, conversations, rated)


def start_base(workshop: Workshop, parts: Ingredients) -> ChatModel:
    """The model before its tuning: the named one, or a small one with random weights and a tokenizer learned from the parts."""
    recipe = workshop.recipe
    make_deterministic(recipe.seed, recipe.threads)
    if parts.named is not None:
        chat = load_base(locate(parts.named, workshop.cache), recipe.base.context)
        return ChatModel(chat.model.float(), chat.tokenizer, chat.window)  # small steps get lost in bf16
    rows: list[Row] = chat_rows(parts.conversations) + rating_rows(parts.rated, workshop.rulebook.rubric, 1)
    rows += parts.instructions.rows if parts.instructions.files else ()
    tokenizer = build_tokenizer((turn.content for row in rows for turn in row), recipe.base.vocabulary)
    return ChatModel(build_model(recipe.base, tokenizer), tokenizer)


def base_log(base: Base, cache: Path) -> Path:
    """Where the log of a base's training lies: beside the base, because whoever resumes the training goes on with its log."""
    folder = Path(locate(base, cache).name)
    return folder.with_name(f"{folder.name}.log") / LOG


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    """Checkouts share the cache: one at a time makes a base. The first process holds it for those that train with it."""
    if not is_first():
        yield
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
        yield


def _make(workshop: Workshop, parts: Ingredients, staging: Path, checkpoints: Path, report: Report) -> dict[str, Any]:
    recipe = workshop.recipe
    chat = start_base(workshop, parts)
    steps: dict[str, Any] = {"steps": 0}
    if recipe.instruction.epochs:
        built = Base(BUILT + checkpoints.stem, "", "")
        journal = Journal(base_log(built, workshop.cache), f"base {checkpoints.stem}")
        is_named = parts.named is not None  # one that is built here has to learn the language of requests, too
        rows = list(parts.instructions.rows)
        run = Run(
            "base",
            rows,
            recipe.instruction,
            None,
            is_named,
            recipe.seed,
            checkpoints,
            workshop.cache / "prepared",
            journal,
        )
        outcome = finetune(chat, run, report)
        chat = ChatModel(outcome.model, chat.tokenizer, chat.window)
        steps = outcome.to_json()
    if is_first():
        chat.model.save_pretrained(str(staging), safe_serialization=True)
        chat.tokenizer.save_pretrained(str(staging))
    return {
        "base": parts.named and _name(parts.named),
        "sources": sorted({entry.source for entry in parts.conversations}),
        **describe_instructions(parts.instructions),
        **steps,
    }


def _pin_named(workshop: Workshop) -> Base:
    named = Base(workshop.recipe.base.model, workshop.recipe.base.revision, "")
    return from_first(lambda: pin_base(named, workshop.cache))


def _name(base: Base) -> dict[str, str]:
    return {"name": base.name, "revision": base.revision, "digest": base.digest}


def _key(workshop: Workshop, parts: Ingredients) -> str:
    """What decides the weights: values, rows, wording, libraries, seed, threads, and the base they start from."""
    recipe = workshop.recipe
    schedule = {name: value for name, value in recipe.values["instruction"].items() if name != "files"}
    return stage_key(
        {**recipe.values["base"], "model": "", "revision": ""},
        parts.named and [_name(parts.named), dict(parts.named.files)],
        schedule,
        [parts.instructions.digest, dict(parts.instructions.files)],
        [entry.id for entry in parts.conversations],
        [entry.rating.id for entry in parts.rated],
        [recipe.seed, recipe.threads, processes(), library_versions()],
        [workshop.rulebook.rubric.digest, form_digest()],
    )
