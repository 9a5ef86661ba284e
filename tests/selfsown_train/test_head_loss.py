from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from selfsown_train import head_loss as subject
from selfsown_train.head_loss import ends_with_head, head_loss, scored_by_head
from selfsown_train.tokens import IGNORED
from selfsown_train.trainer import HeadTrainer

SIZES = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "head_dim": 8}
WIDE = {**SIZES, "intermediate_size": 16, "num_key_value_heads": 2}


def build_llama() -> Any:
    return LlamaForCausalLM(LlamaConfig(**WIDE, tie_word_embeddings=True))


def build_qwen() -> Any:
    return Qwen3ForCausalLM(Qwen3Config(**WIDE))


def build_gpt() -> Any:
    return GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, n_positions=32))


def make_batch(rows: int = 3, columns: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids, and labels of which two of three count."""
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(0, 50, (rows, columns), generator=generator)
    return ids, ids.masked_fill(torch.rand(ids.shape, generator=generator) < 1 / 3, IGNORED)


def plain_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    flat = logits[:, :-1].flatten(0, 1)
    return torch.nn.functional.cross_entropy(flat, labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="sum")


@pytest.mark.parametrize("build", [build_llama, build_qwen, build_gpt])
@pytest.mark.parametrize("tile", [1, 2**21])
def test_loss_and_gradients_are_those_of_plain_logits(
    build: Callable[[], Any], tile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_TILE", tile)
    monkeypatch.setattr(subject, "_LEAST_ROWS", 4)
    torch.manual_seed(1)
    model = build().eval()
    ids, labels = make_batch()
    expected = plain_loss(model(input_ids=ids).logits, labels) / 7
    expected.backward()
    gradients = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    model.zero_grad()
    with scored_by_head(model.get_output_embeddings(), labels):
        loss = model(input_ids=ids, use_cache=False).logits.sum() / 7
    loss.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for name, weight in model.named_parameters():
        assert torch.allclose(weight.grad, gradients[name], atol=1e-5), name


@pytest.mark.parametrize("processes", [1, 2])
def test_a_batch_in_parts_has_the_loss_of_the_whole(processes: int) -> None:
    """Parts of one process are added up, those of several processes are averaged."""
    torch.manual_seed(1)
    model = build_llama()
    trainer = SimpleNamespace(
        aux_loss_enabled=False,
        accelerator=SimpleNamespace(unwrap_model=lambda given: given),
        args=SimpleNamespace(world_size=processes),
    )
    ids, labels = make_batch(4)
    labels[0] = IGNORED
    count = (labels[:, 1:] != IGNORED).sum()

    def loss(part: slice, **given: Any) -> float:
        inputs = {"input_ids": ids[part], "attention_mask": torch.ones_like(ids[part]), "labels": labels[part]}
        return float(HeadTrainer.compute_loss(trainer, model, inputs, **given).item())  # type: ignore[arg-type]

    whole = float((plain_loss(model(input_ids=ids).logits, labels) / count).item())
    parts = [loss(part, num_items_in_batch=count) for part in (slice(1), slice(1, 4))]
    assert sum(parts) / processes == pytest.approx(whole, rel=1e-5)
    assert loss(slice(4)) == pytest.approx(whole, rel=1e-5)
    assert loss(slice(1)) == 0, "nothing counts in the first row"


def test_a_bias_learns_and_a_frozen_head_does_not() -> None:
    hidden = torch.randn(2, 5, 8, requires_grad=True)
    head = torch.nn.Linear(8, 50)
    head.weight.requires_grad_(False)
    _, labels = make_batch(2, 5)
    plain_loss(head(hidden), labels).backward()
    assert hidden.grad is not None
    assert head.bias.grad is not None
    expected = hidden.grad.clone(), head.bias.grad.clone()
    hidden.grad = head.bias.grad = None
    head_loss(hidden, head, labels).backward()
    assert torch.allclose(hidden.grad, expected[0], atol=1e-5)
    assert torch.allclose(head.bias.grad, expected[1], atol=1e-5)
    assert head.weight.grad is None


def test_without_labels_the_loss_is_zero_and_so_is_its_gradient() -> None:
    hidden = torch.randn(1, 4, 8, requires_grad=True)
    loss = head_loss(hidden, torch.nn.Linear(8, 50, bias=False), torch.full((1, 4), IGNORED))
    loss.backward()
    assert loss.item() == 0
    assert hidden.grad is not None
    assert not hidden.grad.any()


def test_the_head_is_itself_again_after_an_error() -> None:
    head = torch.nn.Linear(8, 50)
    _, labels = make_batch()
    with pytest.raises(RuntimeError, match="stop"), scored_by_head(head, labels):
        raise RuntimeError("stop")
    assert head(torch.zeros(1, 8)).shape == (1, 50)


def test_more_labels_take_no_more_memory_than_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    linear = torch.nn.functional.linear

    def watched(*given: Any) -> torch.Tensor:
        found = linear(*given)
        sizes.append(found.numel())
        return found

    monkeypatch.setattr(subject.torch.nn.functional, "linear", watched)
    head = torch.nn.Linear(4, 40_000, bias=False)
    head_loss(torch.randn(1, 600, 4), head, torch.zeros(1, 600, dtype=torch.long))
    assert len(sizes) > 1
    assert max(sizes) <= subject._LEAST_ROWS * 40_000


@pytest.mark.parametrize("build", [build_llama, build_qwen, build_gpt])
def test_it_is_used_where_the_logits_are_what_the_head_gives(build: Callable[[], Any]) -> None:
    model = build().train()
    assert ends_with_head(model)
    assert model.training


def test_it_is_not_used_where_logits_are_capped_or_scaled() -> None:
    capped = Gemma2Config(**WIDE, final_logit_softcapping=30.0, layer_types=["full_attention"], bos_token_id=1)
    assert not ends_with_head(Gemma2ForCausalLM(capped))
    scaled = CohereConfig(**{name: value for name, value in WIDE.items() if name != "head_dim"}, logit_scale=0.0625)
    assert not ends_with_head(CohereForCausalLM(scaled))
    assert not ends_with_head(SimpleNamespace(get_output_embeddings=lambda: None))
