"""A judge that says what a file says: for tests, demonstrations, and replaying another judge's answers.

The file is JSONL in the form of schema/judgement.schema.json (what `selfsown judge --format json` prints). A
conversation it does not name is Unjudged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement, Rubric, Unjudged, read_judgement
from selfsown.schemas import Schema
from selfsown.strict_json import Refusal, parse_loose

_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class ScriptedJudge:
    """Answers by conversation id."""

    id: str
    answers: Mapping[str, Judgement | Unjudged]

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """What the script says of each conversation."""
        return [self._answer(conversation, rubric) for conversation in conversations]

    def _answer(self, conversation: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        match self.answers.get(conversation.id):
            case None:
                return Unjudged(conversation.id, self.id, "the script does not name this conversation")
            case Judgement() as answer if answer.rubric != rubric.digest:
                return Unjudged(conversation.id, self.id, "the script was written for another rubric")
            case Judgement() as answer if answer.criteria.keys() != {entry.name for entry in rubric.criteria}:
                return Unjudged(conversation.id, self.id, "the script does not answer the rubric's criteria")
            case answer:
                return replace(answer, judge=self.id)


def read_scripted_judge(path: Path, schema: Schema) -> ScriptedJudge:
    """Read a script. Raises SelfsownError naming the line that is no judgement."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SelfsownError(f"{path}: {error.strerror}", "give a JSONL file of judgements") from error
    answers = {}
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        try:
            record = parse_loose(line, _MAX_DEPTH)
        except Refusal as refusal:
            raise SelfsownError(f"{path}:{number}: {refusal.message}", refusal.tip) from refusal
        if not schema.accepts(record):
            problem = next(schema.problems(record)).message
            raise SelfsownError(f"{path}:{number}: {problem}", "lines have the form of schema/judgement.schema.json")
        answer = read_judgement(record)
        answers[answer.conversation] = answer
    return ScriptedJudge(f"scripted-{hashlib.sha256(content).hexdigest()[:12]}", answers)
