"""The loss of a causal language model, computed by its output head where there is a label and nowhere else.

Most positions of a batch carry none: padding, and all that the person said. The head multiplies only what is scored, in
tiles of bounded size, and takes the gradient in the same pass while a tile is warm, so that logits are neither kept nor
computed twice (the method of Liger Kernel, Hsu et al. 2024, arXiv 2410.10989, in plain torch).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from selfsown_train.tokens import IGNORED

_TILE = 2**21  # logits that are in memory at a time, 8 MB in fp32: they stay in the cache of a processor core
_LEAST_ROWS = 128  # of a tile: the whole head is read for each, which must not outweigh the arithmetic


class _SummedLoss(torch.autograd.Function):
    """Sum of the negative log-likelihoods of `targets` (n,) given hidden states (n, width), in nats."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, targets: torch.Tensor
    ) -> torch.Tensor:
        """Loss and gradients, tile by tile."""
        wanted = ctx.needs_input_grad
        to_hidden = torch.empty_like(hidden) if wanted[0] else None
        to_weight = torch.zeros_like(weight) if wanted[1] else None
        to_bias = torch.zeros_like(bias) if bias is not None and wanted[2] else None
        total = hidden.new_zeros((), dtype=torch.float32)
        height = max(_LEAST_ROWS, _TILE // weight.shape[0])
        for start in range(0, len(hidden), height):
            tile = slice(start, start + height)
            logits = torch.nn.functional.linear(hidden[tile], weight, bias).float()
            likely = logits.gather(1, targets[tile, None])
            norm = torch.logsumexp(logits, 1, keepdim=True)
            total += (norm - likely).sum()
            if not any(wanted):
                continue
            step = logits.sub_(norm).exp_()
            step[torch.arange(len(step), device=step.device), targets[tile]] -= 1
            step = step.to(hidden.dtype)
            if to_hidden is not None:
                torch.mm(step, weight, out=to_hidden[tile])
            if to_weight is not None:
                to_weight.addmm_(step.T, hidden[tile])
            if to_bias is not None:
                to_bias += step.sum(0)
        ctx.save_for_backward(to_hidden, to_weight, to_bias)
        return total

    @staticmethod
    def backward(ctx: Any, *scales: Any) -> tuple[torch.Tensor | None, ...]:
        """The gradients of the forward pass, scaled."""
        return (*(None if found is None else found * scales[0].to(found.dtype) for found in ctx.saved_tensors), None)


def head_loss(hidden: torch.Tensor, head: torch.nn.Module, labels: torch.Tensor) -> torch.Tensor:
    """Sum over the labelled tokens of a batch of their negative log-likelihood in nats, a scalar.

    `hidden` (rows, columns, width) is what the head would see, `labels` (rows, columns) holds IGNORED where nothing counts;
    a token is predicted from the column before it.
    """
    kept = labels[:, 1:] != IGNORED
    weight, bias = head.weight, getattr(head, "bias", None)
    return _SummedLoss.apply(hidden[:, :-1][kept], weight, bias, labels[:, 1:][kept])  # type: ignore[no-any-return, no-untyped-call]


@contextmanager
def scored_by_head(head: torch.nn.Module, labels: torch.Tensor) -> Iterator[None]:
    """While the block runs, the head returns the loss, shaped (1, 1, 1), where the model expects logits.

    It happens inside the model's own forward pass, so that whatever wraps the model (adapters, data parallel, sharding)
    sees an output and has the weights of the head at hand.
    """
    before = vars(head).get("forward")
    head.forward = lambda hidden: head_loss(hidden, head, labels).view(1, 1, 1)
    try:
        yield
    finally:
        if before is None:
            del head.forward
        else:
            head.forward = before


def ends_with_head(model: Any) -> bool:
    """Whether a model's logits are what its head gives, unchanged: some scale, cap or cut them afterwards.

    Found out by putting large numbers in the place of what the head gives, so that no list of architectures is kept.
    """
    head = model.get_output_embeddings()
    if not isinstance(head, torch.nn.Linear):
        return False
    planted = torch.linspace(-100, 100, head.out_features, dtype=head.weight.dtype, device=head.weight.device)
    hook = head.register_forward_hook(lambda *found: planted.expand_as(found[-1]))
    was_training = model.training
    try:
        with torch.no_grad():
            logits = model.eval()(input_ids=torch.zeros(1, 2, dtype=torch.long, device=model.device)).logits
    finally:
        hook.remove()
        model.train(was_training)
    return logits.shape == (1, 2, len(planted)) and torch.equal(logits, planted.to(logits.dtype).expand_as(logits))
