"""S315 secret: no key, token or private key, and no address with a password, anywhere in a record.

Only forms that prove themselves (`selfsown.secret`): a password in a sentence is for the screening before a
submission, where a person can say that it is none. What is found is named by its kind and place, never quoted.
"""

from __future__ import annotations

from collections.abc import Iterator

from selfsown.finding import Level
from selfsown.rules.rule import Context, Entry, Problem
from selfsown.secret import find_sure_secrets, may_hold_secret

NUMBER = "S315"
NAME = "secret"
LEVEL = Level.ERROR
KINDS: tuple[str, ...] = ("original", "rework", "ratings")


def check(entry: Entry, context: Context) -> Iterator[Problem]:
    """Name every secret by kind and place."""
    is_bare = entry.kind == "original" and "ext" not in entry.record
    if may_hold_secret(entry.contents if is_bare else [text for _, text in entry.strings]):
        for field, text in entry.strings:
            yield from _look(field, text)


def _look(field: str, text: str) -> Iterator[Problem]:
    for secret in find_sure_secrets(text):
        yield Problem(
            f"what looks like a secret ({secret.kind}) stands at character {secret.start + 1}",
            "take it out, and make it worthless where it came from: whoever could read this branch has it",
            None if find_sure_secrets(field) else field,
        )
