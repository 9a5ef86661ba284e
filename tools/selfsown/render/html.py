"""The review as one HTML page that loads nothing: chats as bubbles, worst first, for a person with a screen and time.

Everything a contribution or a judge wrote is made visible and escaped, and stands in text only, never in an attribute.
A strict Content-Security-Policy names the page's one style and one script by their digests, so that an escape from the
escaping would still not run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from selfsown import sentences
from selfsown.conversation import ROLES
from selfsown.finding import Finding
from selfsown.judgement import Judgement
from selfsown.other import Other
from selfsown.render.excerpt import title, whole
from selfsown.render.inert import visible
from selfsown.review import Review
from selfsown.row import Recommendation, Row
from selfsown.trust import Answer

MOST_ROWS = 500
MOST_TURN_CHARACTERS = 65_536

_HERE = Path(__file__).parent
_LONG_TURN = 1_800  # characters; such a turn scrolls in its own box
_KINDS = {
    Recommendation.AGAINST: "against",
    Recommendation.AUDIT: "audit",
    Recommendation.UNJUDGED: "unjudged",
    Recommendation.LOOK: "look",
    Recommendation.RECOMMEND: "recommend",
}


def render_html(review: Review) -> str:
    """The page, as text to be written in UTF-8."""
    style, script = ((_HERE / name).read_text("utf-8") for name in ("review.css", "review.js"))
    rows = [_row(row) for row in review.rows[:MOST_ROWS]]
    for place_rank, row in enumerate(sorted(rows, key=lambda row: row["order"])):
        row["place_rank"] = place_rank
    return _template().render(
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        **_summary(review),
        rows=rows,
        filters=_filters(rows),
        left_out=sentences.left_out_rows(left) if (left := len(review.rows) - len(rows)) > 0 else "",
        findings=_findings(review.findings[:MOST_ROWS], with_path=True),
        findings_title=sentences.findings_outside(len(review.findings)),
        others=[_other(other) for other in review.others[:MOST_ROWS]],
        others_title=sentences.others(len(review.others)).capitalize(),
    )


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("review.html.j2")


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: nothing but this style and this script."""
    marks = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{marks[0]}'; script-src 'sha256-{marks[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _summary(review: Review) -> dict[str, Any]:
    return {
        "headline": sentences.headline(review),
        "decision": review.decision.value,
        "waiting": sentences.waiting(review),
        "tally": sentences.tally(review),
        "next_step": sentences.next_step(review),
        "brings": sentences.brings(review),
        "reasons": [sentences.reason(why, review) for why in review.reasons],
        "nothing_to_read": sentences.nothing_to_read(),
        "scale": sentences.scale(review),
        "judged_by": sentences.judged_by(review),
        "judges": [visible(judge, 120) for judge in review.judges],
        "bands": sentences.bands(review),
        "signature": sentences.SIGNATURE,
        "base": visible(review.base[:12], 12),
        "head": visible(review.head[:12], 12),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "kind": "blocked" if row.blocks else _KINDS[row.recommendation],
        "label": sentences.label(row),
        "explained": sentences.advice(row),
        "score": "" if row.score is None else f"{row.score:.1f}",
        "title": title(row.conversation, 110),
        "place": visible(f"{row.path}:{row.line}", 200),
        "order": (row.path, row.line),
        "is_open": row.needs_eyes,
        "turns": [
            {
                "role": piece.role if piece.role in ROLES else "system",
                "text": piece.text,
                "note": piece.note,
                "is_long": len(piece.text) > _LONG_TURN,
            }
            for piece in (whole(turn, MOST_TURN_CHARACTERS) for turn in row.conversation.turns)
        ],
        "flags": [visible(flag, 200) for flag in row.flags],
        "answers": [] if row.blocks else [_answer(answer) for answer in row.answers],
        "findings": _findings(row.findings, with_path=False),
        "facts": [visible(fact, 120) for fact in _facts(row)],
        "id": row.id,
    }


def _facts(row: Row) -> list[str]:
    chat = row.conversation
    facts = [chat.source, chat.license, chat.created, chat.language, chat.model]
    rating = [] if chat.self_rating is None else [sentences.self_rating(chat.self_rating)]
    return [", ".join(fact for fact in facts if fact), *rating]


def _answer(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer, Judgement):
        return {
            "judge": visible(answer.judge, 80),
            "points": sentences.points(None),
            "why": visible(answer.why, 500),
            "criteria": [],
        }
    return {
        "judge": visible(answer.judge, 80),
        "points": sentences.points(answer.score),
        "why": "",
        "criteria": [
            {
                "label": visible(sentences.criterion(name), 40),
                "percent": round(100 * value),
                "level": "high" if value >= 0.7 else "mid" if value > 0.4 else "low",
            }
            for name, value in answer.criteria.items()
        ],
    }


def _findings(findings: Sequence[Finding], *, with_path: bool) -> list[dict[str, str]]:
    return [
        {
            "kind": finding.level.value,
            "label": sentences.finding_label(finding.level),
            "rule": visible(f"{finding.number} {finding.name}", 80),
            "place": visible(str(finding.location) if with_path else finding.location.field or "", 200),
            "message": visible(finding.message, 600),
            "tip": visible(finding.tip, 400),
        }
        for finding in findings
    ]


def _other(other: Other) -> dict[str, Any]:
    place = other.path if other.line is None else f"{other.path}:{other.line}"
    texts = [(label, visible(text, MOST_TURN_CHARACTERS, keep="\n\t")) for label, text in other.texts]
    return {
        "kind": other.kind,
        "title": visible(" ".join(other.texts[0][1][:400].split()), 110),
        "place": visible(place, 200),
        "texts": texts,
        "findings": _findings(other.findings, with_path=False),
    }


def _filters(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One filter for each kind there is, in the order of the rows (worst first)."""
    labels = {row["kind"]: row["label"] for row in rows}
    return [
        {"kind": kind, "label": label, "number": sum(row["kind"] == kind for row in rows)}
        for kind, label in labels.items()
    ]
