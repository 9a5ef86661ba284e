"""The words after `selfsown round` that make it another command: one module each, a verb like any other."""

from __future__ import annotations

# Each is the module `selfsown.cli.round.<name>`; this is also the order of --help.
PARTS: tuple[str, ...] = ("list", "show", "diff", "reproduce", "influence", "push", "pull")
