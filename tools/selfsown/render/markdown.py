"""The review as GitHub shows it: one sticky comment and a few inline comments.

Whatever a contribution or a judge wrote stands inside code, where it makes no mention, link, image, heading or HTML:
in a fence longer than its longest run of backticks, or in a code span of one line. Everything else is ours. Records
with errors are not quoted: what is wrong with them may be that they hold something nobody should repeat.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from selfsown import sentences
from selfsown.finding import Finding, Location
from selfsown.judgement import Judgement, Unjudged
from selfsown.other import Other, by_place, has_errors
from selfsown.policy import ReviewPolicy
from selfsown.render.excerpt import Piece, excerpt, title
from selfsown.render.inert import quotable, visible
from selfsown.review import Decision, Review
from selfsown.row import Row
from selfsown.trust import Answer

MARKER = "<!-- selfsown:review -->"
MOST_BYTES = 60_000  # GitHub refuses bodies over 65,536

_TABLE_BYTES = 18_000
_FINDINGS_BYTES = 8_000
_OTHERS_BYTES = 8_000
_SPAN = 80
_SIGNS = {Decision.FINE: "✅", Decision.CHANGES: "❌", Decision.HUMAN: "👀"}


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on one line of the submission. `key` names it across runs and stands in its hidden marker."""

    key: str
    path: str
    line: int
    body: str


def render_markdown(review: Review, policy: ReviewPolicy) -> str:
    """The body of the sticky comment, at most MOST_BYTES of UTF-8."""
    head = "\n\n".join([MARKER, *_head(review)])
    table, _ = _fit([_table_row(number, row) for number, row in enumerate(review.rows, 1)], _TABLE_BYTES)
    middle = [
        "\n".join(["| | | score | conversation | line | found |", "|--:|---|--:|---|---|---|", *table])
        if table
        else "",
        _findings_section(review.findings),
        _others_section(review.others),
    ]
    foot = _foot(review)
    used = sum(len(part.encode()) + 2 for part in (head, *middle, foot)) + 400
    chats = [_chat_section(number, row, policy) for number, row in enumerate(review.rows, 1)]
    shown, left = _fit(chats, MOST_BYTES - used)
    remark = sentences.left_out_rows(left) if left else ""
    return "\n\n".join(part for part in (head, *middle, *shown, remark, foot) if part) + "\n"


def render_comments(
    review: Review, policy: ReviewPolicy, lines: Mapping[str, Set[int]] | None = None
) -> tuple[Comment, ...]:
    """The inline comments, worst first, at most `policy.inline_comments`: what somebody has to act on or look at.

    With `lines`, only those where path and line are among them: a host refuses all comments for one that is not.
    """
    keys = _row_keys(review.rows)
    comments = [
        _comment(f"place {path}:{line}", path, line, [_findings_fence(findings)])
        for (path, line), findings in by_place(review.findings).items()
        if line is not None
    ]
    comments += [
        _comment(key, row.path, row.line, _row_parts(row, policy))
        for key, row in zip(keys, review.rows, strict=True)
        if row.needs_eyes
    ]
    kept = [comment for comment in comments if lines is None or comment.line in lines.get(comment.path, ())]
    return tuple(kept[: policy.inline_comments])


def comment_marker(key: str) -> str:
    """What an inline comment begins with, so that it is found again."""
    return f"<!-- selfsown:comment {key} -->"


def render_row(row: Row, policy: ReviewPolicy) -> str:
    """One conversation of a review: what is advised, its findings, every judge's answer, an excerpt."""
    return "\n\n".join(_row_parts(row, policy))


def fence(text: str) -> str:
    """A fenced block that its text cannot leave. `text` must be inert (`visible`)."""
    text = quotable(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text}\n{ticks}"


def span(text: str, most: int = _SPAN) -> str:
    """A code span on one line that its text cannot leave, also in a table cell (a bar is shown as a broken bar)."""
    shown = quotable(visible(" ".join(text[: 4 * most].split()), most)).replace("|", "¦") or "-"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _head(review: Review) -> list[str]:
    reasons = "\n".join(f"- {sentences.reason(why, review)}" for why in review.reasons)
    return [
        f"### {_SIGNS[review.decision]} {sentences.headline(review)}",
        f"**{sentences.waiting(review)}.** {sentences.next_step(review)}",
        f"{sentences.brings(review)} {sentences.tally(review).capitalize()}.",
        *([reasons] if reasons else []),
    ]


def _foot(review: Review) -> str:
    judges = " ".join(span(judge) for judge in review.judges[:8])
    facts = [
        sentences.scale(review),
        f"{sentences.judged_by(review)} {judges}".strip(),
        f"Base {span(review.base[:12], 12)}, head {span(review.head[:12], 12)}.",
    ]
    return "\n\n".join(
        ["---", f"<sub>{' '.join(facts)}</sub>", f"<sub>{sentences.SIGNATURE} {sentences.commands()}</sub>"]
    )


def _table_row(number: int, row: Row) -> str:
    what = span(row.id if row.blocks else title(row.conversation, 60), 60)
    cells = [str(number), _verdict(row), sentences.row_points(row), what, span(_short_place(row), 60), _found(row)]
    return f"| {' | '.join(cells)} |"


def _verdict(row: Row) -> str:
    return f"**{sentences.label(row)}**" if row.blocks else sentences.label(row)


