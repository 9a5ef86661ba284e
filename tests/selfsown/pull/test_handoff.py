"""The files between the jobs: what is written is read back the same, and nothing else is read at all."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfsown.canonical import canonical_line
from selfsown.judgement import Unjudged
from selfsown.pull.handoff import (
    COLLECTED,
    JUDGED,
    MOST_BYTES,
    BadHandoff,
    Binding,
    Judged,
    read_collected,
    read_judged,
    write_collected,
    write_judged,
)


@pytest.fixture
def binding(rulebook) -> Binding:
    return Binding("owner/garden", 7, "a" * 40, "b" * 40, rulebook.rubric.digest)


@pytest.fixture
def judged(build, rulebook):
    """A judgement by the project's rubric."""

    def make(chat, score=8.0, judge="features-1"):
        return dataclasses.replace(build.judged(chat, score, "short", judge=judge), rubric=rulebook.rubric.digest)

    return make


def test_conversations_come_back_as_what_was_said_and_nothing_more(tmp_path, binding, build, rulebook):
    chats = [build.chat("Hello \u2028 \U0001f33b", "Hi"), build.chat("a", "b", "c")]
    path = write_collected(tmp_path / "new" / "in", binding, chats)
    assert path == tmp_path / "new" / "in" / COLLECTED
    found = read_collected(path.parent, rulebook.schemas["collected"], dataclasses.asdict(binding))
    assert found.binding == binding
    assert [chat.turns for chat in found.conversations] == [chat.turns for chat in chats]
    assert [chat.id for chat in found.conversations] == [chat.id for chat in chats]
    assert {chat.source for chat in found.conversations} == {""}


def test_judgements_come_back_as_they_were(tmp_path, binding, build, rulebook, judged):
    chats = [build.chat("a", "b"), build.chat("c", "d")]
    answers = [judged(chats[0], 1 / 3), Unjudged(chats[1].id, "features-1", "no idea", retry=True)]
    answers += [judged(chat, 7, judge="another") for chat in chats]
    write_judged(tmp_path, binding, answers)
    found = read_judged(tmp_path, rulebook.schemas, binding, {chat.id for chat in chats}, rulebook.rubric)
    assert [answer.to_json() for answer in found.answers] == [answer.to_json() for answer in answers]
    assert found.frozen == ()


def test_nothing_to_judge_is_an_answer_too(tmp_path, binding, rulebook):
    write_judged(tmp_path, binding, [])
    assert read_judged(tmp_path, rulebook.schemas, binding, (), rulebook.rubric) == Judged()


def test_what_the_frozen_judge_said_comes_back_apart_and_without_flags(tmp_path, binding, build, rulebook, judged):
    chats = [build.chat("a", "b"), build.chat("c", "d")]
    frozen = [judged(chats[0], 3, judge="frozen-1"), Unjudged(chats[1].id, "frozen-1", "no idea")]
    write_judged(tmp_path, binding, list(map(judged, chats)), frozen)
    found = read_judged(tmp_path, rulebook.schemas, binding, {chat.id for chat in chats}, rulebook.rubric)
    assert {answer.judge for answer in found.answers} == {"features-1"}
    assert found.frozen == (dataclasses.replace(frozen[0], flags=()), frozen[1])


def test_a_frozen_judge_that_there_is_no_room_for_is_left_behind(
    tmp_path, binding, build, rulebook, judged, monkeypatch
):
    chats = [build.chat(str(number), "b") for number in range(20)]
    monkeypatch.setitem(MOST_BYTES, JUDGED, 8_000)
    frozen = [judged(chat, 3, judge="frozen-1") for chat in chats]
    write_judged(tmp_path, binding, list(map(judged, chats)), frozen)
    found = read_judged(tmp_path, rulebook.schemas, binding, {chat.id for chat in chats}, rulebook.rubric)
    assert (len(found.answers), found.frozen) == (20, ())


@pytest.mark.parametrize("who", ["features-1", "nobody-1", "frozen-1"])
def test_a_frozen_judge_stands_for_no_other_and_answers_for_all(tmp_path, binding, build, rulebook, judged, who):
    chats = [build.chat("a", "b"), build.chat("c", "d")]
    answers = list(map(judged, chats))
    beside = [] if who == "features-1" else [judged(chats[0], judge="frozen-1")]
    path = write_judged(tmp_path, binding, [*answers, *beside])
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":1,"frozen":"%s"' % who.encode()))
    record = orjson.loads(path.read_bytes())
    path.write_bytes(canonical_line(record))
    with pytest.raises(BadHandoff, match=r"has no answer|answers for none"):
        read_judged(tmp_path, rulebook.schemas, binding, {chat.id for chat in chats}, rulebook.rubric)


