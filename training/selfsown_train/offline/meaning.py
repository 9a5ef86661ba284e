"""What a sentence encoder sees: how close request and answer are, how a text flows, and which themes its sentences touch.

Every number is a cosine or a difference of two, about -1 to 1. Where there is nothing to compare the neutral value stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from selfsown.conversation import Conversation, Turn
from selfsown_train.offline.anchors import RATER, THEMES, Theme
from selfsown_train.offline.encoder import Encoder, Vectors
from selfsown_train.offline.passages import Passages, join_neighbours, read_passages, split_sentences

MOST_SENTENCES = 24  # of the answer
MOST_OF_ALL = 200  # of the conversation
_NEUTRAL = 0.5  # the cosine of texts that belong together, roughly

NAMES = (
    "request_answer",
    "context_answer",
    "sentence_min",
    "sentence_mean",
    "sentence_max",
    "sentence_first",
    "sentence_last",
    "flow_min",
    "flow_mean",
    "flow_twin",
    "turns_min",
    "turns_mean",
    "answer_again",
    "request_again",
    *(f"theme_{theme.name}" for theme in THEMES),
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """An encoder with its anchors encoded."""

    encoder: Encoder
    anchors: tuple[tuple[Vectors, Vectors], ...]

    def measure(self, conversation: Conversation) -> tuple[float, ...]:
        """The numbers of a conversation, in the order of NAMES."""
        parts = read_passages(conversation)
        spoken = {theme.speaker: _said_by(theme.speaker, conversation.turns, parts) for theme in THEMES}
        sentences = split_sentences(parts.answer, MOST_SENTENCES)
        context = "\n".join(turn.content for turn in parts.before)
        texts = [parts.request, parts.answer, context, *sentences, *(turn.content for turn in conversation.turns)]
        texts += [sentence for said in spoken.values() for sentence in said]
        unique = sorted(set(texts))
        vectors = dict(zip(unique, self.encoder.encode(unique), strict=True))
        numbers = [
            *_relevance(parts, context, sentences, vectors),
            *_flow(_stack(sentences, vectors)),
            *_turns(conversation.turns, parts, vectors),
        ]
        for theme, (toward, away) in zip(THEMES, self.anchors, strict=True):
            near = _lean(_stack(spoken[theme.speaker], vectors), toward, away)
            # One sentence to a rater is one too many. Of the rest the mean counts: a maximum would rise with every sentence.
            numbers.append(near.max(initial=-1.0) if theme is RATER else near.mean() if len(near) else 0.0)
        return tuple(float(number) for number in numbers)


def prepare_meaning(encoder: Encoder) -> Meaning:
    """An encoder that knows the anchors."""
    return Meaning(encoder, tuple(_encode_theme(encoder, theme) for theme in THEMES))


def _encode_theme(encoder: Encoder, theme: Theme) -> tuple[Vectors, Vectors]:
    return encoder.encode(theme.toward), encoder.encode(theme.away)


def _said_by(speaker: str, turns: Sequence[Turn], parts: Passages) -> list[str]:
    if speaker == "answer":
        return split_sentences(parts.answer, MOST_SENTENCES)
    wanted = [turn.content for turn in turns if speaker in ("any", turn.role)]
    return join_neighbours([part for text in wanted for part in split_sentences(text, MOST_OF_ALL)], MOST_OF_ALL)


def _stack(texts: Sequence[str], vectors: dict[str, Vectors]) -> Vectors:
    width = len(next(iter(vectors.values())))
    return np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, width), np.float32)


def _relevance(parts: Passages, context: str, sentences: list[str], vectors: dict[str, Vectors]) -> list[float]:
    if not parts.answer or not parts.request:
        return [0.0] * 7
    request, answer = vectors[parts.request], vectors[parts.answer]
    near = _stack(sentences, vectors) @ request if sentences else np.array([request @ answer])
    spread = [near.min(), near.mean(), near.max(), near[0], near[-1]]
    return [float(number) for number in (request @ answer, vectors[context] @ answer, *spread)]


def _flow(sentences: Vectors) -> list[float]:
    if len(sentences) < 2:
        return [_NEUTRAL, _NEUTRAL, _NEUTRAL]
    near = (sentences[:-1] * sentences[1:]).sum(1)
    pairs = sentences @ sentences.T - 2 * np.eye(len(sentences), dtype=np.float32)
    return [float(near.min()), float(near.mean()), float(pairs.max())]


def _turns(turns: Sequence[Turn], parts: Passages, vectors: dict[str, Vectors]) -> list[float]:
    pairs = [
        float(vectors[first.content] @ vectors[second.content])
        for first, second in pairwise(turns)
        if second.role == "assistant" and first.role == "user"
    ]
    near = [min(pairs), sum(pairs) / len(pairs)] if pairs else [0.0, 0.0]
    answers = [turn.content for turn in parts.before if turn.role == "assistant"]
    requests = [turn.content for turn in parts.before if turn.role == "user"][:-1]
    return [*near, _nearest(parts.answer, answers, vectors), _nearest(parts.request, requests, vectors)]


def _nearest(text: str, others: Iterable[str], vectors: dict[str, Vectors]) -> float:
    return max((float(vectors[text] @ vectors[other]) for other in others), default=_NEUTRAL) if text else _NEUTRAL


def _lean(sentences: Vectors, toward: Vectors, away: Vectors) -> Vectors:
    """How much closer each sentence is to a theme than to what is near it."""
    if not len(sentences):
        return np.zeros(0, np.float32)
    return np.asarray((sentences @ toward.T).max(1) - (sentences @ away.T).max(1))
