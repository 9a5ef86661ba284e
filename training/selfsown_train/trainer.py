"""TRL's trainer with two changes: an order of the data that survives a restart, and a loss that costs only where labels are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from transformers.trainer_pt_utils import LengthGroupedSampler
from trl import SFTTrainer

from selfsown_train.head_loss import scored_by_head
from selfsown_train.sharding import shard_on_cpu
from selfsown_train.tokens import IGNORED


class LengthOrder(LengthGroupedSampler):  # type: ignore[misc]
    """Rows of like length together, shuffled by seed and epoch alone.

    The library's own sampler draws from the global generator, so a run that resumes in its second epoch would see
    another order than one that was never cut off. The last batch is filled up with rows drawn again, so that each step has
    the same rows however many processes divide it among them.
    """

    def __init__(self, batch_size: int, lengths: list[int], seed: int) -> None:
        super().__init__(batch_size, lengths=lengths)
        self._seed, self._epoch = seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before each pass."""
        self._epoch = epoch

    def __len__(self) -> int:
        batch = int(self.batch_size)
        return math.ceil(len(self.lengths) / batch) * batch

    def __iter__(self) -> Iterator[int]:
        self.generator = torch.Generator().manual_seed(self._seed * 1000 + self._epoch)
        order = list(super().__iter__())
        again = torch.randperm(len(order), generator=self.generator).tolist()
        missing = len(self) - len(order)
        return iter([*order, *(again[index % len(again)] for index in range(missing))])


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
