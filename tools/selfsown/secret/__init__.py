"""Secrets in a text: keys, tokens and passwords, by their form. Only where they stand is told, never what they say.

Forms come from the vendors' own descriptions and from the public rules of gitleaks. A form with a prefix of its own is
enough: a checksum never speaks one free, because a vendor that changes it would open a hole. What documentation uses as
an example, and what is plainly a placeholder, is no secret. No library is needed here: a rule of every pull request
looks for them (S315).
"""

from __future__ import annotations

from selfsown.secret.find import Secret, find_secrets, find_sure_secrets, may_hold_secret, without_secrets

__all__ = ["Secret", "find_secrets", "find_sure_secrets", "may_hold_secret", "without_secrets"]
