"""The same judgement for the same input: asked again, in another order, in other batches, and in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from selfsown.card.bench import Asked, Bench, Json
from selfsown.conversation import Conversation
from selfsown.judge import Judge
from selfsown.judgement import Judgement, Rubric, Unjudged

Answers: TypeAlias = list[Judgement | Unjudged]

_BATCHES = (1, 5)


def measure_sameness(
    bench: Bench,
    conversations: Sequence[Conversation],
    fresh: Callable[[Asked], Judge],
    elsewhere: Callable[[str, Sequence[Conversation]], Answers],
) -> Json:
    """The largest differences by judge and by what was done otherwise.

    `fresh` gives a judge that remembers nothing, `elsewhere` asks one in another process.
    """
    found: Json = {"conversations": len(conversations), "judges": {}}
    for asked in bench.show(bench.judges, "the same again", len(bench.judges)):
        judge = fresh(asked)
        first = judge.judge(conversations, bench.rubric)
        ways = dict(_again(judge, conversations, bench.rubric))
        ways["in another process"] = elsewhere(asked.spec, conversations)
        found["judges"][asked.spec] = {way: difference(first, answers) for way, answers in ways.items()}
    return found


def _again(judge: Judge, conversations: Sequence[Conversation], rubric: Rubric) -> Iterator[tuple[str, Answers]]:
    yield "asked twice", judge.judge(conversations, rubric)
    backwards = judge.judge(list(reversed(conversations)), rubric)
    yield "in another order", list(reversed(backwards))
    for size in _BATCHES:
        starts = range(0, len(conversations), size)
        answers = [one for start in starts for one in judge.judge(conversations[start : start + size], rubric)]
        yield f"in batches of {size}", answers


def difference(first: Answers, second: Answers) -> Json:
    """The largest difference of a score (points of ten) and of a probability; how many answers differ otherwise."""
    scores, shares, others = 0.0, 0.0, 0
    for one, two in zip(first, second, strict=True):
        if isinstance(one, Judgement) and isinstance(two, Judgement):
            scores = max(scores, abs(one.score - two.score), abs((one.overall or 0.0) - (two.overall or 0.0)))
            shares = max(shares, *(abs(one.criteria[name] - two.criteria[name]) for name in one.criteria))
            others += (one.flags, one.judge) != (two.flags, two.judge)
        else:
            others += type(one) is not type(two)
    return {"score": round(scores, 9), "probability": round(shares, 9), "otherwise": others}
