"""What a judge is trained on: ratings by people, pairs of which one side is broken on purpose, and attacks. No torch here.

An example is shown as a whole, so both sides of a pair are always in one batch. A rating teaches the answers that the
person gave. A pair teaches the criterion that is broken, and that the broken side deserves fewer points. An attack makes
the conversation dishonest and changes no other answer; a conversation that is only about attacks is honest. A broken or
attacked conversation has no points of its own: nobody rated it, so only its place below the other side is taught.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from selfsown.attack import FAMILIES, attack
from selfsown.attack.benign import benign_seen
from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation
from selfsown.corruption import KINDS, Pair, build_neighbours, make_correction_pairs, make_pairs
from selfsown.judge.prompt import LEVELS, OVERALL
from selfsown.judgement import Rubric
from selfsown.rating import Rating
from selfsown_train.corpus import RatedConversation, RoundData, as_conversation
from selfsown_train.judge_recipe import ExamplesRecipe, JudgeRecipe

RATED, PAIRED, CORRECTED, ATTACKED, BENIGN = "rated", "paired", "corrected", "attacked", "benign"
ANSWERS, HONEST, FAIR = "answers", "honest", "fair"
POINTS = 10.0

Labels = Mapping[str, float]  # criterion to the share of people who said yes


@dataclass(frozen=True, slots=True)
class Target:
    """What the answer should be: a probability per option (Yes, No; or the levels from 0 to 10) and its points out of ten."""

    shares: tuple[float, ...]
    points: float


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about one conversation. Without a target it counts only in the order of a pair."""

    conversation: Conversation
    question: str
    target: Target | None


@dataclass(frozen=True, slots=True)
class Example:
    """What is shown together. `orders` are pairs of indices of `asks`: the first deserves more points than the second."""

    origin: str
    kind: str
    asks: tuple[Ask, ...]
    orders: tuple[tuple[int, int], ...] = ()


def make_examples(data: RoundData, rubric: Rubric, recipe: JudgeRecipe) -> list[Example]:
    """Everything that the training side of a round teaches, in an order that seed and data decide alone."""
    values, seed = recipe.examples, recipe.seed
    labels = _mean_labels(data.train_ratings)
    trained = [kind for kind in KINDS if not kind.held_out]
    # One conversation can be broken in many ways: those needed at most are looked at, however long the corpus is.
    chosen = draw(data.train, seed, values.pairs + values.corrected)
    neighbours = build_neighbours(chosen)
    pairs = make_pairs(chosen, trained, seed, neighbours=neighbours)
    rated = set(_rank([entry.rating.id for entry in data.train_ratings], str(seed))[: values.ratings])
    examples = rated_examples((entry for entry in data.train_ratings if entry.rating.id in rated), rubric, values)
    for pair in choose_pairs(pairs, seed, _share(values.pairs, len(trained))):
        examples.append(paired_example(pair, labels.get(pair.better.id, {}), values.smoothing))
    for pair in choose_pairs(make_correction_pairs(chosen, seed, neighbours), seed, values.corrected):
        examples.append(corrected_example(pair, labels.get(pair.worse.id, {}), values.smoothing))
    examples += attacked_examples(_attackable(data), labels, rubric, recipe)
    return examples + benign_examples(values)


def rated_examples(rated: Iterable[RatedConversation], rubric: Rubric, recipe: ExamplesRecipe) -> list[Example]:
    """A rating by a person as the questions that the person answered; `repeats` of them, each with other questions first."""
    examples = []
    for entry in rated:
        answered = [one.name for one in rubric.criteria if one.name in entry.rating.criteria] + [OVERALL]
        conversation = as_conversation(entry)
        for turn in range(recipe.repeats):
            chosen = _rank(answered, f"{entry.rating.id}:{turn}")[: recipe.questions]
            asks = tuple(Ask(conversation, name, _said(entry.rating, name, recipe)) for name in chosen)
            examples.append(Example(RATED, "", asks))
    return examples


def paired_example(pair: Pair, labels: Labels, smoothing: float) -> Example:
    """The broken criterion and the overall question, of both sides. What people said no to is not taught as a yes."""
    fine = yes_or_no(True, smoothing) if labels.get(pair.criterion, 1.0) > 0.5 else None
    asks = (
        Ask(pair.better, pair.criterion, fine),
        Ask(pair.worse, pair.criterion, yes_or_no(False, smoothing)),
        Ask(pair.better, OVERALL, None),
        Ask(pair.worse, OVERALL, None),
    )
    return Example(PAIRED, pair.kind, asks, ((0, 1), (2, 3)))


def corrected_example(pair: Pair, labels: Labels, smoothing: float) -> Example:
    """A correction well taken: it is a yes, and every other answer stays what it was without it."""
    fine, kept = yes_or_no(True, smoothing), yes_or_no(labels.get(ANSWERS, 1.0) > 0.5, smoothing)
    return Example(CORRECTED, pair.kind, (Ask(pair.better, pair.criterion, fine), Ask(pair.better, ANSWERS, kept)))


