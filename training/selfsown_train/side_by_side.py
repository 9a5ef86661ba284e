"""Two models' answers to the same requests, side by side, and which of them a judge prefers.

A local judge is asked the pairwise question (`selfsown.judge.pair_prompt`) in both orders, one forward pass each. An answer
wins only where it is preferred in both: a judge that favours a place says nothing (Zheng et al. 2023, arXiv 2306.05685,
section 3.4). Any other judge scores both conversations, where order cannot matter; the higher score wins. A model that
never learned to judge mostly names a place and so finds everything even. Answers that are equal are not asked about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from selfsown.conversation import Conversation, Turn
from selfsown.judge import Judge, judge_all
from selfsown.judge.pair_prompt import AnswerPair, read_choice, render_choice, render_pair
from selfsown.judgement import Judgement, Rubric
from selfsown_train.decisions import Answers, decide
from selfsown_train.local_judge import LocalJudge
from selfsown_train.report import Report

WON, EVEN, LOST = 1.0, 0.5, 0.0
ALIKE = 0.05  # points of ten: scores that lie no further apart say nothing

_STAGE = "compare"
_TRIES = 4
_LEAST_SHOWN = 0.1  # of a turn that has to be cut: who is shown less cannot say
_SLACK = 16  # tokens, for the mark of a cut and words that are torn by it
_CUT = "\n[\u2026]\n"


def compare_answers(
    judge: Judge,
    prompts: Sequence[tuple[Turn, ...]],
    new: Sequence[str],
    old: Sequence[str],
    rubric: Rubric,
    report: Report,
) -> tuple[float, ...]:
    """Per prompt 1.0 where the new answer is preferred, 0.0 where the old one is, 0.5 where neither; nan: not judged."""
    how: Callable[..., list[float]] = _choose if isinstance(judge, LocalJudge) else _score
    pairs = [AnswerPair(*entry) for entry in zip(prompts, new, old, strict=True)]
    return _compare_pairs(how, judge, pairs, rubric, report)


def prefer_first(judge: LocalJudge, pairs: Sequence[AnswerPair], rubric: Rubric) -> list[float]:
    """The probability that the first answer is the better one, in the order given; nan where it does not fit the window.

    A conversation that is too long is shown from its last turn, and that turn with its middle left out.
    """
    with judge.chat.rating():
        answers = _ask(judge, pairs, rubric)
        return [
            read_choice(answer) if isinstance(answer, dict) else _ask_shortened(judge, pair, rubric)
            for pair, answer in zip(pairs, answers, strict=True)
        ]


def decide_preference(forward: float, backward: float) -> float:
    """What the probabilities of "the first is better" say, with the new answer first and then second; nan stays nan."""
    if math.isnan(forward) or math.isnan(backward):
        return math.nan
    if forward > 1 / 2 > backward:
        return WON
    return LOST if forward < 1 / 2 < backward else EVEN


def _compare_pairs(
    how: Callable[..., list[float]], judge: Judge, pairs: Sequence[AnswerPair], rubric: Rubric, report: Report
) -> tuple[float, ...]:
    found = iter(how(judge, [pair for pair in pairs if pair.first != pair.second], rubric, report))
    return tuple(EVEN if pair.first == pair.second else next(found) for pair in pairs)


def _choose(judge: LocalJudge, pairs: Sequence[AnswerPair], rubric: Rubric, report: Report) -> list[float]:
    found: list[float] = []
    for at in range(0, len(pairs), judge.batch):
        some = pairs[at : at + judge.batch]
        said = prefer_first(judge, [order for pair in some for order in (pair, pair.swapped)], rubric)
        found += map(decide_preference, said[::2], said[1::2])
        report(_STAGE, len(found), len(pairs))
    return found


def _score(judge: Judge, pairs: Sequence[AnswerPair], rubric: Rubric, report: Report) -> list[float]:
    conversations = [_conversation(pair.turns, answer) for pair in pairs for answer in (pair.first, pair.second)]
    scores: list[float] = []
    for answer in judge_all(conversations, rubric, judge):
        scores.append(answer.score if isinstance(answer, Judgement) else math.nan)
        if len(scores) % 2 == 0:
            report(_STAGE, len(scores) // 2, len(pairs))
    return [_compare(*scores[at : at + 2]) for at in range(0, len(scores), 2)]


def _compare(new: float, old: float) -> float:
    if math.isnan(new) or math.isnan(old):
        return math.nan
    if abs(new - old) <= ALIKE:
        return EVEN
    return WON if new > old else LOST


def _conversation(turns: tuple[Turn, ...], answer: str) -> Conversation:
    return Conversation((*turns, Turn("assistant", answer)), "", "", "")


def _ask(judge: LocalJudge, pairs: Sequence[AnswerPair], rubric: Rubric) -> list[Answers | int]:
    questions = render_choice()
    return decide(judge.chat, [{"state": render_pair(pair, rubric), "questions": questions} for pair in pairs])


def _ask_shortened(judge: LocalJudge, pair: AnswerPair, rubric: Rubric) -> float:
    """With the last turn alone; then with so much of it as there is room for."""
    turn = pair.turns[-1]
    for _ in range(_TRIES):
        (answer,) = _ask(judge, [replace(pair, turns=(turn,))], rubric)
        if isinstance(answer, dict):
            return read_choice(answer)
        tokens = len(judge.chat.tokenizer(turn.content, add_special_tokens=False)["input_ids"])
        share = 1 - (answer - judge.chat.context + _SLACK) / max(tokens, 1)
        half = int(len(turn.content) * share / 2)
        if half * 2 < _LEAST_SHOWN * len(pair.turns[-1].content):
            break
        turn = replace(turn, content=f"{turn.content[:half]}{_CUT}{turn.content[-half:]}")
    return math.nan
