"""The base of a round: a Hugging Face model by name or folder, or the tiny one, built once and kept by what made it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError
from selfsown.judge.prompt import form_digest
from selfsown.judgement import Rubric
from selfsown_train.corpus import RoundData
from selfsown_train.libraries import library_versions
from selfsown_train.model import Base, ChatModel, make_deterministic
from selfsown_train.recipe import Recipe
from selfsown_train.registry import BUILT, locate, pin_base
from selfsown_train.report import Report
from selfsown_train.rows import chat_rows, instruction_rows, rating_rows
from selfsown_train.sft import Run, finetune
from selfsown_train.tiny_base import build_model, build_tokenizer

_RATING_TEXTS = 30  # enough for the tokenizer to know the judge's prompt


def prepare_base(recipe: Recipe, data: RoundData, rubric: Rubric, cache: Path, report: Report) -> Base:
    """The base that a recipe names, with the digest of its weights; built, instruction-tuned and cached where it has no name."""
    if recipe.base.model:
        return pin_base(Base(recipe.base.model, recipe.base.revision, ""), cache)
    built = Base(BUILT + _key(recipe, data, rubric), "", "")
    folder = Path(locate(built, cache).name)
    if not (folder / "config.json").is_file():
        _build(recipe, data, rubric, folder, report)
    return pin_base(built, cache)


def _key(recipe: Recipe, data: RoundData, rubric: Rubric) -> str:
    """What decides the weights: values, conversations and ratings of the base's sources, wording, libraries, seed, threads."""
    values = recipe.values
    made_from = [entry.id for entry in data.train if entry.source in recipe.base.sources]
    rated = [entry.rating.id for entry in data.train_ratings if entry.rating.source in recipe.base.sources]
    parts = [values["base"], values["instruction"], recipe.seed, recipe.threads, made_from, rated[:_RATING_TEXTS]]
    return hashlib.sha256(canonical_bytes([*parts, rubric.digest, form_digest(), library_versions()])).hexdigest()[:16]


def _build(recipe: Recipe, data: RoundData, rubric: Rubric, folder: Path, report: Report) -> None:
    conversations = [entry for entry in data.train if entry.source in recipe.base.sources]
    if not conversations:
        raise SelfsownError(
            f"no conversation of {', '.join(recipe.base.sources)} is in the corpus to build the base from",
            "name other sources in the recipe's [base], or a model",
        )
    rated = [entry for entry in data.train_ratings if entry.rating.source in recipe.base.sources]
    make_deterministic(recipe.seed, recipe.threads)
    rows = chat_rows(conversations) + rating_rows(rated[:_RATING_TEXTS], rubric, 1)
    tokenizer = build_tokenizer((turn.content for row in rows for turn in row), recipe.base.vocabulary)
    chat = ChatModel(build_model(recipe.base, tokenizer), tokenizer)
    folder.parent.mkdir(parents=True, exist_ok=True)
    checkpoints = folder.with_name(f"{folder.name}.checkpoints")
    run = Run("base", instruction_rows(conversations), recipe.instruction, None, False, recipe.seed, checkpoints)
    model = finetune(chat, run, report).model
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    model.save_pretrained(str(staging), safe_serialization=True)
    tokenizer.save_pretrained(str(staging))
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)
    shutil.rmtree(checkpoints, ignore_errors=True)
