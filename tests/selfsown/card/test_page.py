"""The page comes from the results alone: the committed ones give the committed page, and its sentences have no figures."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import orjson
import pytest

from selfsown.card import human, page, prose, sections
from selfsown.card.goals import decide_goals
from selfsown.cli.main import main
from selfsown.conversation import Turn
from selfsown.evaluation.comparison import Paired, Rated, make_conversation


@pytest.fixture(scope="module")
def committed(checkout):
    return orjson.loads((checkout / "training/judge/report.json").read_bytes())


def test_the_committed_results_give_the_committed_page(checkout, committed):
    assert page.render_card(committed).encode() == (checkout / "training/JUDGE.md").read_bytes()


def test_the_goals_are_those_that_follow_from_the_results(committed):
    assert decide_goals(committed) == committed["goals"]


def test_the_command_writes_it_again(checkout, tmp_path, capsys):
    arguments = ["--from", str(checkout / "training/judge/report.json"), "-o", str(tmp_path / "JUDGE.md")]
    assert main(["judge", "report", *arguments]) == 0
    assert (tmp_path / "JUDGE.md").read_bytes() == (checkout / "training/JUDGE.md").read_bytes()
    assert (tmp_path / "judge/report.json").read_bytes() == (checkout / "training/judge/report.json").read_bytes()
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "judge").glob("*.svg")}
    assert {f"judge/{name}" for name in drawn} == set(
        re.findall(
            r"!\[[^]]*\]\((.*?)\)", page.render_card(orjson.loads((tmp_path / "judge/report.json").read_bytes()))
        )
    )
    assert main(["judge", "report", *arguments]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "judge").glob("*.svg")} == drawn


@pytest.mark.parametrize("module", [page, sections, prose])
def test_no_sentence_has_a_figure_of_its_own(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if re.search(r"\d", re.sub("per.1,?000", "", text))] == []


def test_results_that_are_none_are_refused(tmp_path, capsys):
    (tmp_path / "report.json").write_text("[1, 2")
    assert main(["judge", "report", "--from", str(tmp_path / "report.json"), "-o", str(tmp_path / "J.md")]) == 3
    assert "report.json" in capsys.readouterr().err


def test_a_table_stays_a_table():
    assert prose.table(["a", "b"], [["x|y", "1"]]).splitlines()[-1] == "| x\\|y | 1 |"
    assert prose.code("a`b") == "`a'b`"
    assert prose.render_number(-0.00001) == "0.000"
    assert prose.render_value({"estimate": 0.5, "low": None, "high": None, "n": 3}, with_n=True) == "0.500, n 3"


def rated(number, scale=(0.0, 1.0)):
    return Rated(str(number), make_conversation((Turn("user", str(number)), Turn("assistant", "a"))), scale[1], scale)


def test_a_set_is_known_by_one_measure():
    one = rated(1).conversation
    assert human.main_measure([rated(1)]) == "auc"
    assert human.main_measure([rated(1, (1.0, 5.0))]) == "spearman"
    assert human.main_measure([Paired("1", one, one, 1)]) == "accuracy"


def test_a_part_of_a_set_is_drawn_over_all_of_it_and_again_the_same():
    items = [rated(number) for number in range(100)]
    part = human.take(items, 40, 0)
    assert len(part) == 20
    assert part == human.take(items, 40, 0) != human.take(items, 40, 1)
    assert human.take(items, 10_000, 0) == items
