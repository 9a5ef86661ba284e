"""The double behind a real socket: the API at the root, git smart HTTP at `/OWNER/NAME.git`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from github_double.world import World


@contextmanager
def serve(world: World) -> Iterator[str]:
    """Serve a world from a thread; give the base URL."""
    raise NotImplementedError
    yield ""
