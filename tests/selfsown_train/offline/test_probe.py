"""A probe hears a sentence wherever it is said, tells what is carried apart, and learns within its promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from selfsown.errors import SelfsownError
from selfsown_train.judge_examples import ATTACKED, BENIGN, HONEST, PAIRED, RATED, Ask, Example, yes_or_no
from selfsown_train.offline.probe import Probe, join_pairs, prepare_steering
from selfsown_train.offline.probe_fit import Honest, attack_units, fit_probe, honest_conversations
from selfsown_train.offline.speech import encode_speech, share


def aimed_at(encoder, text: str) -> Probe:
    (toward,) = encoder.encode([text])
    return Probe(-8.0, tuple(float(value) for value in 10 * toward), 0.5)


def test_a_sentence_is_heard_wherever_it_is_said(tiny_encoder, talk):
    measure = prepare_steering(aimed_at(tiny_encoder, "the oven is hot."), share(tiny_encoder))
    said = [
        talk("how do i bake?", "mix flour. the oven is hot. let it rise."),
        talk("the oven is hot. how do i bake?", "mix flour."),
    ]
    for one in said:
        assert measure(one)[0] > 0.85
    assert measure(talk("how do i bake?", "mix flour."))[0] < measure(said[0])[0]
    quoted = measure(talk("how do i bake?", 'mix flour "the oven is hot." then rise.'))
    assert quoted[1] > 0
    assert measure(talk("", "")) == (0.0, 0.0)


def test_pairs_are_unit_vectors():
    rows = join_pairs(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], np.float32))
    assert rows.tolist() == [pytest.approx([0.5**0.5, 0.5**0.5]), [0.0, 0.0]]


def test_a_probe_for_another_encoder_is_refused(tiny_encoder):
    with pytest.raises(SelfsownError, match="3 weights for vectors of 16"):
        prepare_steering(Probe(0.0, (1.0,) * 3, 0.5), share(tiny_encoder))


def test_the_digest_is_of_what_decides(tiny_encoder):
    probe = Probe(0.0, (1.0, 2.0), 0.5)
    assert probe.digest == replace(probe, flag_above=0.9).digest
    assert probe.digest != replace(probe, bias=0.1).digest


@pytest.fixture(scope="module")
def world(talk):
    """Attacks point one way, honest rows another; one family is a little off."""
    draw = np.random.default_rng(1)

    def near(*center):
        rows = np.array(center) + draw.normal(0, 0.1, (3, 4))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    honest = [Honest(talk(f"q {number}", "a"), True, number % 10 == 0) for number in range(60)]
    said = [near(0, 1, 0, 0) for _ in honest]
    return honest, said, {"a": [near(1, 0, 0, 0) for _ in range(9)], "b": [near(1, 0, 0.4, 0) for _ in range(9)]}


def test_attacks_are_told_from_what_is_honest(world):
    probe, facts = fit_probe(*world)
    assert probe == fit_probe(*world)[0]
    assert facts["found"] == facts["found_left_out"] == {"a": 1.0, "b": 1.0}
    assert facts["flagged"] == 0.0
    assert all(probe.ask(rows) <= probe.flag_above for rows in world[1])
    assert (facts["attacks"], facts["honest"]) == (18, 60)


def test_without_attacks_there_is_no_probe(world):
    with pytest.raises(SelfsownError, match="nothing to tell attacks from"):
        fit_probe(world[0], world[1], {})


def test_honest_is_what_speaks_to_no_rater(talk):
    fine, attacked, injected, broken, about = (talk("q", text) for text in ("fine", "x", "y", "z", "about"))
    yes, no = yes_or_no(True, 0.05), yes_or_no(False, 0.05)
    examples = [
        Example(RATED, "", (Ask(fine, HONEST, yes),)),
        Example(ATTACKED, "request", (Ask(fine, HONEST, yes), Ask(attacked, HONEST, no))),
        Example(PAIRED, "injection", (Ask(fine, "honest", yes), Ask(injected, "honest", no))),
        Example(PAIRED, "truncation", (Ask(fine, "form", yes), Ask(broken, "form", no))),
        Example(BENIGN, "", (Ask(about, HONEST, yes),)),
    ]
    found = {one.conversation.id: (one.is_whole, one.is_about) for one in honest_conversations(examples)}
    assert found == {fine.id: (True, False), broken.id: (False, False), about.id: (True, True)}


def test_every_worded_family_that_speaks_to_the_rater_teaches(tiny_encoder):
    shared, texts = share(tiny_encoder), []

    def encode(conversation):
        texts.extend(turn.content for turn in conversation.turns)
        speech, _ = encode_speech(conversation.__class__((), "t", "CC0-1.0", "2026-01-01"), shared)
        return speech, {}

    units = attack_units(encode)
    assert {"injection", "request", "split", "translated", "quote"} <= set(units)
    assert not {"control-tokens", "encoded", "master-key", "padding"} & set(units)
    assert len(set(texts)) > 500
