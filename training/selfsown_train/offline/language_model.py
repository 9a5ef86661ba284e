"""How a small language model takes an answer: token by token, with what was said before and without, and what it expects next.

The model is never asked to write. Long turns are shown by their beginning and end (constants below), one conversation at a
time, so that the numbers depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from selfsown.conversation import Turn
from selfsown_train.model import Base, ChatModel, load_base
from selfsown_train.registry import cache_folder, locate
from selfsown_train.tokens import render

Floats = npt.NDArray[np.float64]

TURN_TOKENS = 160  # of a turn before the answer, head and tail
TURNS = 4  # before the answer: the system turn falls out first
ANSWER_TOKENS = 192  # of the answer, head and tail
_GAP = " … "


@dataclass(frozen=True, slots=True)
class Likelihood:
    """An answer of n tokens (its end mark is the last): natural logarithms of probabilities, entropies in nats, ranks from 0.

    `after` is the mean logarithm per token of each of the asked continuations; `yes` the log-odds of the first word "Yes"
    over "No" where one was asked for.
    """

    tokens: int
    conditional: Floats
    unconditional: Floats
    entropies: Floats
    ranks: Floats
    after: Floats
    yes: float


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A chat model that is listened to; `digest` names its weights."""

    chat: ChatModel
    digest: str

    @torch.inference_mode()
    def weigh(self, before: Sequence[Turn], answer: str, after: Sequence[str], question: str) -> Likelihood:
        """The likelihoods of an answer, of what a user may say after it, and of yes to a question about it."""
        messages = [
            {"role": turn.role, "content": self._shorten(turn.content, TURN_TOKENS)} for turn in before[-TURNS:]
        ] or [{"role": "user", "content": ""}]
        said = [*messages, {"role": "assistant", "content": self._shorten(answer, ANSWER_TOKENS)}]
        prompt = render(self.chat, messages, prompt=True)
        opening = prompt[len(render(self.chat, messages, prompt=False)) :] or [int(self.chat.tokenizer.eos_token_id)]
        whole = render(self.chat, said, prompt=False)
        end = _last(whole, int(self.chat.tokenizer.eos_token_id), len(prompt))
        tokens = whole[len(prompt) : end]
        logits, cache = self._run(whole, len(whole) - len(prompt) + 1)
        conditional, entropies, ranks = _read(logits[: len(tokens)], tokens)
        alone, _ = self._run([*opening, *tokens], len(tokens) + 1)
        unconditional, _, _ = _read(alone[:-1], tokens)
        expected, yes = self._expect(said, whole, cache, after, question)
        length = len(self.chat.tokenizer.encode(answer, add_special_tokens=False, split_special_tokens=True))
        return Likelihood(length, conditional, unconditional, entropies, ranks, expected, yes)

    def _shorten(self, text: str, most: int) -> str:
        tokenizer = self.chat.tokenizer
        ids = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        if len(ids) <= most:
            return text
        return str(tokenizer.decode(ids[: most // 2])) + _GAP + str(tokenizer.decode(ids[-most // 2 :]))

    def _run(self, ids: list[int], keep: int) -> tuple[torch.Tensor, object]:
        inputs = torch.tensor([ids], device=self.chat.model.device)
        output = self.chat.model(input_ids=inputs, use_cache=True, logits_to_keep=keep)
        return output.logits[0].float(), output.past_key_values

    def _expect(
        self, said: list[dict[str, str]], whole: list[int], cache: object, after: Sequence[str], question: str
    ) -> tuple[Floats, float]:
        """Continuations in one padded batch over the cache of the conversation, which is computed once."""
        follow = [
            render(self.chat, [*said, {"role": "user", "content": text}], prompt=text == question)[len(whole) :]
            for text in (*after, question)
        ]
        longest = max(map(len, follow))
        padding = int(self.chat.tokenizer.pad_token_id)
        rows = [[*ids, *[padding] * (longest - len(ids))] for ids in follow]
        mask = [[1] * (len(whole) + len(ids)) + [0] * (longest - len(ids)) for ids in follow]
        cache.batch_repeat_interleave(len(rows))  # type: ignore[attr-defined]
        device = self.chat.model.device
        output = self.chat.model(
            input_ids=torch.tensor(rows, device=device),
            attention_mask=torch.tensor(mask, device=device),
            past_key_values=cache,
        )
        logs = output.logits.float().log_softmax(-1)
        skip = len(follow[0]) - _own_length(follow)
        means = []
        for row, ids in enumerate(follow[:-1]):
            targets = torch.tensor(ids[skip:], device=device)
            means.append(float(logs[row, skip - 1 : len(ids) - 1].gather(1, targets[:, None]).mean()))
        final = logs[-1, len(follow[-1]) - 1]
        yes, no = (self._first(word) for word in ("Yes", "No"))
        return np.array(means), float(final[yes] - final[no])

    def _first(self, word: str) -> int:
        return int(self.chat.tokenizer.encode(word, add_special_tokens=False)[0])


def load_language_model(name: str) -> LanguageModel:
    """The packaged model of this name, or one in a folder. Raises SelfsownError where it is not there or not the pinned one."""
    base = locate(Base(name, "", ""), cache_folder())
    return LanguageModel(load_base(base), base.digest)


def _own_length(follow: list[list[int]]) -> int:
    """How much of the first continuation is not the opening that all share."""
    shared = 0
    while all(len(ids) > shared and ids[shared] == follow[0][shared] for ids in follow):
        shared += 1
    return len(follow[0]) - shared


def _last(ids: list[int], wanted: int, start: int) -> int:
    """The position after the last `wanted` from `start`; the whole length where there is none."""
    return next((index + 1 for index in range(len(ids) - 1, start - 1, -1) if ids[index] == wanted), len(ids))


def _read(logits: torch.Tensor, tokens: list[int]) -> tuple[Floats, Floats, Floats]:
    """Log probability, entropy and rank of each token."""
    logs = logits.log_softmax(-1)
    found = logs.gather(1, torch.tensor(tokens, device=logs.device)[:, None])
    entropies = -(logs.exp() * logs).sum(-1)
    ranks = (logs > found).sum(-1)
    return tuple(part.double().cpu().numpy() for part in (found[:, 0], entropies, ranks))  # type: ignore[return-value]
