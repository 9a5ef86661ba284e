"""What of ours a pull request shows now. Only what is ours counts: our account wrote it and our marker is in it.

An account is told by its id, which stays when it is renamed; somebody else who copies a marker is passed over. What is
minimised is as good as gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from selfsown.host import Account, Host, PostedComment, PostedLineComment, PostedReview, PostedStatus, Pull
from selfsown.pull.wanted import CONTEXT
from selfsown.render.markdown import MARKER
from selfsown.review import Decision

_VERDICT = re.compile(rf"<!-- selfsown:verdict ({'|'.join(Decision)}) [0-9a-f]{{12}} -->")
_COMMENT = re.compile(r"<!-- selfsown:comment ([0-9a-f]{16}) -->")


@dataclass(frozen=True, slots=True)
class Present:
    """Ours and visible, oldest first. `replied` are ids of line comments that somebody else answered.

    `status` is the newest of our context on the head, None where there is none or somebody else set it.
    """

    pull: Pull
    stickies: tuple[PostedComment, ...] = ()
    reviews: tuple[PostedReview, ...] = ()
    lines: tuple[PostedLineComment, ...] = ()
    replied: frozenset[int] = frozenset()
    status: PostedStatus | None = None


class _Posted(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def node(self) -> str: ...


_Kind = TypeVar("_Kind", bound=_Posted)


def verdict_marker(decision: Decision, head: str) -> str:
    """What our review begins with."""
    return f"<!-- selfsown:verdict {decision.value} {head[:12]} -->"


def decision_of(review: PostedReview) -> Decision | None:
    """The decision that a review of ours carries; None where it has no marker."""
    found = _VERDICT.match(review.body.lstrip())
    return Decision(found[1]) if found else None


def key_of(comment: PostedLineComment) -> str | None:
    """The key of a line comment of ours; None where it has no marker."""
    found = _COMMENT.match(comment.body.lstrip())
    return found[1] if found else None


def read_present(host: Host, pull: Pull) -> Present:
    """Ask the host what of ours stands on a pull request. Raises Refused, Unsure or Busy."""
    me = host.me()
    stickies = [it for it in host.comments(pull.number) if is_me(it.author, me) and it.body.lstrip().startswith(MARKER)]
    reviews = [it for it in host.reviews(pull.number) if is_me(it.author, me) and decision_of(it)]
    on_lines = host.line_comments(pull.number)
    lines = [it for it in on_lines if is_me(it.author, me) and it.reply_to is None and key_of(it)]
    nodes = {*(it.node for it in stickies), *(it.node for it in reviews), *(it.node for it in lines)}
    hidden = host.hidden(nodes) if nodes else frozenset()
    return Present(
        pull=pull,
        stickies=_visible(stickies, hidden),
        reviews=_visible(reviews, hidden),
        lines=_visible(lines, hidden),
        replied=frozenset(it.reply_to for it in on_lines if it.reply_to is not None and not is_me(it.author, me)),
        status=newest_status(host.statuses(pull.head), me),
    )


def newest_status(statuses: Iterable[PostedStatus], me: Account) -> PostedStatus | None:
    """The newest status of our context, if it is ours."""
    newest = next((status for status in statuses if status.context == CONTEXT), None)
    return newest if newest and is_me(newest.author, me) else None


def is_me(author: Account, me: Account) -> bool:
    """Whether an account is ours, whatever it is called now."""
    return author.id == me.id


def _visible(posted: Sequence[_Kind], hidden: frozenset[str]) -> tuple[_Kind, ...]:
    return tuple(sorted((it for it in posted if it.node not in hidden), key=lambda it: it.id))
