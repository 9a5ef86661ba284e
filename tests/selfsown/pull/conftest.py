"""Pull requests as records, and what of ours may stand on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from github_double import connect
from tests.selfsown.pull.stage import Stage, build_stage

from selfsown.host import (
    Account,
    PostedComment,
    PostedLineComment,
    PostedReview,
    PostedStatus,
    Pull,
    PullFile,
    StatusState,
)
from selfsown.pull.present import verdict_marker
from selfsown.pull.wanted import CONTEXT
from selfsown.render.markdown import MARKER, comment_marker
from selfsown.review import Decision, Review

HEAD, LATER = "a1" * 20, "b2" * 20
ME = Account(7, "selfsown-review[bot]", True)
MIRA = Account(11, "mira", False)
TIME = "2026-09-14T10:00:00Z"


@dataclass(frozen=True)
class Posted:
    """Builders of what stands on a pull request."""

    me: Account = ME
    mira: Account = MIRA
    head: str = HEAD
    later: str = LATER

    def pull(self, **facts: Any) -> Pull:
        plain = Pull(
            3, HEAD, "topic", "mira/corpus", "main", "0" * 40, MIRA, True, False, None, (), 1, TIME, TIME
        )  # fmt: skip
        return replace(plain, **facts)

    def sticky(self, identity: int, text: str = "old", author: Account = ME) -> PostedComment:
        return PostedComment(identity, f"IC{identity}", 3, author, f"{MARKER}\n\n{text}", TIME, TIME)

    def review(self, identity: int, decision: Decision, text: str = "old", author: Account = ME) -> PostedReview:
        return PostedReview(identity, f"PRR{identity}", author, f"{verdict_marker(decision, HEAD)}\n\n{text}", HEAD)

    def line(
        self, identity: int, key: str, review: int, text: str = "old", author: Account = ME, reply_to: int | None = None
    ) -> PostedLineComment:
        body = f"{comment_marker(key)}\n\n{text}"
        return PostedLineComment(identity, f"PRRC{identity}", author, body, "a.jsonl", 1, review, reply_to)

    def status(
        self, state: StatusState, text: str = "old", author: Account = ME, context: str = CONTEXT, created: str = TIME
    ) -> PostedStatus:
        return PostedStatus(context, state, text, author, created)


@pytest.fixture(scope="session")
def posted() -> Posted:
    return Posted()


@pytest.fixture(scope="session")
def reviewed(build) -> Callable[..., Review]:
    """A review of HEAD."""

    def make(head: str = HEAD, **facts: Any) -> Review:
        return replace(build.review(**facts), head=head)

    return make


@pytest.fixture(scope="session")
def shown() -> Callable[..., list[PullFile]]:
    """Files added whole, as a host lists them: path to number of lines."""

    def make(**sizes: int) -> list[PullFile]:
        return [
            PullFile(path, "added", f"@@ -0,0 +1,{size} @@\n" + "\n".join(["+x"] * size))
            for path, size in sizes.items()
        ]

    return make


@pytest.fixture(scope="session")
def whole_stage(tmp_path_factory, checkout) -> Stage:
    """The double with one pull request; see `stage`."""
    return build_stage(tmp_path_factory.mktemp("stage"), checkout)


@pytest.fixture
def stage(whole_stage: Stage) -> Iterator[Stage]:
    """The double with one pull request as it was opened; nothing of ours is on it."""
    whole_stage.reset()
    with connect(whole_stage.world):
        yield whole_stage
