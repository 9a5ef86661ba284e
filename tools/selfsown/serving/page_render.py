"""The page's own HTML: the first screen, notes, and the end of a chat with what would be published.

Whatever a person or the model wrote is escaped by the template and stands in text only, never in an attribute, and
braces and dollar signs are written as entities, because the component that shows it is a template language, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from selfsown.conversation import Conversation, Turn
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown.screening import Action, Sighting
from selfsown.self_rating import SelfRating, rating_of
from selfsown.serving.ending import Ending
from selfsown.serving.page_facts import PageFacts

_QUOTED = re.compile(r"`([^`]*)`")
_HERE = Path(__file__).parent
_WHO = {"user": "You", "assistant": "Model", "system": "System"}
_INERT = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a turn's text. `kind` says what was seen in it, "" nothing; `is_masked` that it is not published."""

    text: str
    kind: str = ""
    is_masked: bool = False


def render_start(facts: PageFacts) -> str:
    """What this is, and what happens with a conversation."""
    return _render("page_start.html.j2", facts=facts, host=_host(facts.repository))


def render_note(sentence: str, *, is_problem: bool = False) -> str:
    """One sentence for the line below the chat; "" clears it."""
    return _render("page_note.html.j2", sentence=sentence, is_problem=is_problem)


def render_standing(facts: PageFacts, code: str = "", trouble: str = "", *, publish: bool, train: bool) -> str:
    """What may happen with the chat that goes on, its withdraw code once it is kept, or why it cannot be."""
    return _render("page_standing.html.j2", facts=facts, code=code, trouble=trouble, publish=publish, train=train)


def render_waiting(facts: PageFacts) -> str:
    """While the model is asked the mission's question."""
    return _render("page_waiting.html.j2", facts=facts)


def render_withdrawn() -> str:
    """In the place of the rating, once its conversation was taken back."""
    return _render("page_withdrawn.html.j2")


def render_ending(facts: PageFacts, ending: Ending) -> str:
    """The rating with its reasons, and what would be published beside what was said."""
    screened = ending.screened
    said = ending.conversation.turns if ending.conversation and screened else ()
    seen = screened.sightings if screened else ()
    return _render(
        "page_ending.html.j2",
        facts=facts,
        ending=ending,
        rating=_rating(ending.rating, facts.rubric) if ending.rating else None,
        screened=screened,
        said=[_turn(turn, split_turn(turn.content, _of_turn(seen, place))) for place, turn in enumerate(said)],
        published=[_turn(turn, [Span(turn.content)]) for turn in screened.conversation.turns] if screened else [],
        record=_record(screened.conversation) if screened else "",
    )


def split_turn(text: str, sightings: Sequence[Sighting]) -> list[Span]:
    """The text in stretches, those that were seen with their kind; of sightings that overlap, the first counts."""
    spans, end = [], 0
    whole = next((seen for seen in sightings if seen.end == 0), None)
    if whole is not None:
        return [Span(text, whole.kind, whole.action is not Action.WARN)]
    for seen in sorted(sightings, key=lambda seen: (seen.start, -seen.end)):
        if not end <= seen.start < seen.end <= len(text):
            continue
        spans += [
            Span(text[end : seen.start]),
            Span(text[seen.start : seen.end], seen.kind, seen.action is not Action.WARN),
        ]
        end = seen.end
    return [span for span in [*spans, Span(text[end:])] if span.text]


def _of_turn(sightings: Sequence[Sighting], place: int) -> list[Sighting]:
    return [seen for seen in sightings if seen.turn == place]


def _turn(turn: Turn, spans: list[Span]) -> dict[str, Any]:
    return {"role": turn.role, "who": _WHO.get(turn.role, turn.role), "spans": spans}


def _rating(rating: SelfRating, rubric: Rubric) -> dict[str, Any]:
    judged = [entry for entry in (rating.features, rating.own) if isinstance(entry, Judgement)]
    return {
        "voices": [
            _voice("The model", rating.own, counts=rating.own_decides),
            _voice("The features", rating.features, counts=not rating.own_decides),
        ],
        "own_decides": rating.own_decides,
        "why": _QUOTED.sub(r"“\1”", rating.why),
        "criteria": _criteria(rating, rubric),
        "flags": sorted({flag for entry in judged for flag in entry.flags}),
    }


def _voice(name: str, said: Judgement | Unjudged, *, counts: bool) -> dict[str, Any]:
    score = round(rating_of(said), 1) if isinstance(said, Judgement) else None
    return {"name": name, "score": score, "why": said.why if isinstance(said, Unjudged) else "", "counts": counts}


def _criteria(rating: SelfRating, rubric: Rubric) -> list[dict[str, Any]]:
    """Each question with how likely yes is, by the model and by the features, in percent; None where one could not say."""
    own = rating.own.criteria if isinstance(rating.own, Judgement) else {}
    features = rating.features.criteria if isinstance(rating.features, Judgement) else {}
    return [
        {
            "question": entry.question,
            "own": _percent(own.get(entry.name)),
            "features": _percent(features.get(entry.name)),
        }
        for entry in rubric.criteria
    ]


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _record(conversation: Conversation) -> str:
    return json.dumps(conversation.to_json(), ensure_ascii=False, indent=2)


def _host(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://")


def _render(name: str, **facts: Any) -> str:
    return _template(name).render(**facts).translate(_INERT)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)
