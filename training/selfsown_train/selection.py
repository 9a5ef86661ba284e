"""Which of the accepted conversations a round takes: after their quarantine, within the shares of the recipe. Pure.

The shares are those of the result: of what is taken, at most so much is of one source, of one contributor, or written
by a model. So a flood cannot crowd out the rest, and what models wrote does not replace what people wrote
(Kazdan et al. 2024, arXiv 2410.16713). Trusted sources come first, then what people rated best, then the order of a
hash: one more conversation moves few others. Time is that of commits, so the same commit gives the same selection.
Not covered: who a contributor really is. Names are what the record says, which is why sources are capped, too.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from selfsown.conversation import Conversation
from selfsown.nearness import shingles
from selfsown_train.recipe import DataRecipe

QUARANTINED = "in quarantine"
REPEATED = "repeats what was taken"
OF_SOURCE = "beyond the share of one source"
OF_CONTRIBUTOR = "beyond the share of one contributor"
OF_MODELS = "beyond the share of what models wrote"

# No source and no contributor is cut below this many: in a small corpus a share of it is a handful, and cutting honest
# people off costs more than it saves. Poisoned tunings needed 50 to 90 examples (arXiv 2510.07192).
FEWEST = 20

# Of conversations that are nearly the same, so many are taken; nearly: this share of their runs of words in common.
MOST_ALIKE = 3
ALIKE = 0.8

_DAY = 86_400
_ROUNDING = 1e-9
_SALT = "selfsown-selection-1"
_SKETCH = 8
_MOST_LEADERS = 32


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `share` of what is taken may be of `group` (`fewest` always may); beyond it the `reason` holds."""

    reason: str
    group: str
    share: float
    fewest: int = FEWEST


@dataclass(frozen=True, slots=True)
class Ages:
    """When records came to the corpus, and the time of the commit that is looked at: seconds since 1970.

    Empty `since`: nobody asks.
    """

    now: int
    since: Mapping[str, int]

    def is_quarantined(self, name: str, days: int) -> bool:
        """Whether a record came less than so many days before. One whose coming is unknown counts as just come."""
        return days > 0 and self.now - self.since.get(name, self.now) < days * _DAY


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids that are taken, and how many were left out for which reason."""

    chosen: frozenset[str]
    left_out: Mapping[str, int]


def decide_selection(
    accepted: Mapping[str, Conversation], ages: Ages, scores: Mapping[str, float], recipe: DataRecipe
) -> Selection:
    """Which of the accepted conversations (by id) are taken. `scores` is what people say of them, out of ten."""
    left_out: Counter[str] = Counter()

    def rank(name: str) -> tuple[bool, float, str]:
        entry = accepted[name]
        return entry.source not in recipe.trusted, -scores.get(name, recipe.minimum_rating), hash_order(name)

    ripe = []
    for name in sorted(accepted, key=rank):
        if accepted[name].source not in recipe.trusted and ages.is_quarantined(name, recipe.quarantine_days):
            left_out[QUARANTINED] += 1
        else:
            ripe.append(name)
    repeated = find_repeated((name, accepted[name]) for name in ripe if accepted[name].source not in recipe.trusted)
    left_out.update([REPEATED] * len(repeated))
    ranked = [(name, _caps(accepted[name], recipe)) for name in ripe if name not in repeated]
    chosen, beyond = decide_shares(ranked)
    return Selection(chosen, dict(left_out + beyond))


def _caps(entry: Conversation, recipe: DataRecipe) -> tuple[Cap, ...]:
    caps = [Cap(OF_MODELS, "", 1 - recipe.human_share, 0)] if entry.model else []
    if entry.source not in recipe.trusted:
        if entry.contributor:
            caps.append(Cap(OF_CONTRIBUTOR, entry.contributor, recipe.contributor_share))
        caps.append(Cap(OF_SOURCE, entry.source, recipe.source_share))
    return tuple(cap for cap in caps if cap.share < 1)


def decide_shares(ranked: Sequence[tuple[str, tuple[Cap, ...]]]) -> tuple[frozenset[str], Counter[str]]:
    """Ids within their caps, and how many were left out for which reason; earlier ones go before later ones.

    A share of the result depends on the result: the largest size is sought (by halving) at which, with the caps of that
    size, at least as many are taken, so every cap holds in what is taken.
    """
    least, most = 0, len(ranked)
    while least < most:
        size = (least + most + 1) // 2
        if len(_take(ranked, size)[0]) >= size:
            least = size
        else:
            most = size - 1
    return _take(ranked, least)


def _take(ranked: Sequence[tuple[str, tuple[Cap, ...]]], size: int) -> tuple[frozenset[str], Counter[str]]:
    taken: Counter[Cap] = Counter()
    beyond: Counter[str] = Counter()
    chosen = []
    for name, caps in ranked:
        over = next((cap for cap in caps if taken[cap] >= max(cap.fewest, int(cap.share * size + _ROUNDING))), None)
        if over:
            beyond[over.reason] += 1
            continue
        chosen.append(name)
        for cap in caps:
            taken[cap] += 1
    return frozenset(chosen), beyond


def find_repeated(ranked: Iterable[tuple[str, Conversation]]) -> frozenset[str]:
    """Those that are nearly the same as MOST_ALIKE earlier ones (Jaccard over runs of words), by id.

    Whoever shares half of the eight smallest numbers of its runs (a MinHash sketch, Broder 1997) is compared exactly;
    at a Jaccard similarity of 0.8 one in a hundred is missed.
    """
    leaders: dict[int, list[int]] = defaultdict(list)
    texts: list[array[int]] = []
    sizes: list[int] = []
    repeated = set()
    for name, entry in ranked:
        runs = shingles(entry.turns)
        sketch = sorted(runs)[:_SKETCH]
        shared = Counter(place for run in sketch for place in leaders[run])
        near = sorted(place for place, count in shared.items() if 2 * count >= len(sketch))
        leader = next((place for place in near if _is_alike(runs, texts[place])), None)
        if leader is None:
            for run in sketch:
                if len(leaders[run]) < _MOST_LEADERS:
                    leaders[run].append(len(texts))
            texts.append(array("I", runs))
            sizes.append(1)
        elif sizes[leader] < MOST_ALIKE:
            sizes[leader] += 1
        else:
            repeated.add(name)
    return frozenset(repeated)


def _is_alike(runs: frozenset[int], others: array[int]) -> bool:
    if min(len(runs), len(others)) < ALIKE * max(len(runs), len(others)):
        return False
    shared = len(runs.intersection(others))
    return shared >= ALIKE * (len(runs) + len(others) - shared)


def hash_order(name: str) -> str:
    """A place in an order that says nothing of the content, the same for ever."""
    return hashlib.sha256(f"{_SALT}:{name}".encode()).hexdigest()
