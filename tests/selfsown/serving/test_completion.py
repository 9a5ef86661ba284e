"""Requests from anybody: read, or refused with a sentence; nothing else comes out, whatever goes in."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.errors import BadConfig, SelfsownError
from selfsown.serving.api_keys import find_key, load_api_keys
from selfsown.serving.completion import BadRequest, read_consent, read_request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
PARAMETERS = ["model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens", "seed", "stop"]
NAMES = st.sampled_from([*PARAMETERS, "metadata", "user", "n", "tools", "store", "x"])
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system"]), "content": JSON | st.text()}),
    max_size=3,
)
KEY = "a-key-of-somebody-1"


@settings(max_examples=60)
@given(st.dictionaries(NAMES, JSON, max_size=4), MESSAGES)
def test_any_json_is_read_or_refused(asked, messages):
    try:
        wanted = read_request(json.dumps({"messages": messages, **asked}).encode())
    except BadRequest:
        return
    assert wanted.turns[-1].role == "user"
    assert all(turn.content == turn.content.strip() != "" for turn in wanted.turns)
    assert 1 <= wanted.draw.most_tokens <= 4096
    orjson.dumps([turn.to_json() for turn in wanted.turns])


@settings(max_examples=30)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(body):
    with pytest.raises(BadRequest):
        read_request(body)


@given(st.text(alphabet="publishtran, NONE", max_size=20))
def test_consent_is_never_guessed(said):
    try:
        publish, train = read_consent(said)
    except BadRequest:
        return
    words = {word.strip().lower() for word in said.split(",")} - {""}
    assert publish == ("publish" in words)
    assert train == ({"publish", "train"} == words)


def test_keys_come_from_a_file_and_the_environment_and_are_never_quoted(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# whose\n{KEY}  # jo\n\n", encoding="utf-8")
    keys = load_api_keys(file, {"SELFSOWN_API_KEYS": "another-key-of-kim,"})
    assert set(keys) == {KEY, "another-key-of-kim"}
    assert find_key(f"Bearer {KEY}", keys) == find_key(f"bearer  {KEY} ", keys)
    assert find_key(f"Bearer {KEY}", keys) != find_key("Bearer another-key-of-kim", keys)
    for header in ("", KEY, f"Basic {KEY}", f"Bearer {KEY}x", "Bearer", "Bearer \udc80"):
        assert find_key(header, keys) is None
    assert load_api_keys(None, {}) == ()
    file.write_text("short\n", encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        load_api_keys(file, {})
    assert "short" not in caught.value.message
    file.write_text("# none\n", encoding="utf-8")
    with pytest.raises(BadConfig, match="no key"):
        load_api_keys(file, {})
    with pytest.raises(SelfsownError, match="does not read"):
        load_api_keys(tmp_path / "absent", {})
