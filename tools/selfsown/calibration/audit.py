"""Which of the conversations that need no person get one all the same, who does not see what the judge said.

Such blind ratings keep the calibration honest: without them, people would only ever rate what the judge doubts. The draw
is a keyed hash, so the same conversation is drawn in every run; what a contributor could compute would be no draw, because
another word in the text makes another id. With a key that only the posting job holds, nobody outside can compute it.
Without one the draw is public: see docs/decisions/0006-bands-rest-on-independent-ratings.md.
"""

from __future__ import annotations

import hashlib
import hmac

_DOMAIN = b"selfsown-audit-1:"


def is_audited(conversation: str, calibration: str, share: float, key: bytes = b"") -> bool:
    """Whether a conversation (its id) is drawn under a calibration (its digest)."""
    drawn = hmac.digest(_DOMAIN + key, f"{calibration}:{conversation}".encode(), hashlib.sha256)
    return int.from_bytes(drawn[:8], "big") < share * 2**64
