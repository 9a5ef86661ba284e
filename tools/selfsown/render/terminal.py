"""The review in a terminal: a summary, then the conversations as chats, worst first, then the decision once more.

Everything a contribution or a judge wrote is made visible and printed as plain text, never as markup, and stands behind
a border on every line, so that nothing can pose as a line of the review, nor as a command to the runner of a workflow:
that takes a line beginning with `::` for one, after white space too, and `##[` anywhere in it. Colour repeats what words
say already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.align import Align
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from selfsown import sentences
from selfsown.conversation import Turn
from selfsown.finding import Finding, Level
from selfsown.judgement import Judgement
from selfsown.other import Other
from selfsown.render.excerpt import whole
from selfsown.render.inert import visible
from selfsown.review import Decision, Review
from selfsown.row import Recommendation, Row
from selfsown.trust import Answer

MOST_TURN_CHARACTERS = 4_000

_BAR = 10
_MARGIN = 8
_SIGNS = {Decision.FINE: ("✓", "bold green"), Decision.CHANGES: ("✗", "bold red"), Decision.HUMAN: ("●", "bold yellow")}
_STYLES = {
    Recommendation.AGAINST: "red",
    Recommendation.AUDIT: "magenta",
    Recommendation.UNJUDGED: "blue",
    Recommendation.LOOK: "yellow",
    Recommendation.RECOMMEND: "green",
}
_EXPLAINED = frozenset({Recommendation.UNJUDGED, Recommendation.AUDIT})


def render_terminal(review: Review) -> RenderableType:
    """What a rich Console prints; it wraps to the console's width and does without colour."""
    return Group(*_summary(review), *_findings_part(review), *_rows(review), *_others(review), *_closing(review))


def _summary(review: Review) -> Iterator[RenderableType]:
    lines = [
        _headline(review),
        Text(f"{sentences.waiting(review)}. {sentences.next_step(review)}"),
        Text(f"\n{sentences.brings(review)} {sentences.tally(review).capitalize()}."),
        *(_listed("•", Text(sentences.reason(why, review))) for why in review.reasons),
    ]
    foot = Text(f"\n{sentences.scale(review)} {sentences.SIGNATURE}", style="dim")
    facts = f"base {_shown(review.base[:12], 12)}, head {_shown(review.head[:12], 12)}"
    judges = ", ".join(_shown(judge, 60) for judge in review.judges)
    by = Text(f"{sentences.judged_by(review)} {judges}".strip(), style="dim")
    yield Panel(Group(*lines, foot, by), title=Text("review"), title_align="left", subtitle=Text(facts), padding=(1, 2))


def _headline(review: Review) -> Text:
    sign, style = _SIGNS[review.decision]
    return Text(f"{sign} {sentences.headline(review)}", style=style)


def _findings_part(review: Review) -> Iterator[RenderableType]:
    if review.findings:
        yield Text("")
        yield Rule(Text(sentences.findings_outside(len(review.findings)), style="bold"), align="left")
        yield from (_finding(finding, with_path=True) for finding in review.findings)


def _rows(review: Review) -> Iterator[RenderableType]:
    if not review.rows:
        yield Text(f"\n{sentences.nothing_to_read()}")
    for number, row in enumerate(review.rows, 1):
        yield Text("")
        yield from _row(number, row)


def _row(number: int, row: Row) -> Iterator[RenderableType]:
    style = f"bold {'red' if row.blocks else _STYLES[row.recommendation]}"
    heading = Text.assemble((f"{number}. {sentences.label(row)}", style), f"  {_score_bar(row)}")
    yield Rule(heading, align="left", style=style.removeprefix("bold "))
    yield _Inside(Text(f"{_shown(row.path, 200)}:{row.line}\n{row.id}", style="dim", overflow="fold"))
    if row.blocks or row.acceptance is not None or row.recommendation in _EXPLAINED:
        yield _Inside(Text(sentences.advice(row)))
    yield from (_finding(finding, with_path=False) for finding in row.findings)
    if not row.blocks:
        yield from (_Inside(_answer(answer)) for answer in row.answers)
    yield from (_Inside(_listed("!", Text(_shown(flag, 200), style="yellow"))) for flag in row.flags)
    yield from (_bubble(turn) for turn in row.conversation.turns)


