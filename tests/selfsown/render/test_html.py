"""The page holds exactly the escaped text, and no element, attribute or script of anybody but ours."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.render.html import render_html
from selfsown.render.inert import visible

SNIPPETS = [
    "<",
    ">",
    "&",
    '"',
    "'",
    "</div>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "-->",
    "<!--",
    "]]>",
    "</script>",
    "</style>",
    "</title>",
    "&lt;",
    "&#x3c;",
    "{{ 7*7 }}",
    "{% x %}",
    "\n",
    "\r",
    "\x00",
    "\u202e",
    "\ud800",
    "javascript:alert(1)",
    "\u2028",
    "\t",
    " ",
    "`",
    "</textarea>",
    "<svg/onload=alert(1)>",
    "\ufeff",
    "\ufdd0",
]
HOSTILE = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=6), max_size=8).map("".join)


class Page(HTMLParser):
    """Elements with attributes, the text of each, and the text of the turns."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.comments = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))
        kind = dict(attrs).get("class") or tag
        self.inside.append(kind)
        self.texts.setdefault(kind, []).append("")
        if tag in ("meta", "br", "rect"):
            self.inside.pop()

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))

    def handle_endtag(self, _):
        self.inside.pop()

    def handle_data(self, data):
        if self.inside:
            self.texts[self.inside[-1]][-1] += data

    def handle_comment(self, _):
        self.comments += 1


@settings(derandomize=True, max_examples=100, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=24, max_size=24))
def test_hostile_text_adds_no_element_attribute_or_comment(nasty_review, texts):
    plain = Page(render_html(nasty_review(["a"] * 24)))
    review = nasty_review(texts)
    text = render_html(review)
    page = Page(text)
    assert page.elements == plain.elements
    assert page.comments == 0
    assert page.texts["script"] == plain.texts["script"]
    assert page.inside == []
    expected = [visible(turn.content, 70_000, keep="\n\t") for row in review.rows for turn in row.conversation.turns]
    assert page.texts["text"] == expected
    text.encode("utf-8")


def test_the_policy_names_exactly_this_style_and_this_script(nasty_review):
    page = Page(render_html(nasty_review(["a"] * 24)))
    (policy,) = (dict(attrs)["content"] for tag, attrs in page.elements if "http-equiv" in dict(attrs))
    assert policy.startswith("default-src 'none'; ")
    for name in ("style", "script"):
        (text,) = page.texts[name]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_the_page_loads_nothing_and_runs_nothing_from_attributes(nasty_review):
    page = Page(render_html(nasty_review(["a"] * 24)))
    assert not {"img", "link", "iframe", "object", "form", "base"} & {tag for tag, _ in page.elements}
    names = {name for _, attrs in page.elements for name, _ in attrs}
    assert not {name for name in names if name.startswith("on") or name in ("src", "style", "srcdoc", "action")}
    assert [value for _, attrs in page.elements for name, value in attrs if name == "href"] == ["#main"]


def test_scores_are_told_in_words_and_doubtful_conversations_stand_open(build):
    chats = [build.chat("first?", "an answer"), build.chat("second?", "an answer")]
    page = Page(
        render_html(build.review(chats=chats, answers=[build.judged(chats[0], 9), build.judged(chats[1], 2, "odd")]))
    )
    cards = [dict(attrs) for tag, attrs in page.elements if tag == "details"]
    assert [(card["data-kind"], "open" in card) for card in cards] == [("against", True), ("recommend", False)]
    assert page.texts["chip against"] == [" advise against"]
    assert page.texts["b"] == ["2.0", "9.0"]
    assert page.texts["share"][:5] == ["20 %"] * 5
    assert page.texts["li"] == [
        "1 conversation scored low or in between, carried a flag, or divided the judges.",
        "odd",
    ]


def test_a_long_turn_is_whole_and_can_be_scrolled_by_keyboard(build):
    page = Page(render_html(build.review(chats=[build.chat("why?", "x" * 60_000)])))
    assert page.texts["text"][1] == "x" * 60_000
    assert ("div", (("class", "text"), ("dir", "auto"), ("tabindex", "0"))) in page.elements


def test_an_empty_submission_has_a_page(build):
    assert "There are no conversations to read" in render_html(build.review())
