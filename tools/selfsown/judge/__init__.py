"""Judging: one contract for every judge, a cache by content, and what could not be judged as a value of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from selfsown.conversation import Conversation
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Rubric, Unjudged

BATCH = 16


class Judge(Protocol):
    """Anything that answers the rubric's questions.

    `id` changes with everything that may change an answer: weights, adapter, tokenizer, code of the features. It is the
    name under which judgements are cached and reported. A judge that has a `batch` is asked about as many conversations
    at a time, else BATCH.
    """

    @property
    def id(self) -> str:
        """The judge's id."""

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One answer per conversation, in order. An answer may not depend on its neighbours in the batch."""


def judge_all(
    conversations: Iterable[Conversation], rubric: Rubric, judge: Judge, cache: JudgementCache | None = None
) -> Iterator[Judgement | Unjudged]:
    """Judge conversations in order, a batch at a time, asking the judge only what the cache does not know.

    Unjudged is not cached: what failed today may work tomorrow.
    """
    most = int(getattr(judge, "batch", BATCH))
    batch: list[Conversation] = []
    for conversation in conversations:
        batch.append(conversation)
        if len(batch) == most:
            yield from _judge_batch(batch, rubric, judge, cache)
            batch = []
    if batch:
        yield from _judge_batch(batch, rubric, judge, cache)


def _judge_batch(
    batch: list[Conversation], rubric: Rubric, judge: Judge, cache: JudgementCache | None
) -> list[Judgement | Unjudged]:
    known = {} if cache is None else cache.read(judge.id, rubric.digest, [entry.id for entry in batch])
    unknown = [entry for entry in batch if entry.id not in known]
    answers: dict[str, Judgement | Unjudged] = dict(known)
    for conversation, answer in zip(unknown, judge.judge(unknown, rubric) if unknown else [], strict=True):
        answers[conversation.id] = answer
        if cache is not None and isinstance(answer, Judgement):
            cache.write(answer)
    return [answers[entry.id] for entry in batch]
