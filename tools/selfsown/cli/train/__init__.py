"""The word after `selfsown train` that makes it another command. A recipe for a round cannot have its name."""

from __future__ import annotations

# Each is the module `selfsown.cli.train.<name>`.
PARTS: tuple[str, ...] = ("base", "judge")
