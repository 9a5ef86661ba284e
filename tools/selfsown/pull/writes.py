"""What can be written to a pull request to make it show what is wanted. Ids are the host's."""

from __future__ import annotations

from dataclasses import dataclass

from selfsown.host import LineComment, StatusState


@dataclass(frozen=True, slots=True)
class AddReview:
    """Post the review of `head`; `bare_body` is its body where the host refuses the comments on lines."""

    head: str
    body: str
    comments: tuple[LineComment, ...]
    bare_body: str


@dataclass(frozen=True, slots=True)
class EditReview:
    """Change the body of our review."""

    id: int
    body: str


@dataclass(frozen=True, slots=True)
class EditLineComment:
    """Change our comment on a line."""

    id: int
    body: str


@dataclass(frozen=True, slots=True)
class AddSticky:
    """Post the one comment."""

    body: str


@dataclass(frozen=True, slots=True)
class EditSticky:
    """Change the one comment."""

    id: int
    body: str


@dataclass(frozen=True, slots=True)
class Obsolete:
    """Something of ours that no longer holds; `line_comment` is its id where it is a comment on a line."""

    node: str
    line_comment: int | None = None


@dataclass(frozen=True, slots=True)
class Hide:
    """Minimise what no longer holds, all of it at once."""

    obsolete: tuple[Obsolete, ...]


@dataclass(frozen=True, slots=True)
class RemoveLabel:
    """Take off a label of ours."""

    label: str


@dataclass(frozen=True, slots=True)
class AddLabel:
    """Put on a label of ours."""

    label: str


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Set the commit status; always the last write, so that whatever came before is known to be done."""

    head: str
    state: StatusState
    description: str
    url: str | None


Write = AddReview | EditReview | EditLineComment | AddSticky | EditSticky | Hide | RemoveLabel | AddLabel | SetStatus
