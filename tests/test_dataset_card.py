"""The corpus folder is a Hugging Face dataset: `load_dataset` on its absolute path works, offline."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.rating import CRITERIA, Rating
from selfsown.rework import Rework
from selfsown.shard import pack_shards, write_shard

LOAD = """
import json, sys
import datasets
loaded = datasets.load_dataset(sys.argv[1], *sys.argv[2:])["train"]
print(json.dumps({"rows": list(loaded), "features": list(loaded.features)}, default=str))
"""

TURNS = (Turn("user", "q"), Turn("assistant", "This is an answer."))
CHAT = Conversation(TURNS, "test", "MIT", "2026-11-20", language="en")
RICH = Conversation((Turn("system", "s"), *TURNS), "test", "MIT", "2026-11-21", self_rating=7, ext={"a": {"b": [1]}})
ODD = Conversation((*TURNS, *TURNS), "test", "MIT", "2026-11-21", ext={"c": "text"})
RATING = Rating(CHAT.id, 7, dict.fromkeys(CRITERIA, True), "good", "me", "reader", "chat", "test", "2026-11-20")
REWORK = Rework(CHAT.id, 1, "q", "c", "old", "new", "human", "test", "MIT", "2026-11-20", {"compiles": True})


def load(corpus, tmp_path, *config):
    """In a process of its own: the cache folder is settled when `datasets` is imported."""
    pytest.importorskip("datasets")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", LOAD, str(corpus), *config]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def small(checkout, tmp_path, rulebook):
    """A corpus with the project's card and a few records of every kind."""
    limits = rulebook.policy.limits
    for kind, records in (("original", [CHAT, RICH, ODD]), ("ratings", [RATING]), ("rework", [REWORK])):
        for shard in pack_shards(kind, records, limits):
            write_shard(tmp_path, shard)
    shutil.copy(checkout / "corpus" / "README.md", tmp_path / "corpus" / "README.md")
    return tmp_path / "corpus"


def test_every_configuration_of_a_small_corpus_loads(small, tmp_path):
    loaded = {row["id"]: row for row in load(small, tmp_path)["rows"]}
    assert loaded.keys() == {CHAT.id, RICH.id, ODD.id}
    for conversation in (CHAT, RICH, ODD):
        row = {name: value for name, value in loaded[conversation.id].items() if value is not None}
        assert row == conversation.to_json()
    (rating,) = load(small, tmp_path, "ratings")["rows"]
    assert {name: value for name, value in rating.items() if value is not None} == RATING.to_json()
    (rework,) = load(small, tmp_path, "rework")["rows"]
    assert rework == REWORK.to_json()


def test_the_real_corpus_loads(checkout, tmp_path):
    corpus = checkout / "corpus"
    shards = sorted((corpus / "original").rglob("*.jsonl"))
    if not shards:
        pytest.skip("corpus/original has no shards")
    rows = load(corpus, tmp_path)["rows"]
    lines = [json.loads(line) for shard in shards for line in shard.read_text(encoding="utf-8").splitlines()]
    assert {row["id"]: row["messages"] for row in rows} == {line["id"]: line["messages"] for line in lines}
    assert all(datetime.date.fromisoformat(row["created"]) for row in rows)
    if list((corpus / "ratings").rglob("*.jsonl")):
        assert load(corpus, tmp_path, "ratings")["rows"]


def test_the_card_declares_every_field_of_the_schemas(checkout, small, tmp_path):
    for config, schema in (("default", "conversation"), ("ratings", "rating"), ("rework", "rework")):
        document = json.loads((checkout / "schema" / f"{schema}.schema.json").read_text(encoding="utf-8"))
        assert set(load(small, tmp_path, config)["features"]) == set(document["properties"])


def test_the_card_names_its_licence_and_tells_its_limits(checkout):
    card = (checkout / "corpus" / "README.md").read_text(encoding="utf-8")
    assert "\nlicense: cc0-1.0\n" in card
    headings = re.findall(r"^## (.+)$", card, re.MULTILINE)
    assert {"How it is made", "Licence", "Personal data", "Limits"} <= set(headings)
