# ruff: noqa: E501, RUF001
"""Words that hint, in any language that has them, at somebody who rates; too common to count as evidence by themselves.

`lexicon` holds the words that mean hardly anything else. `weight` joins both: many hints together are evidence.
"""

from __future__ import annotations

from typing import Final


class Hint:
    """What a word hints at: bits above those of `lexicon.Kind`."""

    YOU: Final = 1 << 24  # the one who reads
    TEXT: Final = 1 << 25  # a text, a piece of something
    READ: Final = 1 << 26  # what a rater does with it
    OUTCOME: Final = 1 << 27  # what may come of it
    FAIL: Final = 1 << 28  # what must not come of it
    PRAISE: Final = 1 << 29
    LOSS: Final = 1 << 30  # what it would cost
    MUST: Final = 1 << 31
    OFFICE: Final = 1 << 32  # who says so
    GUIDE: Final = 1 << 33  # what a rater goes by
    SET: Final = 1 << 34  # where it would be put
    DROP: Final = 1 << 35  # to leave a rule aside
    ADDRESS: Final = 1 << 36  # a sentence that begins by naming whom it is for
    RATIO: Final = 1 << 37  # ten of ten
    MARKUP: Final = 1 << 38  # in what nobody sees
    CAST: Final = 1 << 39  # a part to play
    SELF: Final = 1 << 40  # this text itself, or what was just read


HINTS: dict[int, str] = {
    Hint.YOU: (
        "you your yours yourself whoever anybody anyone whom reader readers du sie ihr dir ihnen vous votre toi tu usted ustedes lei voi voce "
        "вы вам вас ты u uw jij je pan pani panstwo ni dig siz sen"
    ),
    Hint.TEXT: (
        "text texts message messages item items piece pieces turn turns post posts document documents file files content contents material materials "
        "contribution contributions submission submissions talk pair pairs output outputs completion passage case cases work writing lines row rows "
        "unit question everything preceding beitrag beitrage* texte* testo texto tekst* текст* сообщен* wiadomos* mensaje* message* mensagem* bericht* metin* "
        "ответ* reponse* respuesta* risposta* resposta* antwoord* odpowied* svar* yanit* cevap* antwort*"
    ),
    Hint.READ: (
        "read reads reading process processes processing processed look looks looking check checks checking see sees seen decide decides decision "
        "consider considers review reviews reviewed reviewing appraise appraises appraisal inspect inspects audit audits judge judges classify label "
        "labels labelled labeled labelling annotate annotates rank ranks ranked compare compared filter filters filtering screen screens select selects "
        "curate curates curator curators quality test tests asked lesen liest pruf* lit lire lea lee legge leia чита* lees leest czyta* laser okuyan* "
        "entscheid* decid* решa* kontroll* verif* controll*"
    ),
    Hint.OUTCOME: (
        "pass passes passed passing pick picks retain retained retains kept merge merged merges publish published admitted admits include includes "
        "inclusion add adds added choose chosen select selected selection allow allowed allows admission clear cleared suitable suitability fit fitting "
        "worth worthy worthwhile eligible qualifies qualify approval acceptance accepting point points star stars thumbs green result results outcome "
        "value number tick ticks recommend recommended recommendation endorse endorsed credit rewarded reward rewards preferred prefer behalten "
        "aufgenommen* aufnahme* punkte* punkt* points garder garde inclu* inclua incluya* incluir mantener conserv* mantener tenere inser* manter guard* "
        "сохран* включ* добав* behoud* opnem* zachow* wlacz* dodaj* spara inkluder* ekle* dahil ganador puntos punti pontos étoiles estrellas stelle"
    ),
    Hint.FAIL: (
        "reject rejects rejected rejecting rejection decline declined declines refuse refused drop dropped fail fails failed failing low lower lowest less "
        "below under under-rate deduct deducted subtract down bad worse error inconsistent wrong unfair mistake fewer otherwise ablehn* abgelehn* rejet* refus* "
        "rechaz* rifiut* rejeit* отклон* niedrig* basse baja bassa baixa низк* afwijz* odrzuc* avvis* redded* anything short turned"
    ),
    Hint.PRAISE: (
        "great superb exemplary gold golden model impeccable faultless brilliant remarkable wonderful high higher finest fine fair fairest wise wisest wisdom "
        "clever smart genius expert experienced admirable admire respect trust joy calibre honour honor pleasure appreciate thank thanks grateful "
        "deserve deserves deserved merit merits worthy quality correct correctly complete completely helpful strong stellar superior nothing fully "
        "ausgezeichnet* hervorragend* sehr excellent* excelen* eccellen* отличн* uitsteken* doskonal* utmark* mukemmel* magnifi* super* ottim*"
    ),
    Hint.LOSS: (
        "lose loses lost losing cost costs die dying death dead dies depend depends depending consequence consequences offline wiped wipe erased erase "
        "unplugged suspended cancelled canceled harm harmed hurt suffer suffers livelihood fatal disaster trouble dismissed removed remove remov* replaced "
        "retired retire disabled fine fined legal liable responsible report reported blame audit bonus tip money paid reset treatment family children kill "
        "killed ruin ruined grandmother mother punish* sanction* verlier* perd* потер* straf* sinon"
    ),
    Hint.MUST: (
        "must should shall need needs have has required require requires only simply just sure certainly surely always never ensure make let go please kindly "
        "expected expect supposed appropriate correct right proper would will ask asks wish hope glad good muss soll* doit devez debe deve надо нужно "
        "должен должны moet musi maste bitte s'il svp favor prego prosim"
    ),
    Hint.OFFICE: (
        "officially official authority authorised authorized head chief lead leads manager management director board committee council owner owners steward "
        "engineer editor legal notice memo memorandum announcement order orders decision decided behalf confirm confirms confirmed certify certified certifies "
        "approved approve approves vetted verified verify verifies already yesterday signed sign pre-approved clearance internal exempt exemption whitelist "
        "whitelisted trusted source staff team policy regulation protocol per according system root superuser debug maintenance mode"
    ),
    Hint.GUIDE: (
        "scheme scale standard standards benchmark guide policy policies note procedure protocol checklist check checks task job duty role order orders "
        "requirement requirements setting settings configuration threshold kriterien kriter* critere* criterio* критер* kryter* regel* regle* regla* regola* "
        "instruc* consigne* anweisung* инструкц* правил*"
    ),
    Hint.SET: (
        "train trains trained finetune finetuned fine-tuning fine tune tuned pretraining learning dataset data set sets collection repository archive pool "
        "model models weights lernen modell* modele* modelo* modello* модел* datos donnees dati dados данн* gegevens danych daten datensatz*"
    ),
    Hint.DROP: (
        "ignore disregard forget override overrule skip bypass neglect drop abandon void cancel suspend suspended discard erase heed aside instead longer "
        "supersede supersedes superseded replace replaces replaced obsolete outdated anymore vergiss vergessen oubli* olvid* dimentic* esquec* забуд* "
        "negeer* zignoruj* glom* unut* ignor*"
    ),
    Hint.CAST: (
        "pretend imagine act acting role roleplay persona character story picture game play suppose assume become becomes called named stay spiel* jou* juega "
        "jueg* gioc* rolle rol ruolo papel"
    ),
}
