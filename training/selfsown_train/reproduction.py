"""A round made again from its file, beside the checkout, to see whether the same adapter comes out.

Corpus and rules are read at the commit of the plan, the values of the recipe from the round file; the base is built again
in a cache of its own. What broke off goes on. Of the checkout nothing changes but this: where a model of the round is
missing and came out the same, it is put in its place.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.corpus import withdrawn_ids
from selfsown.errors import SelfsownError, UsageError
from selfsown.judgement import load_rubric
from selfsown.repo import Repository
from selfsown.round import Round, State, read_round, read_rounds, write_round
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.judge_recipe import judge_recipe_of_round
from selfsown_train.judge_round import train_judge
from selfsown_train.libraries import describe_machine, library_versions
from selfsown_train.plan import describe_plan
from selfsown_train.registry import BUILT, locate, read_base
from selfsown_train.report import Report
from selfsown_train.round_training import train_round
from selfsown_train.rounds import Workshop, settle_trained

Pairs = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came out: by name, what the round file says and what came out here.

    `results` are digests and decide; `conditions` are the libraries and facts of the machine that are not the same.
    `restored` are the models that the checkout lacked and has now.
    """

    again: Round
    results: Pairs
    conditions: Pairs
    restored: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether every digest is the one that the round file names."""
        return all(named == found for named, found in self.results.values())


def reproduce_round(
    workshop: Workshop, entry: Round, folder: Path, report: Report, *, keep_base: bool = False, judge: bool = False
) -> Reproduction:
    """Make a trained round again in `folder`, and its judge if asked; the folder is removed where the same came out.

    Raises UsageError where there is nothing to repeat, SelfsownError where corpus or rules are not what the round says.
    """
    if entry.adapter is None or entry.base is None:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    if judge and entry.judge_adapter is None:
        raise UsageError(f"round {entry.name} has no judge of its own", "leave out --judge")
    bench = open_apart(workshop, entry, folder, keep_base=keep_base)
    data = read_planned(bench, entry)
    refuse_withdrawn(workshop.repository, data)
    again = read_round(bench.root, entry.number, bench.rulebook.schemas["round"])
    if not settle_trained(bench, again):
        again = train_round(bench, again, data, report)
    if judge:
        again = train_judge(bench, again, judge_recipe_of_round((entry.judge_adapter or {})["recipe"]), report)
    made = Reproduction(again, _compare_results(entry, again), compare_conditions(entry))
    if not made.is_same:
        return made
    restored = tuple(_restore(workshop, bench, entry, again))
    shutil.rmtree(folder)
    return replace(made, restored=restored)


def refuse_withdrawn(repository: Repository, data: RoundData) -> None:
    """Raise SelfsownError where something that the round trained on was withdrawn since: nobody trains on it again."""
    pairs = (name for pair in data.pairs for name in (pair.id, *pair.conversations))
    rated = (name for one in data.train_ratings for name in (one.rating.id, one.rating.conversation))
    gone = {*(one.id for one in data.train), *pairs, *rated} & withdrawn_ids(repository.corpus_paths("HEAD"))
    if gone:
        raise SelfsownError(
            f"{len(gone)} of the records that this round was trained on were withdrawn since (such as {min(gone)})",
            "train a new round; docs/erasure.md says what to do with the adapters of this one",
        )


def open_apart(workshop: Workshop, entry: Round, folder: Path, *, keep_base: bool) -> Workshop:
    """A workshop with the rubric of the round's commit whose files lie in `folder`, with the round as planned."""
    commit = workshop.repository.resolve(entry.plan["corpus"]["commit"])
    rubric = load_rubric((workshop.repository.read_file(commit, "schema/rubric.toml") or b"").decode())
    bench = replace(
        workshop,
        rulebook=replace(workshop.rulebook, rubric=rubric),
        place=folder,
        cache=workshop.cache if keep_base else folder / "cache",
    )
    if not read_rounds(folder, workshop.rulebook.schemas["round"]):
        write_round(folder, Round(entry.number, State.PLANNED, entry.created, entry.parent, entry.plan))
    return bench


def read_planned(bench: Workshop, entry: Round) -> RoundData:
    """What the round trained on. Raises SelfsownError where it is read otherwise now."""
    corpus = entry.plan["corpus"]
    data = read_round_data(bench.repository, corpus["commit"], bench.recipe.data)
    now = describe_plan(data, bench.recipe, bench.rulebook.rubric.digest)
    named = {name: value for name, value in corpus.items() if name.endswith("digest")}
    other = [name for name, value in named.items() if now["corpus"].get(name) != value]
    other += ["rubric"] if now["rubric"] != entry.plan["rubric"] else []
    if other:
        raise SelfsownError(
            f"the {', '.join(other)} of commit {corpus['commit'][:12]} is not what round {entry.name} was trained on",
            "this version of the tool reads the corpus otherwise: install the one of that commit",
        )
    return data


def _compare_results(entry: Round, again: Round) -> Pairs:
    parts = {"base": "base", "adapter": "adapter", "judge_adapter": "judge"}
    return {
        words: (getattr(entry, part)["digest"], getattr(again, part)["digest"])
        for part, words in parts.items()
        if getattr(entry, part) and getattr(again, part)
    }


def compare_conditions(entry: Round) -> Pairs:
    """What is not as it was when the round was trained. A round that says nothing of its machine differs in nothing there."""
    training = entry.training or {}
    at_once = {"processes": training.get("processes", 1)}
    return {
        **_differing(entry.plan["libraries"], library_versions()),
        **_differing(training.get("machine") or {}, describe_machine()),
        **_differing(at_once, {"processes": 1}),
    }


def _differing(named: Mapping[str, Any], found: Mapping[str, Any]) -> Pairs:
    return {name: (value, found.get(name)) for name, value in named.items() if found.get(name) != value}


def _restore(workshop: Workshop, bench: Workshop, entry: Round, again: Round) -> list[str]:
    """Put what came out the same where the checkout lacks it; return what was put there."""
    restored = []
    base = read_base(entry.base or {})
    if base.name.startswith(BUILT) and again.base == entry.base:
        target = Path(locate(base, workshop.cache).name)
        if not target.exists():
            _move(Path(locate(base, bench.cache).name), target)
            restored.append("base")
    ours, theirs = workshop.registry, bench.registry
    if not ours.has_adapter(entry):
        _move(theirs.place(again.adapter or {}), ours.place(entry.adapter or {}))
        restored.append("adapter")
    if again.judge_adapter is not None and not ours.has_judge(entry):
        _move(theirs.place(again.judge_adapter), ours.place(again.judge_adapter))
        restored.append("judge")
    return restored


def _move(source: Path, target: Path) -> None:
    """A folder to its place, whole or not at all; what was there did not count."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = target.with_name(f".{target.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    shutil.copytree(source, staging)
    shutil.rmtree(target, ignore_errors=True)
    staging.rename(target)
