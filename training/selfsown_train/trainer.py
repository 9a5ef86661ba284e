"""TRL's trainer with two changes: an order of the data that survives a restart, and a cheap loss for a tiny vocabulary."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from transformers.trainer_pt_utils import LengthGroupedSampler
from trl import SFTTrainer

from selfsown_train.sharding import shard_on_cpu
from selfsown_train.tokens import IGNORED

SMALL_VOCABULARY = 8192


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
        rows = self.train_dataset if train_dataset is None else train_dataset
        lengths = [len(ids) for ids in rows["input_ids"]]
        return LengthOrder(rows_of_a_step(self.args), lengths, self.args.data_seed)

    def create_accelerator_and_postprocess(self) -> None:
        """As the library does, and shard where it would not."""
        super().create_accelerator_and_postprocess()
        shard_on_cpu(self)


class SmallVocabularyTrainer(RoundTrainer):
    """The same loss over plain logits.

    TRL's fused head works in tiles of 32,768 tokens of vocabulary and recomputes them in the backward pass, which saves
    memory with a real vocabulary and is most of the step with a tiny one.
    """

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean negative log-likelihood in nats over the labelled tokens of the (accumulated) batch."""
        labels = inputs["labels"][:, 1:]
        outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False)
        kept = labels != IGNORED
        total = torch.nn.functional.cross_entropy(outputs.logits[:, :-1][kept].float(), labels[kept], reduction="sum")
        # The processes' gradients are averaged, and the count is that of all of them.
        loss = total / kept.sum() if num_items_in_batch is None else total / num_items_in_batch * self.args.world_size
        return (loss, outputs) if return_outputs else loss
