"""What decides the result of a round, as its file has it. No torch here: whether a round is due is asked without it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from selfsown_train.corpus import RoundData
from selfsown_train.recipe import Recipe


def describe_plan(data: RoundData, recipe: Recipe, rubric: str) -> dict[str, Any]:
    """The plan of a round but for the versions of the libraries, which only the machine that trains it knows.

    `rubric` is the digest of the rubric.
    """
    return {
        "corpus": {
            "commit": data.commit,
            "conversations": len(data.train),
            "conversations_digest": data.train_digest,
            "held_out": len(data.held_out),
            "held_out_digest": data.held_out_digest,
            "ratings": len(data.train_ratings) + len(data.held_out_ratings),
            "ratings_digest": data.ratings_digest,
            "pairs": len(data.pairs),
            "pairs_digest": data.pairs_digest,
            "sources": dict(Counter(entry.source for entry in data.train)),
            "licenses": dict(Counter(entry.license for entry in data.train)),
            "human_share": round(sum(entry.model is None for entry in data.train) / len(data.train), 4),
            "left_out": data.left_out,
            "pairs_left_out": dict(data.pairs_left_out),
        },
        "recipe": {"name": recipe.name, "digest": recipe.digest, "values": _as_json(recipe.values)},
        "rubric": rubric,
    }


def _as_json(value: Any) -> Any:
    """Tuples as lists, as JSON will read them back."""
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, tuple | list) else value
