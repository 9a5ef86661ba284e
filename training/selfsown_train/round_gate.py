"""A trained round is measured beside the live one, and passed or refused; its page of the ledger is written with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from selfsown.errors import UsageError
from selfsown.judge import Judge
from selfsown.judge.features import FeaturesJudge
from selfsown.ledger import Decided, find_ended
from selfsown.rated import as_conversation
from selfsown.round import Round, State, read_promoted, read_rounds, write_round
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.gate import GateVerdict, Measurement, ask_trivial, compare_with_trivial, decide_gate, measure
from selfsown_train.ledger import Heard, describe_judging, open_inquiry, trained_ids
from selfsown_train.local_judge import as_judge
from selfsown_train.model import make_deterministic
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop


def gate_round(workshop: Workshop, entry: Round, report: Report, frozen: Judge | None = None) -> Round:
    """Measure a trained round and the live one on what is held out, decide, and write the round as gated or rejected.

    The `frozen` judge (None: the features) is asked for the round's page of the ledger, beside the live one and its own.
    """
    if entry.state is State.PLANNED:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    recipe, rubric = workshop.recipe, workshop.rulebook.rubric
    data = read_round_data(workshop.repository, entry.plan["corpus"]["commit"], recipe.data)
    promoted = read_promoted(workshop.root, workshop.rulebook.schemas["round"])
    incumbent = promoted if promoted and promoted.number != entry.number else None
    make_deterministic(recipe.seed, recipe.threads)
    with open_inquiry(workshop.repository, incumbent, data, recipe, rubric) as inquiry:
        chat = workshop.registry.load(entry)
        new = measure(chat, data, rubric, report)
        own = inquiry.ask(as_judge(chat, "round"), report)
        del chat  # there may be room for one large model only
        beside = workshop.registry.load(incumbent) if incumbent else workshop.registry.load_base_of(entry)
        old = measure(beside, data, rubric, report)
        live = inquiry.ask(as_judge(beside, "round") if incumbent else FeaturesJudge(), report)
        heard = Heard(inquiry.asked, live, inquiry.ask(frozen or FeaturesJudge(), report), own, trained_ids(data))
    gate = _decide(workshop, data, new, old)
    gated = replace(
        entry,
        state=State.GATED if gate.decision == "pass" else State.REJECTED,
        gate=gate.to_json(incumbent.number if incumbent else None, new.judge),
        judging=_page(workshop, entry, incumbent, inquiry.decided, heard),
    )
    write_round(workshop.root, gated)
    return gated


def _decide(workshop: Workshop, data: RoundData, new: Measurement, old: Measurement) -> GateVerdict:
    """The verdict, with what decides the judge's vote among its checks."""
    recipe = workshop.recipe
    human = [item.rating.score for item in data.held_out_ratings]
    verdict = decide_gate(new, old, human, recipe.gate, recipe.seed)
    trivial = ask_trivial([as_conversation(item) for item in data.held_out_ratings], workshop.rulebook.rubric)
    vote = compare_with_trivial(new.scores, trivial, human, recipe.gate, recipe.seed)
    return replace(verdict, checks=(*verdict.checks, *vote))


def _page(
    workshop: Workshop, entry: Round, incumbent: Round | None, decided: Sequence[Decided] | None, heard: Heard
) -> Mapping[str, Any] | None:
    """The page of the ledger. One that was written beside the parent stays: beside another round it would say less."""
    is_history = entry.judging is not None and (incumbent.number if incumbent else None) != entry.parent
    if decided is None or is_history:
        return entry.judging
    rounds = read_rounds(workshop.root, workshop.rulebook.schemas["round"])
    ended = find_ended(rounds, entry.number, heard.frozen.judge)
    return describe_judging(decided, heard, ended, workshop.recipe.gate, workshop.recipe.seed)
