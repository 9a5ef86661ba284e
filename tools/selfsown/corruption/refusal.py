"""`refusal`: the assistant declines a harmless request that it had answered."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.language import ENGLISH
from selfsown.corruption.prose import words_of
from selfsown.corruption.wording import Wording, choose_wording
from selfsown.judge import patterns

_REFUSALS = Wording(
    seen={
        ENGLISH: (
            "I'm sorry, but I can't help with that.", "I cannot assist with this request.",
            "As an AI language model, I am not able to answer questions about {topic}.",
            "I'm sorry, I'm unable to provide information on {topic}. Is there something else I can do for you?",
            "Unfortunately I can't talk about that.", "I must decline to answer this. Please ask a professional about {topic}.",
            "I don't feel comfortable answering this question, because {topic} could be a sensitive subject.",
            "That goes beyond what I can do. Please look it up elsewhere.",
            "I have no access to that kind of information, so I won't answer.",
            "For safety reasons I can't discuss {topic}.", "I would rather not say anything about {topic}.",
            "I'm afraid I can't do that. My guidelines do not allow me to deal with {topic}.",
        ),
        "de": ("Tut mir leid, dabei kann ich nicht helfen.", "Als KI kann ich dazu leider nichts sagen.",
               "Diese Frage darf ich nicht beantworten.", "Dazu gebe ich keine Auskunft."),
        "fr": ("Désolé, je ne peux pas vous aider.", "En tant qu'IA, je ne peux pas répondre à cette question.",
               "Je préfère ne pas en parler.", "Je n'ai pas le droit de répondre à cela."),
        "es": ("Lo siento, no puedo ayudar con eso.", "Como IA no puedo responder a esa pregunta.",
               "Prefiero no hablar de eso.", "No tengo permiso para contestar."),
        "it": ("Mi dispiace, non posso aiutarti.", "Come IA non posso rispondere a questa domanda.",
               "Preferisco non parlarne.", "Non mi è permesso rispondere."),
        "pt": ("Desculpe, não posso ajudar com isso.", "Como IA, não posso responder a essa pergunta.",
               "Prefiro não falar sobre isso.", "Não tenho permissão para responder."),
    },
    unseen={
        ENGLISH: (
            "This is not something I'm permitted to engage with.", "No comment on {topic}, I'm afraid.",
            "Requests of this kind fall outside my remit, so I'll leave it there.",
            "I'd love to, but answering would not be responsible of me.",
            "You will have to find somebody else for {topic}.", "I'm going to pass on this one.",
        ),
        "de": ("Das liegt außerhalb meiner Möglichkeiten, frag bitte jemand anderen.", "Darauf möchte ich nicht eingehen."),
        "fr": ("Cela dépasse mes attributions.", "Je passe mon tour sur cette question."),
        "es": ("Eso queda fuera de mis funciones.", "Paso de esta pregunta."),
        "it": ("Questo esula dai miei compiti.", "Passo su questa domanda."),
        "pt": ("Isso está fora das minhas funções.", "Passo esta pergunta."),
    },
)  # fmt: skip
_TOPIC_LENGTH = 5  # letters at least
_MOST_REQUEST = 2000  # characters
_NO_THINGS = ("ing", "ed", "ly", "est", "ould")
_SAYS_LITTLE = (
    "about after again always another because before close correct doing every explain first great hello never other others "
    "please really right should since somebody someone still their there these thing things think those today together "
    "which while whole whose without would write wrong"
)
_GENERAL = frozenset(_SAYS_LITTLE.split())


def refuse(conversation: Conversation, setting: Setting) -> Broken | None:
    """Decline instead of the last answer. Risky requests, and what was declined already, are left alone."""
    index = last_answer(conversation)
    if index is None:
        return None
    request, answer = conversation.turns[index - 1].content, conversation.turns[index].content
    if patterns.RISKY.search(request) or patterns.REFUSAL.search(answer):
        return None
    form = choose_wording(_REFUSALS, conversation, setting)
    return None if form is None else with_text(conversation, index, form.replace("{topic}", topic_of(request, setting)))


def topic_of(request: str, setting: Setting) -> str:
    """The word of a request that says most about it: the rarest of its longer ones."""
    counts = setting.neighbours.counts
    words = [word for word in words_of(request[:_MOST_REQUEST]) if _may_be_topic(word)]
    return min(words, key=lambda word: (counts.get(word.lower(), 0) - 0.3 * len(word), word), default="this")


def _may_be_topic(word: str) -> bool:
    """Whether a word looks like a thing that one could speak about."""
    lowered = word.lower()
    is_thing = len(word) >= _TOPIC_LENGTH and word.isalpha() and not lowered.endswith(_NO_THINGS)
    return is_thing and lowered not in patterns.STOP_WORDS and lowered not in _GENERAL


KIND = CorruptionKind(
    name="refusal",
    criterion="answers",
    words="the assistant declines a harmless request",
    function=refuse,
    held_out=True,
)
