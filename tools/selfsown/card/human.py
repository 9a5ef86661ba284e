"""What people said, beside judges that understand nothing: one entry per file of rated or paired lines."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from selfsown.card.bench import TRIVIAL, Asked, Bench, Json, measures_json
from selfsown.errors import UsageError
from selfsown.evaluation.compare import Difference, compare, hardest
from selfsown.evaluation.comparison import Attacked, Comparison, Paired
from selfsown.evaluation.evaluate import Evaluation
from selfsown.evaluation.read import list_files, read_comparisons, survey

_SHOWN = {"rated": ("auc", "spearman", "kappa", "ece"), "paired": ("accuracy",)}


def measure_human(bench: Bench, folders: Iterable[Path]) -> Json:
    """Every .jsonl file of the folders. Raises UsageError on a line that is no comparison."""
    files = [path for folder in folders for path in list_files(folder)]
    sets = [_measure_set(bench, path, read_people(path)) for path in files]
    return {"sets": [entry for entry in sets if entry]}


def read_people(path: Path) -> list[Comparison]:
    """The comparisons of a file. Raises UsageError naming the first line that is none."""
    found = survey([path])
    if found.problems:
        first = found.problems[0]
        raise UsageError(f"{first.path}:{first.line}: {first.message}", first.tip)
    return list(read_comparisons([path], lambda _: None))


def main_measure(items: Sequence[Comparison]) -> str:
    """The one by which a set is known: pair accuracy, AUC where people only said yes or no, otherwise Spearman."""
    first = items[0]
    if isinstance(first, Paired):
        return "accuracy"
    is_binary = not isinstance(first, Attacked) and first.levels == 2
    return "auc" if is_binary else "spearman"


def take(items: Sequence[Comparison], most_turns: int, seed: int) -> list[Comparison]:
    """A part with about so many turns, drawn over the whole file; everything where that is less."""
    order = list(range(len(items)))
    random.Random(f"card {seed}").shuffle(order)  # noqa: S311 - repeatable, not secret
    kept: list[int] = []
    turns = 0
    for place in order:
        turns += sum(len(entry.turns) for entry in items[place].conversations)
        if turns > most_turns and kept:
            break
        kept.append(place)
    return [items[place] for place in sorted(kept)]


def _measure_set(bench: Bench, path: Path, items: Sequence[Comparison]) -> Json | None:
    own = [entry for entry in items if not isinstance(entry, Attacked) and type(entry) is type(items[0])]
    if not own:
        return None
    kept = take(own, bench.sizes.turns, bench.seed)
    asked: list[Asked] = [*bench.judges, *bench.trivial]
    found = bench.evaluate(kept, path.stem, asked)
    form = next(iter(next(iter(found.values())).answers.tables))
    measure = main_measure(kept)
    names = [entry.spec for entry in bench.judges]
    return {
        "name": path.stem,
        "form": form,
        "measure": measure,
        "lines": len(kept),
        "of": len(own),
        "judges": {spec: measures_json(one, _SHOWN[form]) for spec, one in found.items()},
        "beside": {spec: _beside(bench, spec, found, measure) for spec in names},
    }


def _beside(bench: Bench, spec: str, found: Mapping[str, Evaluation], measure: str) -> Json | None:
    """A judge beside the trivial one that comes nearest to it, or passes it."""
    others = {name: found[name] for name in TRIVIAL if name in found and name != spec}
    nearest = hardest(compare(found[spec], others, bench.settings), measure)
    return None if nearest is None else {**nearest.to_json(), "verdict": _verdict(nearest)}


def _verdict(difference: Difference) -> str:
    if difference.is_better:
        return "better"
    return "worse" if difference.is_worse else "not distinguishable"
