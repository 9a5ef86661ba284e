"""From what is wanted and what stands there to the writes that make them one. Pure, and nothing to do where they are.

A verdict is posted anew only where the newest of ours says something else: that is the notification. All else is edited
in place. Nothing that somebody replied to is hidden. Doubles, such as a lost answer may leave, are hidden: the oldest
sticky and the newest review stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from selfsown.host import LineComment, PostedLineComment, PostedReview
from selfsown.pull import sentences
from selfsown.pull.present import Present, decision_of, key_of, verdict_marker
from selfsown.pull.wanted import LABELS, Verdict, Wanted
from selfsown.pull.writes import (
    AddLabel,
    AddReview,
    AddSticky,
    EditLineComment,
    EditReview,
    EditSticky,
    Hide,
    Obsolete,
    RemoveLabel,
    SetStatus,
    Write,
)
from selfsown.review import Decision


def decide_writes(wanted: Wanted, present: Present) -> tuple[Write, ...]:
    """The writes in their order: review, comments on lines, sticky, what to hide, labels, and the status last."""
    kept = _kept(wanted, present)
    standing = _standing(wanted, present, kept)
    return (
        *_review(wanted, kept, standing),
        *_lines(wanted, standing),
        *_sticky(wanted, present),
        *_hide(tuple(_obsolete(wanted, present, kept, standing))),
        *_labels(wanted, present),
        *_status(wanted, present),
    )


def _kept(wanted: Wanted, present: Present) -> PostedReview | None:
    """The review that stays: the newest, unless a verdict is wanted and it says another."""
    newest = present.reviews[-1] if present.reviews else None
    if newest is None or wanted.verdict is None:
        return newest
    return newest if decision_of(newest) is wanted.verdict.decision else None


def _standing(wanted: Wanted, present: Present, kept: PostedReview | None) -> Mapping[str, PostedLineComment]:
    """The comment that stands for each wanted key: one that somebody replied to before one of the review that stays.

    With a new review come new comments, and only those stay that somebody replied to.
    """
    keys = {comment.key for comment in wanted.verdict.comments} if wanted.verdict else set()
    found: dict[str, PostedLineComment] = {}
    for comment in sorted(
        present.lines, key=lambda it: (it.id in present.replied, kept is not None and it.review == kept.id, it.id)
    ):
        key = key_of(comment)
        if key in keys and (kept or comment.id in present.replied):
            found[str(key)] = comment
    return found


def _review(
    wanted: Wanted, kept: PostedReview | None, standing: Mapping[str, PostedLineComment]
) -> Iterator[EditReview | AddReview]:
    verdict = wanted.verdict
    if verdict and kept is None:
        comments = tuple(LineComment(it.path, it.line, it.body) for it in verdict.comments if it.key not in standing)
        yield AddReview(wanted.head, _body(wanted, verdict), comments, _body(wanted, verdict, is_bare=True))
    elif verdict and kept:
        body = _body(wanted, verdict, is_bare=sentences.NO_LINE_COMMENTS in kept.body)
        if not _is_same(body, kept.body):
            yield EditReview(kept.id, body)
    elif wanted.outstanding and kept:
        body = _marked(decision_of(kept) or Decision.HUMAN, wanted.head, wanted.outstanding)
        if not _is_same(body, kept.body):
            yield EditReview(kept.id, body)


def _body(wanted: Wanted, verdict: Verdict, *, is_bare: bool = False) -> str:
    """A review whose comments were refused keeps saying so for as long as it stands."""
    text = f"{verdict.body}\n\n{sentences.NO_LINE_COMMENTS}" if is_bare else verdict.body
    return _marked(verdict.decision, wanted.head, text)


def _marked(decision: Decision, head: str, text: str) -> str:
    return f"{verdict_marker(decision, head)}\n\n{text}\n"


def _lines(wanted: Wanted, standing: Mapping[str, PostedLineComment]) -> Iterator[EditLineComment]:
    for comment in wanted.verdict.comments if wanted.verdict else ():
        found = standing.get(comment.key)
        if found and not _is_same(comment.body, found.body):
            yield EditLineComment(found.id, comment.body)


def _sticky(wanted: Wanted, present: Present) -> Iterator[AddSticky | EditSticky]:
    if wanted.sticky is None:
        return
    if not present.stickies:
        yield AddSticky(wanted.sticky)
    elif not _is_same(wanted.sticky, present.stickies[0].body):
        yield EditSticky(present.stickies[0].id, wanted.sticky)


def _hide(obsolete: tuple[Obsolete, ...]) -> Iterator[Hide]:
    if obsolete:
        yield Hide(obsolete)


def _obsolete(
    wanted: Wanted, present: Present, kept: PostedReview | None, standing: Mapping[str, PostedLineComment]
) -> Iterator[Obsolete]:
    if wanted.verdict or wanted.outstanding:
        yield from (Obsolete(it.node) for it in present.reviews if kept is None or it.id != kept.id)
    if wanted.verdict:
        stay = {it.id for it in standing.values()} | present.replied
        yield from (Obsolete(it.node, it.id) for it in present.lines if it.id not in stay)
    if wanted.sticky is not None:
        yield from (Obsolete(it.node) for it in present.stickies[1:])


def _labels(wanted: Wanted, present: Present) -> Iterator[RemoveLabel | AddLabel]:
    if wanted.label is None:
        return
    on = {label.lower(): label for label in present.pull.labels}  # labels are one whatever their case
    yield from (RemoveLabel(on[label]) for label in LABELS.values() if label in on and label != wanted.label)
    if wanted.label not in on:
        yield AddLabel(wanted.label)


def _status(wanted: Wanted, present: Present) -> Iterator[SetStatus]:
    status, now = wanted.status, present.status
    if now is None or (now.state, now.description) != (status.state, status.description):
        yield SetStatus(wanted.head, status.state, status.description, status.url)


def _is_same(wanted: str, posted: str) -> bool:
    """Line ends and outer blanks are the host's."""
    return wanted.strip() == posted.replace("\r\n", "\n").strip()
