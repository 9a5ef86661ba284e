"""`selfsown judge fit`: the head of the offline judge and its probe, fitted on the corpus at HEAD and on rated files."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selfsown.cli.console import progress, say, write_result
from selfsown.cli.place import find_checkout, open_repository
from selfsown.cli.training import hush_transformers
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.judgement import Rubric
from selfsown.repo import Repository
from selfsown.rulebook import load_folder_rulebook
from selfsown.shard import write_atomically

HELP = "Fit the head of the offline judge on the corpus at HEAD: ratings, broken pairs, attacks."

_PAIRS = 900
_ATTACKS = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the head (default: training/judge/offline.json)"
    )
    parser.add_argument(
        "--with",
        dest="rated",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="rated or paired files (docs/evaluation.md) as further ratings",
    )
    parser.add_argument("--groups", metavar="NAMES", help="only these groups of measurements, separated by commas")
    parser.add_argument("--pairs", type=int, default=_PAIRS, metavar="N", help=f"most broken pairs (default: {_PAIRS})")
    parser.add_argument(
        "--attacks", type=int, default=_ATTACKS, metavar="N", help=f"most attacked conversations (default: {_ATTACKS})"
    )


def run(args: argparse.Namespace) -> int:
    """0 the head is fitted."""
    hush_transformers("offline")
    module = _part("head")
    terms, measurements = _part("terms"), _part("measurements")
    groups = args.groups.split(",") if args.groups else list(measurements.GROUPS)
    measurements.check_groups(groups)
    with open_repository() as repository:
        target = (args.output or repository.root / module.HEAD).resolve()
        rubric = load_folder_rulebook(repository.root).rubric
        commit = repository.resolve("HEAD")
        own = read_own(repository, rubric, args)
        examples = [*own, *_part("examples").people_examples(read_people(args.rated))]
        facts = {"commit": commit, **_part("fit").describe(examples)}
        with _part("store").MeasurementStore(repository.root / _part("judge").STORE) as store:
            probe = None
            if "steering" in groups:
                probe, facts["probe"] = fit_probe(own, store)
            numbers = measure(examples, measurements.open_gauges(groups, probe, store), store)
        fitted = _part("fit").fit_head
        head = fitted(examples, numbers, rubric, terms.terms_within(groups), provenance=facts, probe=probe)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, module.write_head(head))
    origins = ", ".join(f"{count} {origin}" for origin, count in facts["examples"].items())
    say(f"a head over {len(head.terms)} measurements, fitted on {origins}", style="bold")
    say(f"digest {head.digest}; it judges with `--judge offline`")
    write_result(str(target))
    return 0


def read_own(repository: Repository, rubric: Rubric, args: argparse.Namespace) -> list[Any]:
    """The examples of the training side of the corpus at HEAD."""
    recipes = repository.root / "training" / "recipes"
    data_recipe = need("selfsown_train.recipe", "offline").read_recipe(recipes / "lora.toml").data
    recipe = need("selfsown_train.judge_recipe", "offline").read_judge_recipe(recipes / "judge.toml")
    data = need("selfsown_train.corpus", "offline").read_round_data(repository, "HEAD", data_recipe)
    own: list[Any] = _part("examples").own_examples(data, rubric, recipe, args.pairs, args.attacks)
    return own


def read_people(paths: list[Path]) -> Iterator[Any]:
    """The comparisons of files. Raises UsageError naming the first line that is none."""
    read, texts = need("selfsown.evaluation.read", "offline"), need("selfsown.evaluation.texts", "offline")
    for path in paths:
        files = read.list_files(path)
        found = read.survey(files)
        if found.problems:
            first = found.problems[0]
            raise UsageError(f"{first.path}:{first.line}: {first.message}", first.tip)
        yield from read.read_comparisons(files, texts.find_texts(find_checkout(), found.elsewhere))


def fit_probe(own: list[Any], store: Any) -> Any:
    """The probe of our own examples, and what is told of it, under a progress bar; what is encoded already costs nothing."""
    module, encode = _part("probe_fit"), _part("measurements").open_speech(store)
    honest, said_units = module.honest_conversations(own), _part("probe").said_units
    said = [said_units(*encode(one.conversation)) for one in progress(honest, "encoding", len(honest))]
    return module.fit_probe(honest, said, module.attack_units(encode))


def measure(examples: list[Any], gauges: Any, store: Any) -> dict[str, tuple[float, ...]]:
    """Every conversation's measurements under a progress bar; those that are known already cost nothing."""
    found = {ask.conversation.id: ask.conversation for one in examples for ask in one.asks}
    measure_one = _part("measurements").measure_one
    shown = progress(found.items(), "measuring", len(found))
    return {name: measure_one(conversation, gauges, store) for name, conversation in shown}


def _part(name: str) -> Any:
    return need(f"selfsown_train.offline.{name}", "offline")
