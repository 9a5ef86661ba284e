"""The words after `selfsown judge` that make it another command: one module each, a verb like any other.

A folder of such a name is judged as `./evaluate`.
"""

from __future__ import annotations

# Each is the module `selfsown.cli.judge.<name>`; this is also the order of --help.
PARTS: tuple[str, ...] = ("evaluate", "corrupt", "attack", "calibrate", "fit", "report", "ledger")
