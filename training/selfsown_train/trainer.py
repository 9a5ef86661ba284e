"""TRL's trainer with two changes: an order of the data that survives a restart, and a loss that costs only where labels are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from transformers import TrainerCallback
from trl import SFTTrainer

from selfsown_train.head_loss import scored_by_head
from selfsown_train.sharding import shard_on_cpu
from selfsown_train.tokens import IGNORED

_STRETCH = 50  # batches: little padding, and neighbours still change from epoch to epoch


class LengthOrder(torch.utils.data.Sampler[int]):
    """Batches of rows of like length, in an order that seed and epoch alone decide.

    Rows are shuffled, sorted within stretches of _STRETCH batches, and the batches shuffled. The library's own sampler
    draws from the global generator, so a run that resumes in its second epoch would see another order than one that was
    never cut off.
    The last batch is filled up with rows drawn again, so that each step has the same rows however many processes divide
    it among them.
    """

    def __init__(self, batch_size: int, lengths: list[int], seed: int) -> None:
        self._batch, self._lengths, self._seed, self._epoch = batch_size, lengths, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before each pass."""
        self._epoch = epoch

    def __len__(self) -> int:
        return math.ceil(len(self._lengths) / self._batch) * self._batch

    def __iter__(self) -> Iterator[int]:
        chance = torch.Generator().manual_seed(self._seed * 1000 + self._epoch)
        order: list[int] = torch.randperm(len(self._lengths), generator=chance).tolist()
        again: list[int] = torch.randperm(len(order), generator=chance).tolist()
        order += [again[index % len(again)] for index in range(len(self) - len(order))]
        stretch = self._batch * _STRETCH
        near = [
            row
            for start in range(0, len(order), stretch)
            for row in sorted(order[start : start + stretch], key=lambda row: self._lengths[row])
        ]
        for batch in torch.randperm(len(near) // self._batch, generator=chance).tolist():
            yield from near[batch * self._batch : (batch + 1) * self._batch]


class TellEpoch(TrainerCallback):  # type: ignore[misc]
    """Tells the order of the data which pass begins, through whatever the library has wrapped around it.

    The library does not reach it where several processes resume within a pass: they would go on with the first one's order.
    """

    def on_epoch_begin(self, args: Any, state: Any, control: Any, train_dataloader: Any = None, **kwargs: Any) -> None:
        """A pass begins, or goes on."""
        sampler = train_dataloader.batch_sampler
        while not isinstance(sampler, LengthOrder):
            sampler = getattr(sampler, "batch_sampler", None) or sampler.sampler
        sampler.set_epoch(int(state.epoch or 0))


def rows_of_a_step(args: Any) -> int:
    """How many rows one optimiser step sees, over all processes."""
    return int(args.train_batch_size * args.gradient_accumulation_steps * args.world_size)


class RoundTrainer(SFTTrainer):  # type: ignore[misc]
    """Supervised fine-tuning whose result depends on seed, data and settings, not on where it was interrupted."""

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthOrder:
        return LengthOrder(rows_of_a_step(self.args), self.train_dataset["length"][:], self.args.data_seed)

    def create_accelerator_and_postprocess(self) -> None:
        """As the library does, and shard where it would not."""
        super().create_accelerator_and_postprocess()
        shard_on_cpu(self)


class HeadTrainer(RoundTrainer):
    """The same loss where no fused kernel runs: by the head, at the labelled positions alone.

    Without Triton, TRL scores every padded position, in tiles of 32,768 tokens of vocabulary, and a second time for the
    gradient. See docs/decisions/0003.
    """

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean negative log-likelihood in nats over the labelled tokens of the (accumulated) batch of all processes."""
        if return_outputs or self.aux_loss_enabled:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"]
        given = {name: value for name, value in inputs.items() if name != "labels"}
        head = self.accelerator.unwrap_model(model).get_output_embeddings()
        with scored_by_head(head, labels):
            total = model(**given, use_cache=False).logits.sum()
        if num_items_in_batch is None:
            return total / (labels[:, 1:] != IGNORED).sum().clamp(min=1)
        # The processes' gradients are averaged, and the count is that of all of them.
        return total / num_items_in_batch * self.args.world_size
