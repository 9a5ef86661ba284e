"""What a round would cost, before anything is trained: tokens, steps, memory and time.

Tokens and steps are counted. Memory and time are measured on models of the base's own widths with one layer and with two
(random weights, real adapters, batches as long as the round's), and carried to all layers: layers are alike, so the
difference of the two is one layer, and what is left is the head.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, PreTrainedConfig
from transformers.initialization import no_init_weights

from selfsown_train.head_loss import scored_by_head
from selfsown_train.model import ChatModel, make_deterministic
from selfsown_train.recipe import Recipe, Schedule
from selfsown_train.report import Report
from selfsown_train.sft import make_lora
from selfsown_train.tokens import IGNORED

STAGE = "dry run"
_OPTIMISER = 16  # bytes of a trained weight: itself, its gradient and two moments, in fp32
_TRIES = 2
_MOST_WORK = 2 * 10**10  # weights times tokens of a measured step: a second or so on one core


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the rows of a round are, in tokens, and which share of them is scored.

    `is_counted` is False where the tokenizer is out of reach and characters were counted instead.
    """

    tokens: tuple[int, ...]
    scored: float
    is_counted: bool

    def batches(self, size: int) -> list[list[int]]:
        """Rows of like length together, as they train."""
        ordered = sorted(self.tokens)
        return [ordered[start : start + size] for start in range(0, len(ordered), size)]

    def padded(self, size: int) -> int:
        """The tokens of one pass over the rows, with padding."""
        return sum(max(batch) * len(batch) for batch in self.batches(size))


@dataclass(frozen=True, slots=True)
class Cost:
    """What the training of a round costs on this machine.

    `tokens` and `steps` of all passes; `peak` in bytes (weights, adapter, activations of the longest batch); `seconds`.
    """

    parameters: int
    trained: int
    tokens: int
    steps: int
    peak: int
    seconds: float

    @property
    def tokens_a_second(self) -> float:
        """Real tokens, without padding."""
        return self.tokens / self.seconds


def count_steps(rows: int, schedule: Schedule) -> int:
    """The steps of the trainer: batches of one pass, times passes, rounded up."""
    return math.ceil(math.ceil(rows / schedule.batch_size) * schedule.epochs)


def measure_cost(config: PreTrainedConfig, lengths: Lengths, recipe: Recipe, report: Report) -> Cost:
    """Measure steps of small models of the base's widths, and add up. Takes seconds, whatever the size of the base."""
    make_deterministic(recipe.seed, recipe.threads)
    size, layers = recipe.sft.batch_size, int(config.num_hidden_layers)
    longest = [batch[-1] for batch in lengths.batches(size)]
    middle = round(statistics.median(longest))
    one, two = (_with_layers(config, recipe, count) for count in (1, 2))
    rows = min(size, max(1, _MOST_WORK // (_count(two, trained=False) * middle)))
    seconds: list[float] = []
    saved: list[int] = []
    for number, model in enumerate((one, two)):
        seconds.append(_time_step(model, rows, middle, lengths.scored))
        saved.append(_count_saved(model, rows, longest[-1], lengths.scored))
        report(STAGE, number + 1, 2)
    frozen, trained = (
        round(_carry(_count(one, trained=which), _count(two, trained=which), layers)) for which in (False, True)
    )
    activations = _carry(saved[0], saved[1], layers) / rows * size
    per_token = _carry(seconds[0], seconds[1], layers) / (rows * middle)
    return Cost(
        parameters=frozen,
        trained=trained,
        tokens=round(sum(lengths.tokens) * recipe.sft.epochs),
        steps=count_steps(len(lengths.tokens), recipe.sft),
        peak=round(frozen * one.dtype.itemsize + trained * _OPTIMISER + activations),
        seconds=per_token * lengths.padded(size) * recipe.sft.epochs,
    )


def _carry(one: float, two: float, layers: int) -> float:
    """From one layer and two to all of them; noise does not make a layer cost less than nothing."""
    return one + max(two - one, 0) * (layers - 1)


def _with_layers(config: PreTrainedConfig, recipe: Recipe, layers: int) -> Any:
    small = type(config).from_dict({**config.to_dict(), "num_hidden_layers": layers, "layer_types": None})
    has_gpu = torch.cuda.is_available()
    with no_init_weights():  # what they are does not matter, and drawing them takes longer than the steps
        model = AutoModelForCausalLM.from_config(small, dtype=torch.bfloat16 if has_gpu else torch.float32)
    model.tie_weights()
    for value in model.parameters():
        torch.nn.init.constant_(value, 1e-3)
    model.to("cuda" if has_gpu else "cpu")
    if has_gpu:  # as in training
        model.gradient_checkpointing_enable()
        model.enable_input_require_grads()
    chat = ChatModel(model, None)
    return get_peft_model(model, make_lora(chat, recipe.lora)).train()


def _count(model: Any, *, trained: bool) -> int:
    """Weights of the adapter, or of the base under it."""
    return sum(value.numel() for value in model.parameters() if value.requires_grad is trained)


def _time_step(model: Any, rows: int, length: int, scored: float) -> float:
    """Seconds of a step; the quickest of some, for noise only adds."""
    tries = []
    for _ in range(_TRIES):
        start = time.perf_counter()
        torch.autograd.backward(_loss(model, rows, length, scored))
        tries.append(time.perf_counter() - start)
        model.zero_grad(set_to_none=True)
    return min(tries)


def _count_saved(model: Any, rows: int, length: int, scored: float) -> int:
    """The bytes that are kept between forward and backward pass; weights are not counted."""
    weights = {value.untyped_storage().data_ptr() for value in model.parameters()}
    with _keeping(weights) as kept:
        _loss(model, rows, length, scored)
    return sum(kept.values())


def _loss(model: Any, rows: int, length: int, scored: float) -> torch.Tensor:
    vocabulary = model.get_input_embeddings().num_embeddings
    ids = torch.randint(vocabulary, (rows, length), device=next(model.parameters()).device)
    labels = ids.clone()
    labels[:, : round(length * (1 - scored))] = IGNORED
    with scored_by_head(model.get_output_embeddings(), labels):
        loss: torch.Tensor = model(input_ids=ids, use_cache=False).logits.sum()
    return loss


@contextmanager
def _keeping(weights: set[int]) -> Iterator[dict[int, int]]:
    """The bytes of every storage that autograd keeps while the block runs, each once, by its address."""
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield kept
