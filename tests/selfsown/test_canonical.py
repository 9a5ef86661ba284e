"""The canonical form: one text for one value, by whatever route."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from selfsown.canonical import canonical_bytes, canonical_line, content_id, nfc

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)


@given(VALUES)
def test_it_is_what_the_standard_library_writes(value):
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert canonical_bytes(value) == text.encode()
    assert canonical_line(value) == text.encode() + b"\n"


@given(st.dictionaries(st.text(), st.integers(0, 99), max_size=6))
def test_the_order_of_keys_does_not_matter(value):
    assert canonical_bytes(dict(reversed(value.items()))) == canonical_bytes(value)


def test_an_id_has_a_prefix_and_thirty_two_digits():
    assert content_id("x", {}) == "x-44136fa355b3678a1146ad16f7e8649e"


@given(st.text())
def test_nfc_is_unicodes_own(text):
    assert nfc(text) == unicodedata.normalize("NFC", text)
