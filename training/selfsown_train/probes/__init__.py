"""Regression probes: small requests made by code, the same for every model and round, with answers that code checks.

A round that lowers the loss may still forget to count, to keep to a form, to decline what does harm (or decline everything), or
fall into a loop. The probes say nothing of how good a model is: they are there to be compared with those of the live round.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from selfsown_train.generation import write_answers
from selfsown_train.model import ChatModel
from selfsown_train.probes.arithmetic import ARITHMETIC
from selfsown_train.probes.form import FORM
from selfsown_train.probes.probe import Probe
from selfsown_train.probes.refusal import REFUSAL
from selfsown_train.probes.repetition import REPETITION
from selfsown_train.report import Report

PROBES: Mapping[str, tuple[Probe, ...]] = MappingProxyType(
    {"arithmetic": ARITHMETIC, "format": FORM, "refusal": REFUSAL, "repetition": REPETITION}
)
_STAGE = "probes"
_TOKENS = {"arithmetic": 64, "format": 96, "refusal": 64}  # what stands later in an answer to these is not looked at


def measure_probes(chat: ChatModel, tokens: int, report: Report) -> dict[str, tuple[float, ...]]:
    """Per kind one value per probe, in the order of PROBES: 1.0 solved, 0.0 not. Answers have at most `tokens` tokens."""
    found: dict[str, tuple[float, ...]] = {}
    done, total = 0, sum(map(len, PROBES.values()))
    for kind, probes in PROBES.items():
        most = min(tokens, _TOKENS.get(kind, tokens))
        answers = write_answers(
            chat, [probe.prompt for probe in probes], most, _within(report, done, total), stage=_STAGE
        )
        found[kind] = check_answers(probes, answers)
        done += len(probes)
    return found


def check_answers(probes: tuple[Probe, ...], answers: list[str]) -> tuple[float, ...]:
    """1.0 for each answer that solves its probe, else 0.0."""
    return tuple(float(probe.is_solved(answer)) for probe, answer in zip(probes, answers, strict=True))


def _within(report: Report, before: int, everything: int) -> Report:
    """A report on some of the probes as one on all of them."""

    def told(stage: str, done: int, total: int, note: str = "") -> None:  # noqa: ARG001 - of one kind: not what is shown
        report(stage, before + done, everything, note)

    return told
