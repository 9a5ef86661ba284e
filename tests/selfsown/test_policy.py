"""schema/policy.toml as a record."""

from __future__ import annotations

import tomllib

import pytest

from selfsown.errors import BadConfig
from selfsown.policy import load_policy


@pytest.fixture
def text(checkout):
    return (checkout / "schema/policy.toml").read_text(encoding="utf-8")


def test_every_key_of_the_file_is_read(text):
    policy, table = load_policy(text), tomllib.loads(text)
    for section, values in table.items():
        for name, value in values.items() if isinstance(values, dict) else ():
            read = getattr(getattr(policy, section), name)
            assert (list(read) if isinstance(read, tuple) else read) == value


def test_the_limits_fit_into_each_other(text):
    limits = load_policy(text).limits
    assert limits.record_bytes <= limits.shard_bytes <= limits.submission_bytes < 1_000_000
    assert limits.shard_records <= limits.submission_records
    policy = load_policy(text)
    assert 0 < policy.judge.advise_against < policy.judge.recommend <= 10


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("turns = 64", "turns = 64\nturn = 3", "limits.turn"),
        ("turns = 64", "", "limits.turns"),
        ("turns = 64", 'turns = "64"', "limits.turns"),
        ("turns = 64", "turns = true", "limits.turns"),
        ("[chat]", "[chats]", "chat"),
    ],
)
def test_a_wrong_key_is_named(text, old, new, named):
    assert old in text
    with pytest.raises(BadConfig, match=r"schema/policy\.toml") as caught:
        load_policy(text.replace(old, new))
    assert named in caught.value.message
