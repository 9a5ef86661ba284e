"""From two merges to two comments, with a real micro round between them; and the round again without one of the two."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from github_double import World, connect

from selfsown.cli.main import main
from selfsown.conversation import Conversation, read_conversation
from selfsown.effect import Effect, read_effects
from selfsown.errors import SelfsownError, UsageError
from selfsown.repo import Repository
from selfsown.round import Round
from selfsown.shard import pack_shards
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.influence import Influence, Without, leave_out, measure_influence
from selfsown_train.pairs import PreferencePair
from selfsown_train.recipe import Recipe
from selfsown_train.round_gate import gate_round
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop, plan_round

pytestmark = pytest.mark.slow

WHO = ("ann", "bob")


def silent(*_: Any, **__: Any) -> None:
    """A report that nobody reads."""


def read_shard(path: Path, source: str, contributor: str) -> list[Conversation]:
    """Conversations of a real shard, as if they had come from somebody else."""
    records = map(orjson.loads, path.read_bytes().splitlines())
    return [replace(read_conversation(record), source=source, contributor=contributor) for record in records]


@pytest.fixture(scope="module")
def bench(checkout: Path, small_checkout: Path, recipe: Recipe, tmp_path_factory: Any) -> Iterator[Any]:
    """A clone of a repository of the GitHub double after two merges by two sources, and the numbers of the pulls."""
    place = tmp_path_factory.mktemp("told")
    root = place / "clone"
    shutil.copytree(small_checkout, root, ignore=shutil.ignore_patterns(".selfsown", "0001.json", "ratings"))
    for path in sorted((root / "corpus" / "original").rglob("*.jsonl"))[1:]:
        path.unlink()
    subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@e.org", "commit", "-qam", "less"], cwd=root, check=True
    )
    world = World(place / "world")
    world.add_account("owner")
    world.add_repository("owner", "corpus", root)
    token = world.token("owner", permissions=dict.fromkeys(("contents", "pull_requests", "statuses"), "write"))
    shards = sorted((checkout / "corpus" / "original").rglob("starter-*.jsonl"))[3:5]
    with Repository(root) as repository:
        rulebook = repository.rulebook("HEAD")
        pulls = {}
        for who, path in zip(WHO, shards, strict=True):
            packed = pack_shards("original", read_shard(path, who, f"{who}-name"), rulebook.policy.limits)
            world.push("owner/corpus", who, {shard.path: shard.content for shard in packed}, login="owner")
            number = world.open_pull("owner/corpus", who, login="owner")
            status, merged = world.ask(token, "PUT", f"/repos/owner/corpus/pulls/{number}/merge", {})
            assert status == 200
            pulls[who] = (number, merged["sha"])
        bare = world.folder(world.state.repositories["owner/corpus"])
        subprocess.run(["git", "fetch", "--quiet", str(bare), "main"], cwd=root, check=True)
        subprocess.run(["git", "reset", "--quiet", "--hard", "FETCH_HEAD"], cwd=root, check=True)
        brief = replace(recipe, gate=replace(recipe.gate, answers=12, answer_tokens=8))
        yield Workshop(repository, rulebook, brief, place / "cache"), world, token, pulls


@pytest.fixture(scope="module")
def gated(bench: Any) -> Round:
    """The round that learned from both merges, after its gate."""
    workshop = bench[0]
    data = read_round_data(workshop.repository, "HEAD", workshop.recipe.data)
    return gate_round(workshop, train_round(workshop, plan_round(workshop, data, "2026-11-21"), data, silent), silent)


def test_who_brought_what_is_told_once_what_the_round_made_of_it(
    bench: Any, gated: Round, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop, world, token, pulls = bench
    effects = {effect.commit: effect for effect in read_effects(gated)}
    assert set(effects) == {workshop.repository.resolve("HEAD~3"), *(commit for _, commit in pulls.values())}
    for _, commit in pulls.values():
        check_effect(effects[commit])
    monkeypatch.chdir(workshop.root)
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/corpus")
    monkeypatch.setenv("GITHUB_TOKEN", token)
    for name in ("SELFSOWN_APP_ID", "SELFSOWN_APP_KEY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    with connect(world):
        for told in (2, 0):
            capsys.readouterr()
            assert main(["ci", "tell", "--publish"]) == 0
            assert json.loads(capsys.readouterr().out) == {"outcome": "told", "comments": told}
    for number, commit in pulls.values():
        _, comments = world.ask(token, "GET", f"/repos/owner/corpus/issues/{number}/comments")
        (text,) = (one["body"] for one in comments)
        own = effects[commit].own
        assert own is not None
        assert f"| {own['before']:.3f} | {own['after']:.3f} |" in text
        assert f"{effects[commit].trained} conversations of this pull request trained round 0001" in text
    assert main(["round", "show", "1"]) == 0
    assert "what it learned from: 3 merges" in capsys.readouterr().out


def check_effect(effect: Effect) -> None:
    """The round learned: what trained it is predicted better than by the bare base."""
    assert effect.trained + effect.held_out in (45, 50)
    assert effect.own is not None
    change = effect.own["difference"]
    assert change["low"] <= change["value"] <= change["high"] < 0
    assert change["n"] == 20
    assert effect.neighbours is not None
    assert effect.neighbours["difference"]["n"] >= 3
    assert effect.preferred is None or 0 <= effect.preferred["low"] <= effect.preferred["value"] <= 1


class Killed(BaseException):
    """Nothing catches it."""


def test_a_round_without_a_source_goes_on_where_it_broke_off_and_changes_nothing(
    bench: Any, gated: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop = bench[0]
    before = files_of(workshop.root)
    folder, seen = tmp_path / "work", []

    def break_off(stage: str, done: int, total: int, note: str = "") -> None:
        assert stage != "base", "the base is that of the round"
        if stage == "round" and done == 3:
            raise Killed

    with pytest.raises(Killed):
        measure_influence(workshop, gated, Without("ann"), folder, break_off)
    found = measure_influence(workshop, gated, Without("ann"), folder, lambda stage, *_, **__: seen.append(stage))
    trained = {effect.commit: effect.trained for effect in read_effects(gated)}
    assert found.left_out == {"conversations": trained[bench[3]["ann"][1]], "ratings": 0, "pairs": 0}
    change = found.overall["difference"]
    assert change["low"] < change["value"] < change["high"]
    assert found.neighbours is not None
    assert found.neighbours["difference"]["n"] < change["n"]

    def only_measured(stage: str, *_: Any, **__: Any) -> None:
        assert stage == "measure", "it is trained already"

    assert measure_influence(workshop, gated, Without("ann"), folder, only_measured) == found
    shutil.copytree(folder, workshop.root / ".selfsown" / "influence" / "0001" / Without("ann").key)
    monkeypatch.chdir(workshop.root)
    monkeypatch.setenv("SELFSOWN_CACHE", str(workshop.cache))
    assert main(["round", "influence", "1", "--without", "ann", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["overall"] == found.overall
    assert "goes on where it broke off" in said.err
    assert files_of(workshop.root) == before


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of the checkout that is not a working file."""
    files = (path for path in root.rglob("*") if path.is_file())
    named = {path.relative_to(root).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not name.startswith((".git/", ".selfsown/"))}


