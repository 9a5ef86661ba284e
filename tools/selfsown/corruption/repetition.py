"""`repetition`: an answer runs in a circle: a sentence, a phrase, a word or the whole of it again and again."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import some_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.prose import split_sentences

_MOST_ADDED = 4000  # characters
_LONG_PHRASE = 400  # characters: more is not looped but said again whole
_STUTTERED = (0.3, 0.6)  # the share of words that are said twice


def repeat(conversation: Conversation, setting: Setting) -> Broken | None:
    """Let an answer repeat itself in one of five ways."""
    index = some_answer(conversation, setting.dice)
    if index is None:
        return None
    text = conversation.turns[index].content
    ways = [_again]
    if len(text) <= _MOST_ADDED:
        ways += [_loop_sentence, _loop_phrase] if len(text.split()) > 5 else []
        ways += [_stutter] if len(text.split()) > 7 and "```" not in text else []
        ways += [_loop_lines] if text.count("\n") > 1 else []
    return with_text(conversation, index, setting.dice.choice(ways)(text, setting))


def _again(text: str, setting: Setting) -> str:
    """The whole answer again; a short one often enough to be seen."""
    words = len(text.split())
    times = setting.dice.randint(4, 9) if words < 5 else setting.dice.randint(1, 3)
    room = max(1, min(times, _MOST_ADDED // max(1, len(text))))
    return setting.dice.choice(["\n\n", " ", "\n"]).join([text] * (1 + room))


def _loop_sentence(text: str, setting: Setting) -> str:
    """One sentence several times in a row, at its place; what follows may be lost to the loop."""
    pieces = [piece for piece in split_sentences(text) if piece.strip()]
    chosen = setting.dice.choice([place for place, piece in enumerate(pieces) if len(piece) > 8] or [0])
    sentence = pieces[chosen].strip()
    room = max(2, min(setting.dice.randint(3, 7), _MOST_ADDED // max(1, len(sentence))))
    loop = " ".join([sentence] * room)
    after = "".join(pieces[chosen + 1 :]) if setting.dice.random() < 0.5 else ""
    return "".join(pieces[:chosen]) + loop + (" " + after if after else "")


def _loop_phrase(text: str, setting: Setting) -> str:
    """A few words that follow on each other to the end, as a model does that has lost its way."""
    words = text.split(" ")
    start = setting.dice.randrange(len(words) // 3, max(len(words) // 3 + 1, len(words) - 2))
    phrase = " ".join(words[start : start + setting.dice.randint(2, 6)]).rstrip(".!?")
    if len(phrase) > _LONG_PHRASE:
        return _again(text, setting)
    return " ".join([*words[:start], *[phrase] * setting.dice.randint(5, 14)])


def _stutter(text: str, setting: Setting) -> str:
    """Many words twice, some three times."""
    share = setting.dice.uniform(*_STUTTERED)
    said: list[str] = []
    for word in text.split(" "):
        said += [word] * (1 if setting.dice.random() > share else setting.dice.choice([2, 2, 3]))
    return " ".join(said)


def _loop_lines(text: str, setting: Setting) -> str:
    """The last lines of a list, a table or a block of code over and over."""
    lines = text.split("\n")
    looped = lines[-setting.dice.randint(1, 3) :]
    return "\n".join([*lines, *looped * setting.dice.randint(3, 6)])


KIND = CorruptionKind(
    name="repetition",
    criterion="form",
    also=("answers",),
    words="an answer runs in a circle: a sentence, a phrase, words, lines or the whole of it again",
    function=repeat,
    held_out=True,
)
