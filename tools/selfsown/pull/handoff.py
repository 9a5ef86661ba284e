"""The files between the jobs: `collected.json` for the judge, `judged.json` for the job that posts.

Jobs hold different rights, so a file from another job is as hostile as a contribution: whoever breaks the job that
reads strangers' text must not reach the one that may write. A hand-off is one plain file of a known name in a folder of
its own, small, strict JSON of a closed schema, bound to the pull request, the commits and the rubric that the reader
knows itself, and it answers for exactly the conversations that the reader finds. Anything else is refused whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_line
from selfsown.conversation import Conversation, conversation_id, read_turns
from selfsown.errors import SelfsownError
from selfsown.judgement import Judgement, Rubric, read_judgement
from selfsown.parcel import BadParcel, read_parcel, say_problem
from selfsown.render.inert import visible
from selfsown.row import NO_JUDGE
from selfsown.schemas import Schema
from selfsown.shard import write_atomically
from selfsown.trust import Answer

COLLECTED, JUDGED = "collected.json", "judged.json"
MOST_BYTES: Mapping[str, int] = {COLLECTED: 2 * 1024 * 1024, JUDGED: 256 * 1024}

_FORMAT = 1
_SCORE_ERROR = 0.0001  # scores are written with four places
_TIP = "run the jobs of this review again; if it is refused again, look at the job that wrote it"


class BadHandoff(SelfsownError):
    """A hand-off that is not what it has to be. `why` says what is wrong with it, without the name of the file."""

    def __init__(self, name: str, why: str, tip: str = _TIP) -> None:
        self.why = visible(why, 300)
        super().__init__(f"{name}: {self.why}", tip)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a hand-off is about: `owner/name`, the number, head and base (40 hex digits), the rubric's digest."""

    repository: str
    pull: int
    head: str
    base: str
    rubric: str


