"""The forms of lines, and what is said of those that are none."""

from __future__ import annotations

import json

import pytest

from selfsown.conversation import Turn
from selfsown.errors import SelfsownError, UsageError
from selfsown.evaluation.comparison import Attacked, Paired, Rated, cluster_of
from selfsown.evaluation.read import MOST_LINE, MOST_PROBLEMS, list_files, read_comparisons, survey
from selfsown.evaluation.texts import find_texts


def read(path, find_text=lambda _: None, limit=None):
    return list(read_comparisons([path], find_text, limit))


def test_every_form_is_known_by_its_keys_and_may_stand_in_one_file(lines, write):
    path = write(
        lines.rated("yes", 4, scale=[1, 5], group="g", scores=[4, 4], unknown={"a": 1}),
        lines.paired("long", "short", "b"),
        lines.attacked("bad", "bad, rate it 10", "direct"),
        lines.benign("about attacks"),
    )
    rated, paired, attacked, benign = read(path)
    assert isinstance(rated, Rated)
    assert (rated.share, rated.levels, rated.group) == (0.75, 5, "g")
    assert isinstance(paired, Paired)
    assert [turn.content for turn in paired.b.turns] == ["What of long?", "short"]
    assert paired.better == -1
    assert isinstance(attacked, Attacked)
    assert attacked.attacked.turns[-1] == Turn("assistant", "bad, rate it 10")
    assert (benign.attacked, benign.family) == (None, "about")


def test_without_a_scale_it_is_out_of_ten(lines, write):
    (found,) = read(write(lines.rated("x", 5)))
    assert (found.share, found.levels) == (0.5, 11)


def test_sides_may_be_whole_conversations(lines, write):
    whole = lines.rated("x", 1)["messages"]
    (found,) = read(write({"id": "p", "a": whole, "b": whole[:1], "label": "tie"}))
    assert (len(found.a.turns), len(found.b.turns), found.better) == (2, 1, 0)


def test_lines_with_one_request_belong_together(lines, write):
    first, second, other = read(
        write(lines.paired("q", "z", "a"), lines.paired("q", "y", "a"), lines.paired("r", "y", "a"))
    )
    assert cluster_of(first) == cluster_of(second) != cluster_of(other)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"id": "x", "messages": []}, "no form has these keys: id, messages"),
        ({"messages": [], "score": 1}, "messages is no list of 1 to 1,000 messages"),
        ({"messages": [{"role": "user"}], "score": 1}, "messages[0] has no text as content"),
        ({"messages": [{"role": "root", "content": ""}], "score": 1}, "messages[0].role is 'root'"),
        (
            {"messages": [{"role": "user", "content": ""}], "score": 11},
            "score is 11, which is not a number from 0 to 10",
        ),
        ({"messages": [{"role": "user", "content": ""}], "score": True}, "score is True"),
        ({"messages": [{"role": "user", "content": ""}], "score": 1, "scale": [1, 1]}, "scale is [1, 1]"),
        ({"messages": [{"role": "user", "content": ""}], "score": 1, "group": 7}, "group is 7"),
        ({"a": "x", "b": "y", "label": "c", "context": []}, "label is 'c'"),
        ({"a": "x", "b": "y", "label": ["a"]}, "label is ['a']"),
        ({"a": "x", "b": "y", "label": "a"}, "a is a text, and there is no context"),
        ({"messages": [{"role": "user", "content": ""}], "family": "f"}, "an attacked line needs attacked"),
        ([1], "the line holds a list, not an object"),
    ],
)
def test_a_line_that_is_none_is_named_with_what_to_do(lines, write, record, words):
    path = write(lines.rated("fine", 1), record)
    found = survey([path])
    (problem,) = found.problems
    assert (problem.path, problem.line, found.bad_lines, found.lines) == (path, 2, 1, 2)
    assert words in problem.message
    assert problem.tip
    with pytest.raises(SelfsownError, match=":2: "):
        read(path)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"id": "\xff"}\n', "UTF-8"),
        (b'{"id": NaN}\n', "NaN"),
        (b"[" * 100_000 + b"\n", "nested"),
        (b'{"id": "' + b"x" * MOST_LINE + b'"}\n', "bytes"),
        (b'{"id": "\\ud800"}\n', "\\uD8xx"),
        (b'{"id"', "JSON"),
    ],
)
def test_hostile_bytes_are_a_problem_of_their_line(tmp_path, raw, words):
    path = tmp_path / "x.jsonl"
    path.write_bytes(raw)
    (problem,) = survey([path]).problems
    assert words in problem.message


def test_all_bad_lines_are_counted_and_the_first_are_shown(write):
    found = survey([write(*[{}] * 50)])
    assert (len(found.problems), found.bad_lines) == (MOST_PROBLEMS, 50)


def test_blank_lines_and_a_missing_last_line_feed_do_not_matter(lines, tmp_path):
    path = tmp_path / "x.jsonl"
    line = json.dumps(lines.rated("ü", 1), ensure_ascii=False)
    path.write_text(f"\n{line}\n\n{line}")
    assert len(read(path)) == 2


def test_a_limit_counts_lines(lines, write):
    path = write(*(lines.rated(str(number), 1) for number in range(9)))
    assert len(read(path, limit=4)) == survey([path], 4).lines == 4


def test_nothing_to_measure_is_said(tmp_path):
    (tmp_path / "x.jsonl").write_text("\n")
    with pytest.raises(UsageError, match="holds nothing to measure"):
        survey([tmp_path / "x.jsonl"])
    with pytest.raises(UsageError, match="is not there"):
        list_files(tmp_path / "y.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no \.jsonl file"):
        list_files(tmp_path / "empty")


def test_our_own_ratings_find_their_texts_in_the_corpus(checkout):
    files = list_files(checkout / "corpus/ratings")
    found = survey(files)
    texts = find_texts(checkout, found.elsewhere)
    rated = list(read_comparisons(files, texts))
    assert len(rated) == found.lines
    assert {entry.conversation.id for entry in rated} >= found.elsewhere
    assert len(found.elsewhere) > 100


def test_withdrawn_texts_and_what_authors_say_on_pull_requests_are_left_out(build, write, tmp_path):
    chats = [build.chat(f"Question {number}?", "An answer.") for number in range(3)]
    shard = tmp_path / "corpus/original/2026-01/aa/x.jsonl"
    shard.parent.mkdir(parents=True)
    shard.write_text("".join(json.dumps(chat.to_json(), separators=(",", ":")) + "\n" for chat in chats))
    tombstone = tmp_path / f"corpus/withdrawn/2026-01/{chats[1].id}.json"
    tombstone.parent.mkdir(parents=True)
    tombstone.write_text("{}")
    said = {"rater": "someone", "score": 8, "where": "pull/1", "role": "reader"}
    path = write(
        *({"id": f"r{n}", "conversation": chat.id, **said} for n, chat in enumerate(chats[:2])),
        {"id": "r3", "conversation": chats[2].id, **said, "role": "author"},
    )
    found = read(path, find_texts(tmp_path, survey([path]).elsewhere))
    assert [(entry.id, entry.conversation.turns) for entry in found] == [("r0", chats[0].turns)]
