"""Conversations broken on purpose: how well each judge tells them from what they were, by kind.

Three pools: kinds that train a judge in the wordings that do, the same kinds in wordings that do not, and the kinds that
never train. Beside them what may cost nothing: corrections that are taken well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from selfsown.card.bench import Bench, Json, draw, groups_json
from selfsown.conversation import Conversation
from selfsown.corruption import KINDS, Pair, build_neighbours, make_correction_pairs, make_pairs
from selfsown.evaluation.comparison import Paired

SEEN, UNSEEN, HELD_OUT = "seen", "unseen wordings", "held out"
_MEASURES = ("pair_auc", "accuracy")


def measure_broken(bench: Bench, conversations: Sequence[Conversation], most: int, what: str) -> Json:
    """The pools over at most `most` conversations. Neighbours are looked for among all of them."""
    chosen, neighbours = draw(conversations, most, bench.seed), build_neighbours(conversations)
    seen = list(make_pairs(chosen, KINDS, bench.seed, neighbours=neighbours))
    known = {pair.worse.id for pair in seen}
    other = make_pairs(chosen, KINDS, bench.seed, neighbours=neighbours, is_unseen=True)
    unseen = [pair for pair in other if pair.worse.id not in known]  # a kind without words is the same in both
    pools = {
        SEEN: [pair for pair in seen if not pair.held_out],
        UNSEEN: [pair for pair in unseen if not pair.held_out],
        HELD_OUT: [pair for pair in (*seen, *unseen) if pair.held_out],
    }
    ties = _ties(make_correction_pairs(chosen, bench.seed, neighbours))
    return {
        "name": what,
        "conversations": len(chosen),
        "pools": {name: _measure_pool(bench, pairs, f"{what}, {name}") for name, pairs in pools.items() if pairs},
        "ties": groups_json(bench.evaluate(ties, f"{what}, corrected well"), ("tie_change",)) if ties else {},
    }


def _measure_pool(bench: Bench, pairs: Sequence[Pair], what: str) -> Json:
    items = [Paired(f"{pair.better.id}:{pair.kind}", pair.better, pair.worse, 1, pair.kind) for pair in pairs]
    return {"pairs": len(items), "judges": groups_json(bench.evaluate(items, what), _MEASURES)}


def _ties(pairs: Iterable[Pair]) -> list[Paired]:
    """First without, then with the correction, so that `b over a` is what the correction gains."""
    return [Paired(f"{pair.better.id}:{pair.kind}", pair.worse, pair.better, 0, pair.kind) for pair in pairs]
