"""The rules as a whole: numbers, names and files agree, and each has its test."""

from __future__ import annotations

from pathlib import Path

from selfsown import rules
from selfsown.rules import RULES

HERE = Path(__file__).parent


def test_every_module_is_gathered_once():
    modules = sorted(file.stem for file in Path(rules.__path__[0]).glob("s*.py"))
    assert sorted(rule.__name__.rsplit(".", 1)[1] for rule in RULES) == modules


def test_number_and_name_are_the_module_s():
    for rule in RULES:
        stem = rule.__name__.rsplit(".", 1)[1]
        assert stem == f"{rule.NUMBER.lower()}_{rule.NAME.replace('-', '_')}"
        assert rule.__doc__.startswith(f"{rule.NUMBER} {rule.NAME}: ")


def test_every_rule_has_a_test():
    for rule in RULES:
        assert (HERE / f"test_{rule.__name__.rsplit('.', 1)[1]}.py").is_file()
