"""A round made again from its file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from selfsown.errors import SelfsownError, UsageError
from selfsown.repo import Repository
from selfsown.round import Round, State, write_promoted
from selfsown_train.libraries import describe_machine
from selfsown_train.registry import locate, read_base
from selfsown_train.reproduction import compare_conditions, reproduce_round
from selfsown_train.rounds import Workshop


def silent(*_: Any, **__: Any) -> None:
    """A report that nobody reads."""


@pytest.fixture
def apart(workshop: Workshop, trained: Round, tmp_path: Path) -> Iterator[Workshop]:
    """The workshop in a copy of the checkout, with its trained round live, and an empty cache."""
    root = tmp_path / "copy"
    shutil.copytree(workshop.root, root)
    with Repository(root) as repository:
        write_promoted(root, replace(trained, state=State.GATED))
        yield replace(workshop, repository=repository, cache=tmp_path / "cache")


def test_a_promoted_round_comes_out_the_same_and_what_was_missing_is_put_in_its_place(
    apart: Workshop, trained: Round, tmp_path: Path
) -> None:
    shutil.rmtree(apart.registry.adapters)
    before = (apart.root / "training" / "rounds" / "0001.json").read_bytes()
    made = reproduce_round(apart, trained, tmp_path / "again", silent)
    assert made.is_same
    assert made.results["adapter"] == ((trained.adapter or {})["digest"],) * 2
    assert made.conditions == {}
    assert made.restored == ("base", "adapter")
    assert apart.registry.load(trained).context > 0
    assert not (tmp_path / "again").exists()
    assert (apart.root / "training" / "rounds" / "0001.json").read_bytes() == before


class Killed(BaseException):
    """Nothing catches it."""


def test_what_broke_off_goes_on_and_another_adapter_is_told_and_kept(
    workshop: Workshop, trained: Round, tmp_path: Path
) -> None:
    folder, seen = tmp_path / "again", []

    def break_off(stage: str, done: int, total: int, note: str = "") -> None:
        if stage == "round" and done == 3:
            raise Killed

    with pytest.raises(Killed):
        reproduce_round(workshop, trained, folder, break_off, keep_base=True)
    other = replace(trained, adapter={**(trained.adapter or {}), "digest": "0" * 64})
    made = reproduce_round(workshop, other, folder, lambda stage, *_, **__: seen.append(stage), keep_base=True)
    assert "base" not in seen
    assert not made.is_same
    assert made.results["adapter"] == ("0" * 64, (trained.adapter or {})["digest"])
    assert made.results["base"][0] == made.results["base"][1]
    assert made.restored == ()
    assert Path(locate(read_base(trained.base or {}), workshop.cache).name).is_dir()

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it is trained already")

    assert reproduce_round(workshop, trained, folder, never, keep_base=True).is_same


def test_libraries_and_machine_that_are_not_the_same_are_named(trained: Round) -> None:
    assert (trained.training or {})["machine"] == describe_machine()
    plan = {**trained.plan, "libraries": {**trained.plan["libraries"], "torch": "1.0"}}
    machine = {**describe_machine(), "processor": "abacus"}
    other = replace(trained, plan=plan, training={**(trained.training or {}), "machine": machine})
    found = compare_conditions(other)
    assert found.keys() == {"torch", "processor"}
    assert found["processor"] == ("abacus", describe_machine()["processor"])
    assert compare_conditions(replace(other, training=None)).keys() == {"torch"}


def test_data_that_is_read_otherwise_is_refused_before_anything_is_trained(
    workshop: Workshop, trained: Round, tmp_path: Path
) -> None:
    corpus = {**trained.plan["corpus"], "held_out_digest": "0" * 12}
    other = replace(trained, plan={**trained.plan, "corpus": corpus})
    with pytest.raises(SelfsownError, match="the held_out_digest of commit"):
        reproduce_round(workshop, other, tmp_path / "again", silent)


def test_there_has_to_be_something_to_repeat(workshop: Workshop, trained: Round, tmp_path: Path) -> None:
    planned = replace(trained, state=State.PLANNED, base=None, adapter=None, training=None)
    with pytest.raises(UsageError, match="not trained yet"):
        reproduce_round(workshop, planned, tmp_path / "again", silent)
    with pytest.raises(UsageError, match="no judge of its own"):
        reproduce_round(workshop, trained, tmp_path / "again", silent, judge=True)
    gone = replace(trained, plan={**trained.plan, "corpus": {**trained.plan["corpus"], "commit": "c" * 40}})
    with pytest.raises(SelfsownError, match="no commit"):
        reproduce_round(workshop, gone, tmp_path / "again", silent)
