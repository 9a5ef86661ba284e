"""S315: a good record, a bad one, the exact finding, and no secret in anything that is said of it."""

from __future__ import annotations

import random
import time

import planted
import pytest

from selfsown.finding import Finding, Level, Location
from selfsown.rules import s315_secret as rule
from selfsown.secret import find_sure_secrets, may_hold_secret

PATH = "corpus/original/2026-05/00/chats-000000000000.jsonl"
SURE = [kind for kind in planted.SECRETS if kind not in ("password", "key in an assignment")]


def make(kind: str, seed: int = 5) -> str:
    return planted.SECRETS[kind](random.Random(seed))


def test_good(look, chat):
    said = "AKIAIOSFODNN7EXAMPLE and https://user:password@example.org/ stand in the documentation."
    assert look(rule, chat("What is an access key?", said)) == []
    assert (
        look(rule, chat("Is self_rating a field?", "Yes, and a commit is 9026befeea490e62fb8ee7b849d2357edf2d723f."))
        == []
    )
    assert (
        look(rule, chat("My password is hunter2!", "Change it: sk_test_xxxxxxxxxxxxxxxxxxxx is a placeholder.")) == []
    )


def test_bad(look, chat):
    assert look(rule, chat("Why?", f"Try {make('GitHub token')} again.")) == [
        Finding(
            "S315",
            "secret",
            Level.ERROR,
            Location(PATH, 3, "messages[1].content"),
            "what looks like a secret (GitHub token) stands at character 5",
            "take it out, and make it worthless where it came from: whoever could read this branch has it",
        )
    ]


@pytest.mark.parametrize("kind", SURE)
def test_every_kind_is_found_by_the_quick_look_and_never_quoted(look, chat, kind):
    for seed in range(10):
        text = make(kind, seed)
        piece = planted.telling(kind, text)
        for said in (text, f"It is {text}.", f"a sentence before\n{text}"):
            assert may_hold_secret([said])
            found = look(rule, chat("Why?", said))
            assert found
            assert all(piece not in str(finding.to_json()) for finding in found)


def test_it_is_found_wherever_it_stands(look, chat, rework):
    token = make("npm token")
    assert [one.location.field for one in look(rule, chat(ext={"note": {"deep": token}}))] == ["ext.note.deep"]
    found = look(rule, chat(ext={token: "x"}))
    assert found
    assert token not in str(found)
    parent = chat()
    assert look(rule, rework(parent["id"], criticism=f"It told {token}."), kind="rework")


def test_nothing_that_is_sure_passes_the_quick_look():
    chance = random.Random(11)
    for kind in SURE:
        for _ in range(40):
            text = planted.SECRETS[kind](chance)
            assert not find_sure_secrets(text) or may_hold_secret([text]), kind


def test_a_word_in_a_long_key_is_chance(look, chat):
    key = make("private key").replace("PRIVATE KEY-----\n", "PRIVATE KEY-----\nfake", 1)
    assert look(rule, chat("Why?", key))
    assert look(rule, chat("Why?", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----")) == []


def test_hostile_text_takes_bounded_time():
    for unit in ("_A1", "awskey", "sk-", "://a:", "-----BEGIN PRIVATE KEY-----", "eyJ", "hf_", "AKIA", "xoxb-"):
        text = (unit * 60_000)[:60_000]
        start = time.process_time()
        find_sure_secrets(text)
        assert time.process_time() - start < 1, unit
