"""The rulebook of a checkout, and the packaged one where there is no schema/."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from selfsown.errors import BadConfig, SelfsownError
from selfsown.rulebook import folder_reader, load_folder_rulebook, load_rulebook
from selfsown.schemas import NAMES

SOURCE = 'id="mine"\ntitle="x"\nlicense="MIT"\norigin="x"\ncontact="x"\nconsent="x"\n'


def test_of_the_checkout(checkout: Path):
    rulebook = load_folder_rulebook(checkout)
    assert set(rulebook.schemas) == set(NAMES)
    assert len(rulebook.rubric.criteria) == 5


def test_without_a_schema_folder_the_packaged_rules_and_the_own_sources(tmp_path: Path, checkout: Path):
    (tmp_path / "corpus" / "sources").mkdir(parents=True)
    (tmp_path / "corpus" / "sources" / "mine.toml").write_text(SOURCE)
    rulebook = load_folder_rulebook(tmp_path)
    assert rulebook.policy == load_folder_rulebook(checkout).policy
    assert list(rulebook.sources) == ["mine"]


def test_without_a_checkout_there_are_no_sources(checkout: Path):
    rulebook = load_folder_rulebook(None)
    assert rulebook.rubric == load_folder_rulebook(checkout).rubric
    assert rulebook.sources == {}


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SelfsownError, match=r"schema/policy\.toml is missing"):
        load_rulebook(*folder_reader(tmp_path))


def test_an_unknown_key_is_named(tmp_path: Path, checkout: Path):
    shutil.copytree(checkout / "schema", tmp_path / "schema")
    with (tmp_path / "schema" / "policy.toml").open("a") as stream:
        stream.write("more = 1\n")
    with pytest.raises(BadConfig, match=r"unknown key rounds\.more"):
        load_folder_rulebook(tmp_path)
