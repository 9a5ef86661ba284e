"""What a round made of each merge: which merges, which sample, which neighbours, and the figures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.repo import Repository
from selfsown.rulebook import Rulebook
from selfsown.shard import pack_shards, write_shard
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.effects import (
    Merge,
    Pairing,
    compare_losses,
    describe_effects,
    find_merges,
    sampled,
    share_preferred,
)
from selfsown_train.evaluate import Loss
from selfsown_train.measurement import last_request
from selfsown_train.neighbours import NEAREST, find_neighbours
from selfsown_train.recipe import DataRecipe

DAY = 86_400
DATA = DataRecipe(
    held_out=0.3,
    minimum_rating=5.0,
    ratings=1,
    human_share=0.0,
    trusted=(),
    source_share=1.0,
    contributor_share=1.0,
    quarantine_days=0,
    pair_gap=3.0,
)
TOPICS = {"baking": "bread dough oven yeast", "sailing": "mast keel anchor harbour", "chess": "rook bishop pawn gambit"}


def talk(topic: str, number: int) -> Conversation:
    words = TOPICS[topic].split()
    request = f"Tell me of the {words[number % 4]} and the {words[(number + 1) % 4]}, case {topic}{number}."
    answer = f"The {words[number % 4]} goes with the {words[(number + 2) % 4]}; that is {topic}{number}."
    return Conversation((Turn("user", request), Turn("assistant", answer)), topic, "CC0-1.0", "2026-11-21")


@pytest.fixture
def merge(tmp_path: Path, rulebook: Rulebook, commit_all: Callable[[Path], None]) -> Callable[..., str]:
    """A function that commits conversations to the repository in `tmp_path` on a day, and gives the commit."""

    def git(*arguments: str, day: int) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@selfsown.example"]
        when = f"@{1_700_000_000 + day * DAY} +0000"
        environment = {"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True, env=environment
        )
        return done.stdout.strip()

    def merge(chats: Sequence[Conversation], day: int) -> str:
        if not (tmp_path / ".git").is_dir():
            git("init", "--quiet", "--initial-branch", "main", day=day)
        for shard in pack_shards("original", chats, rulebook.policy.limits):
            write_shard(tmp_path, shard)
        git("add", "--all", day=day)
        git("commit", "--quiet", "--allow-empty", "--message", "Merge", day=day)
        return git("rev-parse", "HEAD", day=day)

    return merge


def read(root: Path, recipe: DataRecipe = DATA) -> tuple[Repository, RoundData]:
    repository = Repository(root)
    return repository, read_round_data(repository, "HEAD", recipe)


def test_each_merge_since_the_parent_is_told_with_what_was_taken_of_it(
    tmp_path: Path, merge: Callable[..., str]
) -> None:
    first = merge([talk("baking", number) for number in range(30)], 0)
    second = merge([talk("sailing", number) for number in range(12)], 10)
    merge([], 11)
    third = merge([talk("chess", number) for number in range(40)], 20)
    repository, data = read(tmp_path)
    merges = find_merges(repository, data, DATA, first)
    assert merges is not None
    assert [entry.commit for entry in merges] == [third, second]
    assert [entry.trained + len(entry.held_out) for entry in merges] == [40, 12]
    assert {one.source for one in merges[1].sample} == {"sailing"}
    assert len(merges[1].sample) == merges[1].trained
    assert len(merges[0].sample) == 20, "no more than this of one merge is measured"
    ever = find_merges(repository, data, DATA, None)
    assert ever is not None
    assert [entry.commit for entry in ever] == [third, second, first]


def test_what_waited_in_quarantine_is_told_when_it_trains(tmp_path: Path, merge: Callable[..., str]) -> None:
    recipe = replace(DATA, quarantine_days=7)
    merge([talk("baking", number) for number in range(30)], 0)
    second = merge([talk("sailing", number) for number in range(12)], 10)
    parent = merge([], 11)
    repository, early = read(tmp_path, recipe)
    assert find_merges(repository, early, recipe, parent) == ()
    merge([talk("chess", 1)], 30)
    repository, data = read(tmp_path, recipe)
    merges = find_merges(repository, data, recipe, parent)
    assert merges is not None
    assert [entry.commit for entry in merges] == [second], "the one of today waits in its turn"


def test_a_clone_without_its_history_cannot_tell(tmp_path: Path, merge: Callable[..., str]) -> None:
    merge([talk("baking", number) for number in range(30)], 0)
    repository, data = read(tmp_path)
    assert find_merges(repository, data, DATA, "d" * 40) is None
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{tmp_path}", str(shallow)], check=True)
    assert find_merges(Repository(shallow), data, DATA, None) is None


def test_neighbours_are_of_the_same_matter_and_one_is_its_own_nearest() -> None:
    pool = [talk(topic, number) for topic in TOPICS for number in range(6)]
    own, other = find_neighbours([pool[7], talk("chess", 40)], pool)
    assert own[0] == 7
    assert {pool[place].source for place in own} == {"sailing"}
    assert {pool[place].source for place in other} == {"chess"}
    assert len(other) == NEAREST
    stranger = Conversation((Turn("user", "Quokka?"), Turn("assistant", "Wallaby.")), "x", "CC0-1.0", "2026-11-21")
    assert find_neighbours([stranger], pool) == [()]
    assert find_neighbours([stranger], [replace(stranger, turns=(Turn("user", "?!"),))]) == [()]


def test_neighbours_are_found_without_spaces_between_words() -> None:
    texts = ("面包怎么烤？用烤箱。", "帆船的锚在哪里？在船头。", "烤箱要多热？二百度。")
    pool = [Conversation((Turn("user", text),), "x", "CC0-1.0", "2026-11-21") for text in texts]
    (near,) = find_neighbours([replace(pool[0], turns=(Turn("user", "烤面包要用烤箱吗？"),))], pool)
    assert near[0] == 0
    assert near.index(2) < (near.index(1) if 1 in near else len(near))


def pair(conversations: Sequence[Conversation], change: float, spread: float = 0.0) -> Pairing:
    """Losses of two nats a token before, and that and the change (with noise) after."""
    noise = np.random.default_rng(0).normal(0, spread, len(conversations))
    after = tuple(Loss(10 * (2 + change + wobble), 10) for wobble in noise)
    return Pairing(tuple(conversations), (Loss(20.0, 10),) * len(conversations), after)


def test_a_change_has_an_interval_from_three_requests_on() -> None:
    chats = [talk("baking", number) for number in range(12)]
    found = compare_losses(pair(chats, -0.5, 0.1), range(12))
    assert found["before"] == 2.0
    change = found["difference"]
    assert change["low"] < -0.5 < change["high"] < 0
    assert change["value"] == pytest.approx(found["after"] - found["before"], abs=1e-5)
    assert change["n"] == 12
    two = compare_losses(pair(chats, -0.5, 0.1), [0, 1])["difference"]
    assert (two["low"], two["high"], two["n"]) == (None, None, 2)
    twins = [replace(chats[0], turns=(*chats[0].turns, Turn("user", str(number)))) for number in range(9)]
    assert compare_losses(pair(twins, -0.5), range(9))["difference"]["low"] is None, "one request"


def test_a_share_doubts_a_few_equal_answers() -> None:
    found = share_preferred([1.0, 1.0, 1.0, float("nan")])
    assert found is not None
    assert (found["value"], found["high"], found["n"]) == (1.0, 1.0, 3)
    assert found["low"] == pytest.approx(0.438, abs=0.001)
    assert share_preferred([1.0, 0.5]) is None
    even = share_preferred([0.5] * 40)
    assert even is not None
    assert (even["low"] + even["high"]) / 2 == pytest.approx(0.5)


def test_each_merge_gets_its_own_figures_and_its_own_neighbours(rulebook: Rulebook) -> None:
    held = [talk(topic, number) for topic in ("baking", "sailing") for number in range(8)]
    merges = (
        Merge("a" * 40, 9, (held[0],), tuple(talk("baking", number) for number in range(20, 26))),
        Merge("b" * 40, 1, (), (talk("sailing", 30),)),
        Merge("c" * 40, 0, (), ()),
    )
    measured = sampled(merges)
    assert len(measured) == 7
    own = pair(measured, -1.0)
    near = Pairing(tuple(held), (Loss(20.0, 10),) * 16, (Loss(15.0, 10),) * 8 + (Loss(25.0, 10),) * 8)
    preferred = {last_request(entry.turns): 1.0 for entry in held[:8]}
    first, second, third = describe_effects(merges, own, near, preferred)
    assert (first["trained"], first["held_out"]) == (9, 1)
    assert first["own"]["difference"]["value"] == -1.0
    assert first["neighbours"]["difference"]["value"] == -0.5
    assert first["preferred"]["value"] == 1.0
    assert second["own"]["difference"] == {"value": -1.0, "low": None, "high": None, "n": 1}
    assert second["neighbours"]["difference"]["value"] == 0.5
    assert second["preferred"] is None, "nobody answered requests like these"
    assert (third["own"], third["neighbours"], third["preferred"]) == (None, None, None)
    schema = rulebook.schemas["round"]
    fields = {problem.field for problem in schema.problems({"effects": [first, second, third]})}
    assert not {field for field in fields if field and "effects" in field}
