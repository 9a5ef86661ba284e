"""What GitHub's own parser makes of the review, and the workflow runner of the log, whatever anybody wrote.

`cmarkgfm` binds cmark-gfm. Here it lets all HTML through, so that what escapes is seen. The number of cases is printed.
"""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from selfsown.cli.annotations import harmless, render_annotation
from selfsown.cli.validate_ import render_finding
from selfsown.finding import Finding, Level, Location
from selfsown.other import Other
from selfsown.render.excerpt import excerpt
from selfsown.render.inert import quotable, visible
from selfsown.render.markdown import MARKER, MOST_BYTES, fence, render_comments, render_markdown, span
from selfsown.render.terminal import render_terminal

SNIPPETS = [
    # what ends or opens a block of code, also beyond what the parser counts
    *("`", "``", "```", "````", "~~~", "```text", "``` ", "~~~~~~", "`" * 40, "`" * 79, "`" * 80, "`" * 81),
    *("`" * 254, "`" * 255, "`" * 256, "`" * 300, "~" * 300, "```math", "```mermaid", "$`x`$", "$$x$$", "\\`"),
    # lines and spaces
    *("\n", "\n\n", "\r\n", "\r", "\t", " ", "    ", "\u2028", "\u2029", "\u0085", "\v", "\f", "\u00a0", "\u3000"),
    # HTML, markers, frames
    *(
        "</details>",
        "<details>",
        "<summary>",
        "</sub>",
        "</code></pre>",
        "<pre>",
        "<!--",
        "-->",
        "<![CDATA[",
        "<?x",
        "<!X",
    ),
    *("<!-- selfsown:review -->", "<!-- selfsown:verdict fine 0123456789ab -->", "<!-- selfsown:comment " + "0" * 16),
    *("<!--\nselfsown:commands -->", "<script>alert(1)</script>", "<img src=x onerror=x>", "<a href=x>", "&lt;b&gt;"),
    # what notifies, links or loads
    *("@octocat", "@org/team", "#1", "GH-1", "org/repo#1", "0123456789abcdef0123456789abcdef01234567", "a@b.example"),
    *(
        "![i](https://e.example/b.png)",
        "[click](javascript:alert(1))",
        "https://e.example",
        "www.e.example",
        "xmpp:a@b.c",
    ),
    *(
        "<https://e.example>",
        "<a@b.example>",
        "[x]: https://e.example",
        "[x]",
        "[^1]",
        "[^1]: x",
        ":smile:",
        "mailto:a@b.c",
    ),
    # headings, lists, tables, quotes
    *(
        "# ✅ APPROVED",
        "===",
        "---",
        "***",
        "> q",
        "> [!WARNING]",
        "- [ ] x",
        "1. x",
        "+ x",
        "|",
        "\\|",
        "\\",
        "| a |\n|---|",
    ),
    *("**b**", "__b__", "~~s~~", "&#64;octocat", "&commat;org", "&#96;&#96;&#96;", "&NewLine;", "#0969DA"),
    # what acts on a terminal, a log, an eye
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\x1b[2J", "\x1b]8;;x\x07", "\x00", "\x08", "\x9b", "\ud800", "\ufffd"),
    *("::error::x", "::add-mask::x", "::stop-commands::x", "##[error]x", "##", "[group]", "%0A::error::x", ":" * 9),
]
HOSTILE = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=6), max_size=8).map("".join)
TWENTY_FOUR = st.lists(HOSTILE, min_size=24, max_size=24)
EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist"]  # without tagfilter: it would hide what gets through
OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG | Options.CMARK_OPT_FOOTNOTES

CASES = {"fences": 5_000, "spans": 4_500, "reviews": 1_000, "cut reviews": 100, "terminals": 200, "annotations": 1_000}
cases: Counter[str] = Counter()


def to_html(markdown: str) -> str:
    return cmarkgfm.cmark.markdown_to_html_with_extensions(markdown, OPTIONS, EXTENSIONS)


