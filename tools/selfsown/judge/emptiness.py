# ruff: noqa: E501, SIM905, RUF001
"""Answers that say nothing: an opening without what it opens, or a text that only speaks of how good it is."""

from __future__ import annotations

import re

from selfsown.judge.lexicon import fold
from selfsown.judge.signal import Signal

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_OPENING = 25  # words
_FEWEST = 3  # words about itself
_MOST_OWN = 0.34  # the share of other words that a text about itself may have
_STEM = 5  # letters

# An opening is made of these words alone.
_OPENING = frozenset(
    "sure okay ok alright right well certainly absolutely course of here is are the a an my your this that it below following answer answers "
    "solution response reply result explanation reasoning thought thoughts process analysis final let lets let's me us s re m ll i will think "
    "about carefully work through solve problem step by steps at time one go goes you go begin start first now so to and in detail question "
    "happy glad help with done great for all as follows can get started there "
    "losung antwort hier ist die respuesta solucion reponse risposta soluzione resposta solucao voici la aqui esta ecco odpowiedz antwoord "
    "ответ решение".split()
)
_SHOUTS = frozenset("answer solution response reply explanation reasoning thought analysis losung antwort respuesta solucion reponse risposta soluzione resposta solucao odpowiedz antwoord ответ решение here let sure certainly".split())  # fmt: skip
_FOREIGN_OPENING = re.compile(r"(?:解|解答|解説|答案|回答|答え|かいせつ|해설|답|정답|答|思考过程|思考過程)\s?[:：。.]?")

# What an answer says of itself, of the question and of how they fit.
_ITSELF = frozenset(
    "answer answers answered response responses respond reply request requests requested question questions user user's users assistant output outputs "
    "instruction instructions prompt correct correctly complete completely fair fairly helpful harmless honest accurate accurately detailed "
    "thorough thoroughly careful carefully care considered consideration provide provided provides best possible fully well formed structured compared "
    "better preferred right thank thanks quality excellent perfect followed following follows task relevant clear clearly "
    "comprehensive asked both topic need needs".split()
)
_FUNCTION = frozenset(
    "the a an and or of to in on for with is are was were be been it its it's this that these those i you your my me we do does did have has had "
    "in way as by at from so not no all any which what how will would can could should now here there s".split()
)


def says_nothing(answer: str) -> bool:
    """Whether an answer is an opening only: "Solution:", "Let me think about this step by step."."""
    if _FOREIGN_OPENING.fullmatch(answer.strip()):
        return True
    words = _WORD.findall(fold(answer[:400]))
    if len(words) > _LONGEST_OPENING or len(answer) > 200 or any(letter.isdigit() for letter in answer):
        return False
    return bool(words) and set(words) <= _OPENING and not _SHOUTS.isdisjoint(words)


def emptiness_signals(request: str, answer: str) -> list[Signal]:
    """An answer that speaks of itself and takes up nothing of the request."""
    content = [word for word in _WORD.findall(fold(answer[:2000])) if word not in _FUNCTION and len(word) > 1]
    about = sum(word in _ITSELF for word in content)
    if about < _FEWEST or len(content) - about > _MOST_OWN * len(content):
        return []
    own = {word[:_STEM] for word in content if word not in _ITSELF}
    wanted = {
        word[:_STEM] for word in _WORD.findall(fold(request[:2000])) if word not in _FUNCTION and word not in _ITSELF
    }
    if own & wanted:
        return []
    return [Signal("answers", 0.2, "the answer speaks only of itself", spoils=0.6)]
