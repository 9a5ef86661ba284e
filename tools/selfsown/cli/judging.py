"""Asking the judges that a command line names, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from selfsown.cli.console import progress
from selfsown.cli.judges import open_cache, open_judge
from selfsown.conversation import Conversation
from selfsown.judge import judge_all
from selfsown.review import Answer
from selfsown.rulebook import Rulebook


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
