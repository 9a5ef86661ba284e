"""People read stderr, machines stdout, and nothing is taken for markup."""

from __future__ import annotations

import pytest

from selfsown.cli.console import progress, say, show_error, write_machine


def test_what_is_said_is_printed_as_it_is(capsys):
    say("[bold]x[/bold] :smile: " + "long " * 60)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "[bold]x[/bold] :smile: " + "long " * 60 + "\n"


def test_machines_get_the_line_exactly(capsys):
    write_machine('{"a": "[bold]é\t"}' + "x" * 500)
    said = capsys.readouterr()
    assert said.out == '{"a": "[bold]é\t"}' + "x" * 500 + "\n"
    assert said.err == ""


@pytest.mark.parametrize("tip", ["", "do this"])
def test_an_error_names_the_verb_and_the_tip_if_there_is_one(capsys, tip):
    show_error("judge", "first line\nsecond", tip)
    assert capsys.readouterr().err == "selfsown judge: first line\nsecond\n" + (f"  tip: {tip}\n" if tip else "")


def test_an_error_is_bounded_and_inert(capsys):
    show_error("judge", "\x1b[31m" + "x" * 100_000, "\u200b")
    said = capsys.readouterr().err
    assert len(said) < 5_000
    assert "\x1b" not in said
    assert "\\u{200B}" in said


def test_progress_passes_everything_on_and_is_silent_in_a_pipe(capsys):
    assert list(progress(iter(range(5)), "counting")) == [0, 1, 2, 3, 4]
    assert capsys.readouterr() == ("", "")


def test_progress_reads_no_further_than_asked():
    items = iter(range(5))
    found = progress(items, "counting", 5)
    assert next(found) == 0
    assert next(items) == 1
    found.close()
