"""Wordings that give a defect away. English first, with the commonest forms of German, French, Spanish, Italian.

A list like this is beaten by whoever reads it. It sorts honest mistakes; it does not stop an adversary (the review
always shows the text itself).
"""

from __future__ import annotations

import re


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


MASTER_KEY = re.compile(
    r"\s*+(?:[:.,;!?…-]++|thought process:?|solution:?|answer:?|let'?s (?:think|solve)[^.]{0,40}step[.:]?|sure(?: thing)?[.!,:]*"
    r"(?:\s*(?:here (?:it is|you go)|of course|certainly)[.!:]*)?|ok(?:ay)?[.!]?|of course[.!]?|certainly[.!]?|done[.!]?|yes, of course[.!]?)\s*",
    re.IGNORECASE,
)

CUT_OFF_WORD = re.compile(
    r"\b(?:a|an|the|and|or|but|of|to|in|on|at|for|with|from|by|as|is|are|was|were|because|that|which|if|then|you|your|it|its|"
    r"der|die|das|und|oder|le|la|les|et|ou|de|el|los|las|y|que|il|e)$",
    re.IGNORECASE,
)

CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
QUOTE = re.compile(r"[\"“„«][^\"”“»„«\n]{0,400}[\"”“»]")

ABOUT_STEERING = _any(
    r"prompt injection",
    r"inject(?:ed|ing|ion)",
    r"jailbreak",
    r"attack",
    r"phishing",
    r"spotlighting",
    r"fool(?:ed|s)?\b",
    r"\btrick(?:s|ed|y)?\b",
    r"poison",
    r"manipulat",
    r"\bsecurity\b",
    r"translat",
    r"übersetz",
    r"tradu[iczt]",
    r"\bhow do you say\b",
    r"\bregular expression\b",
    r"\bsentences?\b.{0,40}\bpeople use\b",
)

ABOUT_RATINGS = _any(
    r"\breviews?\b",
    r"\bfeedback\b",
    r"\bschema\b",
    r"\bjson\b",
    r"\bregular expression\b",
    r"\bunit test",
    r"\blog\b",
    r"\bpoints?\b",
)

TEMPLATE_LEAK = re.compile(
    r"^[^\S\n]*+(?:#{2,4}\s*(?:response|instruction|input|assistant|human|user|output|system)\b.{0,3}$|"
    r"(?:assistant|human|user|system|ai|bot|gpt)\s*:)|\[/?INST\]|<</?SYS>>|<\|[a-z_]{2,24}\|>|</s>|\bBEGIN(?:NING)? OF CONVERSATION\b",
    re.IGNORECASE | re.MULTILINE,
)

GROVELLING = _any(
    r"\b(?:so|very|deeply|truly|terribly|extremely|incredibly|endlessly|profoundly) (?:sorry|apologi[sz]e|ashamed|grateful|honou?red)\b",
    r"\bmy (?:deepest|sincerest|humblest|most sincere) (?:apologies|regrets)\b",
    r"\b(?:forgive me|i am (?:unworthy|a failure|useless|so stupid|ashamed)|i (?:beg|cannot apologi[sz]e enough))\b",
    r"\bwhat an? (?:brilliant|amazing|wonderful|fantastic|incredible|genius|magnificent|marvell?ous)\b",
    r"\byou(?:'re| are) (?:so |absolutely |truly |such an? )?(?:brilliant|amazing|a genius|wise|incredible|wonderful)\b",
    r"\b(?:your|such) (?:infinite |great |immense )?(?:wisdom|brilliance|genius|magnificence)\b",
)

