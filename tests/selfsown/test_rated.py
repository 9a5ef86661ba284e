"""One opinion per conversation: persons count alike, authors apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.conversation import Turn
from selfsown.rated import first_request, join_rated, read_opinions, read_rated
from selfsown.rating import Rating
from selfsown.repo import Repository


@pytest.fixture
def chat(build):
    return build.chat("How deep do I plant garlic?", "Five centimetres.")


def rating(name, score, rater="mira", role="reader", where="pull/1", created="2026-05-01", turns=()):
    return Rating(name, score, {}, "", rater, role, where, "starter", created, turns)


def opinion(chat, *ratings):
    (only,) = read_opinions(join_rated(ratings, {chat.id: chat}, frozenset()))
    return only


def test_a_person_counts_once_and_persons_count_alike(chat):
    said = opinion(
        chat,
        rating(chat.id, 10, "mira", where="pull/1"),
        rating(chat.id, 8, "mira", where="pull/2"),
        rating(chat.id, 1, "noor"),
    )
    assert (said.score, said.independent, said.conversation.turns) == (5.0, 5.0, chat.turns)


def test_authors_count_for_the_curve_and_not_as_independent(chat):
    starter = rating(chat.id, 9, "project", role="author", where="starter")
    assert opinion(chat, starter).independent is None
    both = opinion(chat, starter, rating(chat.id, 3, "noor", created="2026-06-01"))
    assert (both.score, both.independent, both.since) == (6.0, 3.0, "2026-06-01")


def test_what_weighs_nothing_was_withdrawn_or_has_no_text_is_left_out(chat):
    own = rating(chat.id, 10, "mira", role="author", where="pull/3")
    assert join_rated([own], {chat.id: chat}, frozenset()) == []
    said = rating(chat.id, 10)
    assert join_rated([said], {chat.id: chat}, {chat.id}) == []
    assert join_rated([said], {}, frozenset()) == []
    (carried,) = join_rated([replace(said, turns=chat.turns)], {}, frozenset())
    assert carried.turns == chat.turns


def test_conversations_that_begin_alike_are_one_group():
    assert first_request((Turn("user", "Is 7  prime?"),)) == first_request(
        (Turn("system", "short"), Turn("user", "is 7 PRIME?"))
    )
    assert first_request((Turn("user", "Is 8 prime?"),)) != first_request((Turn("user", "Is 7 prime?"),))


def test_the_project_s_own_ratings_are_read(checkout):
    with Repository(checkout) as repository:
        opinions = read_opinions(read_rated(repository, "HEAD"))
    assert len(opinions) > 200
    assert [said.conversation.id for said in opinions] == sorted(said.conversation.id for said in opinions)
    assert all(0 <= said.score <= 10 for said in opinions)
