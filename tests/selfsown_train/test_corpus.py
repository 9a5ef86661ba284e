from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from data_recipe import UNCAPPED

from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError
from selfsown.rating import Rating
from selfsown.repo import Repository
from selfsown.rework import Rework
from selfsown.rulebook import Rulebook
from selfsown.shard import pack_shards, write_shard
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.lineage import is_held_out, lineage_roots

RECIPE = replace(UNCAPPED, ratings=1)


def chat(number: int, supersedes: str | None = None) -> Conversation:
    turns = (Turn("user", f"What comes after {number}?"), Turn("assistant", f"{number + 1} comes next."))
    return Conversation(turns, "starter", "CC0-1.0", "2026-11-21", supersedes=supersedes)


@pytest.fixture
def read(tmp_path: Path, rulebook: Rulebook, commit_all: Callable[[Path], None]) -> Callable[..., RoundData]:
    """A function from conversations and withdrawn ids to what a round sees of them."""

    def read(
        name: str, chats: list[Conversation], withdrawn: tuple[str, ...] = (), ratings: Sequence[Rating] = ()
    ) -> RoundData:
        root = tmp_path / name
        limits = rulebook.policy.limits
        for shard in (*pack_shards("original", chats, limits), *pack_shards("ratings", ratings, limits)):
            write_shard(root, shard)
        for gone in withdrawn:
            path = root / "corpus" / "withdrawn" / "2026-11" / f"{gone}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}")
        commit_all(root)
        return read_round_data(Repository(root), "HEAD", RECIPE)

    return read


def test_the_split_is_a_function_of_the_id_alone(read: Callable[..., RoundData]) -> None:
    chats = [chat(number) for number in range(60)]
    few = read("few", chats[:40])
    many = read("many", chats)
    held = {entry.id for entry in many.held_out}
    assert {entry.id for entry in few.held_out} == held & {entry.id for entry in chats[:40]}
    assert held == {entry.id for entry in chats if is_held_out(entry.id, 0.3)}
    assert not held & {entry.id for entry in many.train}
    assert 0.15 < len(held) / 60 < 0.45


def test_what_replaces_a_held_out_conversation_is_held_out_too(read: Callable[..., RoundData]) -> None:
    chats = [chat(number) for number in range(40)]
    heirs = [chat(1000 + number, supersedes=entry.id) for number, entry in enumerate(chats)]
    data = read("heirs", [*chats, *heirs])
    assert data.left_out == {"superseded": 40}
    for old, new in zip(chats, heirs, strict=True):
        assert (new.id in {entry.id for entry in data.held_out}) == is_held_out(old.id, 0.3)


def test_a_cycle_of_replacements_is_one_lineage_from_wherever_it_is_entered() -> None:
    first = chat(1)
    second = replace(chat(2), supersedes=first.id)
    first = replace(first, supersedes=second.id)
    heirs = [chat(3, first.id), chat(4, second.id), replace(chat(5), supersedes=chat(5).id)]
    roots = lineage_roots({entry.id: entry for entry in (*heirs, first, second)})
    assert {roots[entry.id] for entry in (first, second, *heirs[:2])} == {min(first.id, second.id)}
    assert roots[heirs[2].id] == heirs[2].id


def test_a_long_line_of_replacements_costs_one_look_each() -> None:
    line = [chat(0)]
    for number in range(1, 20_000):
        line.append(chat(number, line[-1].id))
    names = [entry.id for entry in line]
    assert set(lineage_roots(dict(zip(names, line, strict=True))).values()) == {names[0]}


def test_what_was_withdrawn_neither_trains_nor_measures(read: Callable[..., RoundData]) -> None:
    chats = [chat(number) for number in range(40)]
    data = read("gone", chats, (chats[0].id, chats[1].id))
    assert data.left_out == {"withdrawn": 2}
    assert not {chats[0].id, chats[1].id} & {entry.id for entry in (*data.train, *data.held_out)}


def test_what_was_taken_out_of_the_tree_still_counts_as_withdrawn(read: Callable[..., RoundData]) -> None:
    chats = [chat(number) for number in range(40)]
    data = read("taken", chats[2:], (chats[0].id, chats[1].id))
    assert data.left_out == {"withdrawn": 2}
    assert {chats[0].id, chats[1].id} == data.barred