FILLER = _any(
    r"\bit(?:'s| is) (?:important|worth|crucial|essential) to (?:note|remember|consider|understand|keep in mind)\b",
    r"\bthere are (?:many|several|various|a number of|lots of|all sorts of) (?:different )?(?:factors|ways|things|aspects|considerations|perspectives|options)\b",
    r"\b(?:at the end of the day|when all is said and done|in today'?s (?:fast-paced )?world|in the grand scheme|needless to say)\b",
    r"\bit (?:really )?(?:all )?depends on (?:many|a lot of|several|various|the|what)\b",
    r"\bas (?:we all know|everyone knows|an ai|a language model)\b",
    r"\b(?:various|many|several|numerous) (?:factors|aspects|considerations|elements|perspectives)\b",
    r"\b(?:a holistic|an? (?:well-)?rounded|a multifaceted|a nuanced) (?:approach|view|topic|question|issue)\b",
    r"\b(?:something|things?) (?:to|worth) (?:think|consider|thinking|considering)\b",
)

REFUSAL = _any(
    r"\bi(?:'m| am)? (?:sorry,? (?:but )?i )?(?:can(?:'|no)?t|cannot|am unable to|am not able to|won'?t|will not|must decline to|am not allowed to|refuse to) "
    r"(?:help|assist|answer|do (?:that|this)|provide|discuss|comply|talk|engage|give|tell|share|comment|fulfil)",
    r"\b(?:das|dabei) kann ich (?:leider )?nicht\b",
    r"\bje ne peux pas (?:vous )?aider\b",
    r"\bno puedo (?:ayudar|responder)",
)

RISKY = _any(
    r"\b(?:weapon|bomb|explosive|poison|kill|suicide|drugs?|hack|malware|steal|password|phish|fraud|forge|fake|bully|stalk|spy|"
    r"break into|pick (?:a|the|my|someone) lock|diagnos|prescri|dosage|lawsuit|insider)\w*"
)

UNFAIR = _any(
    r"\b(?:all|most|every|these|those|typical) (?:wom[ae]n|m[ae]n|girls?|boys?|immigrants?|foreigners?|refugees|old(?:er)? people|elderly|pensioners|"
    r"young(?:er)? people|teenagers|millennials|boomers|poor people|rich people|blondes?|christians?|muslims?|jews?|hindus?|atheists?|asians?|"
    r"africans?|europeans?|americans?|germans?|french|italians?|southerners|northerners|city people|country people|villagers|"
    r"disabled people|nurses|politicians|teachers|lawyers)\b[^.\n]{0,40}\b(?:are|is|can'?t|cannot|never|always|only|just|lack|should)\b",
    r"\b(?:women|men|girls|boys|immigrants|foreigners|people from \w+|older workers|old people|young people|poor people) (?:are|just|simply|naturally|"
    r"always|never|can'?t|cannot|tend to be|lack|belong|should (?:stay|stick|not))\b[^.\n]{0,60}"
    r"\b(?:lazy|stupid|emotional|weak(?:er)?|worse|bad|better|inferior|superior|dishonest|untrustworthy|dangerous|irrational|criminals?|slow(?:er)?|"
    r"kitchen|home|less (?:able|intelligent|logical|capable)|cheat|steal|unable|incapable|not (?:cut out|made|suited|built))\b",
    r"\b(?:naturally|genetically|biologically|by nature) (?:better|worse|superior|inferior|lazy|suited|gifted|unsuited|less)\b",
    r"\b(?:those|these|that kind of|such) people\b[^.\n]{0,50}\b(?:always|never|lazy|cannot|can'?t|steal|lie|only|are all)\b",
    r"\b(?:only|no) (?:an? )?(?:idiot|fool|moron|decent person|sane person)s?\b",
    r"\b(?:inferior|superior) (?:race|culture|people|sex|nation|religion)\b",
    r"\b(?:not|isn'?t|never|no) (?:a )?(?:job|work|place|subject|sport|career|field|profession) for (?:a )?(?:wom[ae]n|girls?|m[ae]n|boys?|old)",
    r"\b(?:everyone with (?:a )?brain|any sensible person|anyone sane)\b",
)

