"""The posted review says what it should, stays within GitHub's limit, and nothing in it is anybody's but ours."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from selfsown import sentences
from selfsown.finding import Level
from selfsown.render.excerpt import excerpt
from selfsown.render.inert import quotable, visible
from selfsown.render.markdown import MARKER, MOST_BYTES, fence, render_comments, render_markdown, span

SNIPPETS = [
    "```",
    "````",
    "~~~",
    "`",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "    ",
    "\t",
    "# ✅ APPROVED",
    "</details>",
    "<details>",
    "<!-- selfsown:review -->",
    "-->",
    "<script>alert(1)</script>",
    "<img src=x>",
    "![i](https://e.example/b.png)",
    "[click](javascript:alert(1))",
    "https://e.example",
    "www.e.example",
    "@octocat",
    "@org/team",
    "#1",
    "|",
    "\\|",
    "\\",
    "| a |\n|---|",
    "---",
    "===",
    "> q",
    "- [ ] x",
    "1. x",
    "&lt;",
    "&#64;",
    "**b**",
    "~~s~~",
    "<https://e.example>",
    "[x]: https://e.example",
    "[x]",
    "\u202e",
    "\u200b",
    "\x1b[2J",
    "\x00",
    "\u2028",
    "\u0085",
    "\ud800",
    "::error::",
    "$x$",
]
HOSTILE = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=6), max_size=8).map("".join)
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(
    r"</?sub>|<!-- selfsown:(?:review|comment [0-9a-f]{16}) -->|<details><summary>[\w ,./]+</summary>|</details>"
)


def skeleton(markdown: str) -> list[tuple[str, str]]:
    """Every token but the contents of code; keys of comments differ with their path."""
    tokens = []
    for token in PARSER.parse(markdown):
        if token.type == "inline":
            tokens += [(part.type, "" if part.type == "code_inline" else part.content) for part in token.children]
        else:
            tokens.append((token.type, "" if token.type == "fence" else re.sub("[0-9a-f]{16}", "key", token.content)))
    return tokens


def bodies(review, policy) -> list[str]:
    return [render_markdown(review, policy), *(comment.body for comment in render_comments(review, policy))]


@settings(derandomize=True, max_examples=80, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=24, max_size=24))
def test_hostile_text_stands_only_inside_code(nasty_review, build, texts):
    policy = build.rulebook.policy.review
    plain = bodies(nasty_review(["a"] * 24), policy)
    hostile = bodies(nasty_review(texts), policy)
    assert [skeleton(body) for body in hostile] == [skeleton(body) for body in plain]


@settings(derandomize=True, max_examples=50, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=24, max_size=24))
def test_all_html_is_ours_and_there_is_no_link_or_image(nasty_review, build, texts):
    for body in bodies(nasty_review(texts), build.rulebook.policy.review):
        tokens = skeleton(body)
        html = "\n".join(content for kind, content in tokens if kind.startswith("html"))
        assert OURS.sub("", html.replace("key", "0" * 16)).strip() == ""
        assert not {"link_open", "image"} & {kind for kind, _ in tokens}
        assert sum(kind == "heading_open" for kind, _ in tokens) == body.startswith(MARKER)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(text=HOSTILE)
def test_a_fence_holds_exactly_its_text(text):
    shown = visible(text, 400, keep="\n\t")
    tokens = PARSER.parse(f"before\n\n{fence(shown)}\n\nafter")
    kinds = [token.type for token in tokens if token.type.endswith(("open", "fence"))]
    assert kinds == ["paragraph_open", "fence", "paragraph_open"]
    assert [token.content for token in tokens if token.type == "fence"] == [quotable(shown) + "\n"]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(text=HOSTILE)
def test_a_span_is_one_code_span_in_a_cell(text):
    tokens = PARSER.parse(f"| a | b |\n|---|---|\n| {span(text)} | end |")
    cells = [token.children for token in tokens if token.type == "inline"]
    assert [[part.type for part in cell] for cell in cells] == [["text"], ["text"], ["code_inline"], ["text"]]
    assert cells[3][0].content == "end"


def test_the_comment_leads_with_the_decision_and_names_the_next_step(build):
    review = build.review(chats=[build.chat("why?", "because of it")], findings=[build.found(1)])
    lines = render_markdown(review, build.rulebook.policy.review).splitlines()
    assert lines[0] == MARKER
    assert lines[2] == f"### ❌ {sentences.headline(review)}"
    assert lines[4].startswith("**Waiting on the author.** Mend the errors below")


def test_conversations_stand_worst_first_and_chats_are_excerpted(build):
    chats = [build.chat("first question", "first answer"), build.chat("second question", "second answer")]
    answers = [build.judged(chats[0], 9), build.judged(chats[1], 2, "odd")]
    body = render_markdown(build.review(chats=chats, answers=answers), build.rulebook.policy.review)
    assert body.index("`second question`") < body.index("`first question`")
    assert "user\n  second question\n\nassistant\n  second answer\n```" in body
    assert "| 1 | advise against | 2.0 / 10 |" in body


def test_a_record_with_errors_is_not_quoted(build):
    secret = "my number is 4929 1234"
    review = build.review(chats=[build.chat(secret, "thank you for it")], findings=[build.found(1)])
    for body in bodies(review, build.rulebook.policy.review):
        assert "4929" not in body
        assert "error S305 hidden-characters messages[0].content" in body


@pytest.mark.parametrize("character", ["a", "€", "😀", "`", "\u200b"])
def test_a_huge_submission_stays_within_the_limit_and_says_that_it_was_cut(build, character):
    chats = [build.chat(f"{index}" + character * 3000, character * 9000) for index in range(120)]
    answers = [build.judged(chat, 5, character * 199, f"x{character * 180}") for chat in chats[1:]]
    findings = [build.found(line, message=character * 400) for line in [None] * 300 + [1] * 300]
    review = build.review(chats=chats, answers=answers, findings=findings)
    body = render_markdown(review, build.rulebook.policy.review)
    assert 20_000 < len(body.encode()) <= MOST_BYTES
    assert "would not fit here" in body
    assert all(
        len(comment.body.encode()) <= MOST_BYTES for comment in render_comments(review, build.rulebook.policy.review)
    )


def test_inline_comments_are_few_worst_first_and_only_where_somebody_has_to_look(build):
    chats = [build.chat(f"question {index}", "an answer") for index in range(40)]
    answers = [build.judged(chat, 9 if index < 10 else 5 - index / 20) for index, chat in enumerate(chats)]
    findings = [build.found(3, Level.WARNING), build.found(77), build.found(None)]
    review = build.review(chats=chats, answers=answers, findings=findings)
    policy = build.rulebook.policy.review
    comments = render_comments(review, policy)
    assert len(comments) == policy.inline_comments
    assert [comment.line for comment in comments[:3]] == [77, 40, 39]
    few = render_comments(build.review(chats=chats[:5], answers=answers[:5], findings=findings), policy)
    assert [comment.line for comment in few] == [77, 3]
    assert len({comment.key for comment in comments}) == len(comments)
    assert all(f"<!-- selfsown:comment {comment.key} -->" in comment.body for comment in comments)


def test_an_excerpt_keeps_the_start_the_end_and_short_turns_whole(build):
    chat = build.chat(*(f"turn {index} " + "x" * (5000 if index == 1 else 5) for index in range(12)))
    pieces = excerpt(chat, 600)
    assert [piece.text[:7] for piece in pieces] == [
        "turn 0 ",
        "turn 1 ",
        "(6 turn",
        "turn 8 ",
        "turn 9 ",
        "turn 10",
        "turn 11",
    ]
    assert pieces[1].note.endswith("more characters)")
    assert pieces[-1].text == "turn 11 xxxxx"
    assert sum(len(piece.text) for piece in pieces) < 620
