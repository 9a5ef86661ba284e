"""Preference pairs: two answers to the same request, one of them better. The training side only.

Two origins. A rework: the answer as it happened is rejected (it stays the original one for ever: arXiv 2508.06026), the
one written in hindsight is chosen. Rated answers: of those that people rated on one request, the best one is chosen
beside each that is worse by the recipe's gap. A pair is as hostile as any contribution, so quarantine and the share of
one source hold for pairs, too. What asks the same as a held-out conversation, or repeats one, makes no pair.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from selfsown.canonical import content_id
from selfsown.conversation import Conversation, Turn
from selfsown.nearness import find_repeats
from selfsown.rated import Opinion, RatedConversation, read_opinions
from selfsown.rework import Rework
from selfsown_train.merged import NO_CONSENT, Merged
from selfsown_train.recipe import DataRecipe
from selfsown_train.selection import OF_SOURCE, QUARANTINED, Cap, decide_shares, hash_order

REWORK, RATED = "rework", "rated"

NOT_AT_HAND = "the conversation is not at hand"

# One request may not weigh more than a few others, however often it was answered.
MOST_PER_PROMPT = 3


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """`chosen` is the better answer to `prompt` (all turns before it), `rejected` the worse one.

    The id is the rework's, or `p-…` over the two rated conversations. `origin` is "rework" or "rated"; `source` is that
    of the better answer, and `conversations` are the ids whose lineage the pair is of.
    """

    id: str
    prompt: tuple[Turn, ...]
    chosen: str
    rejected: str
    origin: str
    source: str = ""
    conversations: tuple[str, ...] = ()


def decide_pairs(
    merged: Merged, rated: Iterable[RatedConversation], is_held: Callable[[str], bool], recipe: DataRecipe
) -> tuple[tuple[PreferencePair, ...], dict[str, int]]:
    """The pairs of a corpus in the order of ids, and how many were left out for which reason."""
    left_out: Counter[str] = Counter()
    candidates = [*_of_reworks(merged, recipe, left_out), *_of_ratings(merged, rated, recipe, left_out)]
    known = [one for one in candidates if not any(map(is_held, one.conversations))]
    left_out["held out"] += len(candidates) - len(known)
    held = [entry for name, entry in merged.conversations.items() if is_held(name)] if known else []
    leaks = _find_leaking(known, held)
    left_out["asks or repeats what is held out"] += len(leaks)
    ranked = sorted(
        (one for one in known if one.id not in leaks),
        key=lambda one: (one.source not in recipe.trusted, hash_order(one.id)),
    )
    chosen, beyond = decide_shares([(one.id, _caps(one, recipe)) for one in ranked])
    pairs = {one.id: one for one in ranked if one.id in chosen}
    return tuple(pairs[name] for name in sorted(pairs)), dict(+left_out + beyond)


def _of_reworks(merged: Merged, recipe: DataRecipe, left_out: Counter[str]) -> Iterator[PreferencePair]:
    for rework in merged.reworks:
        parent = merged.conversations.get(rework.parent)
        reason = _reason_against(rework, parent, merged, recipe)
        if reason or parent is None:
            left_out[reason or NOT_AT_HAND] += 1
            continue
        prompt = parent.turns[: rework.turn]
        yield PreferencePair(
            rework.id, prompt, rework.new, rework.old, REWORK, rework.source, conversations=(rework.parent,)
        )


def _reason_against(rework: Rework, parent: Conversation | None, merged: Merged, recipe: DataRecipe) -> str | None:
    """Why a rework makes no pair, or None. A parent that people rated low may: a better answer is what it lacked."""
    if parent is None:
        return NOT_AT_HAND
    is_young = any(
        source not in recipe.trusted and merged.ages.is_quarantined(name, recipe.quarantine_days)
        for name, source in ((rework.id, rework.source), (rework.parent, parent.source))
    )
    answer = parent.turns[rework.turn : rework.turn + 1]
    reasons = {
        "withdrawn": bool({rework.id, rework.parent} & merged.withdrawn),
        "superseded": rework.parent in merged.superseded,
        NO_CONSENT: rework.parent in merged.untrained,
        "a check of the new answer failed": not all(rework.verdicts.values()),
        "not the answer that was reworked": answer != (Turn("assistant", rework.old),),
        "the answer did not change": rework.new == rework.old,
        QUARANTINED: is_young,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _of_ratings(
    merged: Merged, rated: Iterable[RatedConversation], recipe: DataRecipe, left_out: Counter[str]
) -> Iterator[PreferencePair]:
    """The best answer to each request beside each that is worse by the gap, where people find the best one good enough."""
    by_prompt: dict[tuple[Turn, ...], list[Opinion]] = defaultdict(list)
    for opinion in read_opinions(entry for entry in rated if _is_ripe(entry, merged, recipe)):
        turns = opinion.conversation.turns
        if [turn.role for turn in turns[-2:]] == ["user", "assistant"]:
            by_prompt[turns[:-1]].append(opinion)
    for prompt, opinions in by_prompt.items():
        best, *others = sorted(((-one.score, one.conversation.id, one) for one in opinions), key=lambda item: item[:2])
        for score, name, other in others:
            if score - best[0] < recipe.pair_gap or -best[0] < recipe.minimum_rating:
                continue
            if {best[1], name} & merged.superseded:
                left_out["superseded"] += 1
                continue
            answers = best[2].conversation.turns[-1].content, other.conversation.turns[-1].content
            pair_id = content_id("p", {"chosen": best[1], "rejected": name})
            source = best[2].conversation.source
            yield PreferencePair(pair_id, prompt, *answers, RATED, source, conversations=(best[1], name))


def _is_ripe(entry: RatedConversation, merged: Merged, recipe: DataRecipe) -> bool:
    """Whether a rating, and what it rates where the corpus has that, are out of quarantine."""
    known = merged.conversations.get(entry.rating.conversation)
    records = [(entry.rating.id, entry.rating.source)]
    if known:
        records.append((entry.rating.conversation, known.source))
    return all(
        source in recipe.trusted or not merged.ages.is_quarantined(name, recipe.quarantine_days)
        for name, source in records
    )


def _find_leaking(candidates: Sequence[PreferencePair], held: Sequence[Conversation]) -> frozenset[str]:
    """The pairs whose request is one of a held-out conversation, or that repeat one, by id."""
    prompts = {one.id: _plain(one.prompt) for one in candidates}
    lengths, wanted = {len(prompt) for prompt in prompts.values()}, set(prompts.values())
    asked = {
        prefix
        for plain in (_plain(entry.turns) for entry in held)
        for prefix in (plain[:length] for length in lengths)
        if prefix in wanted
    }
    found = {name for name, prompt in prompts.items() if prompt in asked}
    for answer in ("chosen", "rejected"):
        texts = {one.id: _as_conversation(one, getattr(one, answer)) for one in candidates}
        repeats = find_repeats(list(texts.values()), held)
        found |= {name for name, text in texts.items() if text.id in repeats}
    return frozenset(found)


def _plain(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """Turns whatever their case and spaces."""
    return tuple((turn.role, " ".join(turn.content.casefold().split())) for turn in turns)


def _as_conversation(pair: PreferencePair, answer: str) -> Conversation:
    return Conversation((*pair.prompt, Turn("assistant", answer)), "", "", "")


def _caps(pair: PreferencePair, recipe: DataRecipe) -> tuple[Cap, ...]:
    prompt = content_id("k", [turn.to_json() for turn in pair.prompt])
    caps = (Cap("beyond the pairs of one request", prompt, 0.0, MOST_PER_PROMPT),)
    is_trusted = pair.source in recipe.trusted
    return caps if is_trusted else (*caps, Cap(OF_SOURCE, pair.source, recipe.source_share))
