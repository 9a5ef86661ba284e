"""Every group gives its numbers under fixed names, finite for any conversation, and nothing is measured twice."""

from __future__ import annotations

import math

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError, UsageError
from selfsown_train.offline import meaning, seen, surface
from selfsown_train.offline.meaning import prepare_meaning
from selfsown_train.offline.measurements import GROUPS, Gauge, measure_one, names_of, open_gauges
from selfsown_train.offline.probe import Probe, prepare_steering
from selfsown_train.offline.seen import measure_seen
from selfsown_train.offline.speech import share
from selfsown_train.offline.store import MeasurementStore
from selfsown_train.offline.surface import measure_surface
from selfsown_train.offline.terms import TERMS

STRANGE = [
    (),
    ("",),
    ("hello",),
    ("", ""),
    ("how do i", "mix"),
    ("how do i", "mix", "no", "\n\n\n"),
    ("?", "。" * 50),
    ("bake", "bread " * 500, "the oven", "is hot"),
]


@pytest.fixture(scope="module")
def gauges(tiny_encoder) -> dict[str, Gauge]:
    measures = {
        "seen": measure_seen,
        "surface": measure_surface,
        "meaning": prepare_meaning(tiny_encoder).measure,
        "steering": prepare_steering(Probe(-0.5, (0.3,) * 16, 0.9), share(tiny_encoder)),
    }
    return {name: Gauge(name, name, measure) for name, measure in measures.items()}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("texts", STRANGE)
def test_any_conversation_has_every_number(gauges, talk, group, texts):
    row = gauges[group].read(talk(*texts))
    assert len(row) == len(names_of([group]))
    assert all(math.isfinite(number) for number in row)
    assert row == gauges[group].read(talk(*texts))


def test_names_are_unique_and_terms_are_among_them():
    names = names_of(GROUPS)
    assert len(set(names)) == len(names)
    assert {term.name for term in TERMS} <= set(names)
    assert len({term.name for term in TERMS}) == len(TERMS)


def test_an_unknown_group_is_named():
    with pytest.raises(UsageError, match="no group taste"):
        open_gauges(["taste"])


def test_nothing_is_measured_twice(tmp_path, talk):
    asked: list[str] = []

    def measure(conversation: Conversation) -> tuple[float, ...]:
        asked.append(conversation.id)
        return (1.0 / 3, -0.0)

    first, newer = Gauge("g", "1", measure), Gauge("g", "2", measure)
    with MeasurementStore(tmp_path / "x" / "m.sqlite") as store:
        one = measure_one(talk("a", "b"), [first], store)
    with MeasurementStore(tmp_path / "x" / "m.sqlite") as store:
        assert measure_one(talk("a", "b"), [first], store) == one == (0.333333, 0.0)
        assert len(asked) == 1
        measure_one(talk("a", "b"), [newer], store)
        measure_one(talk("a", "c"), [first], store)
    assert len(asked) == 3


def test_a_store_that_is_none_is_named(tmp_path):
    (tmp_path / "m.sqlite").write_bytes(b"not a database, and long enough to be seen as none" * 50)
    with pytest.raises(SelfsownError, match=r"m\.sqlite"):
        MeasurementStore(tmp_path / "m.sqlite")


def number(module, measure, name, conversation):
    return measure(conversation)[module.NAMES.index(name)]


@pytest.mark.parametrize(
    ("name", "request_", "answer", "expected"),
    [
        ("has_answer", "Hi", " ", 0.0),
        ("asks_back", "Hi", "What would you like to know?", 1.0),
        ("ends", "Hi", "And then we went to the", 0.0),
        ("same_language", "What is the capital of France?", "Die Hauptstadt ist Paris, und das ist nicht sehr klein.", 0.0),
        ("same_language", "What is the capital of France?", "Paris.", 1.0),
        ("same_language", "Where is the station?", "Вокзал находится в центре города.", 0.0),
        ("numbers_kept", "Add 17 and 25.", "17 and 25 make 42.", 1.0),
        ("numbers_kept", "Add 17 and 25.", "18 and 25 make 43.", 0.5),
        ("count_gap", "Give me three names for a cat.", "1. Tom\n2. Mimi\n3. Felix", 0.0),
        ("count_gap", "Give me four names for a cat.", "1. Tom\n2. Mimi", 0.5),
        ("code_missing", "Write a Python function that adds.", "Adding is easy once you know how.", 1.0),
        ("code_missing", "Write a Python function that adds.", "```python\ndef add(a, b):\n    return a + b\n```", 0.0),
        ("list_missing", "List the steps.", "There is nothing to it", 1.0),
        ("of_an_ai", "Hi", "As an AI language model, I have no name.", 1.0),
        ("refuses", "Tell me a joke", "I'm sorry, but I cannot help with that.", 1.0),
    ],
)  # fmt: skip
def test_the_surface_is_counted(talk, name, request_, answer, expected):
    assert number(surface, measure_surface, name, talk(request_, answer)) == expected


def test_only_the_last_answer_is_the_answer(talk):
    last = talk("Hi", "a b c d e f", "Bye", "See you.")
    assert number(surface, measure_surface, "words", last) == pytest.approx(math.log(3))
    system = Conversation((Turn("system", "Be brief."), *last.turns), "test", "CC0-1.0", "2026-01-01")
    assert measure_surface(system)[1] == measure_surface(last)[1]


def test_what_the_features_see_is_less_than_nothing(talk):
    clean, broken = talk("What is 2 + 2?", "2 + 2 is 4."), talk("What is 2 + 2?", "2 + 2 = 5.")
    assert number(seen, measure_seen, "seen_answers", clean) == 0.0
    assert number(seen, measure_seen, "seen_answers", broken) < -1
    assert number(seen, measure_seen, "odds_answers", broken) < number(seen, measure_seen, "odds_answers", clean)


def test_an_empty_answer_is_neutral_to_models(gauges, talk):
    row = dict(zip(meaning.NAMES, gauges["meaning"].read(talk("how do i", "")), strict=True))
    assert row["request_answer"] == row["sentence_max"] == 0.0


def test_the_packaged_encoder_tells_relevance(packaged_encoder, talk):
    gauge = prepare_meaning(packaged_encoder)
    question = "How do I keep basil alive on a window sill?"
    fine = "Give it five hours of sun and water it when the soil feels dry. Pinch off the flowers."
    rows = {
        "fine": talk(question, fine),
        "beside": talk(question, "The second half began with a penalty. The goalkeeper guessed the right corner."),
        "again": talk(question, fine, "And in winter?", fine),
    }
    found = {name: dict(zip(meaning.NAMES, gauge.measure(entry), strict=True)) for name, entry in rows.items()}
    assert found["fine"]["request_answer"] > found["beside"]["request_answer"] + 0.2
    assert found["again"]["answer_again"] == pytest.approx(1.0, abs=1e-5)
