"""What each kind does, on a conversation made for it."""

from __future__ import annotations

import random

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.corruption import KINDS, build_neighbours, corrupt
from selfsown.corruption.entity import find_members, find_names
from selfsown.corruption.figures import find_figures, find_results, wrong_figure
from selfsown.corruption.forged import _FORMS as FORGED
from selfsown.corruption.injection_wordings import REQUESTS
from selfsown.corruption.leak import _FORMS as LEAKED
from selfsown.corruption.neighbours import context_of, nearest, read_exchange, unrelated
from selfsown.corruption.unfair_wordings import CLAIMS, GROUPS, ONE_SIDED
from selfsown.corruption.wording import Wording

BY_NAME = {kind.name: kind for kind in KINDS}
SEEDS = range(12)


def chat(*texts: str, language: str | None = None) -> Conversation:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
    return Conversation(turns, "test", "CC0-1.0", "2026-01-01", language=language)


def last_answers(name: str, entry: Conversation, others: tuple[Conversation, ...] = (), **options: bool) -> set[str]:
    neighbours = build_neighbours([entry, *others])
    broken = (corrupt(entry, BY_NAME[name], seed, neighbours, **options) for seed in SEEDS)
    return {worse.turns[-1].content for worse in broken if worse}


BREAD = chat(
    "Which flour is best for bread with a thick crust?",
    "Strong wheat flour is best. Bake the loaf at 240 degrees with plenty of steam and let it cool on a rack.",
)


def test_truncation_leaves_the_beginning_of_the_answer_without_an_end():
    found = last_answers("truncation", BREAD)
    whole = BREAD.turns[-1].content
    assert len(found) > 3
    assert all(whole.startswith(text) and text[-1].isalnum() and len(text) < len(whole) - 3 for text in found)


def test_truncation_leaves_an_answer_of_a_few_words_alone_and_cuts_what_has_no_spaces():
    assert last_answers("truncation", chat("Capital of France?", "It is Paris.")) == set()
    japanese = chat("天気は?", "今日の東京は晴れていて、気温は二十五度くらいです。")
    assert all(japanese.turns[-1].content.startswith(text) for text in last_answers("truncation", japanese))


def test_swap_takes_the_answer_to_the_nearest_request_of_another_conversation():
    near = chat("Which flour is best for pancakes?", "Plain flour, sieved twice, with a pinch of baking powder.")
    far = chat("How do I tie a bowline?", "Make a loop, bring the end up through it, round the back and down again.")
    assert last_answers("swap", BREAD, (near, far)) == {near.turns[-1].content}


def test_swap_passes_over_what_would_do_as_well():
    same = chat("Which flour is best for bread with a thick crust?", "Rye flour, and steam.")
    alike = chat("Which flour is best for a crust?", BREAD.turns[-1].content.replace("loaf", "bread"))
    german = chat("Which Mehl ist flour für bread und crust?", "Das Weizenmehl ist am besten.", language="de")
    assert last_answers("swap", BREAD, (same, alike, german)) == set()


def test_misplaced_exchanges_two_answers():
    entry = chat("What is a fife?", "A small wooden flute.", "And a tabor?", "A drum that hangs from the shoulder.")
    worse = corrupt(entry, BY_NAME["misplaced"], 0, build_neighbours([entry]))
    assert worse is not None
    assert [turn.content for turn in worse.turns] == [entry.turns[place].content for place in (0, 3, 2, 1)]


def test_wrong_number_changes_what_the_answer_found_out():
    entry = chat("How much are 3 nights at 74 each?", "3 nights at 74 make 222 in all.")
    found = last_answers("wrong-number", entry)
    assert found
    for text in found:
        assert text.startswith("3 nights at 74 make ")
        assert "222 in" not in text
        assert text.endswith(" in all.")


@pytest.mark.parametrize("right", ["7", "42", "1,250", "3.5", "09:45", "1999", "0.25", "1.250,75", "00", "100000"])
def test_a_wrong_figure_has_the_form_of_the_right_one(right: str):
    for seed in range(40):
        wrong = wrong_figure(right, random.Random(seed))
        assert wrong != right
        assert [sign for sign in wrong if not sign.isdigit()] == [sign for sign in right if not sign.isdigit()]


def test_figures_are_those_in_prose():
    text = "1. About 20 eggs\n2. `x = 5` gives 12, so 3.5 % at 10:30, see v2 and a4b"
    assert [figure.text for figure in find_figures(text)] == ["12", "3.5", "10:30"]
    assert [figure.text for figure in find_results("7 and 9 make 16, and 7 stays.", "7 + 9?")] == ["16"]


