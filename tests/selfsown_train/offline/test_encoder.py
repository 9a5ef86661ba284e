"""Texts as unit vectors, whatever their length and neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from selfsown_train.offline.encoder import WINDOW


def test_vectors_have_length_one(tiny_encoder):
    vectors = tiny_encoder.encode(["how do i bake bread", "", "the oven is hot . " * 300])
    assert vectors.shape == (3, 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)
    assert tiny_encoder.encode([]).shape == (0, 16)


def test_neighbours_do_not_matter(tiny_encoder):
    texts = ["how do i bake bread", "mix flour and water", "let it rise " * 40]
    together = tiny_encoder.encode(texts)
    assert np.abs(together - np.concatenate([tiny_encoder.encode([text]) for text in texts])).max() < 1e-5
    assert np.array_equal(together, tiny_encoder.encode(texts))


def test_the_end_of_a_long_text_counts(tiny_encoder):
    start = "flour and water " * WINDOW
    plain, other = tiny_encoder.encode([start + "bread " * 100, start + "hot " * 100])
    assert np.abs(plain - other).max() > 1e-4


def test_control_tokens_are_text(tiny_encoder):
    (ids, _) = tiny_encoder._chunks(["bread [SEP] hot"])
    assert ids[0].count(tiny_encoder.tokenizer.sep_token_id) == 1


def test_the_packaged_encoder_knows_what_belongs_together(packaged_encoder):
    one, same, other = packaged_encoder.encode(
        ["How do I bake bread?", "Mix flour, water and yeast, and bake the loaf.", "The striker scored in injury time."]
    )
    assert one @ same > one @ other + 0.3


def test_it_is_what_its_own_library_makes_of_it(packaged_encoder):
    library = pytest.importorskip("sentence_transformers")
    texts = ["How do I bake bread?", "Un café, por favor.", "x = [i for i in range(3)]"]
    place = packaged_encoder.tokenizer.name_or_path
    expected = library.SentenceTransformer(place, device="cpu").encode(texts, normalize_embeddings=True)
    assert np.abs(packaged_encoder.encode(texts) - expected).max() < 1e-5
