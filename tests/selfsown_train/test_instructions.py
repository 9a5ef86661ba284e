from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from selfsown.conversation import Turn, conversation_id
from selfsown.errors import UsageError
from selfsown_train.corpus import RoundData
from selfsown_train.instructions import BARRED, Instructions, describe_instructions, digest_files, read_instructions
from selfsown_train.lineage import is_held_out
from selfsown_train.recipe import Recipe
from selfsown_train.rounds import Workshop

ROWS = [{"instruction": f"Name the number after {n}.", "input": "", "output": str(n + 1)} for n in range(60)]


def read(workshop: Workshop, data: RoundData, root: Path, *names: str) -> Instructions:
    recipe: Recipe = replace(workshop.recipe, instruction=replace(workshop.recipe.instruction, files=names))
    return read_instructions(root, recipe, data, workshop.rulebook.policy.limits)


def test_rows_are_split_by_their_content(workshop: Workshop, data: RoundData, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ROWS[:40]))
    (tmp_path / "b.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in [*ROWS[30:], {"instruction": "no answer"}])
    )
    found = read(workshop, data, tmp_path, "a.json", "b.jsonl")
    share = workshop.recipe.data.held_out
    assert len(found.rows) + len(found.held_out) == len(ROWS)
    assert found.left_out == {"repeated": 10, "not-this-format": 1}
    assert all(is_held_out(conversation_id(row), share) for row in found.held_out)
    assert not any(is_held_out(conversation_id(row), share) for row in found.rows)
    assert (Turn("user", "Name the number after 7."), Turn("assistant", "8")) in {*found.rows, *found.held_out}
    assert found.digest != read(workshop, data, tmp_path, "a.json").digest
    assert set(found.files) == {"a.json", "b.jsonl"}
    assert describe_instructions(found)["rows"] == len(found.rows)


def test_what_a_held_out_row_or_conversation_asks_does_not_train(
    workshop: Workshop, data: RoundData, tmp_path: Path
) -> None:
    asked = [entry.turns[0].content for entry in data.held_out if entry.turns[0].role == "user"][:20]
    rows = [{"instruction": text.upper(), "output": f"answer {n}"} for text in asked for n in range(5)]
    rows += [{"instruction": "Sing.", "output": f"la {n}"} for n in range(40)]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    found = read(workshop, data, tmp_path, "a.json")
    assert found.rows == ()
    assert found.left_out["held out elsewhere"] + len(found.held_out) == len(rows)


def test_what_was_withdrawn_does_not_come_back(workshop: Workshop, data: RoundData, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ROWS))
    everything = read(workshop, data, tmp_path, "a.json")
    gone = everything.rows[0]
    recipe = replace(workshop.recipe, instruction=replace(workshop.recipe.instruction, files=("a.json",)))
    limits = workshop.rulebook.policy.limits
    barred = replace(data, barred=frozenset({conversation_id(gone)}))
    found = read_instructions(tmp_path, recipe, barred, limits)
    assert set(found.rows) == set(everything.rows) - {gone}
    assert found.left_out == {BARRED: 1}


def test_without_files_the_sources_of_the_base_teach(workshop: Workshop, data: RoundData) -> None:
    found = read(workshop, data, workshop.root)
    assert len(found.rows) == sum(entry.source in workshop.recipe.base.sources for entry in data.train)
    assert len(found.held_out) == sum(entry.source in workshop.recipe.base.sources for entry in data.held_out)
    assert all([turn.role for turn in row] == ["user", "assistant"] for row in found.rows)


def test_a_file_that_is_none_is_said(workshop: Workshop, data: RoundData, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no instruction file gone\.json"):
        read(workshop, data, tmp_path, "gone.json")
    with pytest.raises(UsageError, match="from the root of this machine"):
        read(workshop, data, tmp_path, str(tmp_path / "a.json"))
    (tmp_path / "chat.json").write_text(json.dumps([{"messages": []}]))
    with pytest.raises(UsageError, match=r"chat\.json holds no instruction"):
        read(workshop, data, tmp_path, "chat.json")
    recipe = replace(workshop.recipe, instruction=replace(workshop.recipe.instruction, files=("chat.json",)))
    assert len(digest_files(tmp_path, recipe)["chat.json"]) == 64
