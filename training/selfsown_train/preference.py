"""Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290): the round's adapter goes on with pairs of answers.

The reference is a frozen copy of the adapter as it begins. The likelihood of the better answer is part of the loss (Pang
et al. 2024, arXiv 2404.19733), because the plain loss may make both answers less likely; whether it did is measured.
Pairs are encoded here, as everything that trains is: no text forges a turn, and no answer is cut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from trl import DPOConfig, DPOTrainer

from selfsown.conversation import Turn
from selfsown.errors import UsageError
from selfsown_train.checkpoints import MarkComplete, train_to_end
from selfsown_train.distributed import is_sharded
from selfsown_train.model import ChatModel
from selfsown_train.pairs import PreferencePair
from selfsown_train.recipe import PreferenceRecipe
from selfsown_train.report import Report
from selfsown_train.sft import save_every, shared_arguments
from selfsown_train.tokens import render
from selfsown_train.trainer import LengthOrder, TellEpoch, rows_of_a_step
from selfsown_train.training_log import Losses, thin_losses
from selfsown_train.watching import Journal, watch

STAGE = "preference"
_MOST_MEASURED = 256  # pairs; the first by id, which is a hash
_MOST_FALL = 0.05  # of the better answers' log-likelihood per token: more than this is told

EncodedPair = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PreferenceRun:
    """One run: encoded pairs, schedule, seed, and where its checkpoints lie. `journal` None writes no log."""

    pairs: Sequence[EncodedPair]
    recipe: PreferenceRecipe
    seed: int
    folder: Path
    journal: Journal | None = None


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a model finds the answers of pairs: mean nats per token, and the share whose better answer is likelier."""

    chosen: float
    rejected: float
    preferred: float


@dataclass(frozen=True, slots=True)
class PreferenceOutcome:
    """What a run did: the trained model, steps, losses by step, and the pairs before and after."""

    model: Any
    steps: int
    losses: Losses
    before: Likelihood
    after: Likelihood

    def to_json(self) -> dict[str, Any]:
        """As the round file has it, under `training.preference`."""
        measured = {
            name: {"before": round(getattr(self.before, name), 6), "after": round(getattr(self.after, name), 6)}
            for name in ("chosen", "rejected", "preferred")
        }
        return {
            "steps": self.steps,
            "first_loss": round(self.losses[0][1], 6),
            "last_loss": round(self.losses[-1][1], 6),
            "losses": thin_losses(self.losses),
            **measured,
            "chosen_fell": self.after.chosen < self.before.chosen * (1 + _MOST_FALL),
        }


class PreferenceTrainer(DPOTrainer):  # type: ignore[misc]
    """TRL's trainer on pairs that are encoded already, in an order that survives a restart."""

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """As they are: TRL would encode control tokens that a text spells out as such."""
        return dataset

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthOrder:
        return LengthOrder(rows_of_a_step(self.args), self.train_dataset["length"][:], self.args.data_seed)


def prefer(chat: ChatModel, adapter: Path, run: PreferenceRun, report: Report) -> PreferenceOutcome:
    """Train the adapter that lies in a folder on pairs, at least one; `chat` is the bare base.

    Raises UsageError where the weights are spread over processes, SelfsownError where the loss is not finite.
    """
    if is_sharded():
        raise UsageError(
            "preference pairs are not trained with --fsdp: the frozen copy of the adapter cannot be put together again",
            "train without --fsdp, or set epochs of [preference] to 0",
        )
    model: Any = PeftModel.from_pretrained(chat.model, str(adapter), is_trainable=True)
    padding = int(chat.tokenizer.pad_token_id)
    measured = run.pairs[:_MOST_MEASURED]
    before = measure_likelihood(model, measured, padding)
    trainer = PreferenceTrainer(
        model=model,
        args=_arguments(run),
        train_dataset=Dataset.from_list([dict(entry) for entry in run.pairs]),
        processing_class=chat.tokenizer,
        callbacks=[*watch(report, STAGE, run.journal), MarkComplete(), TellEpoch()],
    )
    losses = train_to_end(trainer, run.folder, STAGE)
    after = measure_likelihood(trainer.model, measured, padding)
    return PreferenceOutcome(trainer.model, int(trainer.state.global_step), losses, before, after)


def encode_pairs(chat: ChatModel, pairs: Sequence[PreferencePair]) -> list[EncodedPair]:
    """The pairs that can train, encoded: both answers fit whole, differ, and follow the prompt in this chat template."""
    found = (_encode(chat, pair) for pair in pairs)
    return [entry for entry in found if entry is not None]


def _encode(chat: ChatModel, pair: PreferencePair) -> EncodedPair | None:
    messages = [turn.to_json() for turn in pair.prompt]
    prompt = render(chat, messages, prompt=True)
    answers = []
    for text in (pair.chosen, pair.rejected):
        whole = render(chat, [*messages, Turn("assistant", text).to_json()], prompt=False)
        if len(whole) > chat.context or whole[: len(prompt)] != prompt:
            return None
        answers.append(whole[len(prompt) :])
    chosen, rejected = answers
    if not chosen or not rejected or chosen == rejected:
        return None
    length = len(prompt) + max(len(chosen), len(rejected))
    return {"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected, "length": length}


@torch.inference_mode()
def measure_likelihood(model: Any, pairs: Sequence[EncodedPair], padding: int) -> Likelihood:
    """How likely the model finds both answers of each pair, a pair at a time."""
    model.eval()
    found = []
    for pair in pairs:
        prompt, answers = pair["prompt_ids"], (pair["chosen_ids"], pair["rejected_ids"])
        longest = max(len(answer) for answer in answers)
        ids = torch.tensor([[*prompt, *answer, *[padding] * (longest - len(answer))] for answer in answers])
        mask = torch.tensor([[1] * (len(prompt) + len(a)) + [0] * (longest - len(a)) for a in answers])
        ids, mask = ids.to(model.device), mask.to(model.device)
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, len(prompt) - 1 : -1]
        nats = -torch.nn.functional.cross_entropy(
            logits.float().transpose(1, 2), ids[:, len(prompt) :], reduction="none"
        )
        kept = mask[:, len(prompt) :]
        found.append((nats * kept).sum(1) / kept.sum(1))
    each = torch.stack(found).double().cpu()
    return Likelihood(
        float(each[:, 0].mean()), float(each[:, 1].mean()), float((each[:, 0] > each[:, 1]).double().mean())
    )


def _arguments(run: PreferenceRun) -> DPOConfig:
    steps = math.ceil(math.ceil(len(run.pairs) / run.recipe.batch_size) * run.recipe.epochs)
    alike = shared_arguments(run.folder, run.recipe, steps, run.seed)
    return DPOConfig(
        max_length=None,  # nothing is cut
        beta=run.recipe.beta,
        loss_type=["sigmoid", "sft"],
        loss_weights=[1.0, 1.0],
        save_steps=save_every(steps, 5),
        **alike,
    )
