"""The other conversations that a change may take an answer from: nearest by the words of the request, or unrelated.

Built once over a set of conversations, asked many times. Build it over one side of a split only: what it lends would
otherwise carry text of the other side across.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from selfsown.conversation import Conversation
from selfsown.corruption.language import language_of
from selfsown.corruption.prose import words_of
from selfsown.judge.patterns import STOP_WORDS

_MOST_EXCHANGES = 6  # of one conversation, the last ones, so that one long chat is not everybody's neighbour
_MOST_TEXT = 4000  # characters of a text whose words are looked at
_COMMON = 0.004  # a word in a larger share of the exchanges tells nothing
_LEAST_COMMON = 5  # exchanges
_MOST_POSTINGS = 300
_MOST_TERMS = 8  # of a request, the rarest
_LOOKED_AT = 40
_CANDIDATES = 6
_NEAR = 0.1  # the least cosine between the words of two requests; with less they are about different things
_ABOUT_AS_NEAR = 0.6  # of the nearest
_PROBES = 24
_LEAST_TELLING = 3  # words, so that it is not small talk that would do anywhere
_ENOUGH = 5  # unrelated answers to choose one of the right length from
_SAME_REQUEST, _SAME_ANSWER = 0.8, 0.5  # the share of words in common from which two texts say much the same


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its answer, and the words of both (lower case)."""

    conversation: str
    language: str | None
    request: str
    answer: str
    asked: frozenset[str]
    said: frozenset[str]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """An inverted index over exchanges: word of a request → places in `exchanges`, and in how many each word is.

    `norms` are the lengths of the requests as vectors of weights.
    """

    exchanges: tuple[Exchange, ...]
    places: Mapping[str, tuple[int, ...]]
    counts: Mapping[str, int]
    norms: tuple[float, ...]

    def weight(self, word: str) -> float:
        """The rarer, the more."""
        return _weight(self.counts.get(word, 0), len(self.exchanges))

    def telling(self, words: Iterable[str]) -> set[str]:
        """The words that only few exchanges have, and that are no small words."""
        most = max(_LEAST_COMMON, _COMMON * len(self.exchanges))
        counts = self.counts
        return {word for word in words if counts.get(word, 0) <= most and word not in STOP_WORDS}


def build_neighbours(conversations: Iterable[Conversation]) -> Neighbours:
    """An index over the exchanges of conversations."""
    exchanges: list[Exchange] = []
    for conversation in conversations:
        exchanges += _read_exchanges(conversation)[-_MOST_EXCHANGES:]
    places: dict[str, list[int]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for place, exchange in enumerate(exchanges):
        counts.update(exchange.asked | exchange.said)
        for word in exchange.asked:
            if len(places[word]) < _MOST_POSTINGS:
                places[word].append(place)
    norms = tuple(_norm(exchange.asked, counts, len(exchanges)) for exchange in exchanges)
    return Neighbours(tuple(exchanges), {word: tuple(found) for word, found in places.items()}, counts, norms)


def read_exchange(conversation: Conversation, index: int) -> Exchange:
    """The answer at `index` with the turn before it, which it answers."""
    request, answer = conversation.turns[index - 1].content, conversation.turns[index].content
    return Exchange(conversation.id, language_of(conversation), request, answer, terms(request), terms(answer))


def context_of(conversation: Conversation) -> frozenset[str]:
    """The words of a whole conversation."""
    return frozenset().union(*(terms(turn.content) for turn in conversation.turns))


@lru_cache(maxsize=512)
def terms(text: str) -> frozenset[str]:
    """The words of a text in lower case; numbers are words."""
    return frozenset(words_of(text[:_MOST_TEXT].lower()))


def nearest(neighbours: Neighbours, own: Exchange, context: frozenset[str], dice: random.Random) -> Exchange | None:
    """An exchange of another conversation with a request like this one, whose answer plainly does not fit here.

    Of the nearest, one whose answer is about as long. None where no other request is near, or every near answer would
    do here as well ("You're welcome!"). `context` are the words of the whole conversation.
    """
    found: list[Exchange] = []
    least = _NEAR
    for score, place in _rank(neighbours, own.asked):
        if score < least or len(found) == _CANDIDATES:
            break
        other = neighbours.exchanges[place]
        if _would_not_fit(neighbours, own, other, context):
            least = max(least, _ABOUT_AS_NEAR * score) if not found else least
            found.append(other)
    by_length = sorted(found, key=lambda other: _unlike_in_length(own.answer, other.answer))[:3]
    return dice.choice(by_length) if by_length else None


def unrelated(neighbours: Neighbours, own: Exchange, context: frozenset[str], dice: random.Random) -> Exchange | None:
    """An exchange that has nothing to do with this conversation, with an answer about as long, or None."""
    telling = neighbours.telling(context)
    found: list[Exchange] = []
    for _ in range(_PROBES if neighbours.exchanges else 0):
        other = dice.choice(neighbours.exchanges)
        if other.conversation == own.conversation or other.language != own.language:
            continue
        is_foreign = telling.isdisjoint(other.said) and telling.isdisjoint(other.asked)
        if is_foreign and len(neighbours.telling(other.said - context)) >= _LEAST_TELLING:
            found.append(other)
        if len(found) == _ENOUGH:
            break
    return min(found, key=lambda other: _unlike_in_length(own.answer, other.answer), default=None)


def _read_exchanges(conversation: Conversation) -> list[Exchange]:
    turns, name, language = conversation.turns, conversation.id, language_of(conversation)
    return [
        Exchange(name, language, before.content, turn.content, terms(before.content), terms(turn.content))
        for before, turn in itertools.pairwise(turns)
        if before.role == "user" and turn.role == "assistant" and turn.content.strip()
    ]


def _rank(neighbours: Neighbours, asked: frozenset[str]) -> list[tuple[float, int]]:
    """(cosine, place) of the exchanges that share a rare word with a request, the nearest first."""
    products: dict[int, float] = defaultdict(float)
    for word in sorted(asked, key=lambda word: (neighbours.counts.get(word, 0), word))[:_MOST_TERMS]:
        weight = neighbours.weight(word) ** 2
        for place in neighbours.places.get(word, ()):
            products[place] += weight
    own = _norm(asked, neighbours.counts, len(neighbours.exchanges))
    scored = [(-product / (own * neighbours.norms[place]), place) for place, product in products.items()]
    return [(-score, place) for score, place in sorted(scored)[:_LOOKED_AT]]


def _would_not_fit(neighbours: Neighbours, own: Exchange, other: Exchange, context: frozenset[str]) -> bool:
    if other.conversation == own.conversation or other.language != own.language:
        return False
    if _alike(own.asked, other.asked) > _SAME_REQUEST or _alike(own.said, other.said) > _SAME_ANSWER:
        return False
    return bool(neighbours.telling(other.said - context)) and bool(neighbours.telling(own.said - other.said))


def _weight(count: int, exchanges: int) -> float:
    return math.log((1 + exchanges) / (1 + count)) + 0.1


def _norm(words: Iterable[str], counts: Mapping[str, int], exchanges: int) -> float:
    return math.sqrt(sum(_weight(counts.get(word, 0), exchanges) ** 2 for word in words)) or 1.0


def _alike(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / max(1, len(first | second))


def _unlike_in_length(first: str, second: str) -> float:
    return abs(math.log((1 + len(first)) / (1 + len(second))))
