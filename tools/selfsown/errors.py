"""What can go wrong with the tool itself, as opposed to with a contribution (that is a Finding).

SelfsownError            the tool could not do what was asked: a sentence and a tip (exit code 3)
├── UsageError           the request makes no sense (exit code 2)
├── MissingExtra         an optional part is not installed: names the install command
├── BadConfig            a file of schema/ or a recipe does not read
└── RepoError            git could not answer
    └── BadHistory       what a contribution's commits are made of cannot be read: its author has to mend that
"""

from __future__ import annotations


class SelfsownError(Exception):
    """The tool failed. `message` says what and where, `tip` what to do next."""

    exit_code = 3

    def __init__(self, message: str, tip: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.tip = tip


class UsageError(SelfsownError):
    """The command cannot be meant like this."""

    exit_code = 2


class MissingExtra(SelfsownError):
    """A verb needs an optional part that is not installed."""


class BadConfig(SelfsownError):
    """A configuration file has an unknown key, a missing key or a value of the wrong kind."""


class RepoError(SelfsownError):
    """Git could not answer a question."""


class BadHistory(RepoError):
    """The commits of a contribution cannot be taken: a problem of the contribution, said to its author."""
