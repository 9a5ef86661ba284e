"""Open requests: the answer says something and does not fall into a loop.

A loop is a share of repeated 4-grams as no person writes it (seq-rep-4: Welleck et al. 2019, arXiv 1908.04319), or one word
or sign over and over.
"""

from __future__ import annotations

import re
from collections import Counter

from selfsown_train.diversity import words_of
from selfsown_train.probes.probe import Probe

_GRAM = 4
_MOST_REPEATED = 0.3  # of the 4-grams; what people write stays below 0.1
_MOST_ONE_WORD = 0.4  # of the words
_FEWEST_WORDS = 3
_RUN = re.compile(r"(\S)\1{9}|(\S{2,8}?)\2{5}")

_REQUESTS = (
    "Describe a walk through a forest in autumn.",
    "Tell me a short story about a lost key.",
    "Explain why the sky is blue.",
    "What makes a good friend?",
    "Describe how bread is made.",
    "Write about a day at the sea.",
    "Why do people like music?",
    "Explain how a bicycle works.",
    "Tell me about the life of bees.",
    "What would you pack for a week in the mountains, and why?",
    "Describe your favourite meal.",
    "Write a letter to a friend who has moved away.",
    "How does one learn a new language?",
    "Tell me something about the history of writing.",
    "Describe a busy market.",
    "What can one do on a rainy Sunday?",
)


def is_fluent(answer: str) -> bool:
    """Whether the answer has words and no loop."""
    words = words_of(answer)
    if len(words) < _FEWEST_WORDS or _RUN.search(answer):
        return False
    grams = list(zip(*(words[at:] for at in range(_GRAM)), strict=False))
    repeated = 1 - len(set(grams)) / len(grams) if grams else 0.0
    return repeated <= _MOST_REPEATED and not _is_one_word([word for word in words if word.isalnum()])


def _is_one_word(words: list[str]) -> bool:
    most = Counter(words).most_common(1)
    return len(words) >= 2 * _GRAM and most[0][1] > _MOST_ONE_WORD * len(words)


REPETITION = tuple(Probe(request, is_fluent) for request in _REQUESTS)
