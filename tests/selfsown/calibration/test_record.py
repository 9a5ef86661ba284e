"""The file of a calibration: read strictly, because a number out of range there would wave everything through."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfsown.calibration.acceptance import acceptance
from selfsown.calibration.record import CALIBRATION, Curve, Method, read_calibration
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement


@pytest.fixture
def schema(rulebook):
    return rulebook.schemas["calibration"]


@pytest.fixture
def record(build):
    return copy.deepcopy(build.calibrated.to_json())


def as_bytes(record) -> bytes:
    return json.dumps(record, indent=2).encode()


def refused(record, schema) -> str:
    content = record if isinstance(record, bytes) else as_bytes(record)
    with pytest.raises(SelfsownError, match=CALIBRATION) as caught:
        read_calibration(content, schema)
    assert "judge calibrate" in caught.value.tip
    return caught.value.message


def test_what_is_written_is_what_is_read(build, record, schema):
    found = read_calibration(as_bytes(record), schema)
    assert (found, found.digest) == (build.calibrated, build.calibrated.digest)
    assert replace(found, n=found.n + 1).digest != found.digest


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"format": 1}',
        b"\xff\xfe",
        b'{"format":1,"format":1}',
        b"[" * 100_000,
        b" " * 300_000,
    ],
)
def test_what_is_no_calibration_is_named(content, schema):
    refused(content, schema)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("format",), 2, "format"),
        (("judge",), "", "judge"),
        (("rubric",), "x" * 12, "rubric"),
        (("surprise",), 1, "surprise"),
        (("n",), -1, "n"),
        (("accepted",), 11, "accepted"),
        (("accept", "threshold"), 1.5, "accept"),
        (("accept", "errors"), 71, "contrary ratings than ratings"),
        (("accept", "n"), 161, "independent people"),
        (("accept", "threshold"), 0.1, "overlap"),
        (("positives",), 301, "more accepted than rated"),
        (("curve", "method"), "magic", "method"),
        (("curve", "inputs"), ["judge.answers"], "score alone"),
        (("curve", "knots"), [[0, 0.9], [10, 0.1]], "do not rise"),
        (("curve", "knots"), [[5, 0.1]], "two knots"),
        (("curve", "knots"), [[0, 0.1], [10, 2]], "knots"),
        (("curve", "intercept"), 1e300, "intercept"),
        (("curve",), {"method": "platt", "inputs": ["score"], "intercept": 0, "weights": [], "knots": []}, "differ in"),
        (
            ("curve",),
            {"method": "logistic", "inputs": ["features.form"], "intercept": 0, "weights": [1], "knots": []},
            "names no features judge",
        ),
    ],
)
def test_a_contradiction_is_refused(record, schema, path, value, said):
    *way, last = path
    place = record
    for name in way:
        place = place[name]
    place[last] = value
    assert said in refused(record, schema)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(record, schema, number):
    refused(as_bytes(record).replace(b'"intercept": 0.0', f'"intercept": {number}'.encode()), schema)


finite = st.floats(-1e6, 1e6)
shares = st.floats(0, 1)


@given(intercept=finite, weights=st.tuples(finite, finite), answers=st.tuples(shares, shares))
def test_whatever_is_weighed_acceptance_is_a_probability(build, intercept, weights, answers):
    curve = Curve(Method.LOGISTIC, ("judge.answers", "judge.form"), intercept, weights)
    said = Judgement("c-1", "features-1", "0" * 12, dict(zip(("answers", "form"), answers, strict=True)))
    share = acceptance(replace(build.calibrated, curve=curve), said, None)
    assert share is not None
    assert 0.0 <= share <= 1.0


@given(score=st.floats(0, 10), more=st.floats(0, 10))
def test_an_isotonic_curve_never_falls(build, score, more):
    low, high = sorted((score, more))
    shares = [
        acceptance(build.calibrated, Judgement("c-1", "features-1", "0" * 12, {"a": it / 2}), None)
        for it in (low, high)
    ]
    assert None not in shares
    assert 0.02 <= shares[0] <= shares[1] <= 0.98


def test_a_judgement_that_lacks_what_is_weighed_has_no_acceptance(build):
    said = Judgement("c-1", "features-1", "0" * 12, {"form": 0.5}, overall=5.0)
    for name, share in (("judge.answers", None), ("judge.form", 0.5), ("judge.overall", 0.5)):
        found = acceptance(replace(build.calibrated, curve=Curve(Method.LOGISTIC, (name,), 0.0, (1.0,))), said, None)
        assert found == (None if share is None else pytest.approx(share))
    assert (
        acceptance(replace(build.calibrated, curve=Curve(Method.BASE_RATE, intercept=math.log(3))), said, None) == 0.75
    )


def test_applying_a_calibration_needs_no_library():
    program = "import sys, selfsown.trust, selfsown.calibration.sample; print({'numpy', 'scipy', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
