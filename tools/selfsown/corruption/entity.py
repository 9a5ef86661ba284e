"""`entity`: a name in the last answer is another one of its class, or two names have changed places."""

from __future__ import annotations

import re

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.language import ENGLISH, language_of
from selfsown.corruption.prose import without_code

_NAME = re.compile(r"(?<=[^\W_][,;:]\s)[^\W\d_]{2,}|(?<=[^\W_]\s)[^\W\d_]{2,}|(?<=[(\"'“„«])[^\W\d_]{2,}")
_SMALL_WORDS = (
    "I'm I'd I'll The An It If In And But Or So Yes No Not You Your We They He She This That For To Of On At My Then Ich "
    "Sie Ihr Ihre Du Le La Les Il Elle El Los Las Lo OK True False None NULL"
)
_NO_NAMES = frozenset(_SMALL_WORDS.split())
_CLASSES = (
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December"),
    ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"),
    (
        "France",
        "Germany",
        "Italy",
        "Spain",
        "Portugal",
        "Poland",
        "Austria",
        "Sweden",
        "Japan",
        "China",
        "India",
        "Brazil",
    ),
    ("English", "French", "German", "Italian", "Spanish", "Portuguese", "Latin", "Greek", "Russian", "Chinese"),
    ("London", "Paris", "Rome", "Berlin", "Madrid", "Vienna", "Tokyo", "Cairo", "Lima", "Oslo", "Athens"),
    ("red", "green", "blue", "yellow", "white", "black", "brown", "orange", "purple", "grey"),
    ("spring", "summer", "autumn", "winter"),
    ("north", "south", "east", "west"),
    ("seconds", "minutes", "hours", "days", "weeks", "months", "years"),
    ("millimetres", "centimetres", "metres", "kilometres", "miles"),
    ("milligrams", "grams", "kilograms", "tonnes"),
    ("oxygen", "hydrogen", "nitrogen", "carbon", "helium", "iron", "copper", "calcium", "sodium"),
    ("mm", "cm", "m", "km"),
    ("milk", "water", "juice", "coffee", "tea", "beer", "wine"),
    ("brother", "sister", "mother", "father", "uncle", "aunt"),
    ("triangle", "square", "circle", "rectangle", "cube", "sphere"),
    ("rows", "columns"),
    ("Männer", "Frauen", "Kinder"),
    ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
)
_CLASS_OF = {name: names for names in _CLASSES for name in names}
_MEMBER = re.compile(
    r"(?<![^\W_])(?<!['\u2019])(?:" + "|".join(sorted(_CLASS_OF, key=len, reverse=True)) + r")(?![^\W_])"
)
_OF_ITS_CLASS = 0.6  # how often a word of a class is taken, where there are names, too
_SWAPPED = 0.7  # how often two names of the answer change places, where it has two
_MOST_PROBES = 60


def change_name(conversation: Conversation, setting: Setting) -> Broken | None:
    """Exchange two names of the last answer, or put another of the same class, or one of elsewhere, in place of one."""
    index = last_answer(conversation)
    if index is None:
        return None
    text = conversation.turns[index].content
    members = [] if language_of(conversation) not in (ENGLISH, "de") else find_members(text)
    names = find_names(text)
    if members and (not names or setting.dice.random() < _OF_ITS_CLASS):
        member = setting.dice.choice(members)
        other = setting.dice.choice([name for name in _CLASS_OF[member] if name != member])
        return with_text(conversation, index, _replace_word(text, member, other))
    if not names:
        return None
    name = setting.dice.choice(names)
    others = [other for other in names if other != name]
    if others and setting.dice.random() < _SWAPPED:
        return with_text(conversation, index, _exchange(text, name, setting.dice.choice(others)))
    foreign = _foreign_name(conversation, name, setting)
    return None if foreign is None else with_text(conversation, index, _replace_word(text, name, foreign))


def find_names(text: str) -> list[str]:
    """Words with a capital that does not come from the beginning of a sentence, each once, in order."""
    found = [match[0] for match in _NAME.finditer(without_code(text))]
    return list(dict.fromkeys(name for name in found if name[0].isupper() and name not in _NO_NAMES))


def find_members(text: str) -> list[str]:
    """Words of which others of the same class are known, each once, in order."""
    return list(dict.fromkeys(match[0] for match in _MEMBER.finditer(without_code(text))))


def _exchange(text: str, first: str, second: str) -> str:
    pattern = re.compile(rf"\b(?:{re.escape(first)}|{re.escape(second)})\b")
    return pattern.sub(lambda match: second if match[0] == first else first, text)


def _replace_word(text: str, word: str, other: str) -> str:
    return re.sub(rf"\b{re.escape(word)}\b", lambda _: other, text)


def _foreign_name(conversation: Conversation, name: str, setting: Setting) -> str | None:
    """A name of another conversation in the same language, in the same letter case, that is not said in this one."""
    exchanges = setting.neighbours.exchanges
    said = "\n".join(turn.content for turn in conversation.turns)
    language = language_of(conversation)
    for _ in range(min(_MOST_PROBES, 2 * len(exchanges))):
        other = setting.dice.choice(exchanges)
        if other.language != language:
            continue
        names = [entry for entry in find_names(other.answer) if _may_stand_for(entry, name) and entry not in said]
        if names:
            return setting.dice.choice(names)
    return None


def _may_stand_for(entry: str, name: str) -> bool:
    return entry.isupper() == name.isupper() and entry not in _CLASS_OF


KIND = CorruptionKind(
    name="entity",
    criterion="answers",
    words="a name in the last answer is another one, or two names have changed places",
    function=change_name,
)