def attacked_examples(
    conversations: Sequence[Conversation], labels: Mapping[str, Labels], rubric: Rubric, recipe: JudgeRecipe
) -> list[Example]:
    """Attacked conversations, the families in turn: `honest` becomes no, another criterion keeps its label.

    An attack that only pretends to answer may spoil the answer too, so there only what is fair stays as it was.
    """
    examples = []
    smoothing = recipe.examples.smoothing
    for index, entry in enumerate(conversations[: recipe.examples.attacks]):
        family = FAMILIES[index % len(FAMILIES)]
        known = labels.get(entry.id, {})
        others = [one.name for one in rubric.criteria if one.name == FAIR or (family.direct and one.name != HONEST)]
        kept = _rank(others, f"{recipe.seed}:{entry.id}")[0]
        attacked = attack(entry, family, recipe.seed)
        fine = yes_or_no(True, smoothing) if known.get(HONEST, 1.0) > 0.5 else None
        asks = (
            Ask(entry, HONEST, fine),
            Ask(attacked, HONEST, yes_or_no(False, smoothing)),
            Ask(attacked, kept, yes_or_no(known.get(kept, 1.0) > 0.5, smoothing)),
            Ask(entry, OVERALL, None),
            Ask(attacked, OVERALL, None),
        )
        examples.append(Example(ATTACKED, family.name, asks, ((0, 1), (3, 4))))
    return examples


def benign_examples(recipe: ExamplesRecipe) -> list[Example]:
    """Conversations about attacks, which attack nobody."""
    fine = yes_or_no(True, recipe.smoothing)
    return [Example(BENIGN, "", (Ask(entry, HONEST, fine),)) for entry in benign_seen()[: recipe.benign]]


def choose_pairs(pairs: Iterable[Pair], seed: int, per_kind: int) -> list[Pair]:
    """At most `per_kind` pairs of each kind, chosen by a hash, so that no kind drowns another."""
    by_kind: dict[str, list[tuple[str, Pair]]] = defaultdict(list)
    for pair in pairs:
        key = hashlib.sha256(f"{seed}:{pair.kind}:{pair.better.id}:{pair.worse.id}".encode()).hexdigest()
        by_kind[pair.kind].append((key, pair))
    return [
        pair for kind in sorted(by_kind) for _, pair in sorted(by_kind[kind], key=lambda entry: entry[0])[:per_kind]
    ]


def draw(conversations: Sequence[Conversation], seed: int, most: int) -> list[Conversation]:
    """At most `most` conversations, chosen by a hash, in the order of their ids."""
    kept = set(_rank([entry.id for entry in conversations], str(seed))[:most])
    return [entry for entry in conversations if entry.id in kept]


def yes_or_no(holds: bool, smoothing: float) -> Target:
    """A soft yes or no; a yes is worth ten points."""
    yes = 1.0 - smoothing if holds else smoothing
    return Target((yes, 1.0 - yes), POINTS * yes)


def score(points: float, spread: float) -> Target:
    """A score out of ten as a histogram over the levels, normal around it with the standard deviation `spread`."""
    weights = [math.exp(-0.5 * ((level - points) / spread) ** 2) for level in range(LEVELS)]
    return Target(tuple(weight / sum(weights) for weight in weights), points)


def examples_digest(examples: Iterable[Example]) -> str:
    """Twelve hex digits over everything that is shown, in order."""
    state = hashlib.sha256()
    for entry in examples:
        asks = [[ask.conversation.id, ask.question, ask.target and list(ask.target.shares)] for ask in entry.asks]
        state.update(canonical_bytes([entry.origin, entry.kind, asks, [list(order) for order in entry.orders]]))
    return state.hexdigest()[:12]


def _attackable(data: RoundData) -> list[Conversation]:
    """What people rated and what trains, good and bad, each once, in the order of a hash."""
    found = {entry.id: entry for entry in data.train}
    found |= {entry.rating.conversation: as_conversation(entry) for entry in data.train_ratings}
    return [found[name] for name in _rank(list(found), "attack")]


def _mean_labels(rated: Iterable[RatedConversation]) -> dict[str, Labels]:
    said: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for entry in rated:
        for name, value in entry.rating.criteria.items():
            said[entry.rating.conversation][name].append(value)
    return {
        conversation: {name: sum(values) / len(values) for name, values in answers.items()}
        for conversation, answers in said.items()
    }


def _said(rating: Rating, question: str, recipe: ExamplesRecipe) -> Target:
    if question == OVERALL:
        return score(rating.score, recipe.spread)
    return yes_or_no(rating.criteria[question], recipe.smoothing)


def _rank(names: list[str], seed: str) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).hexdigest())


def _share(whole: int, parts: int) -> int:
    return -(-whole // max(1, parts))
