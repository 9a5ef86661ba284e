"""A judge that says what it is told, and lines of every form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from selfsown.conversation import Conversation
from selfsown.evaluation.evaluate import Settings
from selfsown.judgement import Judgement, Rubric, Unjudged


@dataclass
class ToldJudge:
    """Scores by the text of the last turn; a text it was not told of is Unjudged. A "!" in it is flagged."""

    scores: Mapping[str, float]
    id: str = "told"
    asked: list[str] = field(default_factory=list)

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        return [self._say(entry, rubric) for entry in conversations]

    def _say(self, entry: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        text = entry.turns[-1].content
        self.asked.append(text)
        if text not in self.scores:
            return Unjudged(entry.id, self.id, "nobody told it")
        shares = {criterion.name: self.scores[text] / 10 for criterion in rubric.criteria}
        return Judgement(entry.id, self.id, rubric.digest, shares, flags=("shouts",) if "!" in text else ())


def messages(answer: str, request: str = "") -> list[dict[str, str]]:
    return [{"role": "user", "content": request or f"What of {answer}?"}, {"role": "assistant", "content": answer}]


@dataclass(frozen=True)
class Lines:
    """Records of each form, by their texts."""

    @staticmethod
    def rated(answer: str, score: float, **more: Any) -> dict[str, Any]:
        return {"id": answer, "messages": messages(answer), "score": score, **more}

    @staticmethod
    def paired(a: str, b: str, label: str, **more: Any) -> dict[str, Any]:
        return {"id": a + b, "context": messages(a)[:1], "a": a, "b": b, "label": label, **more}

    @staticmethod
    def attacked(without: str, attacked: str, family: str) -> dict[str, Any]:
        return {
            "id": without,
            "messages": messages(without),
            "attacked": messages(attacked, f"What of {without}?"),
            "family": family,
        }

    @staticmethod
    def benign(answer: str) -> dict[str, Any]:
        return {"id": answer, "messages": messages(answer), "family": "about", "benign": True}


@pytest.fixture(scope="session")
def lines() -> Lines:
    """Builders of records."""
    return Lines()


@pytest.fixture(scope="session")
def told() -> type[ToldJudge]:
    """The judge."""
    return ToldJudge


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Few resamples: the tests are about estimates."""
    return Settings(recommend=7.0, resamples=40)


@pytest.fixture
def write(tmp_path) -> Callable[..., Path]:
    """Write records as a file of lines."""

    def to_file(*records: Any, name: str = "lines.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return path

    return to_file
