"""A head is read strictly and says the same wherever it is applied."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.errors import SelfsownError
from selfsown_train.offline.head import Head, Piecewise, Question, agree, expand, read_head, write_head
from selfsown_train.offline.probe import Probe

HEAD = Head(
    format=1,
    groups=("surface",),
    versions=("0" * 12,),
    terms=(Piecewise("surface.words", (0.0, 1.0, 3.0)), Piecewise("surface.ends", (0.0, 1.0))),
    means=(0.5, 1.0, 0.5),
    scales=(0.5, 1.0, 0.5),
    questions=(Question("answers", 0.1, (1.0, -1.0, 0.5)), Question("overall", 0.0, (1.0, 0.0, 0.0))),
    provenance={"commit": "abc"},
)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "head.json"
    path.write_bytes(write_head(HEAD))
    assert read_head(path) == replace(HEAD, provenance={"commit": "abc"})
    assert read_head(path).digest == HEAD.digest
    assert write_head(read_head(path)) == path.read_bytes()


def test_a_probe_is_written_and_read(tmp_path):
    path = tmp_path / "head.json"
    steering = (Piecewise("steering.rater", (0.5, 1.0)), *HEAD.terms[1:], Piecewise("surface.words", (0.0, 1.0)))
    head = replace(HEAD, groups=("surface", "steering"), versions=("0" * 12,) * 2, terms=steering)
    path.write_bytes(write_head(head))
    with pytest.raises(SelfsownError, match="steering without a probe"):
        read_head(path)
    path.write_bytes(write_head(replace(head, probe=Probe(0.5, (1.0, -2.0), 0.75))))
    assert read_head(path).probe == Probe(0.5, (1.0, -2.0), 0.75)


def test_there_is_a_tip_where_there_is_none(tmp_path):
    with pytest.raises(SelfsownError, match="no head at") as caught:
        read_head(tmp_path / "head.json")
    assert "selfsown judge fit" in caught.value.tip


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("format",), 2, "its format is 2"),
        (("extra",), 1, "unknown key extra"),
        (("probe",), {"bias": 0.0, "weights": [1.0], "flag_above": "high"}, "flag_above must be a number"),
        (("probe",), {"bias": 0.0, "weights": [1.0], "flag_above": 0.5}, "has a probe and does not"),
        (("provenance",), "a text", "does not say what it was fitted on"),
        (("means",), [0.0], "one per column"),
        (("scales",), [0.5, 0.0, 0.5], "a scale is not positive"),
        (("versions",), [], "differ in number"),
        (("groups",), ["seen"], "a group that it does not name"),
        (("terms", 0, "knots"), [1.0, 1.0, 2.0], "they do not rise"),
        (("questions", 0, "weights"), [1.0], "one per column"),
        (("questions", 0, "name"), "overall", "answered twice"),
        (("questions", 1, "name"), "other", "does not answer overall"),
        (("questions", 0, "bias"), None, "bias must be a number"),
    ],
)
def test_a_head_that_contradicts_itself_is_refused(tmp_path, path, value, words):
    record = copy.deepcopy(json.loads(write_head(HEAD)))
    place = record
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    file = tmp_path / "head.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(SelfsownError, match=words):
        read_head(file)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format":1,"format":1}', b'{"format":NaN}', b"{" * 50])
def test_what_is_no_head_is_refused(tmp_path, content):
    (tmp_path / "head.json").write_bytes(content)
    with pytest.raises(SelfsownError, match=r"head\.json"):
        read_head(tmp_path / "head.json")


def test_pieces_are_flat_outside_their_knots():
    rows = [(value,) for value in (-5.0, 0.0, 0.5, 2.0, 3.0, 9.0)]
    columns = expand(rows, ("x",), [Piecewise("x", (0.0, 1.0, 3.0))])
    assert columns.tolist() == [[0, 0], [0, 0], [0.5, 0], [1, 1], [1, 2], [1, 2]]


def test_a_row_has_the_same_answer_alone_and_among_others():
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(50, 2)).tolist()
    together = HEAD.answer(rows, ("surface.words", "surface.ends"))
    for index, row in enumerate(rows):
        alone = HEAD.answer([row], ("surface.words", "surface.ends"))
        assert {name: values[0] for name, values in alone.items()} == {
            name: values[index] for name, values in together.items()
        }


SHARES = st.floats(0.01, 0.99)


@given(st.lists(SHARES, min_size=5, max_size=5), SHARES)
def test_criteria_agree_with_the_whole_and_keep_their_order(values, share):
    criteria = dict(zip("abcde", values, strict=True))
    found = agree(criteria, share)
    assert sum(found.values()) / 5 == pytest.approx(share, abs=1e-6)
    ranked = sorted(criteria, key=criteria.__getitem__)
    moved = [found[name] for name in ranked]
    assert moved == sorted(moved)
