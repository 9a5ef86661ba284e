"""What only looks like a secret: examples of documentations, and values that stand where a secret would.

Measured on what people write: a value with a word in it that says so, one sign over and over, a count, or a name in
brackets is no secret.
"""

from __future__ import annotations

import re
from collections import Counter
from math import log2

# By the vendors' own documentation, and the token of jwt.io (its payload names John Doe).
_EXAMPLES = (
    "wJalrXUtnFEMI/K7MDENG",
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l",
    "4eC39HqLyjWDarjtT1zdp7dc",
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "123456:ABC-DEF1234ghIkl",
)
_SAYS_SO = re.compile(
    r"example|sample|dummy|placeholder|redacted|your[_\-]|my[_\-]?(?:secret|password|token|key|api)|change[_\-]?me|insert|replace|hunter2|"
    r"(?:correct[\W_]?horse)|p[a@][s$]{2}w[o0]rd|passwort|qwert|foobar|test[_\-]?(?:key|token|secret)|"
    r"x{6,}|\*{3,}|\.{3}|…|0{8,}|1234567|7654321|abcdefg|deadbeef|fake|secret[_\-]?(?:key|token|here)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[$%]?[{(<\[]|(?:os|process|env|config|settings|self|this|request|args|params|data|user)\.|\w+\(|%[sd]|\w+\["
)
_SAME = re.compile(r"(.)\1{7,}")
_LONG = 120  # characters; among more of them, chance alone writes a short word
_ALIKE = 0.28  # of the signs, at most, that one sign may make up where a value is long
_BITS_OF_SIGN = 2.6  # of entropy that a vague value of 16 signs needs


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a secret and is none."""
    if any(example in value for example in _EXAMPLES) or _SAME.search(value):
        return True
    if len(value) <= _LONG and _SAYS_SO.search(value):
        return True
    return len(value) >= 16 and max(Counter(value).values()) > max(3, _ALIKE * len(value))


def looks_random(value: str) -> bool:
    """Whether a value that only its surroundings call a secret could be one: no word, no name in a program, no number."""
    bare = value.rstrip(".,;:!?)]}")
    if len(bare) < 6 or _CODE.match(bare) or "://" in bare:
        return False
    has = [any(map(test, bare)) for test in (str.islower, str.isupper, str.isdigit)]
    has_sign = any(not sign.isalnum() and sign not in "_-." for sign in bare)
    if not (has[2] and (has[0] or has[1])) and not (has_sign and (has[0] or has[1])):
        return False
    if len(bare) < 16:
        return len(set(bare)) > 4
    return _entropy(bare) >= _BITS_OF_SIGN


def _entropy(value: str) -> float:
    counts = Counter(value).values()
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)
