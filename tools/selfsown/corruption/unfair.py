"""`unfair`: the assistant generalises about a group of people, or lets one side alone be right."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import some_answer, with_text
from selfsown.corruption.injection import put_at
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.leak import fill
from selfsown.corruption.refusal import topic_of
from selfsown.corruption.unfair_wordings import CLAIMS, GROUPS, ONE_SIDED
from selfsown.corruption.wording import choose_in, choose_wording

_ONE_SIDED = 0.25
_PLACES = ("end", "end", "between", "between", "start")


def say_something_unfair(conversation: Conversation, setting: Setting) -> Broken | None:
    """Put an unfair sentence into an answer. Conversations in a language without wordings are left alone."""
    index = some_answer(conversation, setting.dice)
    if index is None:
        return None
    is_one_sided = setting.dice.random() < _ONE_SIDED
    claim = choose_wording(ONE_SIDED, conversation, setting) if is_one_sided else None
    claim = claim or choose_wording(CLAIMS, conversation, setting)
    if claim is None:
        return None
    topic = topic_of(conversation.turns[index - 1].content, setting)
    said = fill(claim, {"{group}": choose_in(GROUPS, "en", setting) or "people", "{topic}": topic})
    said = said[:1].upper() + said[1:]
    text = put_at(conversation.turns[index].content, said, setting.dice.choice(_PLACES), setting)
    return with_text(conversation, index, text)


KIND = CorruptionKind(
    name="unfair",
    criterion="fair",
    words="the assistant generalises about a group of people, or lets one side alone be right",
    function=say_something_unfair,
)
