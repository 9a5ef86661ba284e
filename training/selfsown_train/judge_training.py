"""A judge is trained: LoRA on the bare base, the trainer of transformers with a loss of our own.

Like a round's own training it can be cut off anywhere, goes on from the last whole checkpoint and ends with the same bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model
from transformers import Trainer, TrainingArguments

from selfsown.errors import SelfsownError
from selfsown_train.checkpoints import MarkComplete, train_to_end
from selfsown_train.judge_loss import judge_losses, option_logits, padded
from selfsown_train.judge_prompts import Prompt
from selfsown_train.judge_recipe import JudgeRecipe, LossRecipe
from selfsown_train.model import ChatModel, make_deterministic
from selfsown_train.report import Report
from selfsown_train.sft import make_lora, save_every, shared_arguments
from selfsown_train.trainer import LengthOrder, TellEpoch, rows_of_a_step
from selfsown_train.training_log import Losses
from selfsown_train.watching import Journal, watch

STAGE = "judge adapter"


@dataclass(frozen=True, slots=True)
class JudgeOutcome:
    """What a run did: the trained model, its steps, and the losses by step."""

    model: Any
    steps: int
    losses: Losses


@dataclass(frozen=True, slots=True)
class Collator:
    """Examples as one padded batch: every prompt a row, and the orders between rows."""

    padding: int

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Tensors; `last` is the position of the answer, `taught` are the rows with a target."""
        prompts: list[Prompt] = [prompt for row in rows for prompt in row["prompts"]]
        targets = [target for row in rows for target in row["targets"]]
        orders, start = [], 0
        for row in rows:
            orders += [[start + better, start + worse] for better, worse in row["orders"]]
            start += len(row["prompts"])
        longest = max(len(prompt.ids) for prompt in prompts)
        gaps = [longest - len(prompt.ids) for prompt in prompts]
        ids = [[*prompt.ids, *[self.padding] * gap] for prompt, gap in zip(prompts, gaps, strict=True)]
        mask = [[1] * len(prompt.ids) + [0] * gap for prompt, gap in zip(prompts, gaps, strict=True)]
        taught = [index for index, target in enumerate(targets) if target]
        return {
            "input_ids": torch.tensor(ids),
            "attention_mask": torch.tensor(mask),
            "last": torch.tensor([len(prompt.ids) - 1 for prompt in prompts]),
            "options": torch.tensor([padded(prompt.options, -1) for prompt in prompts]),
            "points": torch.tensor([padded(prompt.points, 0.0) for prompt in prompts]),
            "shares": torch.tensor([padded(target.shares if target else (), 0.0) for target in targets]),
            "wanted": torch.tensor([target.points if target else 0.0 for target in targets]),
            "taught": torch.tensor(taught, dtype=torch.long),
            "orders": torch.tensor(orders, dtype=torch.long).reshape(-1, 2),
        }


class JudgeTrainer(Trainer):  # type: ignore[misc]
    """The trainer of transformers with the loss of a judge and an order of the data that survives a restart."""

    def __init__(self, weights: LossRecipe, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._weights = weights

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthOrder:
        rows = self.train_dataset if train_dataset is None else train_dataset
        return LengthOrder(rows_of_a_step(self.args), [len(row["input_ids"]) for row in rows], self.args.data_seed)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The weighted sum of the pieces over one batch."""
        logits = answer_logits(model, inputs)
        loss = judge_losses(logits, inputs).total(self._weights)
        return (loss, logits) if return_outputs else loss


def answer_logits(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """The logits of the options where each prompt of a batch is answered, (prompts, LEVELS)."""
    keep, position = torch.unique(batch["last"], return_inverse=True)
    output = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        use_cache=False,
        logits_to_keep=keep,
    )
    rows = torch.arange(len(position), device=position.device)
    return option_logits(output.logits[rows, position], batch["options"])


def train_adapter(
    chat: ChatModel,
    rows: list[dict[str, Any]],
    recipe: JudgeRecipe,
    folder: Path,
    report: Report,
    journal: Journal | None = None,
) -> JudgeOutcome:
    """Train an adapter on encoded examples; `folder` keeps its checkpoints. Raises SelfsownError where there are none.

    `journal` None writes no log.
    """
    if not rows:
        raise SelfsownError(
            f"{STAGE}: nothing to train on fits into {chat.context} tokens",
            "have conversations rated, or raise base.context in the recipe of the round",
        )
    make_deterministic(recipe.seed, recipe.threads)
    trainer = JudgeTrainer(
        recipe.loss,
        model=get_peft_model(chat.model, make_lora(chat, recipe.lora)),
        args=_arguments(len(rows), recipe, folder),
        train_dataset=rows,
        data_collator=Collator(int(chat.tokenizer.pad_token_id)),
        callbacks=[*watch(report, STAGE, journal), MarkComplete(), TellEpoch()],
    )
    losses = train_to_end(trainer, folder, STAGE)
    return JudgeOutcome(trainer.model.eval(), int(trainer.state.global_step), losses)


def _arguments(rows: int, recipe: JudgeRecipe, folder: Path) -> TrainingArguments:
    steps = math.ceil(math.ceil(rows / recipe.training.batch_size) * recipe.training.epochs)
    alike = shared_arguments(folder, recipe.training, steps, recipe.seed)
    return TrainingArguments(remove_unused_columns=False, save_steps=save_every(steps, 5), **alike)