def _short_place(row: Row) -> str:
    return f"{row.path.rsplit('/', 1)[-1]}:{row.line}"


def _found(row: Row) -> str:
    parts = [sentences.count(len(row.findings), "finding")] if row.findings else []
    parts += [span(flag, 40) for flag in row.flags[:2]]
    if len(row.flags) > 2:
        parts.append(f"+{len(row.flags) - 2}")
    return ", ".join(parts)


def _chat_section(number: int, row: Row, policy: ReviewPolicy) -> str:
    summary = f"<summary>{number}. {sentences.label(row)}, {sentences.row_points(row)}</summary>"
    return "\n\n".join([f"<details>{summary}", *_row_parts(row, policy), "</details>"])


def _row_parts(row: Row, policy: ReviewPolicy) -> list[str]:
    said = f"**{sentences.label(row).capitalize()}**, {sentences.row_points(row)}. {sentences.advice(row)}"
    parts = [said, span(row.id)]
    if row.findings:
        parts.append(_findings_fence(row.findings))
    if not row.blocks:
        parts += ["\n".join(_answer_line(answer) for answer in row.answers[:8])] * bool(row.answers)
        parts.append(fence(_chat_text(excerpt(row.conversation, policy.excerpt_characters))))
    return parts


def _answer_line(answer: Answer) -> str:
    match answer:
        case Judgement():
            criteria = " · ".join(
                f"{_criterion(name)} {value:.0%}" for name, value in list(answer.criteria.items())[:8]
            )
            flags = " ".join(span(flag) for flag in answer.flags[:8])
            return f"- {span(answer.judge, 40)} {sentences.points(answer.score)}: {criteria} {flags}".rstrip()
        case Unjudged():
            return f"- {span(answer.judge, 40)} {sentences.points(None)}: {span(answer.why, 200)}"


def _criterion(name: str) -> str:
    return sentences.criterion(name) if name in sentences.CRITERIA else span(name, 40)


def _chat_text(pieces: Sequence[Piece]) -> str:
    """Roles stand at the margin and what is said is indented, so that no text can pose as another turn."""
    lines: list[str] = []
    for piece in pieces:
        if piece.role is None:
            lines += [piece.text, ""]
            continue
        lines += [
            piece.role,
            *(f"  {line}" for line in piece.text.split("\n")),
            *([f"  {piece.note}"] * bool(piece.note)),
            "",
        ]
    return "\n".join(lines).rstrip("\n")


def _findings_fence(findings: Sequence[Finding], most_bytes: int = 4_000, with_path: bool = False) -> str:
    shown, left = _fit([_finding_text(finding, with_path) for finding in findings], most_bytes)
    return fence("\n".join([*shown, *([sentences.left_out_findings(left)] * bool(left))]))


def _finding_text(finding: Finding, with_path: bool) -> str:
    place = finding.location if with_path else Location("", None, finding.location.field)
    where = visible(str(place).removeprefix(": "), 160)
    first = " ".join(filter(None, [sentences.finding_label(finding.level), finding.number, finding.name, where]))
    return f"{first}\n  {visible(finding.message, 400)}\n  -> {visible(finding.tip, 300)}"


def _findings_section(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    body = _findings_fence(findings, _FINDINGS_BYTES, with_path=True)
    return "\n\n".join([f"**{sentences.findings_outside(len(findings))}**", body])


def _others_section(others: Sequence[Other]) -> str:
    if not others:
        return ""
    shown, left = _fit([_other_text(other) for other in others], _OTHERS_BYTES)
    body = fence("\n".join([*shown, *([f"({left} more)"] * bool(left))]))
    return "\n\n".join([f"<details><summary>{sentences.others(len(others))}</summary>", body, "</details>"])


def _other_text(other: Other) -> str:
    place = other.path if other.line is None else f"{other.path}:{other.line}"
    lines = [f"{other.kind} {visible(place, 160)}"]
    if not has_errors(other.findings):
        lines += [f"  {label}: {visible(' '.join(text[:1200].split()), 300)}" for label, text in other.texts]
    return "\n".join(
        [*lines, *(f"  {line}" for finding in other.findings for line in _finding_text(finding, False).split("\n"))]
    )


def _row_keys(rows: Sequence[Row]) -> list[str]:
    """What names a row across pushes: its record, and where a record stands twice, the how manyeth it is."""
    counted: Counter[str] = Counter()
    keys: dict[tuple[str, int], str] = {}
    for row in sorted(rows, key=lambda row: (row.path, row.line)):
        counted[row.id] += 1
        keys[row.path, row.line] = f"record {row.id} {counted[row.id]}"
    return [keys[row.path, row.line] for row in rows]


def _comment(name: str, path: str, line: int, parts: Sequence[str]) -> Comment:
    key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Comment(key, path, line, "\n\n".join([comment_marker(key), *parts]) + "\n")


def _fit(parts: Iterable[str], most_bytes: int) -> tuple[list[str], int]:
    """The first parts that fit together into `most_bytes` of UTF-8, and how many are left."""
    kept: list[str] = []
    left = 0
    for part in parts:
        most_bytes -= len(part.encode()) + 2
        if left or most_bytes < 0:
            left += 1
        else:
            kept.append(part)
    return kept, left
