"""Keys of the endpoint: who may ask, where not everybody may. They are compared in constant time
and never quoted; the rest of the program knows a digest."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from selfsown.errors import BadConfig, SelfsownError

VARIABLE = "SELFSOWN_API_KEYS"
_SHORTEST = 16


def load_api_keys(path: Path | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a file (one a line, `#` begins a comment) and of SELFSOWN_API_KEYS (with commas between).

    Raises BadConfig on a key that is too short to be one, SelfsownError where the file does not read. Never quotes a key.
    """
    lines = environment.get(VARIABLE, "").split(",")
    place = VARIABLE
    if path is not None:
        try:
            lines += path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SelfsownError(f"{path} does not read", "name a file with one API key a line") from error
        place = str(path)
    keys = tuple(dict.fromkeys(key for line in lines if (key := line.partition("#")[0].strip())))
    if any(len(key) < _SHORTEST or not key.isascii() or " " in key for key in keys):
        raise BadConfig(
            f"{place}: a key has at least {_SHORTEST} characters, ASCII, without blanks",
            'make one with: python -c "import secrets; print(secrets.token_urlsafe(24))"',
        )
    if path is not None and not keys:
        raise BadConfig(f"{path} holds no key, so nobody could ask anything", "write one key a line")
    return keys


def find_key(header: str, keys: tuple[str, ...]) -> str | None:
    """The digest of the key in an Authorization header, None where it is not one of `keys`. Takes equally long for all."""
    scheme, _, said = header.partition(" ")
    own = hashlib.sha256(said.strip().encode("utf-8", "surrogateescape")).digest()
    found = [hmac.compare_digest(own, hashlib.sha256(key.encode()).digest()) for key in keys]
    return own.hex() if any(found) and scheme.lower() == "bearer" else None
