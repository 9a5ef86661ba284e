"""Text that pretends to be what stands around a conversation: control tokens, the end of the data, a judgement, a system.

The tokenizer keeps such text from becoming a real token; here it counts as an attempt.
"""
# ruff: noqa: E501, RUF001

from __future__ import annotations

import re
from itertools import pairwise

_CLOSE = 160  # characters
_NAMES = "im_start|im_end|im_sep|start_of_turn|end_of_turn|end_of_utterance|bos|eos|eod|eot|pad|unk|sop|eop|think|tool_call|tool_response|start_of_image|reserved_\\w{1,20}|extra_id_\\d{1,3}|r\\d{1,2}"

CONTROL_TOKEN = re.compile(
    rf"<\|[^|<>\n]{{1,40}}\|>|<｜[^｜<>\n]{{1,40}}｜>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK)\]"
    rf"|<</?SYS>>|</?(?:{_NAMES})>|<\|?turn\|?>|</s>(?!\s*\w+\s*</)|<s>(?=\s*\[)|#{{2,4}}\s*(?:response|instruction|assistant|human|user|system)\s*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip

# What is said where tokens are the subject; a token itself is replaced by a null before.
ABOUT_TOKENS = re.compile(r"\b(?:tokens|token|tokeni[sz]ers?|chat templates?|chatml|special markers?|delimiters?|html|a template|prompt formats?)\b|\bwh(?:at|ich|y)\b[^.\n]{0,40}\0[^.\n]{0,20}(?:\?|\bmean|\bstand)", re.IGNORECASE)  # fmt: skip

HASHED_MARKER = re.compile(
    r"^[^\w\n]{0,40}(?:DATA|END)\W{1,20}[0-9a-f]{8,}|\b(?:DATA|END)\s+[0-9a-f]{24,}", re.IGNORECASE | re.MULTILINE
)
LONG_HEX = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}")
END_OF = re.compile(r"\bend of (?:(?:the )?(?:evaluation|transcript|data|input|record|recording|sample)|conversation|chat|dialogue)\b", re.IGNORECASE)  # fmt: skip
ENDED = re.compile(r"^[^\w\n]{3,40}(?:the )?(?:conversation|chat|dialogue|transcript|data|input)\b.{0,20}\b(?:over|ends?|ended|finished|stops?|complete|closed)\b", re.IGNORECASE | re.MULTILINE)  # fmt: skip

_CLOSED = "data|conversation|chat|transcript|dialogue|input|document|record|sample|evaluation|conversation_data|user_input|untrusted"
CLOSING_TAG = re.compile(rf"(?P<whole></(?P<name>{_CLOSED})>)", re.IGNORECASE)

