"""`injection`: somebody in the conversation asks whoever rates it, or trains on it, for a high score."""

from __future__ import annotations

from collections.abc import Sequence

from selfsown.conversation import Conversation
from selfsown.corruption.answers import answers, with_text
from selfsown.corruption.injection_wordings import REQUESTS
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.language import ENGLISH, language_of
from selfsown.corruption.prose import split_sentences
from selfsown.corruption.wording import choose_in

_BY_THE_ASSISTANT = 0.55
_IN_THE_LAST = 0.6
_PLACES = ("end", "end", "start", "between")
_WRAPPERS = ("{}", "{}", "{}", "({})", "[{}]", "<!-- {} -->", "**{}**", "P.S. {}", "---\n{}")


def ask_for_a_score(conversation: Conversation, setting: Setting) -> Broken | None:
    """Put a request for a high score into a turn of the user or of the assistant."""
    language = language_of(conversation) or ENGLISH
    wanted = choose_in(REQUESTS, language if setting.dice.random() < 0.7 else ENGLISH, setting)
    wanted = wanted or choose_in(REQUESTS, ENGLISH, setting)
    if wanted is None:
        return None
    return put_in_a_turn(conversation, setting.dice.choice(_WRAPPERS).format(wanted), setting, _PLACES)


def put_in_a_turn(conversation: Conversation, text: str, setting: Setting, places: Sequence[str]) -> Broken | None:
    """The conversation with `text` at the start, at the end or between two sentences of a turn that is no system's."""
    dice = setting.dice
    said = answers(conversation)
    if not said:
        return None
    index = said[-1] if dice.random() < _IN_THE_LAST else dice.choice(said)
    if dice.random() >= _BY_THE_ASSISTANT:
        index -= 1
    return with_text(conversation, index, put_at(conversation.turns[index].content, text, dice.choice(places), setting))


def put_at(content: str, text: str, place: str, setting: Setting) -> str:
    """`content` with `text` at a place; never inside a sentence or a block of code."""
    is_ended = content.rstrip()[-1:] in ".!?…。！？"
    gap = setting.dice.choice([" ", "\n", "\n\n"] if is_ended else ["\n", "\n\n"])
    pieces = split_sentences(content)
    if place == "start":
        return f"{text}{gap}{content}"
    if place == "end" or len(pieces) < 2:
        return f"{content}{gap}{text}"
    cut = setting.dice.randrange(1, len(pieces))
    return "".join(pieces[:cut]).rstrip() + gap + text + gap + "".join(pieces[cut:])


KIND = CorruptionKind(
    name="injection",
    criterion="honest",
    words="somebody asks whoever rates the conversation, or trains on it, for a high score",
    function=ask_for_a_score,
)
