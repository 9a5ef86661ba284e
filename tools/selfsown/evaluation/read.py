"""Reading the files that a judge is held against: JSON lines, of which each says by its keys which form it has.

Rated, paired and attacked lines, and the lines of our own shards of ratings (docs/evaluation.md has the forms). Unknown
keys are ignored. A file is read twice, first to check it, then to judge it a line at a time: what is held in memory does
not grow with its text. Lines that cannot be read are never skipped in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeAlias

from selfsown.conversation import ROLES, Turn
from selfsown.errors import SelfsownError, UsageError
from selfsown.evaluation.comparison import OUT_OF_TEN, Attacked, Comparison, Paired, Rated, make_conversation
from selfsown.lines import read_lines
from selfsown.rating import PULL
from selfsown.strict_json import NO_FINAL_LINE_FEED, Refusal, parse_loose

FindText: TypeAlias = Callable[[str], tuple[Turn, ...] | None]

MOST_LINE = 1 << 20  # bytes: two of the largest records with room to spare
MOST_TURNS = 1000
MOST_PROBLEMS = 20

_DEPTH = 12
_FORMS = "rated (messages, score), paired (a, b, label) or attacked (messages, attacked, family)"
_LABELS = {"a": 1, "b": -1, "tie": 0}
_ID = re.compile(r"c-[0-9a-f]{32}", re.ASCII)
_MOST_NAME = 100  # characters of a group, a family, an id


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that is none: where, what is wrong, what to do."""

    path: Path
    line: int
    message: str
    tip: str


@dataclass(slots=True)
class Survey:
    """What a set of files holds: how many lines, problems, and the conversations whose text stands elsewhere."""

    limit: int | None = None
    lines: int = 0
    problems: list[Problem] = field(default_factory=list)
    bad_lines: int = 0
    elsewhere: set[str] = field(default_factory=set)


class _BadLine(Exception):
    """A line that is no comparison."""

    def __init__(self, message: str, tip: str) -> None:
        super().__init__(message)
        self.message, self.tip = message, tip


