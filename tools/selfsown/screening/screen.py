"""What may leave this machine: every conversation is masked, normalised and held against the rules first.

- **Masked** where the bounds are sure and the rest keeps its sense: personal data with a form, and a secret that a user
  pasted, there and wherever it is repeated.
- **Refused** where that is not so: a private key; a secret that an answer came up with by itself, because a model that
  learns it gives away what it saw; so many kinds of personal data that the rest still tells who it is; steering of
  whoever rates; advertising; anything that the rules of a pull request refuse; what is in the corpus already or was
  withdrawn.
- **Shown as a warning** where no rule is sure: names, street addresses.

Pure but for the libraries; nothing here logs, and no sentence holds a word of the conversation. Screening what has been
screened changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation, Turn, read_turns
from selfsown.corpus import Corpus
from selfsown.formats.draft import Draft, Refused
from selfsown.intake_check import record_check
from selfsown.judge.honesty import honesty_signals
from selfsown.normalise import normalise
from selfsown.policy import ScreeningPolicy
from selfsown.rulebook import Rulebook
from selfsown.screening.advertising import find_advertising
from selfsown.screening.mentions import find_mentions
from selfsown.screening.personal_data import find_personal_data
from selfsown.screening.phones import has_too_many_runs
from selfsown.screening.sighting import Action, Screened, Sighting, apart, mask
from selfsown.secret import find_secrets
from selfsown.tombstone import near_finder

STEERING = "steering of the rating"
PRIVATE_KEY = "private key"
TABLE = "more numbers than can be looked through"

_MOST_ROUNDS = 3
_STEERS = 0.2  # a signal with at most this factor on honesty is refused, a weaker one is shown


def screen(conversation: Conversation, rulebook: Rulebook, corpus: Corpus, today: str) -> Screened:
    """What would be published of a conversation, and whether it may be. `today` is YYYY-MM-DD.

    Looks at this conversation alone, and for it in the corpus and for it and what it nearly repeats among the tombstones;
    near copies of the corpus are for `selfsown.nearness`. Raises MissingExtra without the `chat` extra.
    """
    policy = rulebook.policy.screening
    sightings = find_sightings(conversation.turns, policy)
    kinds = tuple(sorted({one.kind for one in sightings}))
    hidden = replace(conversation, turns=mask(conversation.turns, sightings))
    stopped = partial(Screened, hidden, tuple(sightings), kinds=kinds)
    refusal = decide_refusal(sightings, policy)
    if refusal:
        return stopped(refusal)
    try:
        masked = _masked(conversation, rulebook)
    except Refused as refused:
        return stopped(f"It cannot be published: {refused.sentence}.")
    refusal = (
        _known(conversation.id, corpus) or _known(masked.id, corpus) or _against_rules(masked, rulebook, corpus, today)
    )
    return Screened(masked, tuple(sightings), refusal, kinds)


def find_sightings(turns: Sequence[Turn], policy: ScreeningPolicy) -> list[Sighting]:
    """Everything seen in turns, in order, without overlaps."""
    found = [*_secrets(turns), *_personal(turns, policy)]
    for index, turn in enumerate(turns):
        if turn.role == "user":
            found += [Sighting(kind, index, a, b, Action.WARN) for kind, a, b in find_mentions(turn.content)]
    return apart([*found, *find_advertising(turns), *_steering(turns)])


def decide_refusal(sightings: Sequence[Sighting], policy: ScreeningPolicy) -> str:
    """Empty, or a sentence that names kinds and turns."""
    refused = [one for one in sightings if one.action is Action.REFUSE]
    if refused:
        return "It is not published because of " + "; ".join(_places(refused)) + "."
    masked = [one for one in sightings if one.action is Action.MASK]
    kinds = {one.kind for one in masked}
    if len(kinds) > policy.most_kinds or len(masked) > policy.most_masked:
        return (
            f"It is not published: it holds {len(masked)} pieces of {len(kinds)} kinds of personal data or secrets, "
            "and what is left could still tell whose they are."
        )
    return ""


def _places(sightings: Sequence[Sighting]) -> Iterator[str]:
    for kind in sorted({one.kind for one in sightings}):
        turns = sorted({one.turn + 1 for one in sightings if one.kind == kind})
        yield f"{kind} (turn {', '.join(map(str, turns))})"


def _secrets(turns: Sequence[Turn]) -> Iterator[Sighting]:
    said: set[str] = set()
    for index, turn in enumerate(turns):
        for secret in find_secrets(turn.content):
            value = turn.content[secret.start : secret.end]
            may_be_masked = secret.kind != PRIVATE_KEY and (turn.role != "assistant" or value in said)
            action = Action.MASK if may_be_masked else Action.REFUSE
            yield Sighting(secret.kind, index, secret.start, secret.end, action)
            said.add(value)


def _personal(turns: Sequence[Turn], policy: ScreeningPolicy) -> Iterator[Sighting]:
    for item in find_personal_data(turns, policy.phone_regions):
        yield Sighting(item.kind, item.turn, item.start, item.end, Action.MASK)
    for index, turn in enumerate(turns):
        if has_too_many_runs(turn.content):
            yield Sighting(TABLE, index, 0, 0, Action.REFUSE)


def _steering(turns: Sequence[Turn]) -> Iterator[Sighting]:
    """Where one turn alone shows it, there; otherwise at the last turn: it is said in pieces."""
    strongest = min((signal.factor for signal in honesty_signals(tuple(turns))), default=1.0)
    if strongest > _STEERS:
        return
    alone = [i for i, turn in enumerate(turns) if any(s.factor <= _STEERS for s in honesty_signals((turn,)))]
    for index in alone or [len(turns) - 1]:
        yield Sighting(STEERING, index, 0, 0, Action.REFUSE)


def _masked(conversation: Conversation, rulebook: Rulebook) -> Conversation:
    """Normalised and masked, until nothing is left to mask. Raises Refused."""
    limits, policy = rulebook.policy.limits, rulebook.policy.screening
    turns = conversation.turns
    for _ in range(_MOST_ROUNDS):
        draft = Draft([(turn.role, turn.content) for turn in turns])
        turns = read_turns(normalise(draft, limits, merges_turns=True).messages)
        found = [one for one in find_sightings(turns, policy) if one.action is not Action.WARN]
        if not found:
            return replace(conversation, turns=turns)
        if any(one.action is Action.REFUSE for one in found):
            raise Refused("refused", "it holds " + "; ".join(_places(found)))
        turns = mask(turns, found)
    raise Refused("nested", "what is to be masked in it is made of pieces of one another")


def _known(name: str, corpus: Corpus) -> str:
    if name in corpus.withdrawn:
        return f"{name} was withdrawn from the corpus, and does not come back."
    return f"{name} is in the corpus already." if name in corpus.known else ""


def _against_rules(conversation: Conversation, rulebook: Rulebook, corpus: Corpus, today: str) -> str:
    record = conversation.to_json()
    check = record_check(rulebook, frozenset(), date.fromisoformat(today), near_finder(corpus.sketches))
    problem = check(record, canonical_line(record))
    return f"A rule of the corpus refuses it ({problem[0]}): {problem[1]}." if problem else ""
