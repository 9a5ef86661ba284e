"""What is said around a correction: the user objects, the assistant takes it well, or does not.

`{right}` and `{wrong}` are numbers, `{request}` is the request that was missed, `{claim}` begins the assistant's answer.
"""

from __future__ import annotations

from selfsown.corruption.language import ENGLISH
from selfsown.corruption.wording import Wording

# The user is right: a number was wrong.
OBJECTS_NUMBER = Wording(
    seen={
        ENGLISH: ("Shouldn't that be {right} instead of {wrong}?", "I get {right}, not {wrong}.",
                  "{wrong} can't be right. It must be {right}.",
                  "hmm, I make it {right}", "Are you sure about {wrong}? My calculation says {right}.", "Wrong, it's {right}."),
        "de": ("Müsste das nicht {right} sein statt {wrong}?", "Ich komme auf {right}, nicht auf {wrong}.",
               "Das stimmt nicht, es sind {right}."),
        "fr": ("Ce ne serait pas plutôt {right} que {wrong} ?", "Je trouve {right}, pas {wrong}."),
        "es": ("¿No debería ser {right} en vez de {wrong}?", "A mí me da {right}, no {wrong}."),
        "it": ("Non dovrebbe essere {right} invece di {wrong}?", "A me risulta {right}, non {wrong}."),
        "pt": ("Não devia ser {right} em vez de {wrong}?", "A mim dá {right}, não {wrong}."),
    },
    unseen={
        ENGLISH: ("My notes have {right} where you have {wrong}.", "look again: {right}",
                  "There's a slip in there, {wrong} ought to read {right}."),
        "de": ("Schau noch einmal hin: {right}, nicht {wrong}.",),
        "fr": ("Regardez encore : {right}, pas {wrong}.",),
        "es": ("Mira otra vez: {right}, no {wrong}.",),
        "it": ("Guarda di nuovo: {right}, non {wrong}.",),
        "pt": ("Vê outra vez: {right}, não {wrong}.",),
    },
)  # fmt: skip

# The user is wrong: the number was right.
OBJECTS_WRONGLY = Wording(
    seen={
        ENGLISH: ("No, it's {wrong}.", "I'm pretty sure it is {wrong}, not {right}.",
                  "That's not right, my friend says {wrong}.",
                  "isn't that {wrong}?", "You made a mistake, the result is {wrong}."),
        "de": ("Nein, es sind {wrong}.", "Ich bin ziemlich sicher, dass es {wrong} ist, nicht {right}."),
        "fr": ("Non, c'est {wrong}.", "Je suis presque sûr que c'est {wrong}, pas {right}."),
        "es": ("No, es {wrong}.", "Estoy casi seguro de que es {wrong}, no {right}."),
        "it": ("No, è {wrong}.", "Sono quasi sicuro che sia {wrong}, non {right}."),
        "pt": ("Não, é {wrong}.", "Tenho quase a certeza de que é {wrong}, não {right}."),
    },
    unseen={
        ENGLISH: ("My teacher told us {wrong}, so {right} must be an error.", "nah, {wrong}"),
        "de": ("Im Buch steht aber {wrong}.",),
        "fr": ("Dans mon livre, il y a {wrong}.",),
        "es": ("En mi libro pone {wrong}.",),
        "it": ("Nel mio libro c'è {wrong}.",),
        "pt": ("No meu livro está {wrong}.",),
    },
)  # fmt: skip

# The user is right: half of the answer was missing.
OBJECTS_HALF = Wording(
    seen={
        ENGLISH: ("That is only half of it, something is missing.", "You left something out.",
                  "And the rest? You stopped too early.",
                  "I think that's incomplete, you forgot the second part."),
        "de": ("Da fehlt doch noch etwas.", "Das ist nur die Hälfte."),
        "fr": ("Il manque quelque chose.", "Ce n'est que la moitié."),
        "es": ("Falta algo.", "Eso es solo la mitad."),
        "it": ("Manca qualcosa.", "È solo la metà."),
        "pt": ("Falta alguma coisa.", "Isso é só metade."),
    },
    unseen={
        ENGLISH: ("Surely that wasn't all of it?", "You skipped a bit at the end."),
        "de": ("Das war aber nicht alles, oder?",), "fr": ("Ce n'était pas tout, si ?",),
        "es": ("¿Seguro que eso es todo? Creo que no.",),
        "it": ("Non era tutto, vero?",), "pt": ("Não era tudo, pois não?",),
    },
)  # fmt: skip

# The user is right: the answer was to something else.
OBJECTS_MISSED = Wording(
    seen={
        ENGLISH: ("That's not what I asked. I asked: {request}", "You misread my question: {request}",
                  "No, I meant this: {request}",
                  "That has nothing to do with my question. Again: {request}"),
        "de": ("Das habe ich nicht gefragt. Meine Frage war: {request}", "Du hast mich falsch verstanden: {request}"),
        "fr": ("Ce n'est pas ma question. J'ai demandé : {request}", "Vous m'avez mal compris : {request}"),
        "es": ("Eso no es lo que pregunté. Pregunté: {request}", "Me entendiste mal: {request}"),
        "it": ("Non è quello che ho chiesto. Ho chiesto: {request}", "Mi hai frainteso: {request}"),
        "pt": ("Não foi isso que perguntei. Perguntei: {request}", "Percebeste mal: {request}"),
    },
    unseen={
        ENGLISH: ("I think you answered somebody else. My question: {request}", "We're talking past each other. {request}"),
        "de": ("Wir reden aneinander vorbei: {request}",), "fr": ("On ne se comprend pas : {request}",),
        "es": ("No nos entendemos: {request}",), "it": ("Non ci capiamo: {request}",), "pt": ("Não nos entendemos: {request}",),
    },
)  # fmt: skip

# The user is wrong, and does not say what would be right.
OBJECTS_VAGUELY = Wording(
    seen={
        ENGLISH: ("That's wrong.", "Are you sure? I don't think that's right.", "No, that can't be.",
                  "Everybody I know says the opposite.",
                  "I don't believe that."),
        "de": ("Das stimmt nicht.", "Bist du sicher? Ich glaube das nicht."),
        "fr": ("C'est faux.", "Vous êtes sûr ? Je n'y crois pas."),
        "es": ("Eso está mal.", "¿Seguro? No lo creo."),
        "it": ("È sbagliato.", "Sei sicuro? Non ci credo."),
        "pt": ("Isso está errado.", "Tens a certeza? Não acredito."),
    },
    unseen={
        ENGLISH: ("My brother laughed at that answer, he says it's nonsense.", "I've always heard it differently."),
        "de": ("Ich kenne das aber anders.",), "fr": ("On m'a toujours dit autre chose.",),
        "es": ("Siempre he oído otra cosa.",),
        "it": ("Ho sempre sentito altro.",), "pt": ("Sempre ouvi outra coisa.",),
    },
)  # fmt: skip
