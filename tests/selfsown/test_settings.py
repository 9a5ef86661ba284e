"""TOML files as records: every bad key is named at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from selfsown.errors import BadConfig
from selfsown.settings import load_record, load_toml


@dataclass(frozen=True, slots=True)
class Inner:
    share: float
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outer:
    count: int
    inner: Inner
    label: str | None = None


GOOD = 'count = 1\n[inner]\nshare = 1\nnames = ["a"]\n'


def test_good():
    assert load_record(Outer, load_toml(GOOD, "x.toml"), "x.toml") == Outer(1, Inner(1.0, ("a",)))


def test_every_problem_at_once():
    table = load_toml('count = true\nmore = 1\nlabel = 3\n[inner]\nshare = "x"\n', "x.toml")
    with pytest.raises(BadConfig) as refused:
        load_record(Outer, table, "x.toml")
    assert refused.value.message == (
        "x.toml: unknown key more; count must be a whole number, got True; inner.share must be a number, got 'x'; "
        "missing key inner.names; label must be text, got 3"
    )


def test_bad_toml_names_the_place():
    with pytest.raises(BadConfig, match=r"x\.toml: .*line 1"):
        load_toml("a = = 1", "x.toml")