def test_without_consent_to_train_a_conversation_is_not_taken_and_its_ratings_teach_nobody(
    read: Callable[..., RoundData],
) -> None:
    chats = [chat(number) for number in range(40)]
    closed = [replace(entry, ext=Consent(publish=True).to_ext()) for entry in chats[:5]]
    agreed = [replace(entry, ext=Consent(publish=True, train=True).to_ext()) for entry in chats[5:10]]
    said = [
        Rating(entry.id, 9.0, {}, "", "one", "reader", "here", "starter", "2026-11-21", turns)
        for entry, turns in ((closed[0], closed[0].turns), (closed[1], ()), (agreed[0], ()))
    ]
    data = read("closed", [*closed, *agreed, *chats[10:]], ratings=said)
    assert data.left_out == {"no consent to train": 5}
    taken = {entry.id for entry in (*data.train, *data.held_out)}
    assert taken == {entry.id for entry in chats[5:]}
    assert {one.rating.conversation for one in (*data.train_ratings, *data.held_out_ratings)} == {agreed[0].id}
    assert data.barred == {entry.id for entry in closed}


def test_badly_taken_corrections_do_not_train(data: RoundData) -> None:
    assert data.left_out["rated too low"] > 0
    low = {entry.rating.conversation for entry in data.train_ratings if entry.rating.score < 5}
    assert low
    assert not low & {entry.id for entry in data.train}


def test_ratings_of_held_out_conversations_never_train(data: RoundData) -> None:
    held = {entry.rating.conversation for entry in data.held_out_ratings}
    assert held
    assert not held & {entry.rating.conversation for entry in data.train_ratings}
    assert not {entry.id for entry in data.held_out} & {entry.rating.conversation for entry in data.train_ratings}


def test_what_authors_say_of_their_own_contribution_weighs_nothing(read: Callable[..., RoundData]) -> None:
    chats = [chat(number) for number in range(40)]
    praised = [
        Rating(entry.id, 10.0, {}, "", "github:1", "author", "pull/3", "pull-requests", "2026-11-21") for entry in chats
    ]
    others = [
        Rating(entry.id, 4.0, {}, "", "github:2", "reader", "pull/3", "pull-requests", "2026-11-21") for entry in chats
    ]
    alone = read("alone", chats, ratings=praised)
    assert not alone.left_out
    assert not [*alone.train_ratings, *alone.held_out_ratings]
    with pytest.raises(SelfsownError, match="0 conversations to train on"):
        read("both", chats, ratings=[*praised, *others])


def test_nothing_to_train_on_is_said(read: Callable[..., RoundData]) -> None:
    with pytest.raises(SelfsownError, match="0 conversations to train on"):
        read("nothing", [], ("c-" + "0" * 32,))


def test_no_lineage_stands_on_both_sides_whatever_names_what(
    tmp_path: Path, rulebook: Rulebook, commit_all: Callable[[Path], None]
) -> None:
    """Corrections of corrections, reworks of both, and ratings that carry their text: planted for every conversation."""
    firsts = [chat(number) for number in range(40)]
    seconds = [chat(1000 + number, entry.id) for number, entry in enumerate(firsts)]
    thirds = [chat(2000 + number, entry.id) for number, entry in enumerate(seconds)]
    families = [{first.id, second.id, third.id} for first, second, third in zip(firsts, seconds, thirds, strict=True)]
    reworks = [
        Rework(
            entry.id, 1, "K", "C", entry.turns[1].content, f"Anew: {entry.id}", "human", "starter", "CC0-1.0", day, {}
        )
        for day in ["2026-11-21"]
        for entry in (*firsts, *seconds, *thirds)
    ]
    ratings = [
        Rating(entry.id, 8.0, {}, "", "someone", "reader", where, "starter", "2026-11-21", carried)
        for entry in (*firsts, *seconds, *thirds)
        for where, carried in (("here", entry.turns), ("there", ()))
    ]
    limits = rulebook.policy.limits
    for kind, records in (("original", [*firsts, *seconds, *thirds]), ("rework", reworks), ("ratings", ratings)):
        for shard in pack_shards(kind, records, limits):
            write_shard(tmp_path, shard)
    commit_all(tmp_path)
    data = read_round_data(Repository(tmp_path), "HEAD", RECIPE)
    parents = {rework.id: rework.parent for rework in reworks}
    train = {entry.id for entry in data.train} | {parents[pair.id] for pair in data.pairs}
    train |= {entry.rating.conversation for entry in data.train_ratings}
    held_out = {entry.id for entry in data.held_out} | {entry.rating.conversation for entry in data.held_out_ratings}
    assert len(data.train) + len(data.held_out) == 40
    assert data.held_out
    assert data.pairs
    for family in families:
        assert not (family & train and family & held_out)
        assert family & train or family & held_out
    assert {parents[pair.id] for pair in data.pairs} == {entry.id for entry in data.train}
