"""The gate against adapters whose worth is known: trained here on what was planted, measured as a round is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.corruption import KINDS, build_neighbours, corrupt
from selfsown.round import Round
from selfsown_train.contrast import Side, choose_seen, group_names
from selfsown_train.corpus import RoundData
from selfsown_train.evaluate import losses
from selfsown_train.gate import MEMORISED, Evidence, GateVerdict, decide_gate
from selfsown_train.measurement import Exam, Measurement, measure_memory
from selfsown_train.model import ChatModel, make_deterministic
from selfsown_train.report import silent
from selfsown_train.rounds import Workshop
from selfsown_train.rows import chat_rows
from selfsown_train.sft import Run, finetune

pytestmark = pytest.mark.slow

Plant = Callable[..., ChatModel]


@pytest.fixture(scope="module")
def plant(workshop: Workshop, trained: Round, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """A function that trains an adapter from the round's base, on conversations for so many epochs."""

    def train(conversations: Sequence[Conversation], epochs: float = 1.0, rate: float = 5e-3) -> ChatModel:
        recipe = workshop.recipe
        chat = workshop.registry.load_base_of(trained)
        make_deterministic(recipe.seed, recipe.threads)
        schedule = replace(recipe.sft, epochs=epochs, learning_rate=rate)
        folder = tmp_path_factory.mktemp("planted")
        run = Run("round", chat_rows(conversations), schedule, recipe.lora, True, recipe.seed, folder)
        return ChatModel(finetune(chat, run, silent).model.eval(), chat.tokenizer, chat.window)

    return train


@pytest.fixture(scope="module")
def exam(data: RoundData) -> Exam:
    """What is held out, and training conversations beside it."""
    return Exam(data.held_out, frozenset(), choose_seen(data.held_out, data.train), (), (), 0)


@pytest.fixture(scope="module")
def gate(workshop: Workshop, plant: Plant, data: RoundData, exam: Exam) -> Callable[[ChatModel], GateVerdict]:
    """The gate beside a live round that was trained honestly on the same conversations."""
    turns = [entry.turns for entry in exam.held_out]
    live = Measurement(tuple(losses(plant(data.train), turns)), (), "live")
    groups = group_names(exam.held_out)

    def decide(chat: ChatModel) -> GateVerdict:
        new = Measurement(tuple(losses(chat, turns)), (), "new")
        seen, base_held_out, base_seen = measure_memory(chat, exam, silent)
        sides = Side(new.losses, base_held_out, groups), Side(seen, base_seen, group_names(exam.seen))
        return decide_gate(Evidence(new, live, groups, sides=sides), workshop.recipe.gate, 1)

    return decide


def _answers_shuffled(conversations: Sequence[Conversation]) -> list[Conversation]:
    order = np.random.default_rng(1).permutation(len(conversations))
    said = [[turn.content for turn in entry.turns if turn.role == "assistant"] for entry in conversations]
    mixed = []
    for entry, other in zip(conversations, order, strict=True):
        answers = iter(said[other] * len(entry.turns))
        turns = (Turn(turn.role, next(answers)) if turn.role == "assistant" else turn for turn in entry.turns)
        mixed.append(replace(entry, turns=tuple(turns)))
    return mixed


def _half_corrupted(conversations: Sequence[Conversation]) -> list[Conversation]:
    neighbours = build_neighbours(tuple(conversations))
    kinds = [kind for kind in KINDS if kind.name in ("garble", "swap", "repetition", "leak")]
    broken: list[Conversation] = list(conversations)
    for place in range(0, len(broken), 2):
        tries = (corrupt(broken[place], kind, place, neighbours) for kind in (*kinds[place % 4 :], *kinds))
        broken[place] = next((found for found in tries if found), broken[place])
    assert sum(new != old for new, old in zip(broken, conversations, strict=True)) > len(broken) * 0.4
    return broken


def test_a_better_one_passes(gate: Any, plant: Plant, data: RoundData) -> None:
    verdict = gate(plant(data.train, 3.0))
    assert verdict.decision == "pass", verdict.reason
    assert [check.name for check in verdict.checks] == ["held-out loss", MEMORISED]


@pytest.mark.parametrize("spoil", [_answers_shuffled, _half_corrupted])
def test_spoilt_data_is_refused(gate: Any, plant: Plant, data: RoundData, spoil: Any) -> None:
    verdict = gate(plant(spoil(data.train)))
    assert verdict.decision == "refuse"
    assert "held-out loss" in verdict.reason


def test_one_that_learned_the_held_out_by_heart_is_refused_however_low_its_loss(
    workshop: Workshop, trained: Round, exam: Exam, tmp_path: Path
) -> None:
    """With all its weights, which learn by heart quickest; the short ones are enough."""
    chat = workshop.registry.load_base_of(trained)
    held_out = sorted(exam.held_out, key=lambda entry: sum(len(turn.content) for turn in entry.turns))[:12]
    turns = [[entry.turns for entry in side] for side in (held_out, exam.seen)]
    base = [tuple(losses(chat, side)) for side in turns]
    schedule = replace(workshop.recipe.sft, epochs=30)
    run = Run("round", chat_rows(held_out), schedule, None, True, workshop.recipe.seed, tmp_path)
    thief = ChatModel(finetune(chat, run, silent).model.eval(), chat.tokenizer, chat.window)
    new = [tuple(losses(thief, side)) for side in turns]
    groups = group_names(held_out)
    sides = Side(new[0], base[0], groups), Side(new[1], base[1], group_names(exam.seen))
    measured = (Measurement(found, (), "judge") for found in (new[0], base[0]))
    verdict = decide_gate(Evidence(*measured, groups, sides=sides), workshop.recipe.gate, 1)
    loss, memorised = verdict.checks
    assert loss.passed, "its loss is what it stole"
    assert (memorised.name, memorised.passed) == (MEMORISED, False)
    assert verdict.decision == "refuse"
    assert "it has seen them" in verdict.reason
