"""The cost of the next round, before it is planned: what the recipe and the corpus at hand make of a dry run.

Nothing is downloaded for it but config and tokenizer. Where the base cannot be reached, the recipe's [shape] stands in
for its config, and characters for its tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from transformers import AutoConfig, AutoTokenizer, PreTrainedConfig

from selfsown.errors import SelfsownError
from selfsown_train.base_model import gather_ingredients, start_base
from selfsown_train.chat_template import PLAIN
from selfsown_train.corpus import RoundData
from selfsown_train.dry_run import Cost, Lengths, measure_cost
from selfsown_train.model import Base, ChatModel
from selfsown_train.prepared import prepare_rows
from selfsown_train.recipe import ShapeRecipe
from selfsown_train.registry import locate
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop
from selfsown_train.rows import Row, chat_rows, rating_rows
from selfsown_train.tokens import IGNORED

_CHARACTERS = 4  # of a token, in English with a vocabulary of some ten thousand


@dataclass(frozen=True, slots=True)
class RoundCost:
    """What the training of the next round costs here; `is_counted` is False where the tokens are a guess."""

    cost: Cost
    rows: int
    rows_used: int
    is_counted: bool


def estimate_round(workshop: Workshop, data: RoundData, report: Report) -> RoundCost:
    """Count and measure, and write nothing. Raises SelfsownError where the base is out of reach and has no [shape]."""
    recipe = workshop.recipe
    rows = chat_rows(data.train) + rating_rows(data.train_ratings, workshop.rulebook.rubric, recipe.data.ratings)
    config, tokenizer = _read_base(workshop, data)
    is_counted = tokenizer is not None
    lengths = _count(config, tokenizer, rows, workshop, report) if is_counted else _guess(rows, recipe.base.context)
    return RoundCost(measure_cost(config, lengths, recipe, report), len(rows), len(lengths.tokens), lengths.is_counted)


def _read_base(workshop: Workshop, data: RoundData) -> tuple[PreTrainedConfig, Any]:
    """Config and tokenizer; None for a tokenizer that is out of reach."""
    recipe = workshop.recipe
    if not recipe.base.model:
        chat = start_base(workshop, gather_ingredients(workshop, data))
        return chat.model.config, chat.tokenizer
    name = locate(Base(recipe.base.model, recipe.base.revision, ""), workshop.cache).name
    options = {"revision": recipe.base.revision or None, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(name, **options)
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
    except (OSError, ValueError) as error:
        if recipe.shape is None or Path(name).is_dir():
            raise SelfsownError(
                f"cannot read config and tokenizer of {name}: {str(error).splitlines()[0]}",
                "give a folder or a name that can be reached, or tell its [shape] in the recipe",
            ) from error
        return _from_shape(recipe.shape), None
    tokenizer.chat_template = tokenizer.chat_template or PLAIN
    return config, tokenizer


def _from_shape(shape: ShapeRecipe) -> PreTrainedConfig:
    return AutoConfig.for_model(
        shape.architecture,
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        tie_word_embeddings=shape.tied,
    )


def _count(
    config: PreTrainedConfig, tokenizer: Any, rows: Sequence[Row], workshop: Workshop, report: Report
) -> Lengths:
    """Encoded as for the training, and kept for it."""
    model: Any = SimpleNamespace(config=config)
    chat = ChatModel(model, tokenizer, workshop.recipe.base.context)
    found = prepare_rows(chat, rows, only_answers=True, cache=workshop.cache / "prepared", report=report)
    if not len(found):
        raise SelfsownError(f"no row fits into {chat.context} tokens", "raise base.context in the recipe")
    scored = sum(label != IGNORED for labels in found["labels"] for label in labels)
    return Lengths(tuple(found["length"]), scored / sum(found["length"]), is_counted=True)


def _guess(rows: Sequence[Row], window: int) -> Lengths:
    every = [sum(len(turn.content) for turn in row) for row in rows]
    said = sum(len(turn.content) for row in rows for turn in row if turn.role == "assistant")
    return Lengths(
        tuple(min(window, max(1, count // _CHARACTERS)) for count in every), said / sum(every), is_counted=False
    )
