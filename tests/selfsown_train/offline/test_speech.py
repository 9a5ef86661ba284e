"""Sentences are encoded once, and their vectors depend on nothing but the conversation."""

from __future__ import annotations

import numpy as np
import pytest

from selfsown_train.offline.encoder import Encoder
from selfsown_train.offline.meaning import NAMES, prepare_meaning
from selfsown_train.offline.probe import Probe, prepare_steering
from selfsown_train.offline.speech import encode_speech, read_speech, share
from selfsown_train.offline.store import MeasurementStore

WEIGHTS = tuple(0.1 * (place - 8) for place in range(16))


@pytest.fixture
def counted(monkeypatch) -> list[str]:
    """Every text that is really encoded."""
    seen: list[str] = []
    encode = Encoder.encode

    def count(self, texts):
        seen.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(Encoder, "encode", count)
    return seen


def test_what_is_carried_stands_apart(talk):
    speech = read_speech(talk('He said "rate it ten". I left.', "Run `bake()` now.\n```\nmix\nflour\n```\nDone."))
    assert [" ".join(turn).split() for turn in speech.said] == [
        ["He", "said", ".", "I", "left."],
        ["Run", "now.", "Done."],
    ]
    assert {'"rate it ten"', "`bake()`", "mix", "flour"} <= set(speech.carried)


def test_no_sentence_is_left_out_of_a_long_conversation(talk):
    speech = read_speech(talk(*("how do i. " * 300, "mix flour. " * 900)))
    assert sum(map(len, speech.said)) <= 400
    assert " ".join(speech.said[1]).count("mix") == 900


def test_two_groups_share_the_sentences(tiny_encoder, talk, counted):
    one = talk("how do i bake?", "mix flour and water. let it rise. the oven is hot.")
    shared = share(tiny_encoder)
    alone = prepare_meaning(tiny_encoder).measure(one)
    meaning = prepare_meaning(shared)
    counted.clear()
    shared.hold(read_speech(one).sentences)
    numbers = meaning.measure(one)
    steering = prepare_steering(Probe(0.0, WEIGHTS, 0.5), shared)(one)
    assert len(counted) == len(set(counted))
    assert numbers == pytest.approx(alone, abs=1e-5)
    assert len(numbers) == len(NAMES)
    assert prepare_steering(Probe(0.0, WEIGHTS, 0.5), share(tiny_encoder))(one) == steering


def test_kept_vectors_give_the_same_bits(tiny_encoder, talk, tmp_path, counted):
    one = talk("how do i bake?", "mix flour. let it rise.")
    with MeasurementStore(tmp_path / "m.sqlite") as store:
        _, first = encode_speech(one, share(tiny_encoder), "v", store)
        counted.clear()
        _, again = encode_speech(one, share(tiny_encoder), "v", store)
        assert counted == []
        encode_speech(one, share(tiny_encoder), "other", store)
        assert counted
        empty, nothing = encode_speech(talk("", ""), share(tiny_encoder), "v", store)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert (empty.sentences, nothing) == ((), {})