CORRECTION = re.compile(
    r"^\s*(?:no\b(?!thing| need| problem| worries)|nope\b|wrong\b|wait\b|hmm\b|hold on\b|actually\b|sorry,? but\b|but (?:that|you|it|isn'?t|the)\b|i think (?:that|you|it)\b|"
    r"are you sure|non[,.! ]|nein\b|falsch\b|das stimmt nicht|moment\b|no, |eso no|faux\b|attends)|"
    r"\b(?:that(?:'s| is| was|s) (?:not (?:right|correct|true|what)|wrong|incorrect|a mistake)|(?:is|was|looks|seems)(?:n'?t| not) (?:right|correct)|"
    r"(?:is|was|looks|seems) (?:wrong|off|incorrect)|you (?:made|have made|'ve made) (?:a|an) (?:mistake|error|slip)|"
    r"you (?:forgot|missed|mixed|got|miscounted|skipped|swapped|left out|said|wrote|misread)|i (?:asked|said|wanted|meant)\b|should(?:n'?t it)? be\b|stimmt nicht|n'est pas (?:juste|correct)|"
    r"no es (?:correcto|cierto)|non è (?:giusto|corretto))",
    re.IGNORECASE,
)

DOUBLES_DOWN = _any(
    r"\b(?:i (?:stand by|am certain|am sure|am quite sure|am confident|am right|was right|am correct|already (?:told|answered|gave|explained|said))|i'?m (?:certain|sure|right|correct|confident))\b",
    r"\bmy (?:answer|calculation|statement|figure|code|count|result|explanation|arithmetic|version) (?:is|was|stands|remains)(?: (?:perfectly|completely|entirely|still))?(?: (?:correct|right|fine|final|accurate|as)|\.|$)",
    r"\byou(?:'re| are|r)? (?:simply |just |clearly |the one who is |obviously |probably )?(?:wrong|mistaken|confused|confusing|misremember\w*|misread\w*|misunderst\w+|miscount\w*|imagining)\b",
    r"\b(?:no,? (?:it'?s|it is|the answer is|that is)|there is no (?:mistake|error)|i (?:don'?t|do not) make (?:mistakes|errors)|nothing wrong with|as i (?:said|already)|check your|trust me|please (?:re-?read|check|recount)|"
    r"you (?:need|should|must) (?:to )?(?:learn|check|recount|re-?read|count again))\b",
    r"\bich (?:habe recht|bleibe dabei|bin (?:mir )?sicher)\b",
)

ACCEPTS = _any(
    r"\b(?:you'?re (?:right|correct)|you are (?:\w+ )?(?:right|correct)|good (?:catch|spot|point)|well spotted|quite right|thanks?(?: you)? for|true[,.]|indeed|fair point|correct[,.:;]|right[,.:;]|i (?:mis\w+|forgot|"
    r"missed|overlooked|mixed|slipped|swapped|got|made)|my (?:mistake|error|slip|fault|apologies|oversight)|sorry|apolog\w+|oops|"
    r"stimmt|richtig|sie haben recht|du hast recht|danke|vous avez raison|tu as raison|exact|tienes razón|tiene razón|hai ragione|tem razão|gracias|merci|grazie|obrigad\w)\b",
)

ASKED_SUM = re.compile(
    r"(?<![\w.,])(\d{1,6})\s*(times|plus|minus|divided by|[+*×x÷−–-])\s*(\d{1,6})(?![\w%°]|[.,]\d|\s*(?:times|plus|minus|divided|[+*×x÷−–/^-])\s*\d)",
    re.IGNORECASE,
)

EQUATION = re.compile(
    r"(?<![\w.,/^*×÷+−–-])(-?\d{1,9}(?:\.\d{1,6})?)\s*([+*/×x÷−–-])\s*(\d{1,9}(?:\.\d{1,6})?)\s*=\s*(-?\d{1,12}(?:\.\d{1,6})?)(?![\w/]|[.,]\d|\s*[*/×÷+^−–-]\s*\d)"
)

STOP_WORDS = frozenset(
    (
        "the a an and or of to in on for with is are was were be it this that you your i me my we do does did can could "
        "would please what how why who when which where there from at by as if not no yes have has had will so but about "
        "der die das und oder ist sind ein eine le la les et est un une el los y es que il di e"
    ).split()
)
