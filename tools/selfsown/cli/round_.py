"""`selfsown round`: the rounds of this checkout. Alone it lists them."""

from __future__ import annotations

from selfsown.cli.round import list as listing

HELP = "The rounds: list, read, compare, repeat them."

configure, run = listing.configure, listing.run
