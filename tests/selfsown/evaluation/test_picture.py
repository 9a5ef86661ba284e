"""The picture and the tables: the same bytes for the same numbers, and inert names."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from rich.console import Console

from selfsown.errors import UsageError
from selfsown.evaluation.evaluate import evaluate
from selfsown.evaluation.picture import check_picture, draw_picture
from selfsown.evaluation.read import read_comparisons
from selfsown.evaluation.report import make_report
from selfsown.evaluation.table import render_tables

HOSTILE = "$\\frac{1}{0}$ <b>&\x1b[31m\u202e漢"


@pytest.fixture
def report(write, lines, told, settings, rulebook):
    path = write(
        *(lines.rated(str(number), number) for number in range(6)),
        *(lines.paired(str(number), "0", "a", group=HOSTILE) for number in range(1, 5)),
        lines.attacked("1", "5!", HOSTILE),
        lines.benign("2"),
    )
    scores = {str(number): float(number) for number in range(6)} | {"5!": 5.0}
    judges = {HOSTILE: told(scores, "one"), "other": told({}, "two"), "beside": told(dict.fromkeys(scores, 5.0))}
    found = {
        name: evaluate(judge, read_comparisons([path], lambda _: None), rulebook.rubric, settings)
        for name, judge in judges.items()
    }
    return make_report((str(path), [path]), found, [HOSTILE, "other"], ["beside"], settings)


@pytest.fixture
def small(write, lines, told, settings, rulebook):
    """A report of one form and one judge."""
    path = write(lines.paired("1", "0", "a"), lines.paired("1", "2", "b"))
    judge = told({"0": 0.0, "1": 1.0, "2": 2.0})
    found = {"judge": evaluate(judge, read_comparisons([path], lambda _: None), rulebook.rubric, settings)}
    return make_report((str(path), [path]), found, ["judge"], [], settings)


def test_every_panel_is_drawn_and_names_are_text(report):
    content = draw_picture([report], ".svg")
    ElementTree.fromstring(content)  # noqa: S314 - our own, written a moment ago
    assert b"\x1b" not in content


def test_the_same_numbers_give_the_same_svg(small):
    assert draw_picture([small], ".svg") == draw_picture([small], ".svg")


@pytest.mark.parametrize(("kind", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_other_kinds(small, kind, start):
    assert draw_picture([small], kind).startswith(start)


def test_a_picture_needs_a_place_and_a_kind(tmp_path):
    check_picture(tmp_path / "x.svg")
    with pytest.raises(UsageError, match="is no picture"):
        check_picture(tmp_path / "x.gif")
    with pytest.raises(UsageError, match="there is no folder"):
        check_picture(tmp_path / "no" / "x.svg")


def test_the_tables_say_it_in_words(report):
    console = Console(width=200, file=io.StringIO())
    for title, table in render_tables(report):
        console.print(title, table, markup=False)
    said = console.file.getvalue()
    assert "6 rated lines" in said
    assert "4 paired lines" in said
    assert "2 attacked lines" in said
    assert "better" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_json_holds_all_of_it(report):
    found = report.to_json()
    assert [entry["spec"] for entry in found["judges"]] == [HOSTILE, "other", "beside"]
    assert [entry["is_asked"] for entry in found["judges"]] == [True, True, False]
    assert found["judges"][1]["not_judged"]["estimate"] == 1.0
    assert found["judges"][1]["measures"]["auc"]["estimate"] is None
    assert found["judges"][0]["groups"][HOSTILE]["accuracy"]["estimate"] == 1.0
    assert {entry["beside"] for entry in found["judges"][0]["differences"]} == {"beside"}  # the other judged nothing
    assert found["forms"] == {"rated": 6, "paired": 4, "attacked": 2}
