from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from bare_generate import bare_answer

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError, UsageError
from selfsown.judge.features import FeaturesJudge
from selfsown.round import Round, State, read_promoted, read_round, write_promoted
from selfsown.serving.talker import Draw, TooLong
from selfsown.vote import TRIVIAL, check_name
from selfsown_train.adapter import read_digests
from selfsown_train.corpus import RoundData
from selfsown_train.engine import Engine
from selfsown_train.ledger import open_inquiry
from selfsown_train.recipe import with_base_model
from selfsown_train.round_gate import gate_round
from selfsown_train.round_training import train_round
from selfsown_train.rounds import STAGES, Workshop, plan_round, settle_trained
from selfsown_train.training_log import LOG, read_log

TODAY = "2026-11-21"


@pytest.fixture
def apart(workshop: Workshop, trained: Round, tmp_path: Path) -> Workshop:
    """The workshop in a copy of the checkout, with its trained round."""
    from selfsown.repo import Repository

    root = tmp_path / "copy"
    shutil.copytree(workshop.root, root)
    return replace(workshop, repository=Repository(root))


def test_a_round_file_holds_its_whole_provenance(workshop: Workshop, trained: Round) -> None:
    schema = workshop.rulebook.schemas["round"]
    record = orjson.loads((workshop.root / "training" / "rounds" / "0001.json").read_bytes())
    assert schema.accepts(record)
    assert read_round(workshop.root, 1, schema) == trained
    assert record["state"] == "trained"
    assert record["plan"]["corpus"]["commit"] == workshop.repository.resolve("HEAD")
    assert record["plan"]["recipe"]["digest"] == workshop.recipe.digest
    assert set(record["plan"]["libraries"]) >= {"torch", "transformers", "trl", "peft"}
    assert record["adapter"] == read_digests(workshop.registry.place(trained.adapter or {}))
    assert str(workshop.root) not in str(record)
    assert str(workshop.cache) not in str(record)


def test_every_training_of_a_round_is_in_its_log(workshop: Workshop, trained: Round) -> None:
    rows = read_log(workshop.registry.folder(trained) / LOG)
    told = {"base": (trained.base or {})["made_from"], "round": trained.training or {}}
    assert list(dict.fromkeys(row.stage for row in rows)) == list(told)
    for stage, training in told.items():
        own = [row for row in rows if row.stage == stage]
        assert own[-1].step == own[-1].steps == training["steps"]
        assert (own[0].loss, own[-1].loss) == (training["first_loss"], training["last_loss"])
        assert own[0].loss == training["losses"][0][1]
        assert all(row.seconds > 0 and row.tokens > 0 for row in own)


def test_the_same_plan_is_the_same_round(workshop: Workshop, data: RoundData, trained: Round) -> None:
    assert plan_round(workshop, data, TODAY) == trained
    assert workshop.registry.has_adapter(trained)


def test_a_live_round_that_lost_its_adapter_is_trained_again_and_stays_live(
    apart: Workshop, data: RoundData, trained: Round
) -> None:
    live = write_promoted(apart.root, replace(trained, state=State.GATED))
    shutil.rmtree(apart.registry.adapters)
    assert train_round(apart, live, data, lambda *_, **__: None) == live
    assert apart.registry.has_adapter(live)


def test_a_machine_that_computes_differently_says_so(apart: Workshop, data: RoundData, trained: Round) -> None:
    shutil.rmtree(apart.registry.adapters)
    other = replace(trained, adapter={**(trained.adapter or {}), "digest": "0" * 64})
    with pytest.raises(SelfsownError, match="gave another adapter"):
        train_round(apart, other, data, lambda *_, **__: None)


def test_a_plan_that_was_never_trained_gives_its_number_to_the_next(
    apart: Workshop, data: RoundData, trained: Round
) -> None:
    first = plan_round(replace(apart, recipe=replace(apart.recipe, seed=1)), data, TODAY)
    second = plan_round(replace(apart, recipe=replace(apart.recipe, seed=2)), data, TODAY)
    assert first.number == second.number == trained.number + 1
    assert first.plan != second.plan


def test_another_recipe_is_another_round(apart: Workshop, data: RoundData, trained: Round) -> None:
    other = replace(apart, recipe=replace(apart.recipe, seed=1))
    entry = plan_round(other, data, TODAY)
    assert (entry.number, entry.state) == (trained.number + 1, State.PLANNED)


@pytest.mark.parametrize("damage", ["changed", "extra", "missing"])
def test_a_tampered_adapter_is_refused_before_it_is_read(apart: Workshop, trained: Round, damage: str) -> None:
    folder = apart.registry.place(trained.adapter or {})
    if damage == "changed":
        path = folder / "adapter_model.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    elif damage == "extra":
        (folder / "adapter_model.bin").write_bytes(b"pickle")
    else:
        (folder / "adapter_config.json").unlink()
    with pytest.raises(SelfsownError, match="adapter"):
        apart.registry.load(trained)
    assert not apart.registry.has_adapter(trained)


def test_another_base_under_the_adapter_is_refused(apart: Workshop, trained: Round) -> None:
    base = dict(trained.base or {})
    wrong = replace(trained, base={**base, "files": {**base["files"], "model.safetensors": "0" * 64}})
    with pytest.raises(SelfsownError, match=r"not those files the round was trained on: model\.safetensors differs"):
        apart.registry.load(wrong)