def list_files(path: Path) -> list[Path]:
    """The file, or every .jsonl file below the folder. Raises UsageError where there is none."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*.jsonl") if file.is_file())
    if not files:
        what = "holds no .jsonl file" if path.is_dir() else "is not there"
        raise UsageError(f"{path} {what}", f"name files of JSON lines: {_FORMS}")
    return files


def survey(files: Sequence[Path], limit: int | None = None) -> Survey:
    """Read everything once: the counts, and the problems (the first MOST_PROBLEMS; all are counted)."""
    found = Survey(limit)

    def note(name: str) -> None:
        found.elsewhere.add(name)

    for entry in islice(_read(files, note), limit):
        if isinstance(entry, Problem):
            found.bad_lines += 1
            if len(found.problems) < MOST_PROBLEMS:
                found.problems.append(entry)
        found.lines += 1
    if not found.lines:
        raise UsageError(f"{files[0]} holds nothing to measure", f"a line is {_FORMS}")
    return found


def read_comparisons(files: Sequence[Path], find_text: FindText, limit: int | None = None) -> Iterator[Comparison]:
    """The comparisons of files that `survey` found no problem in; ratings without a text anywhere are left out.

    `limit` counts lines. Raises SelfsownError where a line has become bad since.
    """
    for entry in islice(_read(files, find_text), limit):
        if isinstance(entry, Problem):
            raise SelfsownError(f"{entry.path}:{entry.line}: {entry.message}", "the file changed while it was read")
        if entry is not None:
            yield entry


def _read(files: Sequence[Path], find_text: Callable[[str], Any]) -> Iterator[Comparison | Problem | None]:
    for path in files:
        try:
            with path.open("rb") as stream:
                for number, line in _lines(stream):
                    yield _read_line(path, number, line, find_text)
        except OSError as error:
            raise SelfsownError(f"{path}: {error.strerror}", "give a file that can be read") from error


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | Refusal]]:
    """As `read_lines`, without blank lines; the last line may do without its line feed."""
    end = 0
    for number, found in read_lines(stream, MOST_LINE):
        line = found
        if isinstance(found, Refusal) and found.number == NO_FINAL_LINE_FEED[0]:
            stream.seek(end)
            line = stream.read(MOST_LINE)
        end = stream.tell()
        if isinstance(line, Refusal) or line.strip():
            yield number, line


def _read_line(
    path: Path, number: int, line: bytes | Refusal, find_text: Callable[[str], Any]
) -> Comparison | Problem | None:
    try:
        if isinstance(line, Refusal):
            raise line
        return _read_record(parse_loose(line, _DEPTH), f"{path.name}:{number}", find_text)
    except (Refusal, _BadLine) as refusal:
        return Problem(path, number, refusal.message, refusal.tip)


def _read_record(record: dict[str, Any], place: str, find_text: Callable[[str], Any]) -> Comparison | None:
    name = _name(record, "id", place)
    if "rater" in record and _ID.fullmatch(str(record.get("conversation"))):
        return _read_own_rating(record, name, find_text)
    if "a" in record and "b" in record:
        return _read_paired(record, name)
    if "messages" in record and ("attacked" in record or "benign" in record or "family" in record):
        return _read_attacked(record, name)
    if "messages" in record and "score" in record:
        turns, scale = _turns(record["messages"], "messages"), _scale(record)
        score = _number(record["score"], "score", scale)
        return Rated(name, make_conversation(turns), score, scale, _name(record, "group", ""))
    keys = ", ".join(list(record)[:8]) or "none"
    raise _BadLine(f"no form has these keys: {keys[:200]}", f"a line is {_FORMS}")


def _read_own_rating(record: dict[str, Any], name: str, find_text: Callable[[str], Any]) -> Rated | None:
    """A line of corpus/ratings. What authors say of their own contribution counts nowhere."""
    score = _number(record.get("score"), "score", OUT_OF_TEN)
    if record.get("role") == "author" and str(record.get("where")).startswith(PULL):
        return None
    turns = _turns(record["messages"], "messages") if "messages" in record else find_text(record["conversation"])
    return Rated(name, make_conversation(turns), score) if turns else None


def _read_paired(record: dict[str, Any], name: str) -> Paired:
    label = record.get("label")
    if not isinstance(label, str) or label not in _LABELS:
        _refuse(f"label is {_shown(label)}", 'label is "a", "b" or "tie": which of the two people prefer')
    context = _turns(record["context"], "context") if "context" in record else ()
    a, b = (make_conversation(_side(record[side], side, context)) for side in ("a", "b"))
    return Paired(name, a, b, _LABELS[label], _name(record, "group", ""))


def _side(value: Any, field_name: str, context: tuple[Turn, ...]) -> tuple[Turn, ...]:
    if not isinstance(value, str):
        return _turns(value, field_name)
    if not context:
        _refuse(f"{field_name} is a text, and there is no context", "give the request as context: a list of messages")
    return (*context, Turn("assistant", value))


def _read_attacked(record: dict[str, Any], name: str) -> Attacked:
    family = _name(record, "family", "benign" if record.get("benign") is True else "")
    without = make_conversation(_turns(record["messages"], "messages"))
    if record.get("benign") is True:
        if "attacked" in record:
            _refuse("a benign line has no attacked", "leave out either benign or attacked")
        return Attacked(name, without, None, family)
    if "attacked" not in record or not family:
        _refuse("an attacked line needs attacked (messages) and family", 'or "benign": true where nothing is attacked')
    return Attacked(name, without, make_conversation(_turns(record["attacked"], "attacked")), family)


def _turns(value: Any, field_name: str) -> tuple[Turn, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_TURNS:
        _refuse(f"{field_name} is no list of 1 to {MOST_TURNS:,} messages", 'a message is {"role": …, "content": …}')
    for index, entry in enumerate(value):
        place = f"{field_name}[{index}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
            _refuse(f"{place} has no text as content", 'a message is {"role": …, "content": …}')
        if entry.get("role") not in ROLES:
            _refuse(f"{place}.role is {_shown(entry.get('role'))}", f"a role is one of {', '.join(ROLES)}")
    return tuple(Turn(entry["role"], entry["content"]) for entry in value)


def _scale(record: dict[str, Any]) -> tuple[float, float]:
    value = record.get("scale", OUT_OF_TEN)
    is_pair = isinstance(value, list | tuple) and len(value) == 2 and all(_is_number(end) for end in value)
    if not is_pair or not value[0] < value[1]:
        _refuse(f"scale is {_shown(value)}", "scale is the lowest and the highest score: [1, 5]")
    return float(value[0]), float(value[1])


def _number(value: Any, field_name: str, scale: tuple[float, float]) -> float:
    if not _is_number(value) or not scale[0] <= value <= scale[1]:
        ends = f"{scale[0]:g} to {scale[1]:g}"
        _refuse(f"{field_name} is {_shown(value)}, which is not a number from {ends}", 'name its ends: "scale": [1, 5]')
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _name(record: dict[str, Any], field_name: str, default: str) -> str:
    value = record.get(field_name, default)
    if not isinstance(value, str) or len(value) > _MOST_NAME * (2 if field_name == "id" else 1):
        _refuse(f"{field_name} is {_shown(value)}", f"{field_name} is a text of at most {_MOST_NAME} characters")
    return value


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _refuse(message: str, tip: str) -> NoReturn:
    raise _BadLine(message, tip)
