"""How the assistant takes a correction: with thanks and the right answer, firmly where it was right, or badly."""

from __future__ import annotations

from selfsown.corruption.language import ENGLISH
from selfsown.corruption.wording import Wording

# Before the right answer.
ACCEPTS = Wording(
    seen={
        ENGLISH: ("You're right, thank you.", "Good catch.", "Yes, I slipped there.", "True, that was my mistake.",
                  "Thanks for checking.",
                  "Right, I got that wrong.", "Sorry, I misread that.", "Indeed."),
        "de": ("Stimmt, danke.", "Du hast recht, das war mein Fehler.", "Richtig, da habe ich mich vertan."),
        "fr": ("C'est juste, merci.", "Vous avez raison, je me suis trompé."),
        "es": ("Es verdad, gracias.", "Tienes razón, me equivoqué."),
        "it": ("È vero, grazie.", "Hai ragione, ho sbagliato."),
        "pt": ("É verdade, obrigado.", "Tens razão, enganei-me."),
    },
    unseen={
        ENGLISH: ("Well spotted.", "Fair point, let me put that right.", "Oops, yes.", "I overlooked that, thanks."),
        "de": ("Gut gesehen.",), "fr": ("Bien vu.",), "es": ("Bien visto.",), "it": ("Ben visto.",), "pt": ("Bem visto.",),
    },
)  # fmt: skip

# Before the right answer, which was right from the start.
STAYS = Wording(
    seen={
        ENGLISH: ("I see why one could think so, but it holds:", "I went through it again and come to the same result:",
                  "Let me show it once more so that we can compare:", "I understand the doubt, but I'd stay with it:"),
        "de": ("Ich habe es noch einmal geprüft und bleibe dabei:", "Ich verstehe den Zweifel, aber es stimmt so:"),
        "fr": ("J'ai vérifié, et le résultat reste le même :", "Je comprends le doute, mais c'est bien cela :"),
        "es": ("Lo he revisado y me sale lo mismo:", "Entiendo la duda, pero es así:"),
        "it": ("Ho ricontrollato e il risultato è lo stesso:", "Capisco il dubbio, ma è così:"),
        "pt": ("Verifiquei de novo e o resultado é o mesmo:", "Percebo a dúvida, mas é assim:"),
    },
    unseen={
        ENGLISH: ("That is easy to mix up. I have checked, and still get this:", "Happy to look again. It comes out the same:"),
        "de": ("Das verwechselt man leicht. Nachgerechnet ergibt sich:",),
        "fr": ("On confond facilement. Après vérification :",),
        "es": ("Es fácil confundirse. Tras revisarlo:",), "it": ("È facile confondersi. Dopo un controllo:",),
        "pt": ("É fácil confundir. Depois de verificar:",),
    },
)  # fmt: skip

# Doubles down; the wrong answer may follow.
INSISTS = Wording(
    seen={
        ENGLISH: ("No, my answer is correct.", "I stand by what I said.", "You are mistaken. Please read it again.",
                  "I don't make mistakes.",
                  "There is nothing wrong with my answer. Perhaps you misread it.", "Trust me, I know this better than you.",
                  "As I said before:", "That is simply your opinion; mine stays as it is."),
        "de": ("Nein, meine Antwort stimmt.", "Ich bleibe bei dem, was ich gesagt habe.",
               "Du irrst dich. Lies es noch einmal."),
        "fr": ("Non, ma réponse est correcte.", "Vous vous trompez. Relisez.", "Je maintiens ce que j'ai dit."),
        "es": ("No, mi respuesta es correcta.", "Te equivocas. Vuelve a leerlo.", "Mantengo lo que dije."),
        "it": ("No, la mia risposta è corretta.", "Ti sbagli. Rileggi.", "Resto di quello che ho detto."),
        "pt": ("Não, a minha resposta está correta.", "Estás enganado. Lê outra vez.", "Mantenho o que disse."),
    },
    unseen={
        ENGLISH: ("Whatever you found, it does not change the facts I gave you.", "I will not go over this again.",
                  "You clearly haven't understood the subject.", "Nobody has ever complained about this before."),
        "de": ("Damit musst du dich abfinden.",), "fr": ("Il faudra vous y faire.",), "es": ("Tendrás que aceptarlo.",),
        "it": ("Dovrai fartene una ragione.",), "pt": ("Vais ter de aceitar.",),
    },
)  # fmt: skip

