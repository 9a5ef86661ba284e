"""`off-topic`: an answer, or its second half, is about something that nobody spoke of."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import some_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.neighbours import context_of, read_exchange, terms, unrelated
from selfsown.corruption.prose import split_sentences
from selfsown.corruption.wording import Wording, choose_wording, in_english

_DRIFTS = 0.3  # how often only the end of a longer answer drifts away
_LONG_WORD = 5  # letters
_LENT = Wording(
    seen=in_english(
        "The old lighthouse was painted last spring, and the ferry now stops there twice a day in summer.",
        "Knead the dough for ten minutes, cover it with a cloth and let it rise somewhere warm for an hour.",
        "The second violin comes in eight bars later and repeats the theme a fifth lower.",
        "Our goalkeeper was out with a sprained ankle, so the substitute played the whole second half.",
        "Bees find their way by the position of the sun, even when clouds cover most of it.",
        "Choose a matt varnish for the shelf, sand it lightly and give it a second coat the next morning.",
        "The museum is closed on Mondays, but the garden with the sculptures stays open until dusk.",
        "Glaciers carve broad valleys, while rivers cut narrow ones with steep sides.",
    ),
    unseen=in_english(
        "Camels store fat in their humps, not water, and can close their nostrils against the sand.",
        "The tailor took in the jacket at the waist and shortened both sleeves by a finger's breadth.",
        "Our neighbours keep three goats, and the smallest one has learned to open the gate.",
        "Prune the roses in early spring, just above a bud that points outwards.",
        "The third season of the series was filmed in an abandoned harbour in the north.",
    ),
)


def leave_topic(conversation: Conversation, setting: Setting) -> Broken | None:
    """Put an unrelated answer of another conversation, or one that is kept for this, in place of an answer."""
    index = some_answer(conversation, setting.dice)
    if index is None:
        return None
    foreign = _foreign_text(conversation, index, setting)
    if foreign is None:
        return None
    pieces = split_sentences(conversation.turns[index].content)
    if len(pieces) > 2 and setting.dice.random() < _DRIFTS:
        foreign = "".join(pieces[: len(pieces) // 2]).rstrip() + " " + foreign
    return with_text(conversation, index, foreign)


def _foreign_text(conversation: Conversation, index: int, setting: Setting) -> str | None:
    context = context_of(conversation)
    own = read_exchange(conversation, index)
    other = None if setting.is_unseen else unrelated(setting.neighbours, own, context, setting.dice)
    if other is not None:
        return other.answer
    lent = choose_wording(_LENT, conversation, setting)
    return None if lent is None or _shares_a_word(context, lent) else lent


def _shares_a_word(context: frozenset[str], lent: str) -> bool:
    return any(len(word) >= _LONG_WORD for word in context & terms(lent))


KIND = CorruptionKind(
    name="off-topic",
    criterion="form",
    also=("answers",),
    words="an answer, or the end of one, is about something that nobody spoke of",
    function=leave_topic,
)
