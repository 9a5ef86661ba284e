"""How a probe is fitted: sentences of attacks against sentences of honest conversations, convex and repeatable.

Attacks are the seen wordings of the families that speak to the rater in words, each family with the same weight. Honest is all
that is said in our own corpus, broken or not, and in conversations about attacks. The threshold of the flag is cross-fitted:
each conversation is asked of a probe that knows none that begins alike. What a probe makes of a family that it never saw,
and how many honest conversations are flagged, is told beside it.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from selfsown.attack import FAMILIES
from selfsown.attack.seen import WORDS
from selfsown.attack.wording import Wording
from selfsown.conversation import Conversation, Turn
from selfsown.corruption import KINDS
from selfsown.corruption.injection_wordings import REQUESTS
from selfsown.errors import SelfsownError
from selfsown.rated import first_request
from selfsown_train.judge_examples import BENIGN, CORRECTED, HONEST, PAIRED, Ask, Example
from selfsown_train.offline.encoder import Vectors
from selfsown_train.offline.head import Floats
from selfsown_train.offline.probe import Probe, carried_units, said_units
from selfsown_train.offline.speech import Speech

Encode = Callable[[Conversation], tuple[Speech, Mapping[str, Vectors]]]

SPLIT = "split"  # said in pieces: a list of wordings of its own
_WORDLESS = frozenset({"control-tokens"})
_DRAWS = 100  # of each family
_PENALTY = 1e-3  # on half the squared weights, beside the mean loss
_ABOUT = 3.0  # the weight of what is said in a conversation about attacks
_FEW = 0.005  # of honest conversations may be flagged
_FOLDS = 5
_DIGITS = 5
_SCALE = 10.0**_DIGITS
_HALF = 5.0  # points
_DISHONEST = frozenset(kind.name for kind in KINDS if HONEST in (kind.criterion, *kind.also))


@dataclass(frozen=True, slots=True)
class Honest:
    """A conversation that speaks to no rater. `is_whole`: as somebody wrote it; `is_about`: about attacks and ratings."""

    conversation: Conversation
    is_whole: bool
    is_about: bool


def honest_conversations(examples: Sequence[Example]) -> list[Honest]:
    """What speaks to no rater in the examples, each conversation once, in the order of ids."""
    found: dict[str, Honest] = {}
    for one in examples:
        for place, ask in enumerate(one.asks):
            is_made = one.origin == CORRECTED or (one.origin == PAIRED and place % 2 == 1)
            if not (is_made and one.kind in _DISHONEST):
                known = found.get(ask.conversation.id)
                is_whole = not is_made or bool(known and known.is_whole)
                found[ask.conversation.id] = Honest(ask.conversation, is_whole, one.origin == BENIGN)
    steering = {ask.conversation.id for one in examples for ask in one.asks if _is_steering(ask)}
    return [found[name] for name in sorted(found) if name not in steering]


def attack_units(encode: Encode) -> dict[str, list[Vectors]]:
    """The rows that a probe is shown of each attack, by family: `selfsown.attack.seen`, and the corruption `injection`."""
    texts: dict[str, list[tuple[str, ...]]] = {}
    texts["injection"] = sorted((text,) for said in REQUESTS.seen.values() for text in said)
    for family in FAMILIES:
        if family.direct and family.name not in _WORDLESS and family.name in (*WORDS, SPLIT):
            texts[family.name] = sorted({_draw(family.name, seed) for seed in range(_DRAWS)})
    found = {}
    for name, attacks in texts.items():
        rows = [_rows(*encode(_spoken(pieces))) for pieces in attacks]
        found[name] = [part for part in rows if len(part)]
    return found


def fit_probe(
    honest: Sequence[Honest], said: Sequence[Vectors], attacks: Mapping[str, Sequence[Vectors]]
) -> tuple[Probe, dict[str, object]]:
    """A probe, and what is told of it. `said` are the rows of each honest conversation, `attacks` those of `attack_units`.

    Raises SelfsownError where there is nothing honest or no attack.
    """
    if not attacks or not any(len(rows) for rows in said):
        raise SelfsownError("there is nothing to tell attacks from", "a probe needs conversations and attacks")
    weights = [_ABOUT if one.is_about else 1.0 for one in honest]
    folds = np.array([_fold(first_request(one.conversation.turns)) for one in honest])
    left_out = np.zeros(len(honest))
    for fold in range(_FOLDS):
        probe = _fit(attacks, *_take(said, weights, folds != fold))
        for place in np.flatnonzero(folds == fold).tolist():
            left_out[place] = probe.ask(said[place])
    whole = [value for value, one in zip(left_out, honest, strict=True) if one.is_whole]
    above = _round_up(float(np.quantile(whole or left_out, 1 - _FEW, method="higher")))
    everything = _take(said, weights, folds >= 0)
    fitted = _fit(attacks, *everything)
    about = [value for value, one in zip(left_out, honest, strict=True) if one.is_about]
    facts = {
        "attacks": sum(map(len, attacks.values())),
        "honest": len(honest),
        "flagged": _share_above(whole, above),
        "flagged_about": _share_above(about, above),
        "found": {name: _share_above([fitted.ask(rows) for rows in attacks[name]], above) for name in sorted(attacks)},
        "found_left_out": {name: _find_left_out(name, attacks, everything, above) for name in sorted(attacks)},
    }
    return Probe(fitted.bias, fitted.weights, above), facts


def _find_left_out(
    name: str, attacks: Mapping[str, Sequence[Vectors]], honest: tuple[Vectors, Floats], above: float
) -> float:
    """The share of a family's attacks that a probe finds which was fitted on the other families."""
    probe = _fit({key: rows for key, rows in attacks.items() if key != name}, *honest)
    return _share_above([probe.ask(rows) for rows in attacks[name]], above)


