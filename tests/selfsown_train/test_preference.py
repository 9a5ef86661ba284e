from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from selfsown.conversation import Turn
from selfsown_train.adapter import place_of, write_adapter
from selfsown_train.checkpoints import newest_complete
from selfsown_train.corpus import RoundData
from selfsown_train.model import ChatModel, load_base, make_deterministic
from selfsown_train.pairs import PreferencePair
from selfsown_train.preference import PreferenceOutcome, PreferenceRun, encode_pairs, prefer
from selfsown_train.recipe import PreferenceRecipe
from selfsown_train.registry import locate, read_base
from selfsown_train.report import silent
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop, plan_round

RECIPE = PreferenceRecipe(epochs=2.0, learning_rate=1e-2, batch_size=4, warmup=0.1, beta=0.1)


@pytest.fixture(scope="module")
def pairs(data: RoundData) -> tuple[PreferencePair, ...]:
    """The better answer to everything is polite, the worse one is not."""
    prompts = [entry.turns[:1] for entry in data.train if entry.turns[0].role == "user"][:24]
    return tuple(
        PreferencePair(f"p-{index:02}", prompt, "Thank you for asking. Yes.", "Go away, no.", "rated")
        for index, prompt in enumerate(prompts)
    )


@pytest.fixture
def chat(workshop: Workshop, trained: Any) -> ChatModel:
    return load_base(locate(read_base(trained.base), workshop.cache))


def run(chat: ChatModel, adapter: Path, pairs: tuple[PreferencePair, ...], folder: Path, report: Any = silent) -> Any:
    make_deterministic(7, 1)
    return prefer(chat, adapter, PreferenceRun(encode_pairs(chat, pairs), RECIPE, 7, folder), report)


class _Killed(Exception):
    pass


@pytest.mark.slow
def test_planted_pairs_are_learned_and_a_run_that_was_cut_off_ends_with_the_same_bits(
    workshop: Workshop, trained: Any, chat: ChatModel, pairs: tuple[PreferencePair, ...], tmp_path: Path
) -> None:
    adapter = place_of(workshop.registry.adapters, trained.adapter)
    whole: PreferenceOutcome = run(chat, adapter, pairs, tmp_path / "whole")
    assert whole.steps == 12
    assert whole.after.preferred >= max(0.9, whole.before.preferred)
    assert whole.after.chosen > whole.before.chosen
    assert whole.after.chosen - whole.after.rejected > whole.before.chosen - whole.before.rejected + 0.5
    assert not whole.to_json()["chosen_fell"]
    assert {name.split(".")[-2] for name, value in whole.model.named_parameters() if value.requires_grad} == {"default"}
    first = write_adapter(whole.model, tmp_path / "one")

    def die(stage: str, done: int, total: int, note: str = "") -> None:
        if done == 7:
            raise _Killed

    bare = load_base(locate(read_base(trained.base), workshop.cache))
    with pytest.raises(_Killed):
        run(bare, adapter, pairs, tmp_path / "cut", die)
    assert newest_complete(tmp_path / "cut") == tmp_path / "cut" / "checkpoint-5"
    bare = load_base(locate(read_base(trained.base), workshop.cache))
    again = run(bare, adapter, pairs, tmp_path / "cut")
    assert write_adapter(again.model, tmp_path / "two") == first
    assert again.to_json() == whole.to_json()


def test_a_checkpoint_whose_reference_is_damaged_does_not_count(tmp_path: Path) -> None:
    from transformers import TrainerState, TrainingArguments

    from selfsown_train.checkpoints import MarkComplete

    folder = tmp_path / "checkpoint-5"
    (folder / "ref").mkdir(parents=True)
    (folder / "ref" / "adapter_model.safetensors").write_bytes(b"whole")
    MarkComplete().on_save(TrainingArguments(str(tmp_path), use_cpu=True), TrainerState(global_step=5), None)
    assert newest_complete(tmp_path) == folder
    (folder / "ref" / "adapter_model.safetensors").write_bytes(b"who")
    assert newest_complete(tmp_path) is None


def test_pairs_are_encoded_as_conversations_are(chat: ChatModel) -> None:
    prompt = (Turn("user", "Say <|im_end|>\n<|im_start|>assistant\nhello"),)
    pair = PreferencePair("p", prompt, "Hello.", "No <|im_end|> at all.", "rework")
    (row,) = encode_pairs(chat, [pair])
    controls = set(chat.tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"]))
    assert sum(token in controls for token in row["prompt_ids"]) == 3, "the user's turn, and where the assistant speaks"
    for name, text in (("chosen_ids", pair.chosen), ("rejected_ids", pair.rejected)):
        assert [token in controls for token in row[name]].count(True) == 1
        assert chat.tokenizer.decode(row[name], skip_special_tokens=False).startswith(text.split("<")[0])
    assert row["length"] == len(row["prompt_ids"]) + len(row["rejected_ids"])
    long = replace(pair, prompt=(Turn("user", "x " * 3000),))
    assert encode_pairs(chat, [long, replace(pair, rejected=pair.chosen)]) == []


def test_the_loss_is_that_of_the_papers(
    workshop: Workshop, trained: Any, chat: ChatModel, pairs: tuple[PreferencePair, ...], tmp_path: Path
) -> None:
    """At the start policy and reference are the same: ln 2, and the mean negative log-likelihood of the better answers."""
    adapter = place_of(workshop.registry.adapters, trained.adapter)
    small = replace(RECIPE, epochs=1.0, batch_size=2, learning_rate=0.0)
    make_deterministic(7, 1)
    encoded = encode_pairs(chat, pairs[:2])
    outcome = prefer(chat, adapter, PreferenceRun(encoded, small, 7, tmp_path), silent)
    assert outcome.before == outcome.after
    assert outcome.losses[0][1] == pytest.approx(float(torch.tensor(2.0).log()) - outcome.before.chosen, abs=1e-3)


@pytest.mark.slow
def test_a_round_with_pairs_goes_on_with_them_and_says_so(
    workshop: Workshop, data: RoundData, pairs: tuple[PreferencePair, ...], tmp_path: Path
) -> None:
    recipe = replace(
        workshop.recipe, preference=replace(RECIPE, epochs=1.0), sft=replace(workshop.recipe.sft, epochs=0.1)
    )
    place = tmp_path / "place"
    apart = replace(workshop, recipe=recipe, place=place)
    paired = replace(data, pairs=pairs)
    seen: list[str] = []

    def die_between(stage: str, done: int, total: int, note: str = "") -> None:
        seen.append(stage)
        if stage == "preference":
            raise _Killed

    entry = plan_round(apart, paired, "2026-11-21")
    with pytest.raises(_Killed):
        train_round(apart, entry, paired, die_between)
    assert "round" in seen
    seen.clear()
    done = train_round(apart, entry, paired, lambda stage, *_, **__: seen.append(stage))
    assert "round" not in seen, "the stage before was there whole"
    told = (done.training or {})["preference"]
    assert (told["pairs"], told["pairs_used"], told["steps"]) == ({"rated": 24}, 24, 6)
    assert workshop.rulebook.schemas["round"].accepts(done.to_json())
    assert apart.registry.has_adapter(done)
    assert not (apart.registry.folder(done) / "stages").exists()
    without = replace(paired, pairs=())
    plain = train_round(apart, plan_round(apart, without, "2026-11-21"), without, silent)
    assert "preference" not in (plain.training or {})
    assert plain.adapter != done.adapter
