"""What holds for every kind: it changes the conversation, keeps the rest, is repeatable, and survives any text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from selfsown.canonical import nfc
from selfsown.conversation import Conversation, Turn
from selfsown.corruption import KINDS, build_neighbours, corrupt, find_kinds, make_pairs
from selfsown.corruption.kind import CorruptionKind
from selfsown.errors import UsageError
from selfsown.rulebook import Rulebook

ROOT = Path(__file__).resolve().parents[3]
BY_NAME = {kind.name: kind for kind in KINDS}
LAST_ONLY = ("truncation", "swap", "wrong-number", "negation", "entity", "empty", "echo", "refusal")


def chat(*texts: str, language: str | None = None) -> Conversation:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
    return Conversation(turns, "test", "CC0-1.0", "2026-01-01", language=language)


CHATS = (
    chat(
        "How far is it from Aldona to Brista by train?",
        "The train from Aldona to Brista runs 140 kilometres. It always stops in Corven, and then it turns north.",
        "And how long does that take when the train stops twice?",
        "It takes 95 minutes. The second stop in Dellin is longer than the first, because the engine is changed there.",
    ),
    chat(
        "How long does the train from Corven to Brista need in winter?",
        "In winter the train needs 110 minutes, because it must wait in Fellmar until the snow plough has passed.",
    ),
    chat(
        "Which flour is best for bread with a thick crust?",
        "Strong wheat flour is best. Bake it at 240 degrees with steam, and the crust becomes thick. Let it cool on a rack.",
    ),
    chat(
        "Why do my tomato plants have yellow leaves?",
        "Mostly they lack nitrogen, or they are watered too much. Remove the lowest leaves and give compost every 14 days.",
    ),
    chat(
        "Wie viele Eier brauche ich für zwölf Waffeln?",
        "Für zwölf Waffeln sind es 4 Eier. Der Teig ist fertig, wenn er schwer vom Löffel fällt und keine Klumpen mehr hat.",
    ),
    chat("東京の天気はどうですか。", "今日の東京は晴れていて、気温は二十五度くらいです。午後は風が強くなります。"),
)
NEIGHBOURS = build_neighbours(CHATS)


def text(entry: Conversation, kind: CorruptionKind, seed: int) -> str:
    worse = corrupt(entry, kind, seed, NEIGHBOURS)
    return "" if worse is None else "\n".join(turn.content for turn in worse.turns)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_breaks_something_and_the_same_thing_every_time(kind: CorruptionKind):
    broken = [corrupt(entry, kind, seed, NEIGHBOURS) for entry in CHATS for seed in range(4)]
    again = [corrupt(entry, kind, seed, build_neighbours(CHATS)) for entry in CHATS for seed in range(4)]
    assert broken == again
    assert any(broken), "it applies to none of them"
    for entry, worse in zip((entry for entry in CHATS for _ in range(4)), broken, strict=True):
        assert worse is None or worse.turns != entry.turns


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_seed_breaks_it_in_another_way(kind: CorruptionKind):
    made = [{text(entry, kind, seed) for seed in range(8)} for entry in CHATS]
    assert max(map(len, made)) > 1 or kind.name in ("misplaced", "swap")


@pytest.mark.parametrize("name", LAST_ONLY)
def test_only_the_last_answer_is_broken(name: str):
    for seed in range(4):
        worse = corrupt(CHATS[0], BY_NAME[name], seed, NEIGHBOURS)
        assert worse is None or worse.turns[:-1] == CHATS[0].turns[:-1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_roles_stay_in_order_and_the_record_keeps_its_fields(kind: CorruptionKind):
    for entry in CHATS:
        worse = corrupt(entry, kind, 1, NEIGHBOURS)
        if worse is not None:
            assert re.fullmatch("(ua)+", "".join(turn.role[0] for turn in worse.turns))
            assert (worse.source, worse.license, worse.created) == (entry.source, entry.license, entry.created)


TEXT = st.text(max_size=60) | st.text("ab 1.9:,'\"`\n*-é。？\u0301\u200d🙂#[]{}", max_size=60)


@hypothesis_settings(max_examples=60)
@given(st.lists(TEXT, min_size=1, max_size=5), st.integers(0, 3), st.booleans())
def test_no_text_makes_a_kind_fail(texts: list[str], seed: int, is_unseen: bool):
    entry = chat(*map(nfc, texts))
    neighbours = build_neighbours([entry, *CHATS])
    for kind in KINDS:
        worse = corrupt(entry, kind, seed, neighbours, is_unseen=is_unseen)
        if worse is not None:
            assert worse.turns != entry.turns
            assert all(turn.content.strip() and turn.content == nfc(turn.content) for turn in worse.turns[len(texts) :])


@pytest.mark.parametrize("text", ["a" * 60_000, "a. " * 20_000, "`" * 9_999, "1 " * 20_000, "\n" * 9_999 + "x"])
def test_a_long_answer_takes_no_long_time(text: str):
    entry = chat("Please?", text)
    neighbours = build_neighbours([entry, *CHATS])
    for kind in KINDS:
        worse = corrupt(entry, kind, 0, neighbours)
        assert worse is None or len(worse.turns[-1].content) < 3 * len(text) + 10_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_without_neighbours_and_without_answers_nothing_fails(kind: CorruptionKind):
    empty = build_neighbours([])
    for entry in (chat("Hello?"), chat("Hello?", " "), Conversation((), "test", "CC0-1.0", "2026-01-01"), CHATS[0]):
        corrupt(entry, kind, 0, empty)


def test_every_kind_breaks_a_criterion_of_the_rubric(rulebook: Rulebook):
    names = {entry.name for entry in rulebook.rubric.criteria}
    assert {kind.criterion for kind in KINDS} == names
    assert all(set(kind.also) <= names - {kind.criterion} for kind in KINDS)


def test_two_kinds_are_held_out_and_names_are_unique():
    assert [kind.name for kind in KINDS if kind.held_out] == ["refusal", "repetition"]
    assert len(BY_NAME) == len(KINDS)


def test_kinds_are_found_by_name_and_an_unknown_one_is_named():
    assert [kind.name for kind in find_kinds(["echo", "swap"])] == ["swap", "echo"]
    with pytest.raises(UsageError, match="'frob'"):
        find_kinds(["echo", "frob"])


def test_pairs_are_drawn_anew_for_each_conversation_and_streamed():
    pairs = list(make_pairs(iter(CHATS), KINDS, 3, 2))
    assert len(pairs) == 2 * len(CHATS)
    assert all(
        pair.better.turns != pair.worse.turns and pair.criterion == BY_NAME[pair.kind].criterion for pair in pairs
    )
    assert len({pair.kind for pair in pairs}) > 4
    first = next(make_pairs(CHATS, KINDS, 3, 2, neighbours=NEIGHBOURS))
    assert first == pairs[0]


def test_the_page_tells_every_kind():
    page = (ROOT / "docs" / "corruptions.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| `")
    ]
    wanted = [
        [f"`{kind.name}`", f"`{kind.criterion}`", kind.words, "held out" if kind.held_out else ""] for kind in KINDS
    ]
    assert rows == wanted
