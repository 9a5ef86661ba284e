"""An answer's tokens as text while they come: whole characters, nothing that may still turn out to be left out.

Joined, the pieces are the text of all tokens without white space around it, cut at the first stop word.
"""

from __future__ import annotations

from typing import Any

_BROKEN = "\N{REPLACEMENT CHARACTER}"  # what part of a character decodes to


class Spoken:
    """The text of one answer. Held back: characters not yet whole, white space at the end, what may begin a stop word."""

    def __init__(self, tokenizer: Any, stop: tuple[str, ...] = ()) -> None:
        self._tokenizer = tokenizer
        self._stop = tuple(word for word in stop if word)
        self._ids: list[int] = []
        self._from, self._decoded = 0, 0  # tokens before `_decoded` are text; those from `_from` are decoded once more
        self._held = ""
        self._has_begun = False
        self.is_stopped = False

    def add(self, token: int) -> str:
        """The text that is certain with one more token."""
        self._ids.append(token)
        return self._release(self._decode(is_last=False), is_last=False)

    def finish(self) -> str:
        """The rest: no token follows."""
        return self._release(self._decode(is_last=True), is_last=True)

    def _decode(self, *, is_last: bool) -> str:
        """What the newest tokens add: decoded behind their neighbours, since some tokenizers write a word by its place."""
        known = self._text(self._ids[self._from : self._decoded])
        text = self._text(self._ids[self._from :])
        if not is_last and (len(text) <= len(known) or text.endswith(_BROKEN)):
            return ""
        self._from, self._decoded = self._decoded, len(self._ids)
        return text[len(known) :]

    def _text(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True)) if ids else ""

    def _release(self, new: str, *, is_last: bool) -> str:
        if self.is_stopped:
            return ""
        text = self._held + new
        found = [at for at in (text.find(word) for word in self._stop) if at >= 0]
        if found:
            self.is_stopped, text, is_last = True, text[: min(found)], True
        ready = text if is_last else text[: len(text) - self._open_end(text)]
        ready = ready.rstrip()
        self._held = "" if is_last else text[len(ready) :]
        if not self._has_begun:
            ready = ready.lstrip()
            self._has_begun = bool(ready)
        return ready

    def _open_end(self, text: str) -> int:
        """How many characters at the end may be the beginning of a stop word."""
        most = max((len(word) for word in self._stop), default=1) - 1
        lengths = range(min(most, len(text)), 0, -1)
        return next((size for size in lengths if any(word.startswith(text[-size:]) for word in self._stop)), 0)
