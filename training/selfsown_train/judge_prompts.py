"""Examples as token ids: the very prompts of `transformers.pipeline("decision")`, and which options their answers have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from transformers.decision import DecisionConfig, label_token_ids

from selfsown.conversation import Conversation
from selfsown.judge.prompt import LEVELS, OVERALL, render_questions, render_state
from selfsown.judgement import Rubric
from selfsown_train.judge_examples import POINTS, Example
from selfsown_train.model import ChatModel

YES_NO = (POINTS, 0.0)
SCORES = tuple(float(level) for level in range(LEVELS))


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question about one conversation: token ids, the ids of the option labels, and the points of each option."""

    ids: tuple[int, ...]
    options: tuple[int, ...]
    points: tuple[float, ...]


def encode_prompts(
    chat: ChatModel, conversation: Conversation, questions: Iterable[str], rubric: Rubric
) -> dict[str, Prompt]:
    """The prompts of some of the rubric's questions, by question; they may be longer than the window."""
    known = render_questions(rubric)
    request = {"state": render_state(conversation, rubric), "questions": {name: known[name] for name in questions}}
    found = {}
    for inputs, (question,) in DecisionConfig().prepare_inputs(request, chat.tokenizer):
        ids = inputs["input_ids"][0].tolist()[: int(inputs["marks"][-1])]
        options = label_token_ids(chat.tokenizer, tuple(question.labels))
        found[question.name] = Prompt(tuple(ids), tuple(options), SCORES if question.name == OVERALL else YES_NO)
    return found


def encode_examples(chat: ChatModel, examples: Sequence[Example], rubric: Rubric) -> list[dict[str, Any]]:
    """A row per example that fits the window: `prompts` with their `targets` (None: none), and the `orders` of pairs.

    `input_ids` stands for the length of all its prompts, by which rows are put together in batches.
    """
    rows = []
    for example in examples:
        by_conversation: dict[str, dict[str, Prompt]] = {}
        for ask in example.asks:
            if ask.conversation.id not in by_conversation:
                wanted = {other.question for other in example.asks if other.conversation.id == ask.conversation.id}
                by_conversation[ask.conversation.id] = encode_prompts(chat, ask.conversation, sorted(wanted), rubric)
        prompts = [by_conversation[ask.conversation.id][ask.question] for ask in example.asks]
        if max(len(prompt.ids) for prompt in prompts) <= chat.context:
            rows.append(
                {
                    "input_ids": [token for prompt in prompts for token in prompt.ids],
                    "prompts": prompts,
                    "targets": [ask.target for ask in example.asks],
                    "orders": list(example.orders),
                }
            )
    return rows
