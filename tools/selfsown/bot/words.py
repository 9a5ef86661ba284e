"""Every sentence that the bot says at the host. What did not come from this project stands in code, where it can do nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from selfsown.outbox.entry import Entry
from selfsown.render.markdown import span
from selfsown.submit import Batch

TAKEN_BACK = "<!-- selfsown:taken-back -->"

_MOST_SHOWN = 6


def render_title(batch: Batch) -> str:
    """The title of the pull request, and the message of its commit: fixed words, a number and the id of a source."""
    return batch.message


def render_body(batch: Batch, entries: Sequence[Entry]) -> str:
    """What the pull request says of its conversations: counts and ids, never their text."""
    chats = [entry.conversation for entry in entries if entry.conversation is not None]
    scores = sorted(entry.rating for entry in entries if entry.rating is not None)
    return _template().render(
        size=batch.size,
        is_one=batch.records == 1,
        records=batch.records,
        source=span(batch.source),
        license=_list(chat.license for chat in chats),
        versions=_list(entry.consent.version for entry in entries),
        train=sum(entry.consent.train for entry in entries),
        models=_list(chat.model or "" for chat in chats),
        judges=_list(entry.judge for entry in entries),
        ratings=f"{scores[0]:.1f} to {scores[-1]:.1f} of 10" if scores else "no score",
        kinds=_count(kind for entry in entries for kind in entry.kinds),
        source_file=batch.source_files[0].path if batch.source_files else "",
        ids="\n".join(sorted(batch.ids)),
    )


def render_taken_back(left_out: int) -> str:
    """Why the bot closes a pull request of its own."""
    several = left_out != 1
    return (
        f"{TAKEN_BACK}\n\nClosed by the program that opened it: {'people have' if several else 'a person has'} withdrawn "
        f"{left_out} conversation{'s' if several else ''} of this submission. Please do not restore the branch. What is "
        "left comes in a new pull request. The host keeps what was shown here; docs/erasure.md says what a maintainer "
        "can ask of it."
    )


def _list(names: Iterable[str]) -> str:
    """Different ones, the most frequent first, each in a code span."""
    found = [name for name, _ in Counter(filter(None, names)).most_common()]
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return (", ".join(map(span, found[:_MOST_SHOWN])) or "nobody said") + more


def _count(kinds: Iterable[str]) -> str:
    found = Counter(kinds).most_common()
    return ", ".join(f"{span(kind)} in {count}" for kind, count in found[:_MOST_SHOWN]) or "nothing was found"


@cache
def _template() -> Template:
    # Markdown: `span` makes the values inert, and HTML's escaping would spoil them.
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=False, undefined=StrictUndefined, trim_blocks=True)  # noqa: S701
    return environment.get_template("body.md.j2")
