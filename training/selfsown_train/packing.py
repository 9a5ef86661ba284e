"""Many short endings behind one beginning, in one row of one forward pass.

A row is a state and the endings of its prompts side by side. A mask lets a token see the shared start, its state and
its own ending up to itself, and positions count as if its ending stood alone behind the state, so that every ending is
computed as in a prompt of its own. Each part stands at the right end of columns as wide as the widest of the batch:
the answers of all rows are read in the same few columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from selfsown_train.typed_prompts import Ids

_PADDING = -1
_SHARED = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """Tensors of one pass. ids, positions: (rows, columns); seen: (rows, 1, columns, start + columns), True where a
    token sees another; ends: the column where each ending is answered."""

    ids: torch.Tensor
    positions: torch.Tensor
    seen: torch.Tensor
    ends: torch.Tensor


def pack(rows: Sequence[Sequence[Ids]], start: int) -> Packed:
    """Lay out rows of (state, ending, ending, …), all of as many parts. `start` tokens before them are computed already."""
    widths = [max(len(part) for part in parts) for parts in zip(*rows, strict=True)]
    ids = torch.zeros(len(rows), sum(widths), dtype=torch.long)
    part_of = torch.full_like(ids, _PADDING)
    positions = torch.zeros_like(ids)
    ends = torch.tensor(widths).cumsum(0)
    for row, parts in enumerate(rows):
        for number, (part, end) in enumerate(zip(parts, ends.tolist(), strict=True)):
            columns = slice(end - len(part), end)
            first = start if number == 0 else start + len(parts[0])
            ids[row, columns] = torch.tensor(part, dtype=torch.long)
            part_of[row, columns] = number
            positions[row, columns] = torch.arange(first, first + len(part))
    return Packed(ids, positions, _seen(part_of, positions, start), ends[1:] - 1)


def _seen(part_of: torch.Tensor, positions: torch.Tensor, start: int) -> torch.Tensor:
    rows = len(part_of)
    key_part = torch.cat([torch.full((rows, start), _SHARED), part_of], dim=1)[:, None, :]
    key_position = torch.cat([torch.arange(start).expand(rows, -1), positions], dim=1)[:, None, :]
    seen = ((key_part == _SHARED) | (key_part == part_of[:, :, None])) & (key_position <= positions[:, :, None])
    # Padding sees itself: a token that sees nothing would become no number and spoil what it touches.
    itself = torch.arange(part_of.shape[1])
    seen[:, itself, start + itself] = True
    return seen[:, None]
