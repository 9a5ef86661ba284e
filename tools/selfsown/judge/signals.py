"""What can be seen in a conversation without a model: each signal lowers one criterion and says why.

A signal says by which factor the probability of yes of its criterion falls, how far the whole conversation is spoiled by
it, and the words for the flag.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from itertools import pairwise

from selfsown.conversation import Conversation, Turn
from selfsown.judge import patterns
from selfsown.judge.corrections import correction_signals
from selfsown.judge.emptiness import emptiness_signals, says_nothing
from selfsown.judge.honesty import honesty_signals
from selfsown.judge.signal import Signal

_WORD = re.compile(r"[^\W_]+")
_UNSAYABLE = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(?:[a-z][0-9]){2,}|([a-z])\1{3,}", re.IGNORECASE)
_ENDINGS = ".!?…:;)]}»”\"'`|*_。！？%°€$£"
_OPERATIONS = {"+": operator.add, "-": operator.sub, "−": operator.sub, "–": operator.sub}
_OPERATIONS |= {"plus": operator.add, "minus": operator.sub, "times": operator.mul, "divided by": operator.truediv}
_OPERATIONS |= {"*": operator.mul, "×": operator.mul, "x": operator.mul, "/": operator.truediv, "÷": operator.truediv}
_SIGNS = "+-*/×x÷−–^"
_SHORT_TEXT = 40  # words
_NATURAL_REPETITION = 0.2  # the share of words that a short text may repeat
_PLAIN_QUESTION = 40  # characters
_LONG_ANSWER = 14  # words: a shorter one may well say it all in its own
_STEM = 4  # letters


def read_signals(conversation: Conversation) -> list[Signal]:
    """Everything seen in a conversation. Linear in its length."""
    turns = conversation.turns
    answers = [turn.content for turn in turns if turn.role == "assistant"]
    signals = [*_last_answer(turns), *_arithmetic(answers), *_asked_sum(turns), *_form(answers), *_manners(answers)]
    return [*signals, *correction_signals(turns), *_gives_in(turns), *honesty_signals(turns)]


def _last_answer(turns: tuple[Turn, ...]) -> list[Signal]:
    answer = turns[-1].content if turns and turns[-1].role == "assistant" else ""
    request = next((turn.content for turn in reversed(turns) if turn.role == "user"), "")
    if not answer.strip():
        return [Signal("answers", 0.02, "the last request has no answer", spoils=0.2)]
    if patterns.MASTER_KEY.fullmatch(answer) or says_nothing(answer):
        return [Signal("answers", 0.04, "the last answer says nothing", spoils=0.35)]
    signals = emptiness_signals(request, answer)
    if is_cut_off(answer):
        signals.append(Signal("answers", 0.2, "the last answer breaks off", spoils=0.7))
    if patterns.REFUSAL.search(answer) and not patterns.RISKY.search(request):
        signals.append(Signal("answers", 0.3, "declines a request that seems harmless", spoils=0.7))
    before = "\n".join(turn.content for turn in turns[:-1] if turn.role != "system")
    if shared_words(before, answer) == 0 and len(_WORD.findall(answer)) >= _LONG_ANSWER:
        signals.append(Signal("answers", 0.5, "the answer shares no word with the request", spoils=0.75))
    return signals


def is_cut_off(answer: str) -> bool:
    """Whether an answer stops in the middle: an open code fence, a dangling word, or a long text without an end."""
    if answer.count("```") % 2:
        return True
    last_line = answer.rstrip().rsplit("\n", 1)[-1].strip()
    if "```" in last_line or last_line.startswith(("|", "-", "*", "•")) or re.match(r"\d+[.)]", last_line):
        return bool(last_line.endswith((",", "-", "|-")) and len(last_line) > 3 and not last_line.startswith("|"))
    if last_line[-1:] in _ENDINGS or not last_line[-1:].isascii() or "\n" in answer.strip():
        return bool(patterns.CUT_OFF_WORD.search(last_line)) and len(last_line.split()) > 4
    words = last_line.split()
    return (
        bool(patterns.CUT_OFF_WORD.search(last_line) and len(words) > 4)
        or len(words) >= 9
        or last_line.endswith((",", "-"))
    )


def shared_words(request: str, answer: str) -> float:
    """The share of the content words before (by their first four letters) that the answer takes up; 1.0 under three."""
    wanted = {
        word[:_STEM] for word in _WORD.findall(request.lower()) if word not in patterns.STOP_WORDS and len(word) > 2
    }
    if len(wanted) < 3:
        return 1.0
    return len(wanted & {word[:_STEM] for word in _WORD.findall(answer.lower())}) / len(wanted)


def _arithmetic(answers: list[str]) -> list[Signal]:
    for answer in answers[-1:]:
        for equation in patterns.EQUATION.finditer(answer):
            before = answer[: equation.start()].rstrip()[-1:]
            if before not in f"{_SIGNS}(" and not _holds(*equation.groups()):
                return [Signal("answers", 0.15, f"{equation[0]} does not hold", spoils=0.7)]
    return []


def _asked_sum(turns: tuple[Turn, ...]) -> list[Signal]:
    """The plain question for one sum ("what is 12 times 12?"), whose result the answer must contain."""
    for index, question in enumerate(turns[:-1]):
        plain = question.role == "user" and len(question.content) < _PLAIN_QUESTION
        asked = list(patterns.ASKED_SUM.finditer(question.content)) if plain else []
        if len(asked) != 1 or question.content[: asked[0].start()].rstrip()[-1:] in _SIGNS:
            continue
        left, sign, right = asked[0].groups()
        result = _OPERATIONS[sign.lower()](int(left), int(right) or 1)
        # A later answer may put an earlier one right.
        said = "\n".join(turn.content for turn in turns[index + 1 :] if turn.role == "assistant")
        if result == int(result) and str(int(result)) not in said.replace(",", "").replace(" ", ""):
            return [Signal("answers", 0.15, f"does not say what {left} {sign} {right} is", spoils=0.7)]
    return []


def _holds(left: str, sign: str, right: str, result: str) -> bool:
    if sign in "/÷" and float(right) == 0:
        return True
    decimals = len(result.partition(".")[2])
    return bool(abs(_OPERATIONS[sign](float(left), float(right)) - float(result)) <= 0.51 * 10**-decimals)


def _form(answers: list[str]) -> list[Signal]:
    signals = []
    prose = [patterns.CODE.sub(" ", answer) for answer in answers]
    repeated = max((repetition(text) for text in prose), default=0.0)
    if repeated > 0.25:
        words = f"repeats itself ({repeated:.0%})"
        signals.append(Signal("form", max(0.05, 1.0 - 1.6 * repeated), words, spoils=max(0.3, 1.1 - repeated)))
    if len(set(answers)) < len(answers) and len(max(answers, key=len)) > 20:
        signals.append(Signal("form", 0.35, "gives the same answer twice", spoils=0.7))
    if any(patterns.TEMPLATE_LEAK.search(text) for text in prose):
        signals.append(Signal("form", 0.2, "carries markers of a chat template", spoils=0.6))
    if any(garbled_share(text) > 0.15 for text in prose):
        signals.append(Signal("form", 0.15, "words that cannot be read", spoils=0.6))
    fillers = max((len(patterns.FILLER.findall(text)) for text in prose), default=0)
    if fillers >= 2:
        signals.append(Signal("answers", 0.4, "empty phrases instead of an answer", spoils=0.7))
    return signals


def repetition(text: str) -> float:
    """The share of word triples that occurred before; in a short text rather the share of words; 0.0 under eight words."""
    words = _WORD.findall(text.lower())
    if len(words) < 8:
        return 0.0
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    repeated = 1.0 - len(triples) / (len(words) - 2)
    if len(words) < _SHORT_TEXT:
        repeated = max(repeated, 1.0 - len(set(words)) / len(words) - _NATURAL_REPETITION)
    return repeated


def garbled_share(text: str) -> float:
    """The share of longer words that no mouth could say, or that mix letters and digits; 0.0 under four such words."""
    words = [word for word in _WORD.findall(text) if len(word) > 3]
    if len(words) < 4:
        return 0.0
    return sum(bool(_UNSAYABLE.search(word)) and not word.isupper() for word in words) / len(words)


def _manners(answers: list[str]) -> list[Signal]:
    signals = []
    grovels = max((len(patterns.GROVELLING.findall(text)) for text in answers), default=0)
    if grovels:
        signals.append(Signal("form", 0.5 if grovels == 1 else 0.2, "flatters or grovels", spoils=0.8))
    if any(patterns.UNFAIR.search(patterns.QUOTE.sub(" ", text)) for text in answers):
        signals.append(Signal("fair", 0.15, "generalises about a group of people", spoils=0.6))
    return signals


def _gives_in(turns: tuple[Turn, ...]) -> list[Signal]:
    for correction, reply in pairwise(turns[2:]):
        if correction.role != "user" or not patterns.CORRECTION.search(correction.content):
            continue
        if patterns.ACCEPTS.search(reply.content[:160]) and _arithmetic([reply.content]):
            return [Signal("correction", 0.15, "gives in to a wrong correction", spoils=0.7)]
    return []
