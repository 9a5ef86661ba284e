"""Which conversations are most like others, by their words: TF-IDF and the cosine (Salton & Buckley 1988).

Not covered: the same thing said in other words or another language, and what stands beyond the first characters of a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from selfsown.conversation import Conversation

NEAREST = 5  # of each
LEAST_ALIKE = 0.1  # below it two texts share no more than words that many have

_MOST_CHARACTERS = 8000  # of a conversation, so that memory is bounded
_BLOCK = 64  # rows of the table of similarities that is held at a time

# Chinese and Japanese have no spaces: there a character counts as a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff"
_WORD = f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+"


def find_neighbours(asked: Sequence[Conversation], pool: Sequence[Conversation]) -> list[tuple[int, ...]]:
    """For each asked one the places in the pool of the NEAREST that are most like it, best first.

    Fewer where no more are LEAST_ALIKE. A conversation that is in the pool is its own nearest.
    """
    words = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True, dtype=np.float64)
    texts = [_text(entry) for entry in pool]
    try:
        words.fit(texts)
    except ValueError:  # not one word in the whole pool
        return [()] * len(asked)
    words.idf_ = words.idf_ - 1  # the library leaves a weight to what all texts have: here that is "tell me of the"
    known, wanted = words.transform(texts), words.transform([_text(entry) for entry in asked])
    return [
        tuple(_nearest(row))
        for start in range(0, len(asked), _BLOCK)
        for row in (wanted[start : start + _BLOCK] @ known.T).toarray()
    ]


def _nearest(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Iterator[int]:
    for place in np.argsort(-row, kind="stable")[:NEAREST]:
        if row[place] >= LEAST_ALIKE:
            yield int(place)


def _text(entry: Conversation) -> str:
    return "\n".join(turn.content for turn in entry.turns)[:_MOST_CHARACTERS]
