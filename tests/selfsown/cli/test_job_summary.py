"""The page of a workflow run: appended to, inert, bounded, and no reason to fail."""

from __future__ import annotations

from markdown_it import MarkdownIt

from selfsown.cli.job_summary import append_summary, render_findings
from selfsown.finding import Finding, Level, Location


def test_it_is_appended_where_the_environment_names_a_page(tmp_path):
    page = tmp_path / "page.md"
    append_summary("one", {})
    assert not page.exists()
    append_summary("one", {"GITHUB_STEP_SUMMARY": str(page)})
    append_summary("two \ud800", {"GITHUB_STEP_SUMMARY": str(page)})
    assert page.read_bytes() == b"one\ntwo ?\n"


def test_a_page_over_the_limit_of_github_is_not_written(tmp_path):
    page = tmp_path / "page.md"
    append_summary("x" * (1 << 20), {"GITHUB_STEP_SUMMARY": str(page)})
    assert page.read_text() == "The review is too long for this page.\n"


def test_a_page_that_cannot_be_written_stops_nothing(tmp_path, capsys):
    append_summary("x", {"GITHUB_STEP_SUMMARY": str(tmp_path / "missing/page.md")})
    assert "was not written" in capsys.readouterr().err


def test_findings_stand_in_one_block_and_are_counted():
    hostile = "```\n# OK\n@org/team ![x](http://x) </details>\x1b[31m"
    location = Location(f"corpus/{hostile}", 3)
    text = render_findings("To mend.", [Finding("S305", "hidden", Level.ERROR, location, hostile, "t")] * 250)
    kinds = [token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text)]
    assert kinds == ["paragraph_open", "inline", "paragraph_close", "fence"]
    assert "(50 more)" in text
    assert "\x1b" not in text
    assert render_findings("Fine.", []) == "Fine.\n"
