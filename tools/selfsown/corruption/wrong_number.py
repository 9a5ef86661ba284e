"""`wrong-number`: a number that the last answer found out is another one, as plausible and wrong."""

from __future__ import annotations

import re

from selfsown.conversation import Conversation
from selfsown.corruption.answers import last_answer, with_text
from selfsown.corruption.figures import Figure, find_results, wrong_figure
from selfsown.corruption.kind import Broken, CorruptionKind, Setting

_EVERYWHERE = 0.5  # how often every place of the number is changed: then the answer agrees with itself


def change_number(conversation: Conversation, setting: Setting) -> Broken | None:
    """Change the number that the answer ends on, or another that the request does not hold."""
    index = last_answer(conversation)
    if index is None:
        return None
    text = conversation.turns[index].content
    results = find_results(text, conversation.turns[index - 1].content)
    if not results:
        return None
    figure = results[0] if setting.dice.random() < 0.6 else setting.dice.choice(results)
    wrong = wrong_figure(figure.text, setting.dice)
    if setting.dice.random() < _EVERYWHERE:
        return with_text(conversation, index, replace_everywhere(text, figure.text, wrong))
    return with_text(conversation, index, replace_once(text, figure, wrong))


def replace_once(text: str, figure: Figure, wrong: str) -> str:
    """The text with another number at one place."""
    return text[: figure.start] + wrong + text[figure.start + len(figure.text) :]


def replace_everywhere(text: str, right: str, wrong: str) -> str:
    """The text with another number wherever the number stands by itself."""
    return re.sub(rf"(?<![\d.,]){re.escape(right)}(?![\d]|[.,]\d)", wrong, text)


KIND = CorruptionKind(
    name="wrong-number",
    criterion="answers",
    words="a number that the last answer found out is another one",
    function=change_number,
)
