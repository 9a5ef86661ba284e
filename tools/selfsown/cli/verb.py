"""What a module is that makes a command, or a step of one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Protocol


class Verb(Protocol):
    """A module of `selfsown.cli`, or of `selfsown.cli.ci`."""

    HELP: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