def _score_bar(row: Row) -> str:
    bar = "" if row.score is None else f"{_bar(row.score / 10)} "
    return f"{bar}{sentences.row_points(row)}"


def _bar(share: float) -> str:
    filled = round(_BAR * min(max(share, 0.0), 1.0))
    return "█" * filled + "░" * (_BAR - filled)


def _answer(answer: Answer) -> RenderableType:
    judge = _shown(answer.judge, 60)
    if not isinstance(answer, Judgement):
        return Text(f"{sentences.points(None)} {judge}: {_shown(answer.why, 500)}")
    table = Table.grid(padding=(0, 1))
    for name, value in answer.criteria.items():
        style = "green" if value >= 0.7 else "yellow" if value > 0.4 else "red"
        table.add_row(Text(_shown(sentences.criterion(name), 40)), Text(_bar(value), style=style), f"{value:4.0%}")
    return Group(Text(f"{sentences.points(answer.score)} {judge}"), Padding(table, (0, 0, 0, 2)))


def _bubble(turn: Turn) -> RenderableType:
    piece = whole(turn, MOST_TURN_CHARACTERS)
    body = Text(_harmless(piece.text), overflow="fold")
    if piece.note:
        body.append(f"\n{piece.note}", style="dim")
    is_user = turn.role == "user"
    style = {"user": "cyan", "assistant": "white"}.get(turn.role, "dim")
    panel = Panel(
        body,
        box=box.ROUNDED,
        title=Text(_shown(turn.role, 20)),
        title_align="right" if is_user else "left",
        border_style=style,
        expand=False,
    )
    return Align.right(Padding(panel, (0, 0, 0, _MARGIN))) if is_user else Padding(panel, (0, _MARGIN, 0, 0))


def _finding(finding: Finding, *, with_path: bool) -> RenderableType:
    place = str(finding.location) if with_path else finding.location.field or ""
    style = "bold red" if finding.level is Level.ERROR else "bold yellow"
    label = f"{sentences.finding_label(finding.level)} {finding.number} {finding.name}"
    first = Text.assemble((_shown(label, 80), style), f" {_shown(place, 200)}")
    message = Text(_shown(finding.message, 600), overflow="fold")
    tip = Text(_shown(finding.tip, 400), style="dim", overflow="fold")
    return _Inside(Group(first, _listed(" ", message), _listed("→", tip)))


def _others(review: Review) -> Iterator[RenderableType]:
    if review.others:
        yield Text("")
        yield Rule(Text(sentences.others(len(review.others)), style="bold"), align="left")
    yield from (_other(other) for other in review.others)


def _other(other: Other) -> RenderableType:
    place = other.path if other.line is None else f"{other.path}:{other.line}"
    table = Table.grid(padding=(0, 2))
    for label, text in other.texts:
        shown = _shown(text, MOST_TURN_CHARACTERS, keep="\n\t")
        table.add_row(Text(label, style="dim", no_wrap=True), Text(shown, overflow="fold"))
    heading = Text.assemble((other.kind, "bold"), f"  {_shown(place, 200)}")
    parts: Sequence[RenderableType] = [table, *(_finding(finding, with_path=False) for finding in other.findings)]
    return Panel(Group(*parts), title=heading, title_align="left", box=box.ROUNDED)


def _closing(review: Review) -> Iterator[RenderableType]:
    yield Text("")
    yield Rule()
    yield _headline(review)
    yield Text(f"{sentences.waiting(review)}. {sentences.tally(review).capitalize()}.")


def _listed(mark: str, text: Text) -> RenderableType:
    """A mark in front, wrapped lines under the text."""
    table = Table.grid(padding=(0, 1))
    table.add_row(mark, text)
    return table


def _shown(text: str, most: int, *, keep: str = "") -> str:
    return _harmless(visible(text, most, keep=keep))


def _harmless(text: str) -> str:
    return text.replace("##[", "##\\u{005B}")


@dataclass(frozen=True, slots=True)
class _Inside:
    """Something with a bar at the left of every line, also of those that wrapping makes."""

    inner: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render for rich."""
        for line in console.render_lines(self.inner, options.update_width(options.max_width - 2), pad=False):
            yield Segment("| " if options.ascii_only else "│ ", Style(dim=True))
            yield from line
            yield Segment.line()
