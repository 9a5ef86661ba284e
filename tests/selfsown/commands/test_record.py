"""From the ledger of a merged pull request to a pull request with ratings that anybody's rules accept."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from tests.selfsown.commands.fake_host import AUTHOR, MAINTAINER, READER, Scene, make_pace

from selfsown.commands.answer import answer_pull
from selfsown.commands.ledger import Entry
from selfsown.commands.record import (
    SOURCE_FILE,
    Base,
    decide_harvests,
    find_harvests,
    read_ratings,
    record_pull,
    validate_harvest,
)
from selfsown.host import Refused
from selfsown.rating import read_rating

HEAD = "a" * 40


def entry(comment: int, chat: str, **changes: object) -> Entry:
    first = Entry(comment, 0, 3, "rhea", "rate", chat, 7.0, "Fine.", "reader", "accepted", HEAD, "2026-11-21T09:00:00Z")
    return replace(first, **changes)  # type: ignore[arg-type]


@pytest.fixture
def base(scene, rulebook) -> Base:
    return Base("b" * 40, scene.merged_corpus(), rulebook, "2026-11-21")


def records(files) -> list[dict]:
    return [orjson.loads(line) for file in files if file.path.endswith(".jsonl") for line in file.content.splitlines()]


def collect(scene: Scene, base: Base) -> None:
    record_pull(scene.host, scene.host.state, base, make_pace())


def test_the_last_rating_of_an_account_for_a_conversation_stands():
    one, two = "c-" + "1" * 32, "c-" + "2" * 32
    entries = [
        entry(3, one, score=9.0, login="renamed"),
        entry(1, one, score=1.0),
        entry(2, two, score=5.0, reason=""),
        entry(4, one, score=2.0, code="young"),
        entry(5, one, account=4, role="author", score=10.0),
        entry(6, one, verb="drop", score=None),
    ]
    ratings = {(rating.rater, rating.conversation): rating for rating in read_ratings(7, entries)}
    assert {key: rating.score for key, rating in ratings.items()} == {
        ("github:3", one): 9.0,
        ("github:3", two): 5.0,
        ("github:4", one): 10.0,
    }
    assert {rating.where for rating in ratings.values()} == {"pull/7"}
    assert ratings["github:4", one].weighs_nothing
    assert all(rating.criteria == {} for rating in ratings.values())


def test_ratings_of_what_was_merged_become_one_valid_pull_request(scene, base):
    one, two = scene.chats[0].id, scene.chats[1].id
    scene.host.say(READER, f"/rate 7 {one} Right.\n/rate 3 {two}")
    scene.host.say(AUTHOR, f"/rate 10 {one}")
    answer_pull(scene.desk, 7)
    collect(scene, base)
    assert scene.host.opened == [], "it is not merged yet"
    scene.host.merge()
    collect(scene, base)
    collect(scene, base)
    ((branch, title, body),) = scene.host.opened
    assert branch.startswith("ratings/pull-7-")
    assert (title, "3 ratings by 2 accounts" in body.lower()) == ("Add 3 ratings given on pull request 7", True)
    assert "Right" not in body
    assert "rhea" not in body
    files = scene.host.committed[branch]
    ratings = [read_rating(orjson.loads(line)) for content in files.values() for line in (content or b"").splitlines()]
    assert {(rating.rater, rating.role, rating.score, rating.reason) for rating in ratings} == {
        ("github:3", "reader", 7.0, "Right."),
        ("github:3", "reader", 3.0, ""),
        ("github:1", "author", 10.0, ""),
    }


def test_what_is_collected_passes_as_a_submission(scene, base):
    entries = [entry(number, scene.chats[number % 3].id, account=number) for number in range(60)]
    (harvest,) = decide_harvests(7, entries, base)
    assert validate_harvest(harvest.files, base).findings == ()
    assert len(records(harvest.files)) == 60


def test_more_than_a_submission_holds_comes_in_parts(scene, base):
    entries = [entry(number, scene.chats[0].id, account=number) for number in range(250)]
    harvests = decide_harvests(7, entries, base)
    assert [len(harvest.ratings) for harvest in harvests] == [100, 100, 50]
    assert len({harvest.branch for harvest in harvests}) == 3
    assert all(validate_harvest(harvest.files, base).is_fine for harvest in harvests)


def test_what_was_not_merged_or_is_there_or_was_withdrawn_is_left_out(scene, base):
    ours = [entry(number, chat.id) for number, chat in enumerate(scene.chats)]
    entries = [*ours, entry(9, "c-" + "0" * 32)]
    known = read_ratings(7, ours[:1])[0].id
    corpus = replace(
        base.corpus,
        known={**base.corpus.known, known: "corpus/ratings/2026-11/aa/x-aaaaaaaaaaaa.jsonl"},
        withdrawn=frozenset({scene.chats[1].id}),
    )
    (harvest,) = decide_harvests(7, entries, replace(base, corpus=corpus))
    assert [rating.conversation for rating in harvest.ratings] == [scene.chats[2].id]
    (before,) = decide_harvests(7, entries, base)
    assert harvest.branch == before.branch, "a later corpus makes no second branch"
    assert decide_harvests(7, [entry(9, "c-" + "0" * 32)], base) == ()


def test_a_reason_that_breaks_a_rule_goes_and_the_score_stays(scene, base):
    entries = [entry(1, scene.chats[0].id, reason="a\u200bb"), entry(2, scene.chats[1].id)]
    (harvest,) = decide_harvests(7, entries, base)
    assert validate_harvest(harvest.files, base).is_fine
    assert {rating.reason for rating in harvest.ratings} == {"", "Fine."}
    assert harvest.left_out == 0


def test_a_rating_that_breaks_a_rule_anyway_is_left_out_and_counted(scene, base):
    entries = [entry(1, scene.chats[0].id, time="2999-01-01T00:00:00Z"), entry(2, scene.chats[1].id)]
    (harvest,) = decide_harvests(7, entries, base)
    assert (len(harvest.ratings), harvest.left_out) == (1, 1)


def test_a_repository_without_the_source_gets_its_file(scene, base, checkout):
    assert (checkout / SOURCE_FILE.path).read_bytes() == SOURCE_FILE.content
    rules = replace(base.rulebook, sources={"starter": base.rulebook.sources["starter"]})
    (harvest,) = decide_harvests(7, [entry(1, scene.chats[0].id)], replace(base, rulebook=rules))
    assert SOURCE_FILE in harvest.files
    assert validate_harvest(harvest.files, replace(base, rulebook=rules)).is_fine


def test_a_branch_without_a_pull_request_is_taken_up(scene, base):
    scene.host.say(MAINTAINER, f"/rate 7 {scene.chats[0].id}")
    answer_pull(scene.desk, 7)
    scene.host.merge()
    (harvest,) = find_harvests(scene.host, scene.host.state, base)
    scene.host.branches[harvest.branch] = "d" * 40
    collect(scene, base)
    assert [branch for branch, _, _ in scene.host.opened] == [harvest.branch]
    assert scene.host.committed == {}


def test_a_host_that_says_no_is_heard(scene, base, monkeypatch):
    def refuse(*_: object) -> int:
        raise Refused("no right to do that", code=403)

    scene.host.say(MAINTAINER, f"/rate 7 {scene.chats[0].id}")
    answer_pull(scene.desk, 7)
    scene.host.merge()
    monkeypatch.setattr(scene.host, "open_pull", refuse)
    with pytest.raises(Refused, match="no right"):
        collect(scene, base)
