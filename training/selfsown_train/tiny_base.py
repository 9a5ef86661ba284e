"""The offline default: a tokenizer and a small model built from config, with nothing downloaded.

A Llama with tied embeddings has the module names of the real bases and no position table to overflow; a GPT-2 is the
second architecture under test (fused projections, learned positions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from selfsown_train.chat_template import CHATML, PADDING, TURN_END, TURN_START
from selfsown_train.recipe import BaseRecipe

# A judge answers Yes, No or a letter as one token, so the tokenizer must hold them whole.
_LABELS = ("Yes", "No")
_LABEL_REPEATS = 2000


def build_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE of `vocabulary` tokens, learned from texts; any text can be written with it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PADDING, TURN_START, TURN_END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_with_labels(texts), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PADDING,
        eos_token=TURN_END,
        additional_special_tokens=[TURN_START],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHATML
    return fast


def _with_labels(texts: Iterable[str]) -> Iterator[str]:
    yield from texts
    for label in _LABELS:
        yield from [label] * _LABEL_REPEATS


def build_model(recipe: BaseRecipe, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """A model with random weights (torch's current seed), sized by the recipe."""
    tokens = {
        "vocab_size": len(tokenizer),
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": None,
        "tie_word_embeddings": True,
    }
    if recipe.architecture == "gpt2":
        config = GPT2Config(
            n_embd=recipe.hidden_size,
            n_layer=recipe.layers,
            n_head=recipe.heads,
            n_positions=recipe.context,
            attn_pdrop=0.0,
            embd_pdrop=0.0,
            resid_pdrop=0.0,
            **tokens,
        )
        return GPT2LMHeadModel(config)
    return LlamaForCausalLM(
        LlamaConfig(
            hidden_size=recipe.hidden_size,
            intermediate_size=recipe.hidden_size * 8 // 3 // 16 * 16,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            num_key_value_heads=recipe.heads,
            max_position_embeddings=recipe.context,
            **tokens,
        )
    )