def test_the_loop_of_states(apart: Workshop, trained: Round) -> None:
    with pytest.raises(UsageError, match="not gated"):
        write_promoted(apart.root, trained)
    gated = gate_round(apart, trained, lambda *_, **__: None)
    assert gated.gate is not None
    names = [check["name"] for check in gated.gate["checks"]]
    assert names[0] == "held-out loss"
    guards = {"memorised held-out", "judge agreement", "answers preferred", "distinct wordings"}
    assert {check["name"] for check in gated.gate["checks"] if check["role"] == "guard"} >= guards
    assert names[-len(TRIVIAL) :] == [check_name(name) for name in TRIVIAL]
    assert gated.gate["compared_by"] == FeaturesJudge().id, "no round is live whose judge could have a vote"
    assert gated.state is (State.GATED if gated.gate["decision"] == "pass" else State.REJECTED)
    judging = gated.judging
    assert judging is not None
    assert judging["live"] == judging["frozen"] == FeaturesJudge().id
    assert judging["own"] == gated.gate["judge"]
    assert judging["n"] == sum(judging["decided"][name] for name in ("merged", "declined"))
    assert judging["agreement"]["own"]["ratings"]["n"] < judging["agreement"]["live"]["ratings"]["n"]
    assert read_round(apart.root, 1, apart.rulebook.schemas["round"]) == gated
    live = write_promoted(apart.root, replace(gated, state=State.GATED))
    assert read_promoted(apart.root, apart.rulebook.schemas["round"]) == live
    assert gate_round(apart, live, lambda *_, **__: None) == live, "measured again, it stays live and its history stays"


def test_a_round_beside_itself_is_refused(apart: Workshop, data: RoundData, trained: Round) -> None:
    gated = gate_round(apart, trained, lambda *_, **__: None)
    write_promoted(apart.root, replace(gated, state=State.GATED))
    twin = replace(trained, number=2, parent=1)
    verdict = gate_round(apart, twin, lambda *_, **__: None)
    assert verdict.state is State.REJECTED
    assert verdict.gate is not None
    assert verdict.gate["incumbent"] == 1
    assert verdict.gate["checks"][0]["difference"] == 0
    assert verdict.judging is not None
    assert verdict.judging["live"] == verdict.judging["own"] != verdict.judging["frozen"]
    assert (verdict.judging["n"], verdict.judging["drift"]["frozen"]) == (0, None), "nothing was decided since round 1"


def test_a_clone_that_does_not_know_the_live_rounds_commit_has_no_page_to_write(
    apart: Workshop, data: RoundData, trained: Round
) -> None:
    plan = {**trained.plan, "corpus": {**trained.plan["corpus"], "commit": "c" * 40}}
    live = replace(trained, number=2, plan=plan)
    with open_inquiry(apart.repository, live, data, apart.recipe, apart.rulebook.rubric) as inquiry:
        assert (inquiry.decided, inquiry.asked) == (None, ())
    with open_inquiry(apart.repository, None, data, apart.recipe, apart.rulebook.rubric) as inquiry:
        assert len(inquiry.decided or ()) > 100


def test_an_untrained_round_neither_gates_nor_talks(apart: Workshop, trained: Round) -> None:
    planned = replace(trained, state=State.PLANNED, base=None, adapter=None, training=None)
    with pytest.raises(UsageError, match="not trained yet"):
        gate_round(apart, planned, lambda *_, **__: None)
    with pytest.raises(UsageError, match="not trained yet"):
        apart.registry.load(planned)


def test_a_round_answers_by_the_engine_as_its_model_does_alone(workshop: Workshop, trained: Any) -> None:
    chat = workshop.registry.load(trained)
    asked = (Turn("user", "What is 2 plus 2?"),)
    with closing(Engine(chat, trained.name, workshop.rulebook.rubric)) as engine:
        assert "".join(engine.reply(asked, Draw(12))) == bare_answer(chat, asked, 12)
        with pytest.raises(TooLong, match="the last message has"):
            engine.reply((Turn("user", "word " * 4000),), Draw(12))


def test_a_base_model_by_folder_takes_the_place_of_the_built_one(
    apart: Workshop, data: RoundData, trained: Round
) -> None:
    from selfsown_train.registry import locate, read_base

    folder = locate(read_base(trained.base or {}), apart.cache).name
    named = replace(apart, recipe=with_base_model(apart.recipe, folder))
    entry = train_round(named, plan_round(named, data, TODAY), data, lambda *_, **__: None)
    assert entry.base is not None
    assert entry.base["name"] == folder
    assert entry.base["digest"] == (trained.base or {})["digest"]


def test_a_base_model_that_is_not_there_is_said(apart: Workshop, data: RoundData) -> None:
    named = replace(apart, recipe=with_base_model(apart.recipe, "/nowhere/at/all"))
    with pytest.raises(SelfsownError, match="cannot load the base model /nowhere/at/all"):
        train_round(named, plan_round(named, data, TODAY), data, lambda *_, **__: None)


@pytest.mark.slow
def test_a_gpt2_goes_through_the_same_round(apart: Workshop, data: RoundData, tmp_path: Path) -> None:
    recipe = replace(apart.recipe, base=replace(apart.recipe.base, architecture="gpt2"))
    other = replace(apart, recipe=recipe, cache=tmp_path / "cache")
    entry = train_round(other, plan_round(other, data, TODAY), data, lambda *_, **__: None)
    assert entry.state is State.TRAINED
    assert gate_round(other, entry, lambda *_, **__: None).gate is not None


def test_what_a_training_left_that_was_killed_at_its_very_end_goes(apart: Workshop, trained: Round) -> None:
    left = apart.registry.folder(trained) / STAGES
    left.mkdir()
    assert not settle_trained(apart, replace(trained, state=State.PLANNED))
    assert left.is_dir()
    assert settle_trained(apart, trained)
    assert not left.exists()
    shutil.rmtree(apart.registry.adapters)
    assert not settle_trained(apart, trained)
