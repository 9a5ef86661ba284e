"""The page's own HTML: text stays text, marks stand where they were seen, and nothing is left for a template language."""

from __future__ import annotations

from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement
from selfsown.rulebook import Rulebook
from selfsown.screening import Action, Screened, Sighting
from selfsown.self_rating import SelfRating
from selfsown.serving.ending import Ending
from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_render import Span, render_ending, render_note, render_standing, render_start, split_turn
from selfsown.serving.page_steps import show
from selfsown.serving.visits import Visits

HOSTILE = "<img src=x onerror=alert(1)> ${1+1} {{2+2}} `x`"


def facts(rulebook: Rulebook, repository: str = "") -> PageFacts:
    return PageFacts("round 0007", "CC0-1.0", repository, rulebook.rubric, rulebook.policy.chat)


def ending(rulebook: Rulebook, text: str, *sightings: Sighting) -> Ending:
    said = Conversation((Turn("user", text), Turn("assistant", "Yes.")), "web", "CC0-1.0", "2026-11-21")
    judged = Judgement(
        said.id, "own", rulebook.rubric.digest, dict.fromkeys(("answers", "form"), 0.5), 6.4, ("<b>odd</b>",)
    )
    kinds = tuple(sorted({one.kind for one in sightings}))
    screened = Screened(said, sightings, "", kinds)
    return Ending(SelfRating(judged, judged, None), screened, True, "It is kept.", "ABCDE", said)


def test_marks_stand_where_something_was_seen():
    text = "call 555 or write"
    found = split_turn(text, [Sighting("number", 0, 5, 8, Action.MASK), Sighting("verb", 0, 12, 17, Action.WARN)])
    assert found == [Span("call "), Span("555", "number", True), Span(" or "), Span("write", "verb")]
    assert "".join(span.text for span in found) == text


def test_marks_that_overlap_or_do_not_fit_lose_no_text():
    text = "abcdef"
    odd = [
        Sighting("a", 0, 0, 3, Action.MASK),
        Sighting("b", 0, 2, 5, Action.MASK),
        Sighting("c", 0, 4, 99, Action.MASK),
    ]
    assert "".join(span.text for span in split_turn(text, odd)) == text
    assert split_turn(text, [Sighting("whole", 0, 0, 0, Action.REFUSE)]) == [Span(text, "whole", True)]


def test_what_was_said_is_text_and_no_template(rulebook: Rulebook):
    shown = render_ending(facts(rulebook), ending(rulebook, HOSTILE))
    for live in ("<img", "${", "{{", "`", "<b>odd"):
        assert live not in shown
    assert "&lt;img src=x" in shown
    assert rulebook.rubric.question in shown
    assert "ABCDE" in shown


def test_masked_and_published_stand_beside_each_other(rulebook: Rulebook):
    shown = render_ending(
        facts(rulebook), ending(rulebook, "me@x.org", Sighting("e-mail address", 0, 0, 8, Action.MASK))
    )
    assert '<mark class="so-masked"><span class="so-seen">me@x.org</span>' in shown
    assert "As it was said" in shown
    assert "As it is published" in shown


def test_the_first_screen_does_without_an_address(rulebook: Rulebook):
    assert "href" not in render_start(facts(rulebook))
    assert 'href="https://git.example/a/b"' in render_start(facts(rulebook, "https://git.example/a/b"))


def test_notes_and_standing_are_escaped(rulebook: Rulebook):
    assert "&lt;i&gt;" in render_note("<i>", is_problem=True)
    assert "&lt;i&gt;" in render_standing(facts(rulebook), "", "<i>", publish=True, train=False)


def test_bubbles_are_escaped_and_keep_their_indentation():
    (shown,) = show([Turn("assistant", "  <b>&")])
    assert shown["content"] == [{"type": "text", "text": "  &lt;b&gt;&amp;"}]


def test_a_tab_that_comes_back_keeps_its_chat():
    left: list[str] = []
    visits = Visits(left.append, grace=0.05)
    for session in ("a", "b", "c"):
        visits.begin(session, f"chat of {session}")
        visits.depart(session)
    visits.come_back("a")
    visits.forget("c")
    timer = next(iter(visits._departing.values()))
    timer.join(5)
    assert left == ["chat of b"]
    visits.depart("b")
    assert visits._departing == {}


def test_tabs_that_never_leave_are_forgotten(monkeypatch):
    monkeypatch.setattr("selfsown.serving.visits._MOST", 3)
    visits = Visits(lambda _: None)
    for number in range(10):
        visits.begin(str(number), "chat")
    assert list(visits._tokens) == ["7", "8", "9"]