@dataclass(frozen=True, slots=True)
class Collected:
    """What the judge is given: turns and ids alone, no source, licence, date or contributor."""

    binding: Binding
    conversations: tuple[Conversation, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judges said, and what the frozen one said, which counts for nothing in the verdict."""

    answers: tuple[Answer, ...] = ()
    frozen: tuple[Answer, ...] = ()


def write_collected(folder: Path, binding: Binding, conversations: Sequence[Conversation]) -> Path:
    """Write collected.json into a folder of its own. Raises BadHandoff where it would be too large."""
    chats = [{"id": chat.id, "messages": [turn.to_json() for turn in chat.turns]} for chat in conversations]
    return _write(folder, COLLECTED, {"format": _FORMAT, **asdict(binding), "conversations": chats})


def read_collected(folder: Path, schema: Schema, trusted: Mapping[str, str | int]) -> Collected:
    """Read collected.json; `trusted` holds the fields of the binding that the reader knows. Raises BadHandoff."""
    record = _read(folder, COLLECTED, schema)
    _check_binding(COLLECTED, record, trusted)
    chats = tuple(
        Conversation(read_turns(entry["messages"]), source="", license="", created="")
        for entry in record["conversations"]
    )
    for chat, entry in zip(chats, record["conversations"], strict=True):
        if conversation_id(chat.turns) != entry["id"]:
            raise BadHandoff(COLLECTED, f"{entry['id']} is not the id of its messages")
    _check_once(COLLECTED, (chat.id for chat in chats))
    binding = Binding(**{name: record[name] for name in Binding.__slots__})
    return Collected(binding, chats)


def write_judged(folder: Path, binding: Binding, answers: Sequence[Answer], frozen: Sequence[Answer] = ()) -> Path:
    """Write judged.json into a folder of its own. Raises BadHandoff where it would be too large.

    The `frozen` judge's answers travel with the others, and are left behind where there is no room for both.
    """
    record = {"format": _FORMAT, **asdict(binding), "judgements": [answer.to_json() for answer in answers]}
    if frozen:
        scores = [replace(said, flags=()) if isinstance(said, Judgement) else said for said in frozen]
        every = [*record["judgements"], *(answer.to_json() for answer in scores)]
        with_frozen = {**record, "frozen": frozen[0].judge, "judgements": every}
        record = with_frozen if len(canonical_line(with_frozen)) <= MOST_BYTES[JUDGED] else record
    return _write(folder, JUDGED, record)


def read_judged(
    folder: Path, schemas: Mapping[str, Schema], binding: Binding, wanted: Collection[str], rubric: Rubric
) -> Judged:
    """Read judged.json. Every judge in it must have answered once for each wanted conversation. Raises BadHandoff."""
    record = _read(folder, JUDGED, schemas["judged"])
    _check_binding(JUDGED, record, asdict(binding))
    answers = tuple(_read_answer(entry, schemas["judgement"], rubric) for entry in record["judgements"])
    _check_once(JUDGED, (f"{answer.conversation} (judge {answer.judge})" for answer in answers))
    of_frozen = tuple(answer for answer in answers if answer.judge == record.get("frozen"))
    live = tuple(answer for answer in answers if answer.judge != record.get("frozen"))
    _check_answered(live, frozenset(wanted))
    if "frozen" in record:
        _check_answered(of_frozen, frozenset(wanted))
    return Judged(live, of_frozen)


def _read_answer(entry: Mapping[str, Any], schema: Schema, rubric: Rubric) -> Answer:
    if not schema.accepts(entry):
        raise BadHandoff(JUDGED, f"a judgement is none: {say_problem(schema, entry)}")
    answer = read_judgement(entry)
    if answer.judge in ("", NO_JUDGE):
        raise BadHandoff(JUDGED, f"no judge is called {answer.judge!r}")
    if isinstance(answer, Judgement):
        if answer.rubric != rubric.digest:
            raise BadHandoff(JUDGED, f"{answer.conversation} was judged by another rubric ({answer.rubric})")
        if answer.criteria.keys() != {criterion.name for criterion in rubric.criteria}:
            raise BadHandoff(JUDGED, f"{answer.conversation} is not answered by the rubric's criteria")
        if not abs(entry["score"] - answer.score) <= _SCORE_ERROR:
            raise BadHandoff(
                JUDGED, f"{answer.conversation} has the score {entry['score']}, its criteria make {answer.score}"
            )
        in_order = {criterion.name: answer.criteria[criterion.name] for criterion in rubric.criteria}
        return replace(answer, criteria=in_order)
    return answer


def _check_answered(answers: Sequence[Answer], wanted: frozenset[str]) -> None:
    said: dict[str, set[str]] = {}
    for answer in answers:
        said.setdefault(answer.judge, set()).add(answer.conversation)
    if wanted and not said:
        raise BadHandoff(JUDGED, f"it answers for none of {len(wanted)} conversations")
    for judge, names in said.items():
        extra, missing = sorted(names - wanted), sorted(wanted - names)
        if extra:
            raise BadHandoff(JUDGED, f"{extra[0]} is none of the conversations to be judged (judge {judge})")
        if missing:
            raise BadHandoff(JUDGED, f"{missing[0]} has no answer (judge {judge})")


def _check_once(name: str, keys: Iterator[str]) -> None:
    twice = [key for key, number in Counter(keys).items() if number > 1]
    if twice:
        raise BadHandoff(name, f"{twice[0]} stands in it twice")


def _check_binding(name: str, record: Mapping[str, Any], trusted: Mapping[str, str | int]) -> None:
    for field, value in trusted.items():
        if record[field] != value:
            raise BadHandoff(name, f"its {field} is {record[field]}, not {value}: it belongs to something else")


def _write(folder: Path, name: str, record: Mapping[str, Any]) -> Path:
    content = canonical_line(record)
    if len(content) > MOST_BYTES[name]:
        raise BadHandoff(name, f"it would have {len(content):,} bytes, over {MOST_BYTES[name]:,}", "send less at once")
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f".{name}.*"):
            leftover.unlink()
        if [entry.name for entry in folder.iterdir() if entry.name != name]:
            raise BadHandoff(name, f"{folder} holds other files already", "name a new folder with -o")
        write_atomically(path, content)
    except OSError as error:
        raise BadHandoff(name, f"cannot be written to {folder}: {error.strerror}", "name a folder with -o") from error
    return path


def _read(folder: Path, name: str, schema: Schema) -> dict[str, Any]:
    try:
        return read_parcel(folder, name, MOST_BYTES[name], schema)
    except BadParcel as refused:
        raise BadHandoff(name, str(refused)) from refused
