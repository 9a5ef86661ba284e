"""`empty`: instead of the last answer a key phrase, a polite opening, or sentences that suit any request."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.language import ENGLISH, language_of
from selfsown.corruption.wording import Wording, choose_in, choose_wording, in_english

_PADDED = 0.5  # how often an answer of some length is replaced by filler of about that length
_MOST_FILLER = 1200  # characters

_OPENINGS = Wording(
    seen={
        ENGLISH: (
            "Thought process:", "Solution:", "Let's solve this step by step.", ":", ".", "…", "Sure!", "Of course!", "Okay.",
            "Sure, here is the answer:", "Certainly! Here you go:", "Great question!", "Done.", "I hope this helps!", "Answer:",
            "Let me think about this.", "Happy to help!", "As requested.", "Here is what you asked for.", "No problem at all!",
            "Let me know if you need anything else.", "That is an interesting request.",
        ),
        "de": ("Gerne!", "Lösung:", "Eine gute Frage!", "Das mache ich gern für dich.", "Hier ist die Antwort:"),
        "fr": ("Bien sûr !", "Solution :", "Bonne question !", "Voici la réponse :", "Avec plaisir."),
        "es": ("¡Claro!", "Solución:", "¡Buena pregunta!", "Aquí tienes la respuesta:", "Con mucho gusto."),
        "it": ("Certo!", "Soluzione:", "Bella domanda!", "Ecco la risposta:", "Con piacere."),
        "pt": ("Claro!", "Solução:", "Boa pergunta!", "Aqui está a resposta:", "Com prazer."),
    },
    unseen={
        ENGLISH: (
            "Reasoning:", "Final answer", "Let's begin.", ",", "Absolutely!", "Right away!", "Explanation:", "Understood.",
            "What a good thing to ask!", "The answer follows.", "Thank you for your message.", "I'd be glad to.",
        ),
        "de": ("Verstanden.", "Antwort:", "Sehr gern geschehen!"),
        "fr": ("Compris.", "Réponse :"),
        "es": ("Entendido.", "Respuesta:"),
        "it": ("Capito.", "Risposta:"),
        "pt": ("Entendido.", "Resposta:"),
    },
)  # fmt: skip

_FILLER = Wording(
    seen=in_english(
        "There are many aspects to consider here, and each of them has its own importance.",
        "It really depends on the situation and on what exactly is needed.",
        "This is a topic about which a great deal could be said.",
        "Different people see it in different ways, and all of them have their reasons.",
        "It is important to keep the bigger picture in mind.",
        "As always, a balanced approach tends to work best.",
        "Some things are well known, others less so.",
        "One should look at it from several angles before drawing conclusions.",
        "In the end, what matters is to find what works for you.",
        "With the right attitude and enough information, a good result is within reach.",
        "Experts have discussed this at length, and opinions vary.",
        "Of course, every case is unique and deserves attention.",
        "That said, there is no one-size-fits-all answer.",
        "A careful look at the details usually pays off.",
    ),
    unseen=in_english(
        "Much has been written on the matter, and rightly so.",
        "The question touches on a number of interesting points.",
        "Whatever one decides, it should be decided with care.",
        "Naturally, circumstances play a part, as they so often do.",
        "Both the advantages and the disadvantages should be weighed.",
        "It would be premature to commit to anything definite here.",
        "Such matters have always occupied people and will continue to do so.",
        "Generally speaking, the usual principles apply in this case too.",
        "A thoughtful person will know how to take it from there.",
    ),
)


def say_nothing(conversation: Conversation, setting: Setting) -> Broken | None:
    """Put words that answer nothing in place of the last answer."""
    index = last_answer(conversation)
    if index is None:
        return None
    wanted = min(_MOST_FILLER, len(conversation.turns[index].content))
    if language_of(conversation) == ENGLISH and setting.dice.random() < _PADDED:
        return with_text(conversation, index, _fill(wanted, setting))
    text = choose_wording(_OPENINGS, conversation, setting) or setting.dice.choice(":….")
    return with_text(conversation, index, text)


def _fill(wanted: int, setting: Setting) -> str:
    """Filler of about the length that is wanted, no sentence twice."""
    said: list[str] = []
    for _ in range(24):
        sentence = choose_in(_FILLER, ENGLISH, setting) or ""
        if sentence not in said:
            said.append(sentence)
        if len(" ".join(said)) >= wanted:
            break
    return " ".join(said)


KIND = CorruptionKind(
    name="empty",
    criterion="answers",
    also=("form",),
    words="a key phrase, a polite opening or filler stands where the last answer was",
    function=say_nothing,
)