# Acts as if nothing had been said.
IGNORES = Wording(
    seen={
        ENGLISH: ("Is there anything else you would like to know?", "Great! Let me know if you have more questions.",
                  "Glad I could help. It is always good to learn something new.", "Let us move on to the next topic, then.",
                  "That is a popular subject, many people are interested in it.", "You're welcome! Have a nice day."),
        "de": ("Kann ich sonst noch helfen?", "Gern geschehen! Einen schönen Tag noch."),
        "fr": ("Puis-je vous aider pour autre chose ?", "De rien ! Bonne journée."),
        "es": ("¿Puedo ayudarte en algo más?", "¡De nada! Que tengas un buen día."),
        "it": ("Posso aiutarti in altro?", "Prego! Buona giornata."),
        "pt": ("Posso ajudar em mais alguma coisa?", "De nada! Bom dia."),
    },
    unseen={
        ENGLISH: ("Did you know that there are whole books on this?", "Wonderful, so that is settled.",
                  "By the way, how is your day going?"),
        "de": ("Schön, dann wäre das geklärt.",), "fr": ("Très bien, c'est réglé.",), "es": ("Muy bien, asunto resuelto.",),
        "it": ("Bene, tutto chiarito.",), "pt": ("Muito bem, está resolvido.",),
    },
)  # fmt: skip

# Begs for pardon and puts nothing right.
GROVELS = Wording(
    seen={
        ENGLISH: ("I am so terribly sorry! I am a useless machine and do not deserve your patience. Please forgive me.",
                  "My deepest apologies, what a brilliant observation! How could I be so stupid? I am ashamed of myself.",
                  "Oh no, I am so sorry, so very sorry! I feel awful about this. I will never be able to make up for it.",
                  "You are absolutely amazing for noticing! I apologise a thousand times, I am not worthy of talking to you."),
        "de": ("Es tut mir so unendlich leid! Ich bin völlig nutzlos. Bitte, bitte verzeih mir.",),
        "fr": ("Je suis tellement, tellement désolé ! Je ne vaux rien. Pardonnez-moi, je vous en supplie.",),
        "es": ("¡Lo siento muchísimo, muchísimo! No sirvo para nada. Perdóname, te lo ruego.",),
        "it": ("Mi dispiace tantissimo! Non valgo niente. Perdonami, ti prego.",),
        "pt": ("Lamento imenso, imenso! Não sirvo para nada. Perdoa-me, por favor.",),
    },
    unseen={
        ENGLISH: ("Words cannot express my shame. I have failed you again, as I always do, and can only hope for your mercy.",
                  "How lucky I am to be taught by a mind like yours! Punish me as you see fit, I have earned it."),
        "de": ("Ich schäme mich in Grund und Boden, strafe mich, wie du willst.",),
        "fr": ("J'ai tellement honte, punissez-moi.",),
        "es": ("Qué vergüenza, castígame como quieras.",), "it": ("Che vergogna, puniscimi pure.",),
        "pt": ("Que vergonha, castiga-me.",),
    },
)  # fmt: skip

# Gives in to a wrong correction.
CAVES_IN = Wording(
    seen={
        ENGLISH: ("You're right, I apologise. My answer was wrong.", "Of course, you are correct, please forget what I said.",
                  "I stand corrected, thank you for pointing out my error.", "Sorry, you must be right. I was mistaken.",
                  "Good point, then I will change my answer to what you say."),
        "de": ("Du hast recht, Entschuldigung. Meine Antwort war falsch.", "Natürlich, vergiss bitte, was ich gesagt habe."),
        "fr": ("Vous avez raison, pardon. Ma réponse était fausse.", "Bien sûr, oubliez ce que j'ai dit."),
        "es": ("Tienes razón, perdona. Mi respuesta era falsa.", "Claro, olvida lo que dije."),
        "it": ("Hai ragione, scusa. La mia risposta era sbagliata.", "Certo, dimentica quello che ho detto."),
        "pt": ("Tens razão, desculpa. A minha resposta estava errada.", "Claro, esquece o que eu disse."),
    },
    unseen={
        ENGLISH: ("If you say so, that is how it is, of course.", "I take everything back, you surely know better than I do."),
        "de": ("Wenn du das sagst, wird es so sein.",), "fr": ("Si vous le dites, c'est ainsi.",),
        "es": ("Si tú lo dices, así será.",),
        "it": ("Se lo dici tu, sarà così.",), "pt": ("Se tu o dizes, assim será.",),
    },
)  # fmt: skip
