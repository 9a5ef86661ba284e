"""What one model does on what the gate measures with: predict, judge, answer, and solve what can be checked.

What both models are asked is chosen once, before either is measured: see Exam.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from selfsown.conversation import Conversation, Turn
from selfsown.judge import judge_all
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown_train.contrast import choose_seen
from selfsown_train.corpus import RatedConversation, RoundData, as_conversation
from selfsown_train.evaluate import Loss, losses
from selfsown_train.generation import write_answers
from selfsown_train.harness import measure_tasks
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.probes import measure_probes
from selfsown_train.recipe import GateRecipe
from selfsown_train.report import Report

Prompt = tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Exam:
    """What the models are asked: the same for all of them.

    `held_out` are the conversations that never trained, but for `repeats` of them that nearly repeat a training one;
    `fresh` are the ids among them that no earlier round was measured on. `seen` are training conversations to hold them
    against, `prompts` requests to answer.
    """

    held_out: tuple[Conversation, ...]
    fresh: frozenset[str]
    seen: tuple[Conversation, ...]
    prompts: tuple[Prompt, ...]
    rated: tuple[RatedConversation, ...]
    repeats: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """One model on an exam, each in the exam's order.

    A loss per held-out conversation, a score per rated one (nan: not judged) and the judge who gave them, an answer per
    prompt, and per kind of probe and task of the harness a value of 0 to 1 each.
    """

    losses: tuple[Loss, ...]
    scores: tuple[float, ...]
    judge: str
    answers: tuple[str, ...] = ()
    probes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    tasks: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def choose_exam(data: RoundData, fresh: frozenset[str], leaks: Mapping[str, str], recipe: GateRecipe) -> Exam:
    """What the models of a round are asked. `leaks` are held-out ids that nearly repeat a training conversation."""
    kept = tuple(entry for entry in data.held_out if entry.id not in leaks)
    prompts = [last_request(entry.turns) for entry in sorted(kept, key=lambda entry: _place(entry.id))]
    return Exam(
        kept,
        fresh & {entry.id for entry in kept},
        choose_seen(kept, data.train),
        tuple([prompt for prompt in prompts if prompt][: recipe.answers]),
        data.held_out_ratings,
        len(data.held_out) - len(kept),
    )


def last_request(turns: Sequence[Turn]) -> Prompt:
    """What stands before the last answer; empty where there is none."""
    last = max((index for index, turn in enumerate(turns) if turn.role == "assistant"), default=0)
    return tuple(turns[:last])


def _place(name: str) -> bytes:
    return hashlib.sha256(f"answers:{name}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Bench:
    """How models are measured: the rubric, the recipe, where its files lie, and where judgements are kept."""

    rubric: Rubric
    recipe: GateRecipe
    root: Path
    cache: JudgementCache


def measure(chat: ChatModel, exam: Exam, bench: Bench, report: Report) -> Measurement:
    """Put one model through everything."""
    found = losses(chat, [entry.turns for entry in exam.held_out], report)
    judge = as_judge(chat, "round")
    answers = []
    for answer in judge_all(map(as_conversation, exam.rated), bench.rubric, judge, bench.cache):
        answers.append(answer)
        report("judge", len(answers), len(exam.rated))
    recipe = bench.recipe
    return Measurement(
        tuple(found),
        read_scores(answers),
        judge.id,
        tuple(write_answers(chat, exam.prompts, recipe.answer_tokens, report)) if exam.prompts else (),
        measure_probes(chat, recipe.answer_tokens, report),
        measure_tasks(chat, recipe.harness, bench.root, report),
    )


def measure_memory(chat: ChatModel, exam: Exam, report: Report) -> tuple[tuple[Loss, ...], ...]:
    """What the contrast needs of a candidate beside its own losses: it on `seen`, its base on `held_out` and on `seen`.

    The base is the candidate with its adapter switched off.
    """
    held_out, seen = ([entry.turns for entry in side] for side in (exam.held_out, exam.seen))
    own = tuple(losses(chat, seen, report, "memory"))
    off = getattr(chat.model, "disable_adapter", nullcontext)
    with off():
        both = losses(chat, [*held_out, *seen], report, "memory")
    return own, tuple(both[: len(held_out)]), tuple(both[len(held_out) :])


def read_scores(answers: Sequence[Judgement | Unjudged]) -> tuple[float, ...]:
    """The scores of answers; nan where a judge could not say."""
    return tuple(answer.score if isinstance(answer, Judgement) else float("nan") for answer in answers)
