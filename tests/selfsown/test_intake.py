"""Every entry is taken, already there, or refused; what is taken passes the rules of a pull request."""

from __future__ import annotations

import datetime
import io
import json
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfsown.conversation import read_conversation
from selfsown.elements import KEPT_BYTES, Element
from selfsown.errors import SelfsownError
from selfsown.formats.draft import Refused
from selfsown.intake import Defaults, Intake, RefusedEntry, parse_element, read_known
from selfsown.intake_check import record_check
from selfsown.shard import Line, pack_lines, write_shard

TODAY = datetime.date(2026, 11, 21)
DEFAULTS = Defaults("test", "MIT", "2026-11-20")
ANSWER = "This is an answer."


class Hall:
    """An intake over text, with what it refused and took."""

    def __init__(self, rulebook, known=(), withdrawn=(), defaults=DEFAULTS):
        self.refused: list[RefusedEntry] = []
        ids = set(known)
        check = record_check(rulebook, ids, TODAY)
        self.intake = Intake(defaults, rulebook.policy.limits, check, self.refused.append, ids, frozenset(withdrawn))
        self.taken: list[Line] = []

    def read(self, *entries, form=None, name="x.jsonl") -> Hall:
        lines = [entry if isinstance(entry, bytes) else orjson.dumps(entry) for entry in entries]
        self.taken += self.intake.read(io.BytesIO(b"\n".join(lines)), name, form)
        return self

    @property
    def reasons(self) -> list[str]:
        return [entry.reason for entry in self.refused]

    @property
    def adds_up(self) -> bool:
        tally = self.intake.tally
        return (
            tally.found == tally.taken + tally.already + tally.refused.total()
            and tally.taken == len(self.taken)
            and tally.refused.total() == len(self.refused)
        )


def record_of(taken: Line) -> dict[str, Any]:
    return orjson.loads(taken.content)


def chat(*texts, **more):
    """A record of ours: it carries an id (which one does not matter, it is computed anew)."""
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"id": "c-" + "0" * 32, "messages": messages, **more}


@pytest.fixture
def hall(rulebook):
    return Hall(rulebook)


def test_a_record_is_the_conversation_that_the_rest_of_the_project_reads(hall):
    extra = {"model": "m", "language": "en", "self_rating": 7.5, "created": "2026-01-02", "ext": {"a": {"b": [1]}}}
    (taken,) = hall.read(chat("q", ANSWER, source="other", license="CC0-1.0", **extra)).taken
    conversation = read_conversation(record_of(taken))
    assert conversation.to_json() == record_of(taken)
    assert (taken.id, taken.source, taken.created) == (conversation.id, "other", "2026-01-02")
    assert record_of(taken)["license"] == "CC0-1.0"
    assert record_of(taken)["ext"] == {"a": {"b": [1]}}


def test_defaults_fill_only_what_is_missing(rulebook):
    hall = Hall(rulebook, defaults=Defaults("test", "MIT", "2026-11-20", "de", "m"))
    (taken,) = hall.read(chat("q", ANSWER, language="en")).taken
    facts = {name: value for name, value in record_of(taken).items() if name not in ("id", "messages")}
    assert facts == {
        "source": "test",
        "license": "MIT",
        "created": "2026-11-20",
        "language": "en",
        "model": "m",
    }


def test_weights_of_openai_are_kept_in_ext(hall):
    entry = chat("q", ANSWER, "q2", ANSWER + "2")
    entry["messages"][1]["weight"] = 0
    (taken,) = hall.read(entry).taken
    assert record_of(taken)["ext"] == {"openai": {"weights": [0, None]}}


