"""What a model answers to many requests, a batch at a time: as the chatbot does (`reply`), only not streamed.

The likeliest words, or with a `seed` words drawn as the model finds them likely. Requests of like length run together,
padded on the left, with what the model keeps of earlier tokens. In fp32 an answer does not depend on its batch: padding
is masked, positions and the penalty on repetition skip it, and each request draws from a generator of its own. In bf16 on
a GPU another batch may tip a word that is as likely as the next.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate, islice
from typing import Any

import torch
from transformers import LogitsProcessor

from selfsown.conversation import Turn
from selfsown_train.buckets import decide_buckets
from selfsown_train.drawing import REPETITION_PENALTY, gumbel_noise
from selfsown_train.model import ChatModel
from selfsown_train.report import Report
from selfsown_train.tokens import render

_TOKENS = {"cpu": 8_192}  # of one batch, answers included: what the model keeps of them has to fit
_TOKENS_ELSEWHERE = 65_536
_SEED_BYTES = 8
# Of what a stranger sends. A token stands for fewer characters than that in any text that means something.
_CHARACTERS = 32
_MOST_CHARACTERS = 1 << 18
_MOST_TURNS = 512

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """What the model is to go on with: token ids, the place of its answer, and the seed that its words are drawn with."""

    ids: Ids
    number: int
    seed: int | None


def write_answers(
    chat: ChatModel,
    prompts: Sequence[tuple[Turn, ...]],
    tokens: int,
    report: Report,
    *,
    stage: str = "answers",
    seed: int | None = None,
) -> list[str]:
    """The assistant's next turn after each prompt, in order, of at most `tokens` tokens; "" where it says nothing.

    A prompt that leaves no room for the answer in the model's window loses its oldest turns, then the head of the last
    one. At most half of the window is for the answer. Equal prompts draw different words with a `seed`.
    """
    room = max(1, min(tokens, chat.context // 2))
    encoded = [_encode(chat, turns, chat.context - room) for turns in prompts]
    requests = _number(encoded, seed)
    answers = [""] * len(prompts)
    done = 0
    for group in decide_buckets(requests, lambda entry: (*entry.ids, *[0] * room), _most_tokens(chat)):
        watch = _Watch(partial(report, stage, done, len(prompts)), room)
        for request, answer in zip(group, _write(chat, group, room, watch), strict=True):
            answers[request.number] = answer
        done += len(group)
        report(stage, done, len(prompts))
    return answers


def end_tokens(chat: ChatModel) -> list[int]:
    """The tokens at which an answer ends: that of the tokenizer, and those that the model's makers name besides."""
    named = getattr(chat.model.generation_config, "eos_token_id", None)
    ends = {chat.tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return sorted(end for end in ends if end is not None)


def shorten(chat: ChatModel, turns: tuple[Turn, ...], most: int) -> Ids:
    """The prompt as token ids, without its oldest exchanges where it is over `most`: as few as that takes, or all but the
    last. A system turn stays. It may still be over."""
    first = 1 if turns and turns[0].role == "system" else 0
    starts = [first, *(at for at in range(first + 1, len(turns)) if turns[at].role == "user")]

    @cache
    def encoded(start: int) -> Ids:
        return tuple(render(chat, [turn.to_json() for turn in (*turns[:first], *turns[start:])], prompt=True))

    if len(encoded(starts[0])) <= most:
        return encoded(starts[0])
    at = bisect_left(starts, True, lo=1, key=lambda start: len(encoded(start)) <= most)
    return encoded(starts[min(at, len(starts) - 1)])


def most_characters(context: int) -> int:
    """More characters than this are over `context` tokens: known without encoding them."""
    return min(context * _CHARACTERS, _MOST_CHARACTERS)


def newest(turns: tuple[Turn, ...], context: int) -> tuple[Turn, ...]:
    """The system turn and the newest turns that could fit into `context` tokens; the last one in any case.

    For what strangers send: to encode thousands of turns, only to find that most do not fit, takes seconds.
    """
    most = most_characters(context)
    begin = 1 if turns[0].role == "system" else 0
    system = tuple(turn for turn in turns[:begin] if len(turn.content) <= most)
    sizes = accumulate(len(turn.content) for turn in reversed(turns[begin:]))
    fitting = sum(size <= most for size in islice(sizes, _MOST_TURNS))
    first = max(begin, len(turns) - max(fitting, 1))
    while begin < first < len(turns) - 1 and turns[first].role != "user":
        first += 1
    return (*system, *turns[first:])


def _encode(chat: ChatModel, turns: tuple[Turn, ...], most: int) -> Ids:
    """The prompt as token ids, at most `most`: where its last turn alone is over, without the head of that."""
    return shorten(chat, turns, most)[-most:]


def _number(encoded: Sequence[Ids], seed: int | None) -> list[_Request]:
    """Requests with seeds that depend on what is asked and how often it was asked before, not on its neighbours."""
    seen: Counter[Ids] = Counter()
    requests = []
    for number, ids in enumerate(encoded):
        own = None
        if seed is not None:
            text = f"{seed} {seen[ids]} {' '.join(map(str, ids))}".encode()
            own = int.from_bytes(hashlib.sha256(text).digest()[:_SEED_BYTES], "big") >> 1
        seen[ids] += 1
        requests.append(_Request(ids, number, own))
    return requests


@torch.inference_mode()
def _write(chat: ChatModel, group: Sequence[_Request], room: int, watch: _Watch) -> list[str]:
    longest = max(len(entry.ids) for entry in group)
    padding, device = int(chat.tokenizer.pad_token_id), chat.model.device
    ids = torch.tensor([[*[padding] * (longest - len(entry.ids)), *entry.ids] for entry in group])
    mask = torch.tensor([[0] * (longest - len(entry.ids)) + [1] * len(entry.ids) for entry in group])
    output = chat.model.generate(
        input_ids=ids.to(device),
        attention_mask=mask.to(device),
        max_new_tokens=room,
        do_sample=False,
        num_beams=1,
        repetition_penalty=REPETITION_PENALTY,
        pad_token_id=padding,
        eos_token_id=end_tokens(chat),
        logits_processor=[watch, *_drawing(group)],
    )
    ends = set(end_tokens(chat))
    return [_read(chat, row, ends) for row in output[:, longest:].tolist()]


def _read(chat: ChatModel, ids: list[int], ends: set[int]) -> str:
    stop = next((at for at, token in enumerate(ids) if token in ends), len(ids))
    return str(chat.tokenizer.decode(ids[:stop], skip_special_tokens=True)).strip()


class _Watch(LogitsProcessor):  # type: ignore[misc]
    """Tells how far a batch is, at every token; changes nothing."""

    def __init__(self, tell: Callable[[str], None], room: int) -> None:
        self._tell, self._room, self._written = tell, room, 0

    def __call__(self, input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """The scores as they are."""
        self._tell(f"token {self._written} of {self._room}")
        self._written += 1
        return scores


class _Drawing(LogitsProcessor):  # type: ignore[misc]
    """Draws every row's word by its likelihood, from a generator of its own."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """Scores with noise."""
        noise = gumbel_noise(self._generators, scores.shape[-1])
        return scores + noise.to(scores.device, torch.float32)


def _drawing(group: Sequence[_Request]) -> list[Any]:
    seeds = [entry.seed for entry in group if entry.seed is not None]
    return [_Drawing(seeds)] if seeds else []


def _most_tokens(chat: ChatModel) -> int:
    return _TOKENS.get(chat.model.device.type, _TOKENS_ELSEWHERE)