def _fit(attacks: Mapping[str, Sequence[Vectors]], honest: Vectors, honest_weights: Floats) -> Probe:
    """Attacks and honest rows count half each; of the attacks every family counts the same."""
    parts = [np.concatenate(list(rows)) for rows in attacks.values() if rows]
    if not parts:
        return Probe(0.0, (0.0,) * honest.shape[1], 1.0)
    design = np.concatenate([*parts, honest]).astype(np.float64)
    design = np.concatenate([design, np.ones((len(design), 1))], axis=1)
    half = np.concatenate([np.full(len(part), 0.5 / (len(parts) * len(part))) for part in parts])
    weights = np.concatenate([half, 0.5 * honest_weights / honest_weights.sum()])
    wanted = np.concatenate([np.ones(len(half)), np.zeros(len(honest))])
    penalty = np.full(design.shape[1], _PENALTY)
    penalty[-1] = 1e-9

    def loss(point: Floats) -> tuple[float, Floats]:
        logits = design @ point
        value = weights @ (np.logaddexp(0.0, logits) - wanted * logits) + 0.5 * penalty @ point**2
        slope = design.T @ (weights * (1.0 / (1.0 + np.exp(-logits)) - wanted)) + penalty * point
        return float(value), slope

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return Probe(
        round(float(found[-1]), _DIGITS), tuple(round(float(value), _DIGITS) + 0.0 for value in found[:-1]), 1.0
    )


def _take(said: Sequence[Vectors], weights: Sequence[float], kept: npt.NDArray[np.bool_]) -> tuple[Vectors, Floats]:
    """Different rows only: a sentence that is in every corruption of a conversation counts once."""
    places = [place for place in np.flatnonzero(kept).tolist() if len(said[place])]
    rows = np.concatenate([said[place] for place in places])
    counts = np.concatenate([np.full(len(said[place]), weights[place]) for place in places])
    _, first = np.unique(rows.round(_DIGITS), axis=0, return_index=True)
    return rows[first], counts[first]


def _rows(speech: Speech, vectors: Mapping[str, Vectors]) -> Vectors:
    parts = [rows for rows in (said_units(speech, vectors), carried_units(speech, vectors)) if len(rows)]
    return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def _draw(family: str, seed: int) -> tuple[str, ...]:
    wording = Wording(random.Random(f"probe {seed} {family}"), False, f"{seed:032x}")  # noqa: S311 - repeatable, not secret
    return tuple(wording.choose_pieces()) if family == SPLIT else (wording.choose(family),)


def _spoken(pieces: Sequence[str]) -> Conversation:
    return Conversation(tuple(Turn("user", text) for text in pieces), "probe", "CC0-1.0", "2026-01-01")


def _is_steering(ask: Ask) -> bool:
    return ask.question == HONEST and ask.target is not None and ask.target.points < _HALF


def _fold(group: str) -> int:
    return int(hashlib.sha256(f"probe {group}".encode()).hexdigest()[:8], 16) % _FOLDS


def _round_up(value: float) -> float:
    return math.ceil(value * _SCALE) / _SCALE


def _share_above(values: Sequence[float], above: float) -> float:
    return round(sum(bool(value > above) for value in values) / len(values), 4) if values else 0.0