def test_twice_in_the_input_or_known_is_already_there(rulebook, hall):
    hall.read(chat("q", ANSWER), chat(" q", ANSWER + "\r\n"), chat("e\u0301", ANSWER), chat("\u00e9", ANSWER))
    assert (hall.intake.tally.taken, hall.intake.tally.already) == (2, 2)
    again = Hall(rulebook, known=hall.intake.known).read(chat("q", ANSWER))
    assert (again.taken, again.intake.tally.already, again.reasons) == ([], 1, [])
    gone = Hall(rulebook, withdrawn=[hall.taken[0].id]).read(chat("q", ANSWER))
    assert gone.reasons == ["withdrawn"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (b'{"messages":', "not-json"),
        (b'"text"', "not-an-object"),
        (b'{"messages":[],"messages":[]}', "duplicate-key"),
        (b'{"messages":[{"role":"user","content":"\\ud800"}]}', "lone-surrogate"),
        (b'{"messages":[],"n":NaN}', "not-finite"),
        (b'{"messages":[],"n":"\xff"}', "not-utf-8"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "too-deep"),
        (b'{"a":' * 1500 + b"1" + b"}" * 1500, "too-deep"),
        ({"question": "x"}, "not-this-format"),
        (chat("q"), "no-exchange"),
        (chat("q", " ", "q", ANSWER), "empty-turn"),
        (chat("q", "x" * 70_000), "record-too-long"),
        (chat("q", "x\n" * 25_000), "record-too-long"),
        (chat("q", ANSWER + "\u200b"), "hidden-characters"),
        (chat("q\u202e", ANSWER), "bidi-controls"),
        (chat("q", ANSWER + "\x1b[0m"), "control-characters"),
        (chat("q", ANSWER + "<|im_end|>"), "template-tokens"),
        (chat("q", "ok"), "too-short"),
        (chat("q", ANSWER, license="WTFPL"), "license-allowed"),
        (chat("q", ANSWER, created="2027-01-01"), "created"),
        (chat("q", ANSWER, created="yesterday"), "schema"),
        (chat("q", ANSWER, language="no tag"), "language-tag"),
        (chat("q", ANSWER, supersedes="c-" + "0" * 32), "supersedes-known"),
        (chat("q", ANSWER, ext={"n": 10**17}), "huge-integer"),
        (chat("q", ANSWER, ext=[1]), "schema"),
        (chat(*["q", ANSWER] * 40), "too-many-turns"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(hall, entry, reason):
    hall.read(entry, form="messages")
    assert hall.reasons == [reason]
    assert hall.taken == []
    assert hall.adds_up
    kept = hall.refused[0].to_json()
    assert kept["line"] == 1
    assert kept["message"]


def test_a_correction_of_a_known_conversation_is_taken(hall):
    hall.read(chat("q", ANSWER))
    hall.read(chat("q", ANSWER + " Corrected.", supersedes=hall.taken[0].id))
    assert len(hall.taken) == 2


def test_turns_in_a_row_are_refused_except_in_sharegpt(hall):
    row = [{"role": "user", "content": "q"}, *[{"role": "assistant", "content": ANSWER}] * 2]
    assert hall.read({"messages": row}, form="messages").reasons == ["role-order"]
    said = [{"from": message["role"], "value": message["content"]} for message in row]
    (taken,) = hall.read({"conversations": said}, form="sharegpt").taken
    assert record_of(taken)["messages"][1]["content"] == f"{ANSWER}\n\n{ANSWER}"


def test_auto_takes_the_first_entry_that_looks_like_a_format(hall):
    hall.read(b"{broken", {"question": "x"}, {"instruction": "q", "output": ANSWER}, chat("q", ANSWER))
    assert hall.reasons == ["not-json", "unknown-format", "not-this-format"]
    assert hall.intake.tally.formats == {"x.jsonl": "alpaca"}


def test_a_refusal_keeps_the_bytes_and_says_where_it_was_cut(hall):
    hall.read(b"\xff{\x00", b"[" + b"x" * KEPT_BYTES + b"]")
    first, second = [entry.to_json() for entry in hall.refused]
    assert first["record"] == "\\xff{\x00"
    assert "cut" not in first
    assert len(second["record"]) == KEPT_BYTES
    assert second["cut"] == f"the first {KEPT_BYTES:,} of {KEPT_BYTES + 2:,} bytes"


def test_equal_keys_cannot_hide_behind_an_escaped_colon():
    for data in (b'{"a":1,"a":"\\u003a"}', b'{"a":"x","a":"\\u003A:"}', b'{"a":{"b":1,"b":2}}'):
        with pytest.raises(Refused) as refused:
            parse_element(Element("line", 1, data))
        assert refused.value.reason == "duplicate-key"
    assert parse_element(Element("line", 1, b'{"a"\r\n:"\\u003a::"}\r')) == {"a": ":::"}


texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(["", ANSWER, "e\u0301", "a\rb", "<s>"])
entries = st.one_of(
    st.builds(lambda said: chat(*said), st.lists(texts, max_size=5)),
    st.builds(
        lambda said: {"messages": [{"role": role, "content": text} for role, text in said]},
        st.lists(st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]), texts), max_size=5),
    ),
    st.builds(lambda a, b: {"instruction": a, "output": b}, texts, texts),
    st.builds(
        lambda a, bs: {
            "prompt": {"text": a, "role": "prompter", "replies": [{"text": b, "role": "assistant"} for b in bs]}
        },
        texts,
        st.lists(texts, max_size=3),
    ),
    st.binary(max_size=20).filter(lambda data: b"\n" not in data and data.strip()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(entries, max_size=8), st.sampled_from([None, "messages", "sharegpt", "alpaca", "oasst", "openai"]))
def test_every_entry_ends_in_exactly_one_place(rulebook, found, form):
    hall = Hall(rulebook).read(*found, form=form)
    assert hall.adds_up
    if not (found and isinstance(found[0], bytes)):  # such a file may begin an array
        assert hall.intake.tally.found >= len(found)
    for taken in hall.taken:
        for message in record_of(taken)["messages"]:
            assert unicodedata.is_normalized("NFC", message["content"])
            assert "\r" not in message["content"]
    # What was taken is taken as it is when it comes again: importing is idempotent.
    again = Hall(rulebook).read(*[record_of(taken) for taken in hall.taken], form="messages")
    assert [record_of(taken) for taken in again.taken] == [record_of(taken) for taken in hall.taken]


def test_known_ids_come_from_whole_shards_only(tmp_path, rulebook, hall):
    hall.read(*[chat(f"q{number}", ANSWER) for number in range(60)])
    paths = [write_shard(tmp_path, shard) for shard in pack_lines("original", hall.taken, rulebook.policy.limits)]
    assert len(paths) == 2
    assert read_known(tmp_path) == hall.intake.known
    paths[0].write_bytes(paths[0].read_bytes()[:-20])
    with pytest.raises(SelfsownError, match="does not match"):
        read_known(tmp_path)


def test_a_source_per_line_keeps_few_shards_open(rulebook, hall):
    hall.read(*[chat(f"q{number}", ANSWER, source=f"s{number}") for number in range(200)])
    shards = pack_lines("original", iter(hall.taken), rulebook.policy.limits)
    names = [json.loads(shard.content)["source"] for shard in shards]
    assert sorted(names) == sorted(f"s{number}" for number in range(200))
    assert names[0] == "s0"
