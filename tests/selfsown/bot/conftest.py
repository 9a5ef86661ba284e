"""The double with a repository, and an outbox beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from github_double import connect
from tests.selfsown.bot.stage import Stage, build_stage

from selfsown.outbox.store import Outbox


@pytest.fixture(scope="session")
def whole_stage(tmp_path_factory, checkout) -> Iterator[Stage]:
    """See `stage`."""
    stage = build_stage(tmp_path_factory.mktemp("bot"), checkout)
    yield stage
    shutil.rmtree(stage.folder, ignore_errors=True)


@pytest.fixture
def stage(whole_stage: Stage) -> Iterator[Stage]:
    """The double as it began."""
    whole_stage.reset()
    with connect(whole_stage.world):
        yield whole_stage


@pytest.fixture
def outbox(stage: Stage) -> Iterator[Outbox]:
    """An empty outbox."""
    with stage.new_outbox() as opened:
        yield opened
