"""A trained round is measured beside the live one, and passed or refused; its page of the ledger is written with it.

Measured again, a round that was promoted stays promoted, whatever is found, and is held against what it was held against
then: history is not rewritten, and going back is `selfsown rollback`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from selfsown.errors import RepoError, UsageError
from selfsown.judge import Judge
from selfsown.judge.features import FeaturesJudge
from selfsown.ledger import Decided, find_ended
from selfsown.nearness import find_repeats
from selfsown.rated import as_conversation
from selfsown.round import Round, State, read_promoted, read_round, read_rounds, write_round
from selfsown.vote import decide_vote
from selfsown_train.contrast import Side, group_names
from selfsown_train.corpus import RoundData, fresh_ids, read_round_data
from selfsown_train.effects import Merge, Pairing, describe_effects, find_merges, measure_sample, sampled
from selfsown_train.evaluate import Loss
from selfsown_train.gate import Evidence, GateVerdict, ask_trivial, compare_with_trivial, decide_gate, with_checks
from selfsown_train.ledger import Heard, Inquiry, describe_judging, open_inquiry, trained_ids
from selfsown_train.local_judge import as_judge
from selfsown_train.measurement import Bench, Exam, Measurement, choose_exam, measure, measure_memory
from selfsown_train.model import ChatModel, make_deterministic
from selfsown_train.report import Report
from selfsown_train.rounds import Workshop
from selfsown_train.side_by_side import compare_answers


@dataclass(frozen=True, slots=True)
class _Found:
    """What was measured and heard, and who compared the answers; `sample` are losses of what merges brought, before and after."""

    evidence: Evidence
    heard: Heard
    compared_by: str
    sample: tuple[tuple[Loss, ...], tuple[Loss, ...]]


def gate_round(workshop: Workshop, entry: Round, report: Report, frozen: Judge | None = None) -> Round:
    """Measure a trained round and the live one on what is held out, decide, and write the round as gated or rejected.

    The `frozen` judge (None: the features) is asked for the round's page of the ledger, beside the live one and its own.
    """
    if entry.state is State.PLANNED:
        raise UsageError(f"round {entry.name} is not trained yet", "`selfsown train` first")
    recipe = workshop.recipe
    data = read_round_data(workshop.repository, entry.plan["corpus"]["commit"], recipe.data)
    incumbent = _find_incumbent(workshop, entry)
    exam = _choose_exam(workshop, data, incumbent)
    make_deterministic(recipe.seed, recipe.threads)
    with open_inquiry(workshop.repository, incumbent, data, recipe, workshop.rulebook.rubric) as inquiry:
        scene = _Scene(workshop, entry, incumbent, exam, inquiry, _find_merges(workshop, data, incumbent))
        found = _measure(scene, trained_ids(data), frozen, report)
    verdict = _decide(workshop, exam, found.evidence)
    gate = verdict.to_json(incumbent.number if incumbent else None, found.evidence.new.judge)
    state = State.GATED if verdict.decision == "pass" else State.REJECTED
    gated = replace(
        entry,
        state=State.PROMOTED if entry.state is State.PROMOTED else state,
        gate={**gate, "asked": _describe_exam(exam), "compared_by": found.compared_by},
        judging=_page(workshop, entry, incumbent, inquiry.decided, found.heard),
        effects=_describe_effects(scene, found),
    )
    write_round(workshop.root, gated)
    return gated


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who is measured beside whom, and on what. `merges` brought what is new since the incumbent; None: not known here."""

    workshop: Workshop
    entry: Round
    incumbent: Round | None
    exam: Exam
    inquiry: Inquiry
    merges: tuple[Merge, ...] | None


def _find_incumbent(workshop: Workshop, entry: Round) -> Round | None:
    """The round it is held against: the live one; for one that was promoted, the one of that time."""
    schema = workshop.rulebook.schemas["round"]
    if entry.state is State.PROMOTED and entry.gate is not None:
        number = entry.gate["incumbent"]
        return None if number is None else read_round(workshop.root, number, schema)
    promoted = read_promoted(workshop.root, schema)
    return promoted if promoted and promoted.number != entry.number else None


def _choose_exam(workshop: Workshop, data: RoundData, incumbent: Round | None) -> Exam:
    """What both are asked. A clone without the commit of the incumbent (a shallow one) cannot tell what is fresh."""
    since = None if incumbent is None else str(incumbent.plan["corpus"]["commit"])
    fresh: frozenset[str] = frozenset()
    with suppress(RepoError):
        fresh = fresh_ids(workshop.repository, data, workshop.recipe.data, since)
    return choose_exam(data, fresh, find_repeats(data.held_out, data.train), workshop.recipe.gate)


