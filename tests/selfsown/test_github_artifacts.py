"""Which run keeps an artifact: the newest of our own default branch, never a fork's."""

from __future__ import annotations

from typing import Any

import pytest

from selfsown import github_artifacts
from selfsown.github_artifacts import find_artifact_run
from selfsown.host import Refused, Unsure

ENVIRONMENT = {"GITHUB_REPOSITORY": "owner/corpus", "GITHUB_TOKEN": "x"}


def artifact(run: int, **changes: Any) -> dict[str, Any]:
    facts = {"id": run, "head_branch": "main", "head_repository_id": 5, "repository_id": 5}
    own = {name: value for name, value in changes.items() if name in facts}
    rest = {name: value for name, value in changes.items() if name not in facts}
    return {"name": "adapter-0001", "expired": False, "workflow_run": {**facts, **own}, **rest}


@pytest.fixture
def answer(monkeypatch):
    def set_answer(found: Any) -> None:
        def ask(requester: object, verb: str, path: str, *_: object) -> Any:
            assert verb == "GET"
            if isinstance(found, Exception):
                raise found
            return {"default_branch": "main"} if path == "/repos/owner/corpus" else {"artifacts": found}

        monkeypatch.setattr(github_artifacts, "ask", ask)

    return set_answer


def test_what_is_not_ours_or_gone_is_passed_over(answer):
    answer(
        [
            artifact(1, head_repository_id=6),
            artifact(2, head_branch="feature"),
            artifact(3, expired=True),
            artifact(4, name="adapter-00010"),
            artifact(5, workflow_run=None),
            artifact(6),
            artifact(7),
        ]
    )
    assert find_artifact_run(ENVIRONMENT, "adapter-0001") == 6


def test_none_and_no_right_to_look_are_none(answer):
    answer([])
    assert find_artifact_run(ENVIRONMENT, "adapter-0001") is None
    answer(Refused("no", code=404))
    assert find_artifact_run(ENVIRONMENT, "adapter-0001") is None


def test_an_outage_is_no_answer(answer):
    answer(Unsure("down"))
    with pytest.raises(Unsure):
        find_artifact_run(ENVIRONMENT, "adapter-0001")
