"""When records came to the corpus: by the merge that brought them, and by no clock that can be set back."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from data_recipe import UNCAPPED

from selfsown.conversation import Conversation, Turn
from selfsown.corpus import known_ids
from selfsown.errors import RepoError
from selfsown.rating import Rating
from selfsown.repo import Repository
from selfsown.rulebook import Rulebook
from selfsown.shard import pack_shards, write_shard
from selfsown_train.corpus import fresh_ids, read_round_data
from selfsown_train.merged import read_arrivals, read_merged
from selfsown_train.selection import QUARANTINED

RECIPE = replace(UNCAPPED, quarantine_days=14)


def chats(first: int, count: int, source: str) -> list[Conversation]:
    return [
        Conversation(
            (Turn("user", f"What comes after {number}?"), Turn("assistant", f"{number + 1} comes next.")),
            source,
            "CC0-1.0",
            "2026-11-21",
        )
        for number in range(first, first + count)
    ]


class History:
    """A repository whose commits have days of November 2026, or another month."""

    def __init__(self, root: Path, rulebook: Rulebook) -> None:
        self.root, self.limits = root, rulebook.policy.limits
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, day: str = "2026-11-01") -> str:
        identity = ("-c", "user.name=someone", "-c", "user.email=someone@selfsown.example")
        environment = os.environ | {"GIT_COMMITTER_DATE": f"{day}T00:00:00Z", "GIT_AUTHOR_DATE": f"{day}T00:00:00Z"}
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, env=environment, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def commit(self, day: str, entries: list[Conversation] | None = None) -> None:
        for shard in pack_shards("original", entries or [], self.limits):
            write_shard(self.root, shard)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Add", day=day)

    def quarantined(self) -> int:
        return read_round_data(Repository(self.root), "HEAD", RECIPE).left_out.get(QUARANTINED, 0)


@pytest.fixture
def history(tmp_path: Path, rulebook: Rulebook) -> History:
    """Thirty trusted conversations, on the first of November."""
    made = History(tmp_path / "repository", rulebook)
    made.commit("2026-11-01", chats(0, 30, "starter"))
    return made


def test_quarantine_counts_from_the_merge_and_ends(history: History) -> None:
    history.git("checkout", "--quiet", "-b", "topic")
    history.commit("2026-11-02", chats(100, 7, "other"))
    history.git("checkout", "--quiet", "main")
    history.commit("2026-11-09")
    history.git("merge", "--quiet", "--no-ff", "--message", "Merge", "topic", day="2026-11-10")
    assert history.quarantined() == 7
    history.commit("2026-11-23")
    assert history.quarantined() == 7
    history.commit("2026-11-24")
    assert history.quarantined() == 0
    # The same commit gives the same answer for ever: no clock of this machine is asked.
    data = read_round_data(Repository(history.root), "HEAD~1", RECIPE)
    assert data.left_out == {QUARANTINED: 7}


def test_a_commit_that_was_dated_back_is_no_older_than_those_before_it(history: History) -> None:
    history.commit("2026-11-20")
    history.commit("2020-01-01", chats(100, 7, "other"))
    history.commit("2026-11-21")
    assert history.quarantined() == 7


def test_what_a_withdrawal_moved_came_when_it_came_first(history: History) -> None:
    entries = chats(100, 7, "other")
    history.commit("2026-11-02", entries)
    for day, kept in (("2026-11-15", entries[1:]), ("2026-11-16", entries[2:])):
        for path in history.root.glob("corpus/original/*/*/other-*.jsonl"):
            path.unlink()
        history.commit(day, kept)
    assert history.quarantined() == 0
    history.commit("2026-11-17", chats(200, 3, "other"))
    assert history.quarantined() == 3
    repository = Repository(history.root)
    paths = known_ids(repository.read_corpus("HEAD", "corpus/original"))
    first = repository.line_of_commits("HEAD")[1][0]
    found = read_arrivals(repository, "HEAD", "corpus/original", paths)
    assert {found[entry.id] for entry in entries[2:]} == {first}


def test_a_clock_that_ran_ahead_once_holds_nothing_up(history: History) -> None:
    history.commit("2031-01-01")
    history.commit("2026-11-02", chats(100, 7, "other"))
    history.commit("2026-11-20")
    assert history.quarantined() == 0


def test_without_a_quarantine_a_shallow_clone_will_do_and_with_one_it_is_refused(
    history: History, tmp_path: Path
) -> None:
    history.commit("2026-11-02", chats(100, 7, "other"))
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", f"file://{history.root}", str(tmp_path / "shallow")], check=True
    )
    repository = Repository(tmp_path / "shallow")
    assert read_round_data(repository, "HEAD", replace(RECIPE, quarantine_days=0)).left_out == {}
    with pytest.raises(RepoError, match="cut off"):
        read_round_data(repository, "HEAD", RECIPE)


def test_what_was_not_there_or_still_in_quarantine_at_the_parent_is_fresh(history: History) -> None:
    history.commit("2026-11-02", chats(100, 20, "other"))
    history.commit("2026-11-16")
    old = history.git("rev-parse", "HEAD")
    history.commit("2026-11-17", chats(200, 20, "other"))
    young = history.git("rev-parse", "HEAD")
    (first,) = chats(100, 1, "other")
    held = read_round_data(Repository(history.root), old, RECIPE).held_out[0]
    (heir,) = chats(300, 1, "other")
    history.commit("2026-11-18", [replace(heir, supersedes=held.id)])
    history.commit("2026-12-30")
    repository = Repository(history.root)
    data = read_round_data(repository, "HEAD", RECIPE)
    assert {held.id, first.id} & {entry.id for entry in data.held_out} <= {first.id}
    assert heir.id in {entry.id for entry in data.held_out}
    new = {entry.id for entry in data.held_out} & {entry.id for entry in chats(200, 20, "other")}
    assert new
    assert fresh_ids(repository, data, RECIPE, old) == fresh_ids(repository, data, RECIPE, young) == new
    assert fresh_ids(repository, data, replace(RECIPE, quarantine_days=0), young) == set()
    assert fresh_ids(repository, data, RECIPE, None) == {entry.id for entry in data.held_out}
    with pytest.raises(RepoError, match="no commit"):
        fresh_ids(repository, data, RECIPE, "f" * 40)


def test_ratings_that_were_withdrawn_or_carry_another_conversation_are_passed_over(history: History) -> None:
    one, other, third = chats(0, 3, "starter")
    said = [
        Rating(entry.id, 9.0, {}, "", "someone", "reader", "here", "starter", "2026-11-21", carried)
        for entry, carried in ((one, ()), (other, third.turns), (third, third.turns))
    ]
    for shard in pack_shards("ratings", said, history.limits):
        write_shard(history.root, shard)
    gone = history.root / "corpus" / "withdrawn" / "2026-11" / f"{said[0].id}.json"
    gone.parent.mkdir(parents=True)
    gone.write_text("{}")
    history.commit("2026-11-02")
    merged = read_merged(Repository(history.root), "HEAD", with_ages=True)
    assert [rating.id for rating in merged.ratings] == [said[2].id]
    assert set(merged.ages.since) >= {one.id, said[2].id}
