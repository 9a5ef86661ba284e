"""Asking the judges that a command line names, one after the other, and the frozen one beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from selfsown.cli.console import progress, say
from selfsown.cli.judges import open_cache, open_judge
from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError
from selfsown.judge import judge_all
from selfsown.render.inert import visible
from selfsown.rulebook import Rulebook
from selfsown.trust import Answer


def judge_with(
    specs: Sequence[str] | None, chats: Sequence[Conversation], rulebook: Rulebook, root: Path | None
) -> list[Answer]:
    """Every judge's answer for every conversation; `features` where no judge is named.

    `root` is the checkout whose cache is used. A judge that fails as a whole raises: there are no answers then, and no
    zeros.
    """
    answers: list[Answer] = []
    for spec in specs or ["features"]:
        judge = open_judge(spec, rulebook)
        with open_cache(root) as cache:
            said = judge_all(chats, rulebook.rubric, judge, cache)
            answers += progress(said, f"judging ({spec})", total=len(chats))
    return answers


def judge_frozen(
    answers: Sequence[Answer], chats: Sequence[Conversation], rulebook: Rulebook, root: Path | None
) -> list[Answer]:
    """What the frozen judge of the policy says; nothing where it has answered already, or cannot be asked.

    It only watches the others, so it never holds them up.
    """
    if not chats or not answers:
        return []
    spec = rulebook.policy.judge.frozen
    try:
        judge = open_judge(spec, rulebook)
        if judge.id in {answer.judge for answer in answers}:
            return []
        with open_cache(root) as cache:
            said = judge_all(chats, rulebook.rubric, judge, cache)
            return list(progress(said, f"judging ({spec}, frozen)", total=len(chats)))
    except SelfsownError as error:
        say(f"the frozen judge ({visible(spec, 60)}) could not be asked: {visible(error.message, 200)}", style="yellow")
        return []
