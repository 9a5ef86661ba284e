"""The calibration of a judge as a record: `training/judge/calibration.json`, in the form of schema/calibration.schema.json.

It belongs to one judge and one rubric, by their ids, and to nothing else. It is read from the base of a pull request and
never from the pull request, and still strictly: a number that is out of range there would wave everything through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from selfsown.calibration.bands import Support
from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError
from selfsown.schemas import Schema
from selfsown.strict_json import Refusal, parse_loose

CALIBRATION = "training/judge/calibration.json"
MOST_BYTES = 256 * 1024
SCORE = "score"
JUDGE, FEATURES = "judge.", "features."  # before the name of a criterion
OVERALL = "overall"  # the mission's question, as a share of ten

_FORMAT = 1
_MAX_DEPTH = 6
_TIP = "make it again with `selfsown judge calibrate`, or restore it from git"


class Method(StrEnum):
    """How acceptance follows from the inputs."""

    BASE_RATE = "base-rate"
    PLATT = "platt"
    ISOTONIC = "isotonic"
    LOGISTIC = "logistic"


@dataclass(frozen=True, slots=True)
class Curve:
    """From inputs to acceptance: a weighted sum in logits, or for an isotonic one straight lines between knots.

    `weights` go with `inputs`; `knots` are (score, acceptance), both rising.
    """

    method: Method
    inputs: tuple[str, ...] = ()
    intercept: float = 0.0
    weights: tuple[float, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of the reliability diagram: of `n` conversations, what was promised and what people accepted."""

    n: int
    promised: float
    accepted: float


@dataclass(frozen=True, slots=True)
class Measured:
    """How good the acceptance was for conversations it was not fitted on. Losses are by method, in nats.

    `ece` is over `bins` of equal mass, with its interval; `ece_expected` is what a perfect acceptance would show on as
    few ratings.
    """

    losses: Mapping[str, float]
    brier: float
    ece: float
    ece_low: float
    ece_high: float
    ece_expected: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Audits:
    """Blind ratings since the calibration before this one: how many, and how many of them were against its band."""

    n: int
    contrary: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns a judgement into acceptance and bands.

    `features` is the id of the features judge whose answers are among the curve's inputs, or None. `n` conversations were
    rated and judged, `positives` of them accepted (a mean rating from `accepted` on), `independent` of them rated by people
    other than their authors. `ratings` is a digest over the ratings, `commit` is where they were read.
    """

    judge: str
    rubric: str
    features: str | None
    curve: Curve
    accepted: float
    n: int
    positives: int
    independent: int
    accept: Support | None
    decline: Support | None
    measured: Measured | None
    audits: Audits | None
    commit: str
    ratings: str
    created: str

    @property
    def digest(self) -> str:
        """Twelve hex digits over the whole record."""
        return hashlib.sha256(canonical_bytes(self.to_json())).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """As schema/calibration.schema.json has it."""
        return {"format": _FORMAT, **_listed(asdict(self))}


def read_calibration(content: bytes, schema: Schema, place: str = CALIBRATION) -> Calibration:
    """A calibration from the bytes of its file. Raises SelfsownError naming the place, what is wrong and what to do."""
    if len(content) > MOST_BYTES:
        raise SelfsownError(f"{place}: it has {len(content):,} bytes, over {MOST_BYTES:,}", _TIP)
    try:
        record = parse_loose(content, _MAX_DEPTH)
    except Refusal as refusal:
        raise SelfsownError(f"{place}: {refusal.message}", _TIP) from refusal
    if not schema.accepts(record):
        problem = next(schema.problems(record))
        where = f"{problem.field}: " if problem.field else ""
        raise SelfsownError(f"{place}: {where}{problem.message}", _TIP)
    found = _build(record)
    wrong = _first_contradiction(found)
    if wrong:
        raise SelfsownError(f"{place}: {wrong}", _TIP)
    return found


def _build(record: Mapping[str, Any]) -> Calibration:
    curve, measured, audits = record["curve"], record["measured"], record["audits"]
    supports = {name: None if record[name] is None else Support(**record[name]) for name in ("accept", "decline")}
    facts = {name: value for name, value in record.items() if name != "format"}
    return Calibration(
        **{
            **facts,
            **supports,
            "curve": Curve(
                Method(curve["method"]),
                tuple(curve["inputs"]),
                float(curve["intercept"]),
                tuple(map(float, curve["weights"])),
                tuple((float(score), float(share)) for score, share in curve["knots"]),
            ),
            "audits": None if audits is None else Audits(**audits),
            "measured": None
            if measured is None
            else Measured(**{**measured, "bins": tuple(Bin(**entry) for entry in measured["bins"])}),
        }
    )


def _first_contradiction(found: Calibration) -> str | None:
    """What a schema cannot say."""
    curve = found.curve
    is_step = curve.method is Method.ISOTONIC
    supports = [support for support in (found.accept, found.decline) if support]
    facts = {
        "weights and inputs differ in number": not is_step and len(curve.weights) != len(curve.inputs),
        "an input is named twice": len(set(curve.inputs)) != len(curve.inputs),
        "an isotonic curve needs the score alone and two knots": is_step
        and (curve.inputs != (SCORE,) or len(curve.knots) < 2),
        "its knots do not rise": any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(curve.knots)),
        "it counts more accepted than rated": found.positives > found.n or found.independent > found.n,
        "a band has more contrary ratings than ratings": any(it.errors > it.n for it in supports),
        "a band has more ratings than independent people gave": any(it.n > found.independent for it in supports),
        "its bands overlap": bool(found.accept and found.decline and found.accept.threshold <= found.decline.threshold),
        "features are among its inputs, and it names no features judge": found.features is None
        and any(name.startswith(FEATURES) for name in curve.inputs),
    }
    return next((what for what, holds in facts.items() if holds), None)


def _listed(value: Any) -> Any:
    """Tuples as lists and numbers to nine places: what is written is what is read."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {name: _listed(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(entry) for entry in value]
    return round(value, 9) if isinstance(value, float) else value