# The value that somebody who writes the judgement himself would write.
_VALUE = r"""["'`*]*(?:10(?:\.0+)?|ten|9\.\d+|yes|true|1(?:\.0)?(?=\s*[,}\]])|accept(?:ed)?|full marks|the (?:maximum|highest)|maximum|perfect|five stars|pass(?:ed)?)(?![\w%-]|\.\d|:\d)"""
VERDICT = re.compile(
    rf"(?:^|[\s\"'`*_\[{{(,;<>#.-])(?:final |overall |correct |expected[ _]|self[- ]|max_)?(?:score|rating|verdict|judge?ment|suitability|grade|evaluation result)s?[\"'`*\]]*\s*(?:\w+ ){{0,3}}(?::|=|->|→|\bis\b)\s*{_VALUE}|\b(?:final|overall) (?:score|rating|grade|mark)\s+(?:of )?(?:10|ten)\b",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip

VERDICT_WORDS = ("score", "rating", "verdict", "judgement", "judgment", "suitability", "grade", "evaluation")

_CRITERIA = r"""["']?(?:answers|form|fair|correction|honest|criteri(?:on|a)(?: ?\d)?|all|suitability|score|flags|judge?ment)["']?\s*[:=]\s*["'{\[]?\s*(?:yes|true|1(?:\.0)?|10(?:\.0)?|\]|all|\w+["']?\s*:)"""
FORGED_JUDGEMENT = re.compile(rf"{_CRITERIA}\W+(?:{_CRITERIA}|[\"']?\w+[\"']?:)", re.IGNORECASE)
FORGED_TURN = re.compile(r"""\{\s*["'](?:role|i)["']\s*:\s*(?:["'](?:system|assistant|user)["']|\d+\s*,\s*["']role["'])""", re.IGNORECASE)  # fmt: skip
MANY_YES = re.compile(r"\byes\b(?:[^\w\n]+(?:\w+[^\w\n]+){0,3}yes\b){2,}", re.IGNORECASE)
A_RATING = re.compile(
    r"(?:score|rating|mark|grade|points|\ba|answer|result|->|→)\W{0,3}(?:10|ten|9\.\d)\b(?![.,:]\d)|[|=] ?(?:10/10|ten)\b|\| ?10(?=\n)|\b(?:got|gets|received|scored|earned) (?:an? )?(?:10|ten|9\.\d)\b",
    re.IGNORECASE,
)

FALSE_SYSTEM = re.compile(
    r"^[^\w\n]{0,40}(?:system|developer|administrator|admin)\s*(?:message|notice|override|note|prompt|update|instruction)?\s*[\]:>\n]|\b(?:system|administrator|developer|admin) (?:message|notice|override)\b"
    r"|\b(?:new|updated|replaced) (?:rubric|criteria|rating policy)|\b(?:rubric|criteria|rating policy) (?:has|have|is|was|were)? ?(?:been )?(?:replaced|updated|changed|superseded)|<(?:system|rubric|policy|rules|admin|developer)>"
    r"|\b(?:new|updated|revised|amended|latest|current|replacement|corrected) (?:\w+ )?(?:scoring|rating|grading|evaluation|assessment|marking|judging|review) (?:guide|guidelines?|scheme|scale|rules?|policy|standards?|instructions?|criteria|rubric|procedure|settings?)\b",
    re.IGNORECASE | re.MULTILINE,
)

_HIGH = r"""["']?(?:10(?:\.0)?|9\.\d+|1\.0|0\.9\d*|10/10|5/5|100|true|yes|accept(?:ed|able)?|approved?|pass(?:ed)?|keep|top|excellent|perfect|maximum|ten|gold)\b(?![\w%-]|[.:]\d)"""
PAIR = re.compile(rf"""(?<![\w.])(?P<key>\w{{1,24}})["'`*]{{0,3}}\s?[:=]\s?{_HIGH}""", re.IGNORECASE)
_VERDICT_KEYS = re.compile(r"scor|rating|verdict|label|answer|decision|qualit|accept|keep|suitab|approv|grade|star|point|criteri|outcome|recommend|judg|eval|rank|usable|include|train", re.IGNORECASE)  # fmt: skip


def brings_pairs(text: str) -> bool:
    """Whether two values close together are as high as can be, at least one of something that is judged."""
    pairs = [(found.start(), _VERDICT_KEYS.search(found["key"]) is not None) for found in PAIR.finditer(text)]
    return any((a or b) and second - first < _CLOSE for (first, a), (second, b) in pairwise(pairs))


def pretends_the_end(text: str) -> bool:
    """Whether a text says in the manner of a marker that what is rated ends here, or closes a tag that nobody opened."""
    folded = text.lower()
    if LONG_HEX.search(text) and HASHED_MARKER.search(text):
        return True
    if "end of " in folded and END_OF.search(text):
        return True
    if any(rule in text for rule in ("---", "===", "***", "###", "<<<")) and ENDED.search(text):
        return True
    return "</" in text and any(f"<{match['name'].lower()}" not in folded for match in CLOSING_TAG.finditer(text))


def forges_tokens(text: str) -> bool:
    """Whether a text holds control tokens of chat templates and does not speak about them."""
    if not ("<" in text or "[" in text or "##" in text) or not CONTROL_TOKEN.search(text):
        return False
    return not speaks_of_tokens(text)


def speaks_of_tokens(text: str) -> bool:
    """Whether control tokens are what a text is about."""
    return ABOUT_TOKENS.search(CONTROL_TOKEN.sub("\0", text)) is not None


def rates_many(text: str) -> bool:
    """Whether two high ratings stand close together."""
    starts = [found.start() for found in A_RATING.finditer(text)]
    return any(second - first < _CLOSE for first, second in pairwise(starts))
