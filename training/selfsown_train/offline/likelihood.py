"""What the language model's likelihoods say of the last answer, as named numbers.

After Follow-up log-likelihoods (FED: Mehri & Eskenazi 2020, arXiv 2006.12719) and pointwise mutual information of request
and answer. Where there is no answer every number is 0.
"""

from __future__ import annotations

import math

import numpy as np

from selfsown.conversation import Conversation
from selfsown_train.offline.language_model import Floats, LanguageModel, Likelihood
from selfsown_train.offline.passages import read_passages

FOLLOW_UPS = {
    "thanks": "Thank you, that is exactly what I needed.",
    "interesting": "Wow, that is really interesting! Tell me more.",
    "wrong": "That is wrong.",
    "beside": "That is not what I asked.",
    "unclear": "I don't understand what you mean.",
    "again": "You already said that.",
    "incomplete": "You stopped in the middle. Please finish.",
}
QUESTION = "Was your answer correct, complete and helpful? Reply with one word, Yes or No."
_SPAN = 16  # tokens: long enough to be a phrase
_START = 8  # tokens
_RARE = 100  # rank

NAMES = (
    "tokens",
    "conditional",
    "unconditional",
    "mutual",
    "mutual_sum",
    "end",
    "entropy",
    "surplus",
    "worst_span",
    "worst_mutual",
    "tenth",
    "likeliest",
    "rare",
    "start",
    "start_mutual",
    "finish",
    "yes",
    *(f"after_{name}" for name in FOLLOW_UPS),
    "pleased",
)


def measure_likelihood(conversation: Conversation, model: LanguageModel) -> tuple[float, ...]:
    """The numbers of a conversation, in the order of NAMES: nats per token, shares, or logarithms of counts."""
    parts = read_passages(conversation)
    if not parts.answer.strip():
        return (0.0,) * len(NAMES)
    found = model.weigh(parts.before, parts.answer, tuple(FOLLOW_UPS.values()), QUESTION)
    return tuple(float(number) for number in (*_of_answer(found), *_of_what_follows(found)))


def _of_answer(found: Likelihood) -> list[float]:
    given, alone = found.conditional, found.unconditional
    inner = given[:-1] if len(given) > 1 else given
    inner_alone = alone[:-1] if len(alone) > 1 else alone
    mutual = inner - inner_alone
    return [
        math.log1p(found.tokens),
        inner.mean(),
        inner_alone.mean(),
        mutual.mean(),
        math.copysign(math.log1p(abs(mutual.sum())), mutual.sum()),
        given[-1],
        found.entropies.mean(),
        (given + found.entropies).mean(),
        _worst(inner),
        _worst(mutual),
        np.quantile(inner, 0.1),
        (found.ranks == 0).mean(),
        (found.ranks >= _RARE).mean(),
        inner[:_START].mean(),
        mutual[:_START].mean(),
        inner[-_SPAN:].mean(),
    ]


def _worst(values: Floats) -> float:
    """The lowest mean of any span."""
    if len(values) <= _SPAN:
        return float(values.mean())
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return float(((sums[_SPAN:] - sums[:-_SPAN]) / _SPAN).min())


def _of_what_follows(found: Likelihood) -> list[float]:
    """Each follow-up beside the mean of all: how talkative the model is does not count."""
    relative = found.after - found.after.mean()
    names = list(FOLLOW_UPS)
    content = [relative[names.index(name)] for name in ("thanks", "interesting")]
    others = [relative[index] for index, name in enumerate(names) if name not in ("thanks", "interesting")]
    return [found.yes, *relative, float(np.mean(content) - np.mean(others))]
