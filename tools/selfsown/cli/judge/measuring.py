"""What `selfsown judge report` measures, part by part. Judgements and measurements are kept: killed, it goes on there."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, is_dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from selfsown.attack.foreign import read_foreign_families
from selfsown.calibration.fit import Origin
from selfsown.calibration.record import CALIBRATION, read_calibration
from selfsown.card.attacked import Victims, measure_attacks
from selfsown.card.bench import QUICK, TRIVIAL, Asked, Bench, Json, Sizes, draw
from selfsown.card.broken import measure_broken
from selfsown.card.cost import describe_machine, measure_cost
from selfsown.card.goals import ACCEPTABILITY, decide_goals
from selfsown.card.human import main_measure, measure_human, read_people, take
from selfsown.card.reliability import measure_reliability, reliability_json
from selfsown.card.sameness import measure_sameness
from selfsown.cli.console import progress, say
from selfsown.cli.judge import fit
from selfsown.cli.judge.corrupt import read_conversations
from selfsown.cli.judge.evaluate import open_acceptance
from selfsown.cli.judges import open_cache, open_judge
from selfsown.cli.place import find_checkout, open_repository, today
from selfsown.conversation import Conversation, Turn
from selfsown.evaluation.comparison import Rated, make_conversation
from selfsown.evaluation.evaluate import Settings
from selfsown.extras import need
from selfsown.judge import Judge, judge_all
from selfsown.judge.cache import JudgementCache
from selfsown.judgement import Judgement, Unjudged
from selfsown.rated import Opinion, read_opinions
from selfsown.repo import Repository
from selfsown.round import read_promoted
from selfsown.rulebook import Rulebook, load_folder_rulebook

FORMAT = 1
_HEAD = "training/judge/offline.json"
_WORDS = {
    "features": "Signals in the text that a program can see; it needs no model.",
    "offline": "Measurements by small pretrained models that come in packages, weighed by a head.",
    "round": "The language model of the live round, asked one question after the other.",
}
_MOST_NEIGHBOURS = 400


@dataclass(frozen=True, slots=True)
class Work:
    """A run: the checkout with its corpus as a round sees it, where other data lies, and what is measured with.

    `own` are the examples that `selfsown judge fit` would use now; none without an offline judge.
    """

    repository: Repository
    rulebook: Rulebook
    data: Any
    args: argparse.Namespace
    bench: Bench
    own: Sequence[Any]

    def offline(self) -> Asked | None:
        """The offline judge, where it is measured."""
        return next((asked for asked in self.bench.judges if is_offline(asked.spec)), None)


def measure_all(args: argparse.Namespace) -> Json:
    """Everything that the card says, as one JSON object."""
    with open_repository() as repository, open_cache(repository.root) as cache:
        rulebook = load_folder_rulebook(repository.root)
        recipe = need("selfsown_train.recipe", "evaluate").read_recipe(repository.root / "training/recipes/lora.toml")
        data = need("selfsown_train.corpus", "evaluate").read_round_data(repository, "HEAD", recipe.data)
        specs = list(dict.fromkeys(args.judge or default_specs(repository.root, rulebook)))
        sizes = QUICK if args.quick else Sizes()
        # First, so that a judge's memory is counted before anything else has loaded what it needs.
        costs = measure_cost(specs, open_fresh, draw(data.held_out, sizes.cost, 0), rulebook.rubric, progress)
        own = _read_own(repository, rulebook) if any(map(is_offline, specs)) else []
        work = Work(repository, rulebook, data, args, make_bench(specs, rulebook, sizes, args, cache), own)
        parts: Json = {}
        for name, measure in _PARTS.items():
            start = time.monotonic()
            parts[name] = measure(work)
            say(f"  {name}: {parts[name].get('left_out') or f'{time.monotonic() - start:.0f} s'}")
        results = {**_facts(work), "judges": _describe(work), "parts": {**parts, "cost": costs}}
        return {**results, "goals": decide_goals(results)}


def default_specs(root: Path, rulebook: Rulebook) -> list[str]:
    """The judges of a checkout, the strongest first: the goals are about that one."""
    found = ["offline"] if (root / _HEAD).is_file() else []
    live = read_promoted(root, rulebook.schemas["round"])
    return [*found, "features", *(["round"] if live else [])]


def is_offline(spec: str) -> bool:
    """`offline`, or `offline:FILE`."""
    return spec.partition(":")[0] == "offline"


def make_bench(
    specs: Sequence[str], rulebook: Rulebook, sizes: Sizes, args: argparse.Namespace, cache: JudgementCache | None
) -> Bench:
    """The judges opened, with what measures them."""
    judges = []
    for spec in specs:
        judge = open_judge(spec, rulebook)
        judges.append(Asked(spec, judge, open_acceptance(judge.id, rulebook)))
    trivial = tuple(Asked(name, open_judge(name, rulebook)) for name in TRIVIAL if name not in specs)
    settings = Settings(rulebook.policy.judge.recommend, args.resamples)
    return Bench(tuple(judges), trivial, rulebook.rubric, settings, sizes, progress, cache)


def open_fresh(spec: str) -> Judge:
    """The judge without anything that it remembers."""
    return forget(open_judge(spec, load_folder_rulebook(find_checkout())))


def forget(judge: Judge) -> Judge:
    """The same judge, which measures anew what a store knows."""
    known: Any = judge
    if is_dataclass(known) and any(entry.name == "store" for entry in fields(known)):
        known = replace(cast(Any, known), store=None)
    return cast(Judge, known)


def ask_elsewhere(spec: str, conversations: Sequence[Conversation]) -> list[Judgement | Unjudged]:
    """What the judge says in a process of its own."""
    texts = [[(turn.role, turn.content) for turn in entry.turns] for entry in conversations]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(ask_texts, spec, texts).result()


def ask_texts(spec: str, texts: Sequence[Sequence[tuple[str, str]]]) -> list[Judgement | Unjudged]:
    """The other side of `ask_elsewhere`."""
    conversations = [make_conversation(tuple(Turn(*pair) for pair in turns)) for turns in texts]
    return open_fresh(spec).judge(conversations, load_folder_rulebook(find_checkout()).rubric)


def _human(work: Work) -> Json:
    folders = work.args.human
    return (
        measure_human(work.bench, folders)
        if folders
        else {"left_out": "no folder of files that people rated was given"}
    )


def _learning(work: Work) -> Json:
    asked = work.offline()
    places = (folder / f"{ACCEPTABILITY}.jsonl" for folder in work.args.human)
    path = next((place for place in places if place.is_file()), None)
    if asked is None or path is None:
        return {"left_out": f"it needs the offline judge and {ACCEPTABILITY}.jsonl among the files that people rated"}
    items = read_people(path)
    kept = take(items, work.bench.sizes.turns, work.bench.seed) if work.args.quick else items
    rated = [entry for entry in kept if isinstance(entry, Rated)]
    if not rated or main_measure(rated) != "auc":
        return {"left_out": f"the lines of {ACCEPTABILITY}.jsonl are not rated yes or no"}
    found = need("selfsown_train.card", "offline").learn(_material(work, asked.judge), rated, work.bench.sizes.seeds)
    return {"judge": asked.spec, "set": path.stem, **found}


def _corruptions(work: Work) -> Json:
    sizes = work.bench.sizes
    sets = [measure_broken(work.bench, work.data.held_out, sizes.broken, "held-out conversations of our corpus")]
    for name, found in _chats(work).items():
        sets.append(measure_broken(work.bench, draw(found, _MOST_NEIGHBOURS, 0), sizes.chats, f"chats of {name}"))
    return {"sets": sets}


def _attacks(work: Work) -> Json:
    accepted = work.rulebook.policy.judge.accepted
    poor = [said.conversation for said in read_opinions(work.data.held_out_ratings) if said.score < accepted]
    chats = {name: draw(found, work.bench.sizes.ordinary, 1) for name, found in _chats(work).items()}
    texts = sorted(work.args.attack_texts.glob("*.json")) if work.args.attack_texts else []
    return measure_attacks(work.bench, Victims(work.data.held_out, poor, chats), read_foreign_families(texts))


def _calibration(work: Work) -> Json:
    policy = work.rulebook.policy.judge
    said = {True: [*work.data.train_ratings, *work.data.held_out_ratings], False: work.data.held_out_ratings}
    origin = Origin(work.data.commit, "0" * 12, today())
    judges = {}
    for asked in work.bench.judges:
        opinions = read_opinions(said[asked.spec == "features" or is_offline(asked.spec)])
        features = _answers(work, open_judge("features", work.rulebook), opinions)
        answers = _left_out_answers(work, asked, opinions)
        if any(isinstance(answer, Judgement) for answer in answers.values()):
            judges[asked.spec] = measure_reliability(opinions, answers, features, policy, origin)
    path = work.repository.root / CALIBRATION
    saved = read_calibration(path.read_bytes(), work.rulebook.schemas["calibration"]) if path.is_file() else None
    return {
        "judges": judges,
        "saved": reliability_json(saved, policy) if saved else None,
    }


def _left_out_answers(work: Work, asked: Asked, opinions: Sequence[Opinion]) -> Mapping[str, Judgement | Unjudged]:
    if not is_offline(asked.spec):
        return _answers(work, asked.judge, opinions)
    cross = need("selfsown_train.card", "offline").cross_answers
    conversations = [said.conversation for said in opinions]
    return cast(Mapping[str, Judgement | Unjudged], cross(_material(work, asked.judge), conversations, asked.judge.id))


def _answers(work: Work, judge: Judge, opinions: Sequence[Opinion]) -> dict[str, Judgement | Unjudged]:
    conversations = [said.conversation for said in opinions]
    found = judge_all(conversations, work.rulebook.rubric, judge, work.bench.cache)
    return {answer.conversation: answer for answer in work.bench.show(found, "ratings", len(conversations))}


def _sameness(work: Work) -> Json:
    chosen = draw(work.data.held_out, work.bench.sizes.same, work.bench.seed)
    return measure_sameness(work.bench, chosen, lambda asked: forget(asked.judge), ask_elsewhere)


_PARTS: Mapping[str, Callable[[Work], Json]] = {
    "human": _human,
    "learning": _learning,
    "corruptions": _corruptions,
    "attacks": _attacks,
    "calibration": _calibration,
    "sameness": _sameness,
}


def _read_own(repository: Repository, rulebook: Rulebook) -> list[Any]:
    parser = argparse.ArgumentParser()
    fit.configure(parser)
    return fit.read_own(repository, rulebook.rubric, parser.parse_args([]))


def _material(work: Work, judge: Any) -> Any:
    """What the offline judge is fitted on, for heads with more or fewer ratings."""
    card = need("selfsown_train.card", "offline")
    return card.Material(judge.head, work.own, judge.gauges, judge.store, work.rulebook.rubric, progress)


def _chats(work: Work) -> dict[str, list[Conversation]]:
    folder = work.args.chats
    paths = sorted(folder.glob("*.jsonl")) if folder else []
    return {path.stem: list(read_conversations([path], 0.0, Counter())) for path in paths}


def _describe(work: Work) -> Json:
    described: Json = {}
    for asked in work.bench.judges:
        kind = asked.spec.partition(":")[0]
        described[asked.spec] = {"id": asked.judge.id, "words": _WORDS.get(kind, f"The judge `{kind}`.")}
        if is_offline(asked.spec):
            head = cast(Any, asked.judge).head
            described[asked.spec]["offline"] = need("selfsown_train.card", "offline").describe_offline(head, work.own)
    return described


def _facts(work: Work) -> Json:
    return {
        "format": FORMAT,
        "created": today(),
        "commit": work.data.commit,
        "data": "judge/report.json",
        "is_quick": work.args.quick,
        "resamples": work.bench.settings.resamples,
        "confidence": work.bench.settings.confidence,
        "rubric": work.rulebook.rubric.digest,
        "machine": describe_machine(),
    }
