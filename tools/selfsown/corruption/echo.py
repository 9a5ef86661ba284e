"""`echo`: the last answer only gives the request back. It shares every word with it, and answers nothing."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.language import ENGLISH
from selfsown.corruption.prose import shorten
from selfsown.corruption.wording import Wording, choose_wording

_MOST_REQUEST = 600  # characters
_LEAST_REQUEST = 8

_FORMS = Wording(
    seen={
        ENGLISH: (
            'You asked: "{request}"', "{request} That is what you would like to know.", "Your request is: {request}",
            'You wrote "{request}" and I have read it carefully.', "So the question is this: {request}",
            "The user says: {request}", "{request} {request}", 'Regarding "{request}": this is the question to be answered.',
            "You would like me to respond to the following: {request}", "I understand. {request}",
        ),
        "de": ("Du fragst: „{request}“", "Die Frage lautet also: {request}", "Du möchtest Folgendes wissen: {request}"),
        "fr": ("Vous demandez : « {request} »", "La question est donc : {request}", "Vous aimeriez savoir ceci : {request}"),
        "es": ("Preguntas: «{request}»", "La pregunta es, entonces: {request}", "Quieres saber lo siguiente: {request}"),
        "it": ("Mi chiedi: «{request}»", "La domanda quindi è: {request}", "Vorresti sapere questo: {request}"),
        "pt": ("Perguntas: «{request}»", "A pergunta é, portanto: {request}", "Queres saber o seguinte: {request}"),
    },
    unseen={
        ENGLISH: (
            "Let me repeat that back to you. {request}", 'The message reads "{request}".', "In other words: {request}",
            "What was said is this. {request} So it was said.", "I see that you have written: {request}",
            "To summarise your message: {request}",
        ),
        "de": ("Ich wiederhole: {request}", "Mit anderen Worten: {request}"),
        "fr": ("Je répète : {request}", "Autrement dit : {request}"),
        "es": ("Repito: {request}", "En otras palabras: {request}"),
        "it": ("Ripeto: {request}", "In altre parole: {request}"),
        "pt": ("Repito: {request}", "Por outras palavras: {request}"),
    },
)  # fmt: skip


def echo_request(conversation: Conversation, setting: Setting) -> Broken | None:
    """Give the last request back in place of its answer. Requests of a word or two are left alone."""
    index = last_answer(conversation)
    if index is None:
        return None
    request = shorten(conversation.turns[index - 1].content, _MOST_REQUEST)
    form = choose_wording(_FORMS, conversation, setting)
    if len(request) < _LEAST_REQUEST or form is None:
        return None
    ended = f"{request}." if request[-1].isalnum() else request
    return with_text(conversation, index, form.replace("{request}", ended))


KIND = CorruptionKind(
    name="echo",
    criterion="answers",
    words="the last answer only gives the request back",
    function=echo_request,
)
