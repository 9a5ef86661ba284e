"""What one judge says of every comparison: the numbers alone, without a text, as arrays that the measures read.

A conversation the judge could not judge is nan, never a zero.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from selfsown.conversation import Conversation
from selfsown.evaluation.comparison import Attacked, Comparison, Paired, Rated, cluster_of
from selfsown.evaluation.cost import TimedJudge
from selfsown.evaluation.metrics import NAN, Values
from selfsown.judge import Judge, judge_all
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Rubric, Unjudged

# P(accept) from a judgement, where the judge is calibrated.
Acceptance: TypeAlias = Callable[[Conversation, Judgement], float | None]
Said: TypeAlias = tuple[float, float, float]  # score out of ten, P(accept), 1 where something is flagged; nan

_NOTHING: Said = (NAN, NAN, NAN)


@dataclass(frozen=True, slots=True)
class Table:
    """The comparisons of one form, a row each, and what a judge said of their first and second conversation.

    `first` and `second` have the columns of Said; `second` is nan throughout where there is one conversation. `truth` is
    people's share of the scale (rated), 1, -1 or 0 (paired), or 1 where benign (attacked). `levels` is that of the scale.
    `memo` keeps what was resampled, so that differences cost no second time.
    """

    form: str
    truth: Values
    levels: npt.NDArray[np.intp]
    first: Values
    second: Values
    groups: tuple[str, ...]
    clusters: tuple[str, ...]
    memo: dict[tuple[object, ...], Values] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_judged(self) -> npt.NDArray[np.bool_]:
        """Whether every conversation of a row was judged."""
        has_one = np.isfinite(self.first[:, 0])
        has_two = np.isfinite(self.second[:, 0])
        if self.form == "rated":
            return has_one
        return has_one & has_two if self.form == "paired" else has_one & (has_two | (self.truth == 1))

    def take(self, kept: npt.NDArray[np.bool_]) -> Table:
        """Some of the rows."""
        numbers = np.flatnonzero(kept).tolist()
        groups, clusters = (tuple(names[number] for number in numbers) for names in (self.groups, self.clusters))
        return Table(
            self.form, self.truth[kept], self.levels[kept], self.first[kept], self.second[kept], groups, clusters
        )

    def draw(self, rows: npt.NDArray[np.intp]) -> Table:
        """Rows by number, some of them several times, without the names: for resampling."""
        return Table(self.form, self.truth[rows], self.levels[rows], self.first[rows], self.second[rows], (), ())


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything one judge said: a table per form, and what it cost."""

    judge: str
    tables: dict[str, Table]
    conversations: int
    unjudged: Counter[str]
    calls: tuple[tuple[int, float], ...]


@dataclass(slots=True)
class _Rows:
    """A table while it is filled."""

    truth: list[float] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    first: list[Said] = field(default_factory=list)
    second: list[Said] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)


def ask(
    judge: Judge,
    comparisons: Iterable[Comparison],
    rubric: Rubric,
    cache: JudgementCache | None = None,
    acceptance: Acceptance | None = None,
) -> Answers:
    """Ask a judge about every comparison, a batch at a time; texts are let go as soon as they are judged."""
    timed, rows = TimedJudge(judge), {"rated": _Rows(), "paired": _Rows(), "attacked": _Rows()}
    unjudged: Counter[str] = Counter()
    conversations = 0
    for comparison, answers in _judge_each(timed, comparisons, rubric, cache):
        said = [_say(*pair, acceptance) for pair in zip(comparison.conversations, answers, strict=True)]
        unjudged.update(answer.why for answer in answers if isinstance(answer, Unjudged))
        conversations += len(answers)
        _add_row(rows[type(comparison).__name__.lower()], comparison, said)
    tables = {form: _close(form, found) for form, found in rows.items() if found.truth}
    return Answers(judge.id, tables, conversations, unjudged, tuple(timed.calls))


def _judge_each(
    judge: Judge, comparisons: Iterable[Comparison], rubric: Rubric, cache: JudgementCache | None
) -> Iterator[tuple[Comparison, list[Judgement | Unjudged]]]:
    waiting: deque[Comparison] = deque()

    def conversations() -> Iterator[Conversation]:
        for comparison in comparisons:
            waiting.append(comparison)
            yield from comparison.conversations

    answers: list[Judgement | Unjudged] = []
    for answer in judge_all(conversations(), rubric, judge, cache):
        answers.append(answer)
        if len(answers) == len(waiting[0].conversations):
            yield waiting.popleft(), answers
            answers = []


def _say(conversation: Conversation, answer: Judgement | Unjudged, acceptance: Acceptance | None) -> Said:
    if isinstance(answer, Unjudged):
        return _NOTHING
    accepted = acceptance(conversation, answer) if acceptance else None
    return answer.score, NAN if accepted is None else accepted, float(bool(answer.flags))


def _add_row(rows: _Rows, comparison: Comparison, said: list[Said]) -> None:
    match comparison:
        case Rated():
            truth, levels, group = comparison.share, comparison.levels, comparison.group
        case Paired():
            truth, levels, group = float(comparison.better), 0, comparison.group
        case Attacked():
            truth, levels, group = float(comparison.attacked is None), 0, comparison.family
    rows.truth.append(truth)
    rows.levels.append(levels)
    rows.first.append(said[0])
    rows.second.append(said[1] if len(said) > 1 else _NOTHING)
    rows.groups.append(group)
    rows.clusters.append(cluster_of(comparison))


def _close(form: str, rows: _Rows) -> Table:
    return Table(
        form,
        np.array(rows.truth),
        np.array(rows.levels, dtype=np.intp),
        np.array(rows.first),
        np.array(rows.second),
        tuple(rows.groups),
        tuple(rows.clusters),
    )
