"""The one answer to a comment: its sections in the order of its commands, inert, within the host's limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from selfsown.commands import sentences
from selfsown.commands.decide import Code, is_accepted, read_brought
from selfsown.commands.drop import decide_drop
from selfsown.commands.ledger import Entry
from selfsown.commands.parse import Verb
from selfsown.policy import CommandPolicy, ReviewPolicy
from selfsown.pull.reading import Reading
from selfsown.render.markdown import MOST_BYTES, fence, render_row, span
from selfsown.review import Review

_SILENT = frozenset({Code.TOO_MANY.value})
_SPEAKING = frozenset({Verb.DROP.value, Verb.EXPLAIN.value, Verb.HELP.value})


def answer_marker(comment: int) -> str:
    """What the answer to a comment begins with, so that it is found again."""
    return f"<!-- selfsown:answer {comment} -->"


def needs_reply(entry: Entry) -> bool:
    """Whether a command is answered in words: refusals with their reason, and what was asked to be shown."""
    return entry.code not in _SILENT and (not is_accepted(entry) or entry.verb in _SPEAKING)


def render_reply(
    entries: Sequence[Entry],
    reading: Reading | None,
    review: Review | None,
    policies: tuple[CommandPolicy, ReviewPolicy],
) -> str | None:
    """The body of the answer, at most MOST_BYTES; None where none is due. `review` is for `/explain`."""
    told = [entry for entry in entries if needs_reply(entry)]
    if not told:
        return None
    marker, foot = answer_marker(told[0].comment), sentences.bound_to(told[0].head)
    room = MOST_BYTES - len(marker) - len(foot) - len(sentences.no_room()) - 50
    parts: list[str] = []
    for section in _sections(told, reading, review, policies):
        room -= len(section.encode()) + 2
        if room < 0:
            parts.append(sentences.no_room())
            break
        parts.append(section)
    return "\n\n".join([marker, *parts, foot]) + "\n"


def _sections(
    entries: Sequence[Entry],
    reading: Reading | None,
    review: Review | None,
    policies: tuple[CommandPolicy, ReviewPolicy],
) -> Iterator[str]:
    yield from _refusals((entry for entry in entries if not is_accepted(entry)), policies[0])
    accepted = [entry for entry in entries if is_accepted(entry)]
    shown = dict.fromkeys(entry.conversation for entry in accepted if entry.verb == Verb.EXPLAIN)
    for row in review.rows if review else ():
        if row.id in shown:
            yield render_row(row, policies[1])
    if reading is not None:
        yield from _drops([entry.conversation for entry in accepted if entry.verb == Verb.DROP], reading)
    if any(entry.verb == Verb.HELP for entry in entries):
        yield sentences.HELP


def _refusals(entries: Iterable[Entry], policy: CommandPolicy) -> Iterator[str]:
    said: dict[tuple[str, str], None] = dict.fromkeys((entry.verb, entry.code) for entry in entries)
    for verb, code in said:
        what = "" if code == Code.MISSPELT else f"{span('/' + verb)} "
        yield f"😕 {what}{sentences.refused(code, policy)}"


def _drops(names: Sequence[str], reading: Reading) -> Iterator[str]:
    """One block of commands for all shards, each shard renamed once."""
    known: Mapping[str, Sequence[tuple[str, int]]] = read_brought(reading).records
    lines: dict[str, set[int]] = {}
    for path, line in (place for name in dict.fromkeys(names) for place in known.get(name, ())):
        lines.setdefault(path, set()).add(line)
    drops = [decide_drop(reading.submission, path, chosen) for path, chosen in sorted(lines.items())]
    commands = [command for drop in drops if drop for command in drop.commands]
    if commands:
        number = sum(len(drop.lines) for drop in drops if drop)
        yield "\n\n".join([sentences.drop(number), fence("\n".join(commands)), sentences.drop_end()])