def _measure(scene: _Scene, trained: frozenset[str], frozen: Judge | None, report: Report) -> _Found:
    """Both models, one after the other: there may be room for one large model only."""
    workshop, exam, inquiry = scene.workshop, scene.exam, scene.inquiry
    bench = Bench(workshop.rulebook.rubric, workshop.recipe.gate, workshop.root, inquiry.cache)
    registry, incumbent = workshop.registry, scene.incumbent
    chat = registry.load(scene.entry)
    new = measure(chat, exam, bench, report)
    sides = _sides(chat, exam, new, report)
    after = measure_sample(chat, scene.merges, report)
    own = inquiry.ask(as_judge(chat, "round"), report, trained)
    del chat
    beside = registry.load(incumbent) if incumbent else registry.load_base_of(scene.entry)
    old = measure(beside, exam, bench, report)
    before = measure_sample(beside, scene.merges, report)
    live = inquiry.ask(as_judge(beside, "round") if incumbent else FeaturesJudge(), report)
    judge = _comparing_judge(incumbent, beside)
    preferred = compare_answers(judge, exam.prompts, new.answers, old.answers, bench.rubric, report)
    heard = Heard(inquiry.asked, live, inquiry.ask(frozen or FeaturesJudge(), report), own, trained)
    groups = group_names(exam.held_out)
    fresh = tuple(entry.id in exam.fresh for entry in exam.held_out)
    human = tuple(item.rating.score for item in exam.rated)
    return _Found(Evidence(new, old, groups, fresh, human, preferred, sides), heard, judge.id, (before, after))


def _comparing_judge(incumbent: Round | None, beside: ChatModel) -> Judge:
    """Who says which answer is better: the live round's judge while it has a vote, else the features. Never the candidate's."""
    vote = decide_vote(incumbent) if incumbent else None
    return as_judge(beside, "round") if vote is not None and vote.has_vote else FeaturesJudge()


def _sides(chat: ChatModel, exam: Exam, new: Measurement, report: Report) -> tuple[Side, Side]:
    seen, base_held_out, base_seen = measure_memory(chat, exam, report)
    groups = group_names(exam.held_out), group_names(exam.seen)
    return Side(new.losses, base_held_out, groups[0]), Side(seen, base_seen, groups[1])


def _decide(workshop: Workshop, exam: Exam, evidence: Evidence) -> GateVerdict:
    """The verdict, with what decides the judge's vote among its checks."""
    recipe = workshop.recipe
    trivial = ask_trivial([as_conversation(item) for item in exam.rated], workshop.rulebook.rubric)
    vote = compare_with_trivial(evidence.new.scores, trivial, evidence.human, recipe.gate, recipe.seed)
    return with_checks(decide_gate(evidence, recipe.gate, recipe.seed), vote)


def _describe_exam(exam: Exam) -> dict[str, int]:
    """How much both models were asked, as the round file has it."""
    return {
        "held_out": len(exam.held_out),
        "near_repeats": exam.repeats,
        "fresh": len(exam.fresh),
        "seen": len(exam.seen),
        "answers": len(exam.prompts),
        "ratings": len(exam.rated),
    }


def _find_merges(workshop: Workshop, data: RoundData, incumbent: Round | None) -> tuple[Merge, ...] | None:
    since = None if incumbent is None else str(incumbent.plan["corpus"]["commit"])
    return find_merges(workshop.repository, data, workshop.recipe.data, since)


def _describe_effects(scene: _Scene, found: _Found) -> Sequence[Mapping[str, Any]] | None:
    """What became of each merge's data. What was written beside the parent stays: people have been told so."""
    entry, exam, evidence = scene.entry, scene.exam, found.evidence
    is_history = entry.effects is not None and (scene.incumbent.number if scene.incumbent else None) != entry.parent
    if scene.merges is None or is_history:
        return entry.effects
    own = Pairing(sampled(scene.merges), *found.sample)
    held_out = Pairing(exam.held_out, evidence.old.losses, evidence.new.losses)
    preferred = dict(zip(exam.prompts, evidence.preferred, strict=True))
    return describe_effects(scene.merges, own, held_out, preferred)


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
