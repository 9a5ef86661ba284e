"""What the Actions runner takes for a command, as its source (ActionCommand.cs) decides, and what GitHub shows of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.cli.annotations import choose_annotated, harmless, render_annotation, render_rest
from selfsown.cli.console import say, show_error, show_trace, write_json
from selfsown.finding import Finding, Level, Location


def is_command(line: str) -> bool:
    """Any command at all, whether or not its name is known."""
    trimmed = line.lstrip()
    return (trimmed.startswith("::") and "::" in trimmed[2:]) or bool(re.search(r"##\[.*\]", line))


def finding(level: Level, number: int, message: str = "wrong") -> Finding:
    return Finding("S305", "hidden", level, Location("corpus/a.jsonl", number), message, "mend it")


HOSTILE = (
    "::error::x",
    "  ::add-mask::x",
    "\u3000\u2003::stop-commands::x",
    "a\n\t::group::x",
    "a ##[add-mask]x",
    "###[group]x",
    "a\r::x::y",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_is_shown_and_not_run(text, capsys):
    assert any(is_command(line) for line in re.split(r"[\r\n]", text))
    for print_it in (say, show_trace, lambda it: show_error("ci", it, it), lambda it: write_json({it: it})):
        print_it(text)
        said = capsys.readouterr()
        assert not any(is_command(line) for line in re.split(r"[\r\n]", said.out + said.err))
        assert "x" in said.out + said.err


@given(st.text(alphabet=":#[] \t\n\r\u2003ax", max_size=40))
@settings(derandomize=True, max_examples=2_000, deadline=None)
def test_nothing_that_is_said_is_a_command(text):
    assert not any(is_command(line) for line in re.split(r"[\r\n]", harmless(text)))


def test_plain_text_stays_as_it_is():
    text = "a::b c: ::d\n## [x] #[y]\nC++ std::vector"
    assert harmless(text) == text


@given(st.text(max_size=60), st.text(max_size=60))
@settings(derandomize=True, max_examples=500, deadline=None)
def test_an_annotation_is_one_command_and_it_is_ours(path, message):
    line = render_annotation(Finding("S305", "hidden", Level.ERROR, Location(path, 3), message, "mend it"))
    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::error file=")
    assert line.partition("::")[2].partition("::")[0].count(",") == 2


def test_the_worst_are_annotated_and_the_rest_is_counted():
    findings = [finding(Level.WARNING, number) for number in range(15)]
    findings += [finding(Level.ERROR, number) for number in range(12)]
    shown, rest = choose_annotated(findings)
    assert [(it.level, it.location.line) for it in shown[:10]] == [(Level.ERROR, number) for number in range(10)]
    assert [it.level for it in shown[10:]] == [Level.WARNING] * 10
    assert len(shown) + len(rest) == len(findings)
    assert render_rest(rest) == "::notice title=more::2 more errors and 5 more warnings stand in the log of this step."
