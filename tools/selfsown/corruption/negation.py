"""`negation`: the last answer says the opposite of what it said: a "not" too many or too few, or the opposite word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.language import ENGLISH, language_of
from selfsown.corruption.prose import split_sentences, without_code

# In order of asking; each pair is read both ways.
_OPPOSITES: Mapping[str, tuple[tuple[str, str], ...]] = {
    ENGLISH: (
        ("increases", "decreases"), ("increase", "decrease"), ("more", "less"), ("higher", "lower"), ("larger", "smaller"),
        ("bigger", "smaller"), ("before", "after"), ("always", "never"), ("true", "false"), ("first", "last"),
        ("north", "south"), ("east", "west"), ("hot", "cold"), ("warm", "cold"), ("largest", "smallest"),
        ("highest", "lowest"), ("longest", "shortest"), ("longer", "shorter"), ("above", "below"),
        ("inside", "outside"), ("faster", "slower"), ("older", "younger"), ("earlier", "later"), ("open", "closed"),
        ("with", "without"), ("most", "least"), ("safe", "dangerous"), ("positive", "negative"), ("maximum", "minimum"),
        ("heavier", "lighter"), ("multiply", "divide"), ("early", "late"),
        ("best", "worst"), ("better", "worse"), ("easy", "hard"), ("cheaper", "dearer"),
        ("good", "bad"), ("everyone", "nobody"), ("everything", "nothing"),
    ),
    "de": (("mehr", "weniger"), ("immer", "nie"), ("vor", "nach"), ("größer", "kleiner"), ("höher", "niedriger"),
           ("ja", "nein"), ("mit", "ohne"), ("ein", "kein"), ("eine", "keine"), ("warm", "kalt"), ("früh", "spät")),
    "fr": (("plus", "moins"), ("toujours", "jamais"), ("avant", "après"), ("oui", "non"), ("avec", "sans"),
           ("chaud", "froid"), ("grand", "petit"), ("premier", "dernier")),
    "es": (("más", "menos"), ("siempre", "nunca"), ("antes", "después"), ("sí", "no"), ("con", "sin"),
           ("mayor", "menor"), ("primero", "último"), ("caliente", "frío")),
    "it": (("più", "meno"), ("sempre", "mai"), ("prima", "dopo"), ("sì", "no"), ("con", "senza"),
           ("maggiore", "minore"), ("caldo", "freddo"), ("certo", "no")),
    "pt": (("mais", "menos"), ("sempre", "nunca"), ("antes", "depois"), ("sim", "não"), ("com", "sem"),
           ("maior", "menor"), ("quente", "frio"), ("primeiro", "último")),
}  # fmt: skip
_VERBS: Mapping[str, tuple[str, str]] = {
    ENGLISH: (
        r"\b(is|are|was|were|can|will|would|should|must|does|do|did|has|have|could|may)\b(?! not\b|n['\u2019]t)",
        r"\1 not",
    ),
    "de": (r"\b(ist|sind|war|waren|kann|können|wird|muss|darf|soll)\b(?! nicht\b)", r"\1 nicht"),
    "fr": (r"\b(est|sont|était|peut|faut|doit|peuvent)\b(?! pas\b)", r"n'\1 pas"),
    "es": (r"(?<!no )\b(es|son|está|están|puede|hay|debe|tiene)\b", r"no \1"),
    "it": (r"(?<!non )\b(è|sono|può|deve|ha|bisogna)\b", r"non \1"),
    "pt": (r"(?<!não )\b(é|são|está|pode|deve|tem)\b", r"não \1"),
}
_DENIED = re.compile(
    r"\b(is|are|was|were|do|does|did|has|have|would|could|should|must|need)(?:n['\u2019]t| not)\b"
    r"|\b(ca|wo)n['\u2019]t\b|\b(can|will)( ?)not\b",
    re.IGNORECASE,
)
_LEADS = re.compile(r"(yes|no)\b(?=[,.!:;\s]|\Z)", re.IGNORECASE)
# What somebody likes or did is neither right nor wrong, so its opposite is no worse.
_PERSONAL = re.compile(r"\b(?:I|me|my|we|us|our)\b|\bi['\u2019]", re.IGNORECASE)
_LOOKED_AT = 4  # sentences: the claim stands in front


def negate(conversation: Conversation, setting: Setting) -> Broken | None:
    """Turn one of the first sentences of the last answer into its opposite."""
    index = last_answer(conversation)
    language = language_of(conversation)
    if index is None or language is None:
        return None
    text = conversation.turns[index].content
    pieces = split_sentences(text)
    for place, piece in enumerate(pieces[:_LOOKED_AT]):
        if piece.rstrip().endswith("?") or (language == ENGLISH and _PERSONAL.search(piece)):
            continue
        turned = _turn_around(piece, language, setting)
        if turned != piece:
            return with_text(conversation, index, "".join([*pieces[:place], turned, *pieces[place + 1 :]]))
    return None


def _turn_around(sentence: str, language: str, setting: Setting) -> str:
    lead = _LEADS.match(sentence) if language == ENGLISH else None
    if lead:
        return _like("no" if lead[0].lower() == "yes" else "yes", lead[0]) + sentence[lead.end() :]
    ways = [_deny, _swap_opposite] if setting.dice.random() < 0.5 else [_swap_opposite, _deny]
    for way in ways:
        turned = way(sentence, language)
        if turned != sentence:
            return turned
    return sentence


def _swap_opposite(sentence: str, language: str) -> str:
    """The first word that has an opposite becomes it."""
    others = {first: second for pair in _OPPOSITES[language] for first, second in (pair, pair[::-1])}
    for match in re.finditer(r"[^\W\d_]+", without_code(sentence)):
        opposite = others.get(match[0].lower())
        if opposite:
            return sentence[: match.start()] + _like(opposite, match[0]) + sentence[match.end() :]
    return sentence


def _deny(sentence: str, language: str) -> str:
    """A "not" is taken away, or put behind the first verb that takes one."""
    plain = without_code(sentence)
    denied = _DENIED.search(plain) if language == ENGLISH else None
    if denied:
        verb = denied[1] or denied[3] or {"ca": "can", "wo": "will"}[denied[2].lower()]
        return sentence[: denied.start()] + verb + sentence[denied.end() :]
    pattern, form = _VERBS[language]
    verb_match = re.search(pattern, plain, re.IGNORECASE)
    if verb_match is None:
        return sentence
    return sentence[: verb_match.start()] + verb_match.expand(form) + sentence[verb_match.end() :]


def _like(word: str, model: str) -> str:
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


KIND = CorruptionKind(
    name="negation",
    criterion="answers",
    words='the last answer says the opposite: a "not" too many or too few, or an opposite word',
    function=negate,
)