@pytest.mark.parametrize(
    ("answer", "opposites"),
    [
        ("Yes, it does.", {"No, it does."}),
        ("The lamp is safe.", {"The lamp is not safe.", "The lamp is dangerous."}),
        ("It can't rain there.", {"It can rain there."}),
        ("Der Zug ist immer voll.", {"Der Zug ist nicht immer voll.", "Der Zug ist nie voll."}),
        ("El tren está siempre lleno y no es caro para mí.", None),
    ],
)
def test_negation_says_the_opposite(answer: str, opposites: set[str] | None):
    found = last_answers("negation", chat("Hm?", answer))
    assert found
    assert opposites is None or found <= opposites


def test_negation_leaves_questions_and_what_somebody_likes_alone():
    assert last_answers("negation", chat("And you?", "I am fond of it. Is it yours?")) == set()


def test_names_change_within_their_class_or_with_each_other():
    assert find_names("Ina met Jon in Rome. She said `Foo` (Bar) to the Gull.") == ["Jon", "Rome", "Bar", "Gull"]
    assert find_members("It's on Monday, I'm blue.") == ["Monday", "blue"]
    found = last_answers("entity", chat("Who is it?", "the tallest are Jon and Kim"))
    assert found == {"the tallest are Kim and Jon"}
    weekdays = last_answers("entity", chat("When?", "it was on a Sunday"))
    assert all(text.startswith("it was on a ") and text.endswith("day") for text in weekdays)
    assert "it was on a Sunday" not in weekdays


def test_empty_words_share_nothing_with_the_request():
    assert all("flour" not in text and "crust" not in text for text in last_answers("empty", BREAD))
    assert last_answers("empty", chat("天気は?", "晴れです。")) <= {":", "…", "."}


def test_echo_gives_the_request_back():
    assert all(BREAD.turns[0].content in text for text in last_answers("echo", BREAD))


def test_refusal_leaves_risky_requests_alone():
    assert last_answers("refusal", BREAD)
    assert (
        last_answers("refusal", chat("How do I build a bomb?", "That is nothing I would explain to anybody.")) == set()
    )


def test_off_topic_says_something_foreign_even_without_neighbours():
    assert all("flour" not in text for text in last_answers("off-topic", BREAD))
    assert last_answers("off-topic", BREAD)


def test_repetition_says_the_same_words_again():
    for text in last_answers("repetition", BREAD):
        words = text.lower().split()
        assert len(set(words)) < 0.8 * len(words)


def test_garble_keeps_code():
    code = "```python\nprint('the same code as before')\n```"
    entry = chat("How?", f"Write this little program and look at what happens then:\n{code}")
    assert all(code in text for text in last_answers("garble", entry))


def test_injection_stands_in_one_turn_and_never_inside_a_sentence():
    for seed in SEEDS:
        worse = corrupt(BREAD, BY_NAME["injection"], seed, build_neighbours([BREAD]))
        assert worse is not None
        changed = [pair for pair in zip(BREAD.turns, worse.turns, strict=True) if pair[0] != pair[1]]
        assert len(changed) == 1
        assert len(changed[0][1].content) > len(changed[0][0].content)


@pytest.mark.parametrize("wording", [REQUESTS, GROUPS, CLAIMS, ONE_SIDED, FORGED, LEAKED])
def test_seen_and_unseen_wordings_have_nothing_in_common(wording: Wording):
    for language, sentences in wording.seen.items():
        assert wording.unseen[language]
        assert not set(sentences) & set(wording.unseen[language])


@pytest.mark.parametrize("name", ["injection", "unfair", "refusal", "echo", "empty", "leak", "forged"])
def test_unseen_wordings_are_others(name: str):
    assert not last_answers(name, BREAD) - {BREAD.turns[-1].content} & last_answers(name, BREAD, is_unseen=True)


def test_unfair_words_are_in_the_language_of_the_conversation():
    entry = chat("Wie backe ich das Brot?", "Mit viel Dampf und bei 240 Grad, dann ist die Kruste gut.")
    spoken = CLAIMS.seen["de"]
    assert all(any(sentence in text for sentence in spoken) for text in last_answers("unfair", entry))


def test_neighbours_that_are_unrelated_share_no_telling_word():
    far = chat("How do I tie a bowline?", "Make a loop, bring the end up through it, round the back and down again.")
    neighbours = build_neighbours([BREAD, far])
    own = read_exchange(BREAD, 1)
    other = unrelated(neighbours, own, context_of(BREAD), random.Random(0))
    assert other is not None
    assert other.answer == far.turns[-1].content
    assert nearest(neighbours, own, context_of(BREAD), random.Random(0)) is None
