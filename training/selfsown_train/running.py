"""The requests that a model answers together: rows of one batch, which they join and leave between two tokens.

Rows are padded on the left to one length; padding is masked and positions skip it, so that in fp32 an answer does not
depend on its batch. Newcomers are read apart from the batch, a piece at a time, and then joined to it. Measured with
transformers 5.23, its own continuous batching (`generate_batch`) drops the penalty on repetition, so that its answers are
others than those of `generate`, and leaves no room between two tokens for the judge.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from selfsown.errors import SelfsownError
from selfsown_train.answering import Request
from selfsown_train.drawing import penalise
from selfsown_train.generation import end_tokens
from selfsown_train.model import ChatModel

_PADDABLE = (DynamicLayer, DynamicSlidingWindowLayer)  # what is kept of a token stands in a column of its own


@dataclass(slots=True)
class Rows:
    """Requests and what the model keeps of their tokens; `seen` [rows, columns] says which columns are tokens, `known`
    [rows, vocabulary] which tokens a row has."""

    requests: list[Request]
    cache: DynamicCache
    seen: torch.Tensor
    known: torch.Tensor

    @property
    def columns(self) -> int:
        """How many columns the longest may still come to."""
        left = max((entry.room - len(entry.written) for entry in self.requests), default=0)
        return self.seen.shape[1] + left


@dataclass(slots=True)
class Reading:
    """Newcomers, and the columns of their prompts that are still to be read: `ids` and `mask` are [rows, columns]."""

    rows: Rows
    ids: torch.Tensor
    mask: torch.Tensor


class Reader:
    """How one model is run. Owned by one thread. Raises SelfsownError on a model that keeps nothing between two tokens in
    the form of `DynamicCache`."""

    def __init__(self, chat: ChatModel) -> None:
        base = chat.model.get_base_model() if hasattr(chat.model, "get_base_model") else chat.model
        known = inspect.signature(base.forward).parameters
        if "past_key_values" not in known:
            raise SelfsownError(
                f"{base.config.model_type} models cannot be served: they keep no key-value cache",
                "train a round on another base",
            )
        layers = DynamicCache(config=base.config).layers
        self.can_batch = "position_ids" in known and all(type(layer) in _PADDABLE for layer in layers)
        self._chat, self._config = chat, base.config
        self._ends = frozenset(end_tokens(chat))
        self._vocabulary = int(base.config.get_text_config().vocab_size)
        self._padding = int(chat.tokenizer.pad_token_id)
        self._has_positions = "position_ids" in known
        self._last = {"logits_to_keep": 1} if "logits_to_keep" in known else {}

    def begin(self, requests: Sequence[Request]) -> Reading:
        """Newcomers, nothing of them read. What was written already (the batch had failed) is read with the prompt."""
        texts = [(*entry.ids, *entry.written) for entry in requests]
        longest, device = max(map(len, texts)), self._chat.model.device
        ids = torch.tensor([[*[self._padding] * (longest - len(text)), *text] for text in texts], device=device)
        mask = torch.tensor([[0] * (longest - len(text)) + [1] * len(text) for text in texts], device=device)
        cache = DynamicCache() if self.can_batch else DynamicCache(config=self._config)
        known = torch.zeros(len(texts), self._vocabulary, dtype=torch.bool, device=device)
        return Reading(Rows(list(requests), cache, mask[:, :0], known), ids, mask)

    @torch.inference_mode()
    def read(self, reading: Reading, most: int) -> bool:
        """Read on, at most `most` columns; True when all is read and the first tokens are written."""
        width = most if self.can_batch else reading.ids.shape[1]
        logits = self._run(reading.rows, reading.ids[:, :width], reading.mask[:, :width])
        reading.ids, reading.mask = reading.ids[:, width:], reading.mask[:, width:]
        if reading.ids.shape[1]:
            return False
        self._write(reading.rows, logits)
        return True

    @torch.inference_mode()
    def step(self, rows: Rows) -> None:
        """One more token for every row. Rows that are over are left out first."""
        leave_out(rows)
        if rows.requests:
            last = torch.tensor([[entry.written[-1]] for entry in rows.requests], device=rows.seen.device)
            self._write(rows, self._run(rows, last, torch.ones_like(last)))

    def _run(self, rows: Rows, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The logits [rows, vocabulary] behind these columns, which are kept."""
        rows.seen = torch.cat([rows.seen, mask], dim=1)
        row, column = mask.nonzero(as_tuple=True)
        rows.known[row, ids[row, column]] = True
        positions = (rows.seen.cumsum(-1) - 1).clamp_min(0)[:, -ids.shape[1] :]
        output = self._chat.model(
            input_ids=ids,
            attention_mask=rows.seen,
            past_key_values=rows.cache,
            use_cache=True,
            **({"position_ids": positions} if self._has_positions else {}),
            **self._last,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _write(self, rows: Rows, logits: torch.Tensor) -> None:
        scores = penalise(logits, rows.known)
        broken = scores.isnan().any(-1).tolist()
        likeliest = scores.argmax(-1).tolist()
        for row, entry in enumerate(rows.requests):
            if broken[row]:
                entry.fail(
                    SelfsownError("the model's answer is no number", "say it in other words, or load another round")
                )
            else:
                entry.take(entry.choose(scores, row, likeliest[row]), self._ends)


@torch.inference_mode()
def join(first: Rows, second: Rows) -> Rows:
    """All rows of both."""
    if not first.requests or not second.requests:
        return first if first.requests else second
    columns = max(first.seen.shape[1], second.seen.shape[1])
    joined = DynamicCache()  # a new one: where memory runs out in the middle, the first is as it was
    for mine, other in zip(first.cache.layers, second.cache.layers, strict=True):
        layer = DynamicLayer()
        if mine.is_initialized:  # layers that share what another keeps, keep nothing
            layer.lazy_initialization(mine.keys, mine.values)
            layer.keys = torch.cat([_pad(mine.keys, columns, -2), _pad(other.keys, columns, -2)])
            layer.values = torch.cat([_pad(mine.values, columns, -2), _pad(other.values, columns, -2)])
        joined.layers.append(layer)
    seen = torch.cat([_pad(first.seen, columns, -1), _pad(second.seen, columns, -1)])
    return Rows([*first.requests, *second.requests], joined, seen, torch.cat([first.known, second.known]))


@torch.inference_mode()
def leave_out(rows: Rows) -> None:
    """Drop the rows that are over, and the columns that are padding in all that stay."""
    stay = [row for row, entry in enumerate(rows.requests) if not entry.is_over]
    if len(stay) == len(rows.requests):
        return
    rows.requests = [rows.requests[row] for row in stay]
    if not stay:
        rows.cache, rows.seen, rows.known = DynamicCache(), rows.seen[:0, :0], rows.known[:0]
        return
    index = torch.tensor(stay, device=rows.seen.device)
    rows.seen, rows.known = rows.seen[index], rows.known[index]
    unused = int(rows.seen.any(0).int().argmax())
    rows.seen = rows.seen[:, unused:]
    for layer in rows.cache.layers:
        if layer.is_initialized:
            layer.keys = layer.keys[index, ..., unused:, :].contiguous()
            layer.values = layer.values[index, ..., unused:, :].contiguous()


def _pad(tensor: torch.Tensor, columns: int, dimension: int) -> torch.Tensor:
    """Zeros in front, up to so many columns."""
    missing = columns - tensor.shape[dimension]
    if not missing:
        return tensor
    after = (0, 0) if dimension == -2 else ()
    return torch.nn.functional.pad(tensor, (*after, missing, 0))
