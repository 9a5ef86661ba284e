"""Source files as records."""

from __future__ import annotations

import pytest

from selfsown.errors import BadConfig
from selfsown.source import Source, load_source

TEXT = 'id = "a"\ntitle = "t"\nlicense = "MIT"\norigin = "o"\ncontact = "c"\nconsent = "s"\n'


def test_a_source_reads():
    assert load_source(TEXT, "x.toml") == Source("a", "t", "MIT", "o", "c", "s")


@pytest.mark.parametrize("name", ["id", "title", "license", "origin", "contact", "consent"])
def test_every_field_is_needed(name):
    text = "".join(line for line in TEXT.splitlines(keepends=True) if not line.startswith(f"{name} "))
    with pytest.raises(BadConfig, match=f"missing key {name}"):
        load_source(text, "x.toml")


@pytest.mark.parametrize(
    ("extra", "named"), [("more = 1\n", "unknown key more"), ("id = 3\n", "x.toml"), ("[", "x.toml")]
)
def test_anything_else_is_refused(extra, named):
    with pytest.raises(BadConfig, match=named):
        load_source(TEXT + extra, "x.toml")


def test_the_projects_own_source_is_named_after_its_file(checkout):
    for path in (checkout / "corpus/sources").glob("*.toml"):
        assert load_source(path.read_text(encoding="utf-8"), path.name).id == path.stem