def test_one_judge_that_answers_for_fewer_than_another_is_refused(tmp_path, binding, build, rulebook, judged):
    chats = [build.chat("a", "b"), build.chat("c", "d")]
    write_judged(tmp_path, binding, [*map(judged, chats), judged(chats[0], judge="another")])
    with pytest.raises(BadHandoff, match=f"{chats[1].id} has no answer .judge another"):
        read_judged(tmp_path, rulebook.schemas, binding, {chat.id for chat in chats}, rulebook.rubric)


@pytest.mark.parametrize("field", [entry.name for entry in dataclasses.fields(Binding)])
def test_every_part_of_the_binding_binds(tmp_path, binding, rulebook, field):
    other = {"repository": "o/g", "pull": 8, "head": "c" * 40, "base": "c" * 40, "rubric": "c" * 12}[field]
    write_judged(tmp_path, dataclasses.replace(binding, **{field: other}), [])
    with pytest.raises(BadHandoff, match=f"its {field} is {other}"):
        read_judged(tmp_path, rulebook.schemas, binding, (), rulebook.rubric)


def test_what_would_be_too_large_is_not_written(tmp_path, binding, build):
    with pytest.raises(BadHandoff, match="over 2,097,152"):
        write_collected(tmp_path / "in", binding, [build.chat("a", "b" * MOST_BYTES[COLLECTED])])
    assert not (tmp_path / "in").exists()


def test_what_a_killed_writer_left_is_cleared_away_and_other_files_are_not_written_beside(tmp_path, binding):
    (tmp_path / f".{JUDGED}.k1lled").write_text("half")
    write_judged(tmp_path, binding, [])
    write_judged(tmp_path, binding, [])
    assert [path.name for path in tmp_path.iterdir()] == [JUDGED]
    (tmp_path / "other").touch()
    with pytest.raises(BadHandoff, match="holds other files"):
        write_judged(tmp_path, binding, [])


def test_a_folder_that_is_not_there_or_is_a_file(tmp_path, binding, rulebook):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(BadHandoff, match="cannot be read"):
            read_judged(folder, rulebook.schemas, binding, (), rulebook.rubric)
    with pytest.raises(BadHandoff, match="cannot be written"):
        write_judged(tmp_path / "file" / "below", binding, [])


def test_a_link_is_not_followed_even_where_it_leads_to_a_good_file(tmp_path, binding, rulebook):
    write_judged(tmp_path / "elsewhere", binding, [])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / JUDGED).symlink_to(tmp_path / "elsewhere" / JUDGED)
    with pytest.raises(BadHandoff, match="no plain file"):
        read_judged(tmp_path / "in", rulebook.schemas, binding, (), rulebook.rubric)


def test_a_large_file_is_refused_before_it_is_read(tmp_path, binding, rulebook, monkeypatch):
    with (tmp_path / JUDGED).open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(BadHandoff, match=r"1,099,511,627,776 bytes, over 262,144"):
        read_judged(tmp_path, rulebook.schemas, binding, (), rulebook.rubric)


def test_a_folder_of_a_million_files_is_not_listed(tmp_path, binding, rulebook):
    for number in range(500):
        (tmp_path / f"{number}").touch()
    with pytest.raises(BadHandoff) as caught:
        read_judged(tmp_path, rulebook.schemas, binding, (), rulebook.rubric)
    assert len(caught.value.message) < 200


@given(
    st.binary(max_size=400)
    | st.text(alphabet='{}[]",:0123456789eE+-. \\uabcdnultrfs\x1b', max_size=400).map(str.encode)
)
@settings(
    max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_refused_in_a_sentence(tmp_path: Path, binding, rulebook, content):
    (tmp_path / JUDGED).write_bytes(content)
    with pytest.raises(BadHandoff) as caught:
        read_judged(tmp_path, rulebook.schemas, binding, (), rulebook.rubric)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400
    assert caught.value.tip