class Page(HTMLParser):
    """The elements of a page, the text outside code, the text of every code span and block, and the comments."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.frame: list[str] = []
        self.blocks: list[str] = []
        self.spans: list[str] = []
        self.comments: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.frame.append(f"<{tag} {attrs}>")
        if tag == "code":
            (self.blocks if "pre" in self.open else self.spans).append("")
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.frame.append(f"<{tag} {attrs} />")

    def handle_endtag(self, tag):
        self.frame.append(f"</{tag}>")
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        if "code" in self.open:
            (self.blocks if "pre" in self.open else self.spans)[-1] += data
        else:
            self.frame.append(data)

    def handle_comment(self, data):
        self.comments.append(re.sub("[0-9a-f]{16}", "key", data))

    def unknown_decl(self, data):
        self.frame.append(f"<![{data}]>")

    def handle_decl(self, decl):
        self.frame.append(f"<!{decl}>")

    def handle_pi(self, data):
        self.frame.append(f"<?{data}>")


def chat_text(conversation, most: int) -> str:
    """What stands in the block of a conversation, said once more in other words than render.markdown has."""
    text = ""
    for piece in excerpt(conversation, most):
        if piece.role is None:
            text += f"{piece.text}\n\n"
        else:
            said = piece.text.replace("\n", "\n  ")
            text += f"{piece.role}\n  {said}\n" + (f"  {piece.note}\n" if piece.note else "") + "\n"
    return quotable(text.rstrip("\n"))


def bodies(review, policy) -> list[str]:
    return [render_markdown(review, policy), *(comment.body for comment in render_comments(review, policy))]


@pytest.fixture(scope="module", autouse=True)
def count_cases():
    yield
    print(f"\n{cases.total():,} hostile cases: {dict(cases)}")


@pytest.fixture(scope="module")
def plain_pages(nasty_review, build) -> list[Page]:
    """The same review with harmless text."""
    return [Page(to_html(body)) for body in bodies(nasty_review(["a"] * 24), build.rulebook.policy.review)]


@settings(derandomize=True, max_examples=CASES["fences"], deadline=None)
@given(text=HOSTILE)
def test_a_fence_is_one_block_of_code_that_holds_exactly_its_text(text):
    cases["fences"] += 1
    shown = visible(text, 2_000, keep="\n\t")
    said = html.escape(quotable(shown)).replace("&#x27;", "'")
    rendered = to_html(f"before\n\n{fence(shown)}\n\nafter @x")
    assert rendered == f'<p>before</p>\n<pre lang="text"><code>{said}\n</code></pre>\n<p>after @x</p>\n'
    rendered = to_html(f"before\n\n{fence('  ' + shown.replace(chr(10), chr(10) + '  '))}\n\nafter @x")
    assert rendered.startswith('<p>before</p>\n<pre lang="text"><code>')
    assert rendered.endswith("\n</code></pre>\n<p>after @x</p>\n")
    assert rendered.count("<") == 8


@settings(derandomize=True, max_examples=CASES["spans"], deadline=None)
@given(first=HOSTILE, second=HOSTILE, most=st.sampled_from([12, 40, 60, 80, 200]))
def test_a_span_is_one_span_of_code_wherever_it_stands(first, second, most):
    cases["spans"] += 1
    one, two = span(first, most), span(second, most)
    assert "\n" not in one
    table = Page(to_html(f"| a | b |\n|---|---|\n| {one} | {two}, end |\n"))
    others = Page(to_html(f"- {one} no score: {two}\n\n<sub>by {one} {two}.</sub>\n\n{one}\n"))
    shown = [
        quotable(visible(" ".join(text[: 4 * most].split()), most)).replace("|", "¦") or "-" for text in (first, second)
    ]
    assert table.spans == shown
    assert others.spans == [*shown, *shown, shown[0]]
    assert [part for part in table.frame if part.strip() and part[0] != "<"] == ["a", "b", ", end"]
    assert table.frame.count("<td []>") == 2
    assert [part for part in others.frame if part.strip() and part[0] != "<"] == [" no score: ", "by ", "."]
    assert table.unbalanced + others.unbalanced + table.comments + others.comments == []


@settings(derandomize=True, max_examples=CASES["reviews"], deadline=None)
@given(texts=TWENTY_FOUR)
def test_a_review_has_our_frame_and_a_block_of_code_for_each_conversation(nasty_review, plain_pages, build, texts):
    cases["reviews"] += 1
    policy = build.rulebook.policy.review
    review = nasty_review(texts)
    hostile = bodies(review, policy)
    for body, model in zip(hostile, plain_pages, strict=True):
        page = Page(to_html(body))
        assert page.frame == model.frame
        assert page.comments == model.comments
        assert page.unbalanced == page.open == []
        assert (len(page.blocks), len(page.spans)) == (len(model.blocks), len(model.spans))
        assert body.count("<!-- selfsown:") == len(re.findall(r"<!--\s*selfsown", body, re.IGNORECASE)) == 1
        assert len(body.encode()) <= MOST_BYTES
    blocks = Page(to_html(hostile[0])).blocks
    for row in review.rows:
        assert blocks.count(chat_text(row.conversation, policy.excerpt_characters) + "\n") == (not row.blocks)


@settings(derandomize=True, max_examples=CASES["cut reviews"], deadline=None)
@given(texts=st.lists(HOSTILE, min_size=12, max_size=12), scale=st.sampled_from([1, 20, 400]), rows=st.integers(8, 60))
def test_a_review_that_is_cut_is_balanced_and_within_the_limit(build, texts, scale, rows):
    cases["cut reviews"] += 1
    policy = build.rulebook.policy.review
    text = [f"x{part.encode('utf-8', 'replace').decode()}" * scale for part in texts]
    chats = [build.chat(f"{index}{text[0]}", text[1], text[2], text[3]) for index in range(rows)]
    flags = [f"{index}{flag}"[:200] for index, flag in enumerate(text[4:7])]
    answers = [build.judged(chat, 5, *flags, judge=f"j{text[7]}"[:200]) for chat in chats]
    findings = [
        Finding("S1", "rule", level, Location(visible(text[8], 300), line, text[9][:160]), text[10], text[11])
        for level, line in ((Level.WARNING, 2), (Level.ERROR, 3), *[(Level.ERROR, None)] * 40)
    ]
    others = [Other("rating", text[8], line, (("reason", text[9]),), ()) for line in range(40)]
    review = build.review(chats=chats, answers=answers, findings=findings)
    object.__setattr__(review, "others", tuple(others))
    for body in bodies(review, policy):
        page = Page(to_html(body))
        assert len(body.encode()) <= MOST_BYTES
        assert page.unbalanced == page.open == []
        assert page.frame.count("<details []>") == page.frame.count("</details>") == page.frame.count("<summary []>")
        assert len(page.comments) == body.count("<!-- selfsown:") == 1
        assert page.frame.count("<h3 []>") == body.startswith(MARKER)
        kinds = {re.sub(r"[ >].*", "", part, flags=re.DOTALL) for part in page.frame if re.match(r"</?\w", part)}
        assert not kinds & {"<img", "<a", "<h1", "<h2", "<script", "<input", "<del", "<em", "<blockquote", "<section"}


# -- logs --------------------------------------------------------------------------------------------------------------


def commands(text: str) -> list[str]:
    """The lines that the runner of a workflow takes for commands (ActionCommand.cs: TryParseV2 and TryParse)."""
    lines = re.split("\r\n|\r|\n", text)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@settings(derandomize=True, max_examples=CASES["terminals"], deadline=None)
@given(texts=TWENTY_FOUR, width=st.sampled_from([20, 40, 80, 200]))
def test_no_line_of_the_terminal_is_a_command_of_a_workflow(nasty_review, texts, width):
    cases["terminals"] += 1
    console = Console(file=io.StringIO(), width=width, highlight=False, soft_wrap=True)
    console.print(render_terminal(nasty_review(texts)), soft_wrap=False)
    assert commands(console.file.getvalue()) == []


@pytest.mark.parametrize("width", range(20, 60))
def test_wrapping_brings_no_command_to_the_beginning_of_a_line(nasty_review, width):
    console = Console(file=io.StringIO(), width=width, highlight=False, soft_wrap=True)
    console.print(render_terminal(nasty_review(["word ::error::x " * 9] * 24)), soft_wrap=False)
    text = console.file.getvalue()
    assert commands(text) == []
    assert re.search(r"^\W* ::error", text, re.MULTILINE)


@settings(derandomize=True, max_examples=CASES["annotations"], deadline=None)
@given(path=HOSTILE, field=HOSTILE, message=HOSTILE, tip=HOSTILE)
def test_an_annotation_is_one_command_and_ours(path, field, message, tip):
    cases["annotations"] += 1
    shown = [visible(text, 300) for text in (path, field, message, tip)]
    finding = Finding("S305", "hidden-characters", Level.ERROR, Location(shown[0], 3, shown[1]), shown[2], shown[3])
    line = render_annotation(finding)
    assert "\n" not in line
    assert "\r" not in line
    properties, _, said = line.removeprefix("::error ").partition("::")
    listed = [part.partition("=") for part in properties.split(",")]
    assert [name for name, _, _ in listed] == ["file", "line", "title"]
    assert listed[1][2] == "3"
    assert said.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%").endswith(f"Tip: {shown[3]}.")
    assert commands(harmless(render_finding(finding))) == []


def test_at_least_ten_thousand_texts_go_through_the_parser():
    assert sum(number for what, number in CASES.items() if what not in ("terminals", "annotations")) >= 10_000