def test_what_goes_with_a_source_and_with_a_contributor(bench: Any) -> None:
    workshop = bench[0]
    data: RoundData = read_round_data(workshop.repository, "HEAD", workshop.recipe.data)
    of_ann = [entry.id for entry in data.train if entry.source == "ann"]
    pairs = tuple(
        PreferencePair(f"p-{index}", (), "a", "b", "rework", source, (name,))
        for index, (source, name) in enumerate([("bob", of_ann[0]), ("ann", "c-1"), ("bob", "c-2")])
    )
    with_pairs = replace(data, pairs=pairs)
    rest, counts = leave_out(with_pairs, Without("ann"))
    assert counts == {"conversations": len(of_ann), "ratings": 0, "pairs": 2}
    assert [pair.id for pair in rest.pairs] == ["p-2"]
    assert rest.held_out == data.held_out
    assert {entry.source for entry in rest.train} == {"starter", "bob"}
    _, by_name = leave_out(with_pairs, Without(contributor="ann-name"))
    assert by_name == {"conversations": len(of_ann), "ratings": 0, "pairs": 1}
    with pytest.raises(UsageError, match="nothing of nobody trained this round"):
        leave_out(data, Without("nobody"))
    with pytest.raises(UsageError, match="everything that trained this round is of ann"):
        leave_out(replace(data, train=tuple(entry for entry in data.train if entry.source == "ann")), Without("ann"))


def test_a_round_that_is_not_here_cannot_be_compared(bench: Any, gated: Round, tmp_path: Path) -> None:
    workshop = replace(bench[0], place=tmp_path / "elsewhere")
    with pytest.raises(SelfsownError, match="the adapter of round 0001 is not here"):
        measure_influence(workshop, gated, Without("ann"), tmp_path / "work", silent)
    with pytest.raises(UsageError, match="not trained yet"):
        measure_influence(workshop, replace(gated, adapter=None), Without("ann"), tmp_path / "work", silent)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.4, -0.1, "helps"),
        (-0.4, -0.001, "unclear"),
        (0.1, 0.4, "harms"),
        (-0.1, 0.1, "unclear"),
        (None, None, "unclear"),
    ],
)
def test_a_difference_counts_beyond_what_two_trainings_differ_by(
    low: float | None, high: float | None, verdict: str
) -> None:
    change = {"before": 2.0, "after": 2.0, "difference": {"value": 0.0, "low": low, "high": high, "n": 9}}
    assert Influence({}, change, None, 0.005).verdict == verdict
