"""Supervised fine-tuning with TRL: the whole model (base-level instruction tuning) or a LoRA adapter on it.

TRL's defaults (bf16, gradient checkpointing, random batches) are for GPUs; on a CPU they run at a fifth of the speed
of what is set here. A run is resumable: a checkpoint counts only once its OK marker is there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from transformers.pytorch_utils import Conv1D
from trl import SFTConfig

from selfsown.errors import SelfsownError
from selfsown_train.checkpoints import MarkComplete, train_to_end
from selfsown_train.distributed import share_of
from selfsown_train.head_loss import ends_with_head
from selfsown_train.model import ChatModel
from selfsown_train.prepared import prepare_rows
from selfsown_train.recipe import LoraRecipe, Schedule
from selfsown_train.report import Report
from selfsown_train.rows import Row
from selfsown_train.sharding import gather_whole, sharding_arguments
from selfsown_train.trainer import HeadTrainer, RoundTrainer, TellEpoch
from selfsown_train.training_log import Losses, thin_losses
from selfsown_train.watching import Journal, watch

_CHECKPOINTS = 3
_MOST_LOGGED = 50  # steps, about


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: the trained model, rows in and rows that carried a loss, steps, and the losses by step."""

    model: Any
    rows: int
    rows_used: int
    steps: int
    losses: Losses

    def to_json(self) -> dict[str, Any]:
        """As a round file has it."""
        return {
            "rows": self.rows,
            "rows_used": self.rows_used,
            "steps": self.steps,
            "first_loss": round(self.losses[0][1], 6),
            "last_loss": round(self.losses[-1][1], 6),
            "losses": thin_losses(self.losses),
        }


@dataclass(frozen=True, slots=True)
class Run:
    """One run of fine-tuning: rows, schedule, and where its checkpoints lie. `lora` None trains every weight.

    `prepared` is the folder where encoded rows are kept from run to run; None keeps none. `journal` None writes no log.
    """

    stage: str
    rows: list[Row]
    schedule: Schedule
    lora: LoraRecipe | None
    only_answers: bool
    seed: int
    folder: Path
    prepared: Path | None = None
    journal: Journal | None = None


def finetune(chat: ChatModel, run: Run, report: Report) -> Outcome:
    """Train and return the model in memory. Raises SelfsownError where no row fits the model's window."""
    if not run.rows:
        raise SelfsownError(f"{run.stage}: there is nothing to train on", "merge conversations first")
    rows = prepare_rows(chat, run.rows, only_answers=run.only_answers, cache=run.prepared, report=report)
    if not len(rows):
        raise SelfsownError(f"{run.stage}: no row fits into {chat.context} tokens", "raise base.context in the recipe")
    # On a GPU, TRL scores labelled positions alone, in a fused kernel; elsewhere it scores everything.
    kind = HeadTrainer if chat.model.device.type == "cpu" and ends_with_head(chat.model) else RoundTrainer
    trainer = kind(
        model=chat.model,
        args=_arguments(run, len(rows)),
        train_dataset=rows,
        processing_class=chat.tokenizer,
        peft_config=run.lora and make_lora(chat, run.lora),
        callbacks=[*watch(report, run.stage, run.journal), MarkComplete(), TellEpoch()],
    )
    losses = train_to_end(trainer, run.folder, run.stage)
    return Outcome(gather_whole(trainer.model), len(run.rows), len(rows), int(trainer.state.global_step), losses)


def _arguments(run: Run, rows: int) -> SFTConfig:
    steps = math.ceil(rows / run.schedule.batch_size * run.schedule.epochs)
    alike = shared_arguments(run.folder, run.schedule, steps, run.seed)
    return SFTConfig(dataset_kwargs={"skip_prepare_dataset": True}, save_steps=save_every(steps, 20), **alike)


def save_every(steps: int, least: int) -> int:
    """Steps between two checkpoints, about three in all, each where losses are logged: a resumed run logs the same means."""
    logged = _log_every(steps)
    return math.ceil(max(least, steps // _CHECKPOINTS) / logged) * logged


def _log_every(steps: int) -> int:
    return max(1, steps // _MOST_LOGGED)


def shared_arguments(folder: Path, schedule: Schedule, steps: int, seed: int) -> dict[str, Any]:
    """What every training here asks of its trainer, whatever it trains: schedule, checkpoints, device, seed."""
    on_gpu = torch.cuda.is_available()
    return {
        "output_dir": str(folder),
        "num_train_epochs": schedule.epochs,
        "learning_rate": schedule.learning_rate,
        "per_device_train_batch_size": share_of(schedule.batch_size),
        "ddp_find_unused_parameters": False,
        "warmup_steps": round(steps * schedule.warmup),
        "lr_scheduler_type": "cosine",
        "weight_decay": 0.0,
        "bf16": on_gpu,
        **sharding_arguments(recompute=on_gpu),
        "save_strategy": "steps",
        "save_total_limit": 2,
        "logging_steps": _log_every(steps),
        "include_num_input_tokens_seen": "non_padding",
        "report_to": [],
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "use_cpu": not on_gpu,
        "seed": seed,
        "data_seed": seed,
    }


def make_lora(chat: ChatModel, recipe: LoraRecipe) -> LoraConfig:
    """The adapter's configuration for a base: every linear layer."""
    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in chat.model.modules()),  # GPT-2
    )
