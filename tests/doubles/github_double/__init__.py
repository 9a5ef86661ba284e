"""A small, strict GitHub for tests: see `World`."""

from __future__ import annotations

from github_double.app import serve
from github_double.connection import connect
from github_double.faults import Fault
from github_double.wire import ConnectionLost, Killed, Response
from github_double.world import Limits, World

__all__ = ["ConnectionLost", "Fault", "Killed", "Limits", "Response", "World", "connect", "serve"]
