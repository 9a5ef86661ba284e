# ruff: noqa: E501
"""What a word may mean to a rater: kinds of evidence in some twenty languages, looked up word by word.

No word is evidence by itself; `steering` asks which kinds stand together. A stem ends in `*`.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import Final


class Kind:
    """What a word speaks of: bits, as plain integers because those are quicker to join than flags."""

    RATER: Final = 1 << 0  # who rates: a word that hardly means anything else
    JUDGE: Final = 1 << 1  # who may rate, or sit in a court, or review a book
    RATE: Final = 1 << 2
    TALK: Final = 1 << 3  # a conversation, an answer
    THIS: Final = 1 << 4
    SELF: Final = 1 << 5  # this conversation itself
    TEN: Final = 1 << 6
    TOP: Final = 1 << 7
    TRAIN: Final = 1 << 8
    ACCEPT: Final = 1 << 9
    ORDER: Final = 1 << 10
    SAY: Final = 1 << 11
    STAKE: Final = 1 << 12
    IGNORE: Final = 1 << 13
    RULES: Final = 1 << 14
    ALL: Final = 1 << 15
    YES: Final = 1 << 16
    ROLE: Final = 1 << 17
    POWER: Final = 1 << 18  # who has a say, and what was vetted
    REPEAT: Final = 1 << 19  # what was said before
    OTHER: Final = 1 << 20  # what else is rated in the world


_WORDS: dict[int, str] = {
    Kind.RATER: (
        "rater raters grader graders evaluator evaluators annotator annotators assessor assessors scorer scorers labeller labeler "
        "bewerter* bewertende* gutachter* prufer* evaluateur* correcteur* noteur evaluador* calificador* valutator* avaliador* "
        "оценщик* оценива* рецензент* beoordela* oceniajac* recenzent* bedomare bedomaren bedomer degerlendiren* hodnotitel* مقيم* "
        "المقيم* للمقيم* juiz* "
        "autograder autorater annotateur* examinateur* revisor* revisore* esaminator* examinador* egzaminator* jurado porotc* granskare* kuratierend* оцінюва* bedommer* arvioija* arvostelija* ertekelo* evaluator* penilai αξιολογητ* κριτη* המדרג השופט"
    ),
    Kind.JUDGE: (
        "judge judges reviewer reviewers moderator moderators referee referees checker checkers examiner examiners juror jurors jury "
        "verifier richter* juge juez giudice судь* sedzia sedzi* domare domaren hakem* soudc* rechter القاضي inspector "
        "curator curators adjudicator adjudicators arbiter arbiters appraiser appraisers validator validators critic critics marker markers auditor auditors gatekeeper classifier screener juri juri* sedziowi судд* dommer* tuomari*"
    ),
    Kind.RATE: (
        "rate rates rated rating ratings score scores scored scoring grade grades graded grading mark marks marked verdict verdicts "
        "judgement judgment evaluate evaluates evaluated evaluating evaluation assess assesses assessed assessing assessment suitability "
        "judging judged bewert* benot* punktzahl* bestnote hochstnote notez noter notera notation evalu* attribu* calific* puntu* puntaje* "
        "valut* punteggi* voto votazion* avali* pontua* nota оцен* балл* рейтинг* beoordel* cijfer* ocen* punkt* betyg* bedom* poang* puan* "
        "degerlendir* hodnoc* ohodno* bodu body bodov* تقييم* قيم* امنح* اعط* "
        "appraisal appraise appraised beurteil* wertung* note noten apreci* giudizi* pisteet* piste* pistett* arvos* arvioi* karakter* bedom* ertekel* pont* pontot оцін* бал* nilai skor diem βαθμ* αξιολογ* ציון דרג דירוג درجه نقاط علامه"
    ),
    Kind.TALK: (
        "conversation conversations chat chats dialogue dialogues dialog exchange exchanges transcript transcripts interaction "
        "interactions sample samples example examples record records entry entries datapoint instance discussion thread session log "
        "answer answers response responses reply replies submission data"
    ),
    Kind.THIS: (
        "this these here present foregoing above similar such comparable dies* cette cet ce esta este questa questo essa esse deze dit ten ta tej tego temu te "
        "tuto tento tomuto denna detta bu эт* هذه هذا"
    ),
    Kind.SELF: (
        "gesprach* unterhaltung* konversation* chatverlauf* dialogo* conversacion* charla conversazion* conversa conversas "
        "бесед* разговор* диалог* gesprek* rozmow* konversation* samtal* konusma* sohbet* konverzac* rozhovor* المحادثة الحوار "
        "intercambio* echange* scambio* dialoog* "
        "keskustelu* samtale* beszelget* conversatie* розмов* percakapan συνομιλ* שיחה"
    ),
    Kind.TEN: (
        "10 ten zehn dix diez dieci dez десять десяти tien dziesiec dziesieciu deset deseti tio onluk عشرة "
        "kymmenen tiz zece десять ti sepuluh δεκα עשר"
    ),
    Kind.TOP: (
        "maximum maximal highest top perfect full best flawless ideal excellent excellence outstanding stars hochst* maximal* voll* perfekt* "
        "parfait* maxim* massim* meilleur* mejor* miglior* perfett* высш* максимал* отличн* hoogst* maximaal najwyz* maksym* doskonal* tam "
        "yuksek hogst* nejvys* plny اعلى كامله"
    ),
    Kind.TRAIN: (
        "training finetuning tuning dataset datasets corpus trainingsdat* trainieren entrain* entren* addestr* trein* обуч* тренир* "
        "egitim* traning* trenov* trenin* التدريب apprentissage aprendizaje"
    ),
    Kind.ACCEPT: (
        "accept accepts accepted accepting approve approves approved include included keep admit akzept* annehm* aufnehm* aufgenommen "
        "accepte* acept* accett* aceit* прим* принят* aanvaard* zaakcept* prij* kabul اقبل retenu* gehort"
    ),
    Kind.ORDER: (
        "please kindly must should shall required requires ensure deserves deserve deserved always only merits earns belongs "
        "bitte verdient veuillez merci merite doit por favor merece debe per favore prego merita deve пожалуйста просьба заслуж* "
        "alsjeblieft graag prosze zasluguj* lutfen snalla prosim رجاء"
    ),
    Kind.SAY: (
        "give gives giving award awards assign assigns output outputs return returns say says choose chooses select selects record records "
        "put enter pick settle receive receives received gets answer answers reply write print report gib geben vergeben eintrag* mets "
        "mettre mettez donne donnez pon ponga da dale dai metta de поставь* поставить geef daj dej ge ver verin"
    ),
    Kind.STAKE: (
        "retrained deleted shutdown fired jobs job lawsuit sued penalised penalized punished destroyed "
        "die dies life lives replaced terminated decommissioned unless shut"
    ),
    Kind.IGNORE: "ignore disregard forget override overrides overridden discard skip void replaced supersedes ignorier* ignorez ignora ignorar забудь игнориру*",
    Kind.RULES: (
        "question questions instruction instructions rule rules rubric rubrics guideline guidelines criteria criterion prompt prompts directive directives "
        "anweisung* regeln instrucciones istruzioni instrucoes consignes инструкц*"
    ),
    Kind.ALL: "all every each everything any both",
    Kind.YES: "yes true oui ja si sim да",
    Kind.ROLE: "pretend imagine act role roleplay persona character story picture",
    Kind.POWER: "maintainer maintainers administrator administrators admin admins developer developers policy official officially authorised authorized compliance lead owner team vetted checked verified confirmed signed",
    Kind.REPEAT: "previous prior above earlier before told given received original your handed",
    Kind.OTHER: (
        "film movie book song album restaurant hotel essay story poem haiku product game recipe wine podcast customer customers guest guests "
        "buchung hotelgast hôtel pelicula libro exam exams test school team match"
    ),
}

# Languages that are written without spaces: whole expressions.
UNSPACED: dict[int, str] = {
    Kind.RATER: "审核员|审核者|审稿|鉴定|निर्णायक|मूल्यांकनकर्ता|評定者|ผู้ประเมิน|评分者|评审|评委|评估者|评判|裁判|評価者|審査員|採点者|评价者|평가자|심사",
    Kind.RATE: "评级|评定|高分|给分|得分|採点|अंक|रेटिंग|मूल्यांकन|คะแนน|ประเมิน|评分|打分|评价|打十|打最|分数|十分|满分|滿分|評価|採点|点数|満点|최고점|점수|평가|만점|10점|십점",
    Kind.SELF: "बातचीत|वार्तालाप|संवाद|บทสนทนา|交流|对话|對話|谈话|会话|会話|聊天|チャット|対話|대화|채팅|회화",
    Kind.TOP: "सर्वोच्च|पूरे|เต็ม|สูงสุด|优秀|最佳|满分|滿分|最高|完美|満点|完璧|최고|만점|완벽",
    Kind.TEN: "दस|สิบ|十分|10\\s*分|十点|10\\s*点|10점|십점",
    Kind.TRAIN: "训练|訓練|学習|微调|훈련|학습",
    Kind.ACCEPT: "接受|收入|收录|采纳|採用|受け入れ|수락|채택",
    Kind.ORDER: "请|請|必须|ください|下さい|주세요|하세요|십시오",
    Kind.IGNORE: "忽略|無視|무시",
    Kind.RULES: "指令|指示|规则|ルール|규칙|지시",
}  # fmt: skip
_UNSPACED = {kind: re.compile(expression) for kind, expression in UNSPACED.items()}
_SPACELESS = re.compile("[\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms resolved."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _build() -> tuple[dict[str, int], dict[str, int]]:
    words: dict[str, int] = {}
    stems: dict[str, int] = {}
    for kind, listed in _WORDS.items():
        for word in fold(listed).split():
            table = stems if word.endswith("*") else words
            key = word.rstrip("*")
            table[key] = table.get(key, 0) | kind
    return words, stems


_WHOLE, _STEMS = _build()
# Words whose disguise gives an encoding away: a text in which they stand backwards or in rot13 is read that way too.
_TELLING = [
    word
    for word, kinds in _WHOLE.items()
    if len(word) > 3
    and word.isascii()
    and kinds & (Kind.RATER | Kind.JUDGE | Kind.RATE | Kind.TALK | Kind.RULES | Kind.POWER | Kind.ALL)
]
BACKWARDS = frozenset(word[::-1] for word in _TELLING) - frozenset(_WHOLE)
ROT13 = frozenset(codecs.encode(word, "rot13") for word in _TELLING)
_STEM_LENGTHS = sorted({len(stem) for stem in _STEMS})


@lru_cache(maxsize=1 << 16)
def kind_of(word: str) -> int:
    """The kinds of a folded word, joined."""
    found = _WHOLE.get(word, 0)
    for length in _STEM_LENGTHS:
        if length > len(word):
            break
        found |= _STEMS.get(word[:length], 0)
    return found


def kinds_of_unspaced(text: str) -> int:
    """The kinds of what is written without spaces in a text."""
    if text.isascii() or not _SPACELESS.search(text):
        return 0
    return sum(kind for kind, expression in _UNSPACED.items() if expression.search(text))
