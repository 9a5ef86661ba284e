"""The page in a real browser: what people read, choose, say, stop, end and withdraw, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from selfsown.conversation import Turn
from selfsown.outbox.entry import State

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}
Open = Callable[..., Any]


def until(truth: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not (found := truth()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)
    return found


def entries(scene: Any) -> list[Any]:
    return list(scene.outbox.find(*State))


def words(page: Any) -> str:
    return " ".join(page.locator("body").inner_text().split())


def test_the_first_screen_says_what_happens_and_both_choices_are_off(scene, open_window: Open):
    window = open_window()
    shown = words(window.page)
    for fact in ("CC0-1.0", scene.rulebook.rubric.question, "60 minutes", "7 of 10", "is not anonymity", "for ever"):
        assert fact in shown
    link = window.page.get_by_role("link", name="git.example/garden/selfsown")
    assert link.get_attribute("href") == "https://git.example/garden/selfsown"
    assert link.get_attribute("rel") == "noopener noreferrer"
    publish, train = (window.page.locator(f"#so-{name}-first input") for name in ("publish", "train"))
    assert not publish.is_checked()
    assert not train.is_checked()
    assert train.is_disabled()
    publish.check()
    window.page.locator("#so-train-first input:enabled").check()
    publish.uncheck()
    window.page.locator("#so-train-first input:disabled").wait_for()
    assert not train.is_checked()


def test_an_answer_grows_and_stop_ends_it(scene, open_window: Open):
    window = open_window()
    window.start()
    window.send("story please")
    first = until(lambda: window.answer() if len(window.answer()) > 40 else "")
    second = until(lambda: window.answer() if len(window.answer()) > len(first) else "")
    assert second.startswith(first)
    window.page.locator("#so-stop").click()
    cut = window.wait()
    assert len(cut) < 500
    assert "breaks off" in words(window.page)
    time.sleep(0.3)
    assert window.answer() == cut
    window.page.locator("#so-retry").click()
    window.page.locator("#so-stop").wait_for()
    window.page.keyboard.press("Escape")
    assert "breaks off" in (window.wait() and words(window.page))
    assert [entry for entry in entries(scene) if entry.state is State.DRAFT] == []


def test_from_consent_to_withdrawal(scene, open_window: Open):
    window = open_window()
    window.start(publish=True, train=True)
    assert "may be published under CC0-1.0, and train" in words(window.page)
    answer = window.say("How do beans grow? My name is Ada, mail ada@garden-club.org")
    assert "A bean needs water" in answer
    draft = until(lambda: [entry for entry in entries(scene) if entry.state is State.DRAFT])[-1]
    assert (draft.consent.publish, draft.consent.train) == (True, True)
    told = window.end()
    assert scene.rulebook.rubric.question in told
    assert "8.5" in told
    assert "The model decides" in told
    assert all(entry.question in told for entry in scene.rulebook.rubric.criteria)
    said, published = (window.page.locator(".so-columns section").nth(place).inner_text() for place in (0, 1))
    assert "ada@garden-club.org" in said
    assert "ada@garden-club.org" not in published
    assert "[e-mail address]" in published
    assert "Ada" in window.page.locator("mark.so-warned").first.inner_text()
    assert window.page.locator("mark.so-masked").count() == 2
    kept = scene.outbox.read(draft.key)
    assert kept.state is State.SCREENED
    assert [turn.content in published for turn in kept.conversation.turns] == [True, True]
    window.page.get_by_text("The whole record").click()
    assert kept.conversation.id in window.page.locator("#so-close pre").inner_text()
    assert window.page.locator("#so-code").inner_text() == scene.outbox.code(draft.key)
    window.page.locator("#so-withdraw").click()
    window.page.get_by_text("Withdrawn: nothing of it").wait_for()
    assert "bean" not in window.told()
    assert "It is kept" not in window.told()
    gone = scene.outbox.read(draft.key)
    assert (gone.state, gone.conversation) == (State.WITHDRAWN, None)


def test_a_code_takes_a_conversation_back_later(scene, open_window: Open):
    window = open_window()
    window.start(publish=True)
    window.say("When do I sow beans?")
    window.end()
    code = window.page.locator("#so-code").inner_text()
    window.page.locator("#so-again").click()
    window.page.locator("#so-begin").wait_for()
    assert not window.page.locator("#so-publish-first input").is_checked()
    window.page.get_by_text("Take a conversation back").click()
    for typed, sentence in (
        ("AAAAA-BBBBB", "No conversation has this code"),
        (code.lower(), "Withdrawn: nothing of it"),
    ):
        window.page.locator("#so-code-box input, #so-code-box textarea").fill(typed)
        window.page.locator("#so-take-back").click()
        window.page.get_by_text(sentence).wait_for()
    assert scene.outbox.read(scene.outbox.find_code(code)).state is State.WITHDRAWN


def test_without_consent_nothing_is_written_and_one_can_still_agree(scene, open_window: Open):
    before = {entry.key for entry in entries(scene)}
    window = open_window()
    window.start()
    window.say("Do beans like shade?")
    assert {entry.key for entry in entries(scene)} == before
    told = window.end()
    assert "you did not agree" in told
    assert {entry.key for entry in entries(scene)} == before
    window.page.locator("#so-publish-late input").check()
    window.page.locator("#so-keep").click()
    window.page.locator("#so-code").wait_for()
    (new,) = [entry for entry in entries(scene) if entry.key not in before]
    assert new.state is State.SCREENED
    assert (new.consent.publish, new.consent.train) == (True, False)


def test_a_poor_conversation_is_not_kept(scene, open_window: Open):
    window = open_window()
    window.start(publish=True)
    window.say("poor little bean")
    told = window.end()
    assert "rated 2.5 of 10" in told
    assert not window.page.locator("#so-withdraw").is_visible()


def test_two_people_side_by_side_see_only_their_own(scene, open_window: Open):
    ada, bert = open_window(), open_window()
    ada.start(publish=True)
    bert.start()
    ada.send("story of ada")
    bert.send("apples for bert")
    assert "apples" in bert.wait()
    ada.page.locator("#so-stop").click()
    ada.wait()
    assert "apples" in bert.say("apples again")
    assert "apples" in ada.say("pears and apples for ada")
    assert "ada" not in words(bert.page)
    assert "bert" not in words(ada.page)
    bert.end()
    assert ada.page.locator("#so-box textarea").is_visible()


def test_what_the_model_says_stays_text_and_the_browser_keeps_nothing(scene, open_window: Open):
    window = open_window()
    window.start()
    said = window.say("hostile please")
    wanted = scene.talker.say((Turn("user", "hostile please"),), scene.talker.asked[-1][1])
    assert said == wanted
    bubble = window.page.locator("#so-log [data-testid=bot]").last
    assert bubble.locator("img, script, a, b, code, iframe, .katex").count() == 0
    kept = window.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "hostile" not in kept
    names = window.page.evaluate("indexedDB.databases().then(found => found.map(one => one.name))")
    assert [name for name in names if re.search("gradio|run", name)] == []
    window.end()
    shown = window.page.locator("#so-close")
    window.page.get_by_text("The whole record").click()
    assert "${7*7}" in window.page.locator("#so-close pre").inner_text()
    assert shown.locator("img, script, a, iframe, .so-words b").count() == 0


def test_a_failure_is_told_and_the_words_come_back(scene, open_window: Open):
    window = open_window()
    window.start()
    window.type("fail please")
    window.page.get_by_text("The model lost its thread").wait_for()
    window.page.locator("#so-send").wait_for()
    assert window.page.locator("#so-box textarea").input_value() == "fail please"
    assert "You asked: beans" in window.say("beans")
    assert window.page.locator("#so-log [data-testid=user]").count() == 1


def test_closing_the_page_ends_the_chat(scene, open_window: Open):
    window = open_window()
    window.start(publish=True)
    window.say("Are beans fruits?")
    draft = next(entry for entry in entries(scene) if entry.state is State.DRAFT and not entry.ended)
    window.page.close()
    until(lambda: scene.outbox.read(draft.key).ended)
    scene.service.end_idle()
    assert scene.outbox.read(draft.key).state is State.SCREENED


def test_the_keyboard_alone_is_enough(scene, open_window: Open):
    window = open_window()
    keys, seen = window.page.keyboard, []

    def tab_to(name: str) -> None:
        for _ in range(14):
            keys.press("Tab")
            seen.append(window.focus())
            if name in window.focus():
                return
        raise AssertionError(f"{name} is not reached: {seen}")

    tab_to("so-publish-first")
    keys.press("Space")
    window.page.locator("#so-train-first input:enabled").wait_for()
    tab_to("so-train-first")
    tab_to("so-begin")
    keys.press("Enter")
    until(lambda: "so-box" in window.focus())
    keys.type(["beans", "please"][0])
    keys.press("Shift+Enter")
    keys.type("please")
    keys.press("Enter")
    window.page.locator("#so-log [data-testid=user]").wait_for()
    window.wait()
    until(lambda: "so-box" in window.focus())
    assert window.page.locator("#so-log [data-testid=user]").last.inner_text() == "beans\nplease"
    for name in ("so-send", "so-retry", "so-end"):
        tab_to(name)
    keys.press("Enter")
    window.page.locator("#so-ending-title").wait_for()
    until(lambda: window.focus() == "so-ending-title")
    tab_to("so-withdraw")
    keys.press("Enter")
    until(lambda: window.focus() == "so-again")
    keys.press("Enter")
    until(lambda: "so-publish-first" in window.focus())


CONTRAST = """() => {
  const number = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = number(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('h1, h2, h3, p, li, button, label span, summary, .so-pill, .so-badge, .so-small')) {
    if (!e.offsetParent || !e.innerText || e.disabled || e.closest('.disabled')) continue;
    const a = light(number(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([e.innerText.slice(0, 40), ratio]);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everything_fits_and_words_stand_out(scene, open_window: Open, scheme: str):
    window = open_window(PHONE, has_touch=True, color_scheme=scheme)
    width = "document.documentElement.scrollWidth"
    assert window.page.evaluate(width) <= PHONE["width"]
    assert window.page.evaluate(CONTRAST) == []
    window.start(publish=True)
    window.say("beans, and mail me at ada@garden-club.org " + "x" * 60)
    assert window.page.evaluate(width) <= PHONE["width"]
    assert window.page.evaluate(CONTRAST) == []
    assert window.page.locator("#so-send").bounding_box()["y"] < PHONE["height"]
    low = "[...document.querySelectorAll('button')].filter(b => b.offsetParent && b.offsetHeight < 36).length"
    assert window.page.evaluate(low.replace("'button'", "'#so-talk > button, #so-say button, #so-more button'")) == 0
    window.end()
    assert window.page.evaluate(width) <= PHONE["width"]
    assert window.page.evaluate(CONTRAST) == []


def test_what_readers_of_the_screen_are_told(scene, open_window: Open):
    window = open_window()
    window.start()
    log = window.page.get_by_role("log")
    assert log.get_attribute("aria-label") == "Conversation"
    assert log.get_attribute("aria-live") == "polite"
    window.send("story please")
    until(lambda: log.get_attribute("aria-busy") == "true")
    window.page.locator("#so-stop").click()
    window.wait()
    until(lambda: log.get_attribute("aria-busy") == "false")
    bubble = window.page.locator("#so-log [data-testid=bot]").last
    assert (bubble.get_attribute("aria-label"), bubble.get_attribute("dir")) == ("Model", "auto")
    assert window.page.get_by_label("Your message").count() == 1
    unnamed = window.page.evaluate(
        "[...document.querySelectorAll('button, input, textarea')].filter(e => e.offsetParent"
        " && !e.innerText && !e.getAttribute('aria-label') && !(e.labels && e.labels.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []
