"""docs/security.md is true: every test it names is there and is collected, every job holds what the workflow files grant it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

OPEN = {5, 6, 8, 10, 16, 17, 18}
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first line begins with `head`."""
    table = page.split(f"\n{head}", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/security.md").read_text(encoding="utf-8")


def test_every_requirement_is_attacked_or_open(page: str, checkout: Path):
    table = rows(page, "| | requirement |")
    assert [int(row[0]) for row in table] == list(range(1, 21))
    for number, _, tests, *_ in table:
        assert tests.startswith("open") == (int(number) in OPEN)
        assert bool(TEST.search(tests)) != (int(number) in OPEN), number


def test_every_test_that_is_named_is_there(page: str, checkout: Path):
    named = TEST.findall(page)
    assert len(named) > 25
    for path, name in named:
        found = [
            node.name for node in ast.parse((checkout / path).read_text()).body if isinstance(node, ast.FunctionDef)
        ]
        tests = [one for one in found if one.startswith("test_")]
        assert tests or path.endswith("test_this_page.py"), f"{path} has no test"
        assert not name or name in tests, f"{path} has no {name}"


def test_every_attack_of_this_folder_is_named(page: str):
    here = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert here <= {path for path, _ in TEST.findall(page)}


def test_every_job_holds_exactly_this(page: str, checkout: Path):
    told = {
        row[0].strip("`"): (set(row[1].split(", ")), set(re.findall(r"SELFSOWN_\w+", row[2])))
        for row in rows(page, "| job |")
    }
    held = {}
    for path in (checkout / ".github/workflows").glob("*.yml"):
        for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
            rights = {f"{right}: {level}" for right, level in job["permissions"].items()}
            held[name] = (rights, set(re.findall(r"secrets\.(\w+)", str(job))))
    assert told == held
