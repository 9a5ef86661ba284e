"""A pull request with conversations on it, and a desk that answers what is asked there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from tests.selfsown.commands.fake_host import BASE, HEAD, NOW, FakeHost, Scene, make_chat, make_pace

from selfsown.commands.answer import Desk
from selfsown.corpus import Corpus
from selfsown.judge.features import FeaturesJudge
from selfsown.pull.reading import Reading
from selfsown.review import read_judgeable
from selfsown.shard import pack_shards
from selfsown.submission import REGULAR_FILE, Change, Submission
from selfsown.trust import Trust
from selfsown.validate import validate_submission


@pytest.fixture
def make_scene(rulebook) -> Callable[..., Scene]:
    """A function that sets a scene with conversations about the given things."""

    def make(*topics: str, extra: Sequence[Change] = ()) -> Scene:
        chats = tuple(make_chat(topic) for topic in topics)
        shards = tuple(pack_shards("original", chats, rulebook.policy.limits))
        changes = [Change(it.path, "A", REGULAR_FILE, len(it.content), it.content) for it in shards]
        submission = Submission(BASE, HEAD, "ann", "data", (*changes, *extra))
        reading = Reading(
            rulebook, submission, validate_submission(submission, rulebook, Corpus(), "2026-11-21"), Trust(0)
        )

        def explain(it: Reading):
            return it.review(FeaturesJudge().judge(read_judgeable(it.validation), rulebook.rubric))

        host = FakeHost()
        desk = Desk(host, lambda _: reading, explain, rulebook.policy, NOW, make_pace())  # type: ignore[arg-type]
        return Scene(host, chats, reading, desk, shards)

    return make


@pytest.fixture
def scene(make_scene) -> Scene:
    """One pull request with three conversations."""
    return make_scene("tea", "coffee", "water")
