"""A head: measurements to probabilities, as a JSON file that is read strictly and applied with numpy alone.

`training/judge/offline.json` holds the terms with their knots, the mean and scale of every column, and one row of weights
per question: the criteria of the rubric, and `overall`, the share of ten points, and the probe for sentences that speak to
whoever rates. The numbers of a head are worth nothing
with other measurements than it was fitted on, so it names the version of every group.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError
from selfsown.judge.prompt import OVERALL
from selfsown.settings import load_record
from selfsown.strict_json import Refusal, parse_loose
from selfsown_train.offline.probe import Probe

Floats = npt.NDArray[np.float64]

HEAD = "training/judge/offline.json"
MOST_BYTES = 1 << 20
_FORMAT = 1
_DEPTH = 6
_TIP = "fit it again with `selfsown judge fit`, or restore it from git"
_MOST_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class Piecewise:
    """A measurement in straight pieces: a column per piece between `knots`, flat outside."""

    name: str
    knots: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What answers one question: log-odds = bias + weights · standardised columns."""

    name: str
    bias: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The whole of a head file. `probe` is what the group `steering` is measured with, None where it is not measured."""

    format: int
    groups: tuple[str, ...]
    versions: tuple[str, ...]
    terms: tuple[Piecewise, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    questions: tuple[Question, ...]
    probe: Probe | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)  # for people and reports; no part of any answer

    @property
    def digest(self) -> str:
        """Twelve hex digits over everything."""
        return hashlib.sha256(canonical_bytes(self.to_json())).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """As it is written."""
        record: dict[str, Any] = _listed(asdict(self))
        return {name: value for name, value in record.items() if value is not None}

    def answer(self, rows: Sequence[Sequence[float]], names: Sequence[str]) -> dict[str, Floats]:
        """The probability of yes per question and row; `names` are those of the rows' numbers."""
        columns = (expand(rows, names, self.terms) - np.array(self.means)) / np.array(self.scales)
        return {
            entry.name: _sigmoid((columns * np.array(entry.weights)).sum(1) + entry.bias) for entry in self.questions
        }


def expand(rows: Sequence[Sequence[float]], names: Sequence[str], terms: Sequence[Piecewise]) -> Floats:
    """Measurements as the columns of terms, shape (rows, pieces of all terms)."""
    table = np.asarray(rows, np.float64).reshape(len(rows), len(names))
    places = {name: place for place, name in enumerate(names)}
    columns = [
        np.clip(table[:, places[term.name]], low, high) - low for term in terms for low, high in pairwise(term.knots)
    ]
    return np.stack(columns, axis=1)


def agree(criteria: Mapping[str, float], share: float) -> dict[str, float]:
    """The probabilities of the criteria moved together, by one step of log-odds, until their mean is `share`.

    The criteria tell what is wrong, `overall` how bad that is: people who say no to one question do not give eight points
    of ten. Found by bisection, so it is the same everywhere.
    """
    odds = {name: _logit(value) for name, value in criteria.items()}
    low, high = -2 * _MOST_LOGIT, 2 * _MOST_LOGIT
    for _ in range(60):
        middle = (low + high) / 2
        mean = sum(_probability(value + middle) for value in odds.values()) / len(odds)
        low, high = (middle, high) if mean < share else (low, middle)
    return {name: _probability(value + low) for name, value in odds.items()}


def write_head(head: Head) -> bytes:
    """The bytes of its file: JSON, a line per key, so that a difference can be read."""
    lines = [f"{orjson.dumps(name).decode()}: {_line(value)}" for name, value in sorted(head.to_json().items())]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def read_head(path: Path) -> Head:
    """A head from its file. Raises SelfsownError naming the place, what is wrong and what to do."""
    if not path.is_file():
        raise SelfsownError(f"there is no head at {path}", "fit one: `selfsown judge fit`")
    if path.stat().st_size > MOST_BYTES:
        raise SelfsownError(f"{path} has over {MOST_BYTES:,} bytes", _TIP)
    try:
        record = parse_loose(path.read_bytes(), _DEPTH)
    except Refusal as refusal:
        raise SelfsownError(f"{path}: {refusal.message}", _TIP) from refusal
    provenance = record.pop("provenance", None)
    if not isinstance(provenance, dict):
        raise SelfsownError(f"{path}: it does not say what it was fitted on (provenance)", _TIP)
    head: Head = replace(load_record(Head, record, str(path)), provenance=provenance)
    if wrong := _first_contradiction(head):
        raise SelfsownError(f"{path}: {wrong}", _TIP)
    return head


def _first_contradiction(head: Head) -> str | None:
    pieces = sum(len(term.knots) - 1 for term in head.terms)
    names = [entry.name for entry in head.questions]
    lengths = {len(head.means), len(head.scales), *(len(entry.weights) for entry in head.questions)}
    facts = {
        f"its format is {head.format}, not {_FORMAT}": head.format != _FORMAT,
        "a term has fewer than two knots, or they do not rise": any(
            len(term.knots) < 2 or any(a >= b for a, b in pairwise(term.knots)) for term in head.terms
        ),
        "a term is of a group that it does not name": not {term.name.partition(".")[0] for term in head.terms}
        <= set(head.groups),
        "it measures steering without a probe, or has a probe and does not": ("steering" in head.groups)
        != (head.probe is not None),
        "its groups and their versions differ in number": len(head.groups) != len(head.versions),
        "means, scales and weights are not one per column": lengths != {pieces},
        "a scale is not positive": any(scale <= 0 for scale in head.scales),
        "a question is answered twice": len(set(names)) != len(names),
        f"it does not answer {OVERALL}": OVERALL not in names,
    }
    return next((what for what, holds in facts.items() if holds), None)


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -_MOST_LOGIT, _MOST_LOGIT))))


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-_MOST_LOGIT, min(_MOST_LOGIT, logit))))


def _logit(probability: float) -> float:
    kept = min(1 - 1e-9, max(1e-9, probability))
    return math.log(kept / (1 - kept))


def _line(value: Any) -> str:
    """A list of tables has a line per table."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(_line(entry) for entry in value) + "\n]"
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(entry) for name, entry in value.items()}
    return [_listed(entry) for entry in value] if isinstance(value, list | tuple) else value
