"""Texts as unit vectors by a sentence encoder (mean pooling, as all-MiniLM-L6-v2 was trained), in fp32.

A text longer than the window is encoded in chunks whose vectors are averaged by length, so nothing is left out. Control
tokens that a text spells out are encoded as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from selfsown_train.model import LOADING
from selfsown_train.offline.packaged import MINILM, find_packaged

Vectors = npt.NDArray[np.float32]

WINDOW = 256  # tokens: what the encoder was trained for
_BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Encoder:
    """A sentence encoder; `digest` names its files."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    digest: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector per text, shape (texts, dimensions). The bits depend on nothing but these texts."""
        if not texts:
            return np.zeros((0, int(self.model.config.hidden_size)), np.float32)
        chunks, owners = self._chunks(texts)
        vectors = np.zeros((len(texts), int(self.model.config.hidden_size)), np.float64)
        for batch in _batches(chunks):
            for index, vector in zip(batch, self._pool([chunks[index] for index in batch]), strict=True):
                vectors[owners[index]] += vector.astype(np.float64) * len(chunks[index])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def _chunks(self, texts: Sequence[str]) -> tuple[list[list[int]], list[int]]:
        encoded = self.tokenizer(
            list(texts), truncation=True, max_length=WINDOW, return_overflowing_tokens=True, split_special_tokens=True
        )
        return list(encoded["input_ids"]), list(encoded["overflow_to_sample_mapping"])

    @torch.inference_mode()
    def _pool(self, batch: list[list[int]]) -> Vectors:
        longest = max(map(len, batch))
        padding = int(self.tokenizer.pad_token_id or 0)
        ids = torch.tensor([[*ids, *[padding] * (longest - len(ids))] for ids in batch])
        mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in batch])
        device = self.model.device
        hidden = self.model(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
        weights = mask.to(device).unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return np.asarray(torch.nn.functional.normalize(mean, dim=1).float().cpu().numpy())


def load_encoder(folder: Path | None = None, digest: str = MINILM.digest) -> Encoder:
    """The packaged encoder, checked against its pinned digests; or one in a folder. Raises SelfsownError."""
    place = str(folder or find_packaged(MINILM))
    tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
    model = AutoModel.from_pretrained(place, dtype=torch.float32, **LOADING).eval()
    return Encoder(model, tokenizer, digest)


def _batches(chunks: list[list[int]]) -> Iterable[list[int]]:
    """Indices of chunks of like length together, so that little is padding."""
    batch: list[int] = []
    for index in sorted(range(len(chunks)), key=lambda index: (len(chunks[index]), index)):
        if batch and len(chunks[index]) * (len(batch) + 1) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
