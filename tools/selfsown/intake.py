"""From a file of any format to records of the corpus: every entry is taken, already there, or refused with its reason.

Streaming: besides one piece of the input and the open shards, memory holds sixteen bytes and their set entry per
conversation. A record is built first and then held against the same schema and rules that a pull request meets.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson

from selfsown.canonical import canonical_line, content_id
from selfsown.corpus import stream_ids
from selfsown.elements import KEPT_BYTES, Element, Stream, read_elements
from selfsown.errors import SelfsownError
from selfsown.formats import FORMATS, detect_format
from selfsown.formats.draft import Draft, Refused
from selfsown.normalise import Normal, normalise
from selfsown.policy import Limits
from selfsown.shard import Line, digest12
from selfsown.strict_json import Refusal, parse_line, parse_loose

MOST_DEPTH = 250  # of an input entry: message trees nest two levels per turn

Check = Callable[[Mapping[str, Any], bytes], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a record gets where its entry says nothing: always source, license and created, the others if given."""

    source: str
    license: str
    created: str
    language: str | None = None
    model: str | None = None

    def to_json(self) -> dict[str, str]:
        """The fields that are given."""
        values = {name: getattr(self, name) for name in ("source", "license", "created", "language", "model")}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """An entry, or a branch of one, that was not taken: where it stands, why, and its bytes."""

    file: str
    unit: str
    number: int
    reason: str
    sentence: str
    data: bytes
    length: int

    def to_json(self) -> dict[str, Any]:
        """One line of refused.jsonl; `cut` says how long the entry was where not all of it is kept."""
        record: dict[str, Any] = {
            "file": self.file,
            self.unit: self.number,
            "reason": self.reason,
            "message": self.sentence,
            "record": self.data[:KEPT_BYTES].decode("utf-8", "backslashreplace"),
        }
        if self.length > KEPT_BYTES or self.length > len(self.data):
            record["cut"] = f"the first {min(len(self.data), KEPT_BYTES):,} of {self.length:,} bytes"
        return record


@dataclass(slots=True)
class Tally:
    """What became of everything found: taken + already there + refused = found."""

    found: int = 0
    taken: int = 0
    already: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    trimmed: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    formats: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """How to take in: the defaults, the limits, what is known and withdrawn, the check of a finished record."""

    defaults: Defaults
    limits: Limits
    check: Check
    refuse: Callable[[RefusedEntry], None]
    known: set[bytes] = field(default_factory=set)
    withdrawn: frozenset[str] = frozenset()
    tally: Tally = field(default_factory=Tally)
    filled: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "filled", self.defaults.to_json())

    def read(self, stream: Stream, name: str, form_name: str | None = None) -> Iterator[Line]:
        """Yield the new records of one file; without a format, that of the first entry that looks like one is used."""
        for element in read_elements(stream, name):
            try:
                entry = parse_element(element)
                form_name = form_name or _detect(entry)
                self.tally.formats[name] = form_name
                yield from self._take_entry(entry, element, name, form_name)
            except Refused as refused:
                self._refuse(refused, element, name)

    def _take_entry(self, entry: dict[str, Any], element: Element, name: str, form_name: str) -> Iterator[Line]:
        form = FORMATS[form_name]
        for draft in form.read_drafts(entry):
            try:
                if isinstance(draft, Refused):
                    raise draft
                taken = self._take_draft(draft, merges_turns=form.MERGES_TURNS)
            except Refused as refused:
                self._refuse(refused, element, name)
            else:
                if taken:
                    yield taken

    def _take_draft(self, draft: Draft, *, merges_turns: bool) -> Line | None:
        """The record of a draft, or None where it is there already. Raises Refused."""
        normal = normalise(draft, self.limits, merges_turns=merges_turns)
        name = content_id("c", {"messages": normal.messages})
        key = bytes.fromhex(name[2:])
        if key in self.known:
            self.tally.found += 1
            self.tally.already += 1
            return None
        if name in self.withdrawn:
            raise Refused("withdrawn", f"{name} was withdrawn from this corpus; it does not come back by an import")
        record = build_record(name, draft, normal, self.filled)
        for field_name in ("source", "license"):
            if not record[field_name]:
                raise Refused(f"no-{field_name}", f"it names no {field_name}: say which with --{field_name}")
        line = write_line(record, self.limits)
        problem = self.check(record, line)
        if problem:
            raise Refused(*problem)
        self.known.add(key)
        self.tally.found += 1
        self.tally.taken += 1
        if normal.trimmed:
            self.tally.trimmed.update(normal.trimmed)
        self.tally.sources[record["source"]] += 1
        return Line(name, record["source"], record["created"], line)

    def _refuse(self, refused: Refused, element: Element, name: str) -> None:
        data, length = element.data, element.length or len(element.data)
        if refused.part is not None:
            data = _part_bytes(refused.part) or data
            length = len(data)
        self.tally.found += 1
        self.tally.refused[refused.reason] += 1
        self.refuse(RefusedEntry(name, element.unit, element.number, refused.reason, refused.sentence, data, length))


def _detect(entry: dict[str, Any]) -> str:
    form_name = detect_format(entry)
    if form_name is None:
        raise Refused("unknown-format", "it looks like none of " + ", ".join(sorted(FORMATS)))
    return form_name


def _part_bytes(part: Any) -> bytes | None:
    try:
        return orjson.dumps(part)
    except orjson.JSONEncodeError:
        return None


def parse_element(element: Element) -> dict[str, Any]:
    """The object of an element. Raises Refused.

    The fast path is orjson; it keeps the last of two equal keys, so the colons of what it read are counted: every key
    has one outside of text, and a colon in text is a colon in both, unless it was written as an escape.
    """
    if element.problem:
        raise Refused("not-readable", element.problem)
    data = element.data
    if b"\r" in data:
        # Outside of text a carriage return is white space, inside it is no JSON: both stay so.
        data = data.replace(b"\r", b"\n")
    try:
        entry = orjson.loads(data)
        plain = isinstance(entry, dict) and "ext" not in entry and b"\\u003" not in data
        if plain and data.count(b":") == orjson.dumps(entry).count(b":"):
            return cast(dict[str, Any], entry)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    try:
        return parse_loose(data, MOST_DEPTH)
    except Refusal as refusal:
        raise Refused(refusal.name, refusal.message) from None
    except RecursionError:
        raise Refused("too-deep", f"nested deeper than {MOST_DEPTH} levels") from None


def build_record(name: str, draft: Draft, normal: Normal, filled: Mapping[str, str]) -> dict[str, Any]:
    """The record of a conversation: the entry's own facts over the defaults."""
    record = {"id": name, "messages": normal.messages, **filled, **draft.facts}
    if normal.weights:
        ext = record.get("ext")
        record["ext"] = {**(ext if isinstance(ext, dict) else {}), "openai": {"weights": normal.weights}}
    if not record.get("ext", True):
        del record["ext"]
    return record


def write_line(record: dict[str, Any], limits: Limits) -> bytes:
    """The record's line. Raises Refused where it is over the limit, or where strict readers would not read it back."""
    try:
        line = canonical_line(record)
    except (orjson.JSONEncodeError, TypeError):
        raise Refused("too-deep", "its ext is nested too deep") from None
    if len(line) > limits.record_bytes:
        raise Refused("record-too-long", f"it has {len(line):,} bytes; a record has at most {limits.record_bytes:,}")
    if "ext" in record:
        try:
            parse_line(line, limits.json_depth)
        except Refusal as refusal:
            raise Refused(refusal.name, refusal.message) from None
    return line


def read_known(root: Path) -> set[bytes]:
    """The ids of the conversations below `root`, which holds `corpus/`. Raises SelfsownError on a damaged shard."""
    known: set[bytes] = set()
    for path in sorted((root / "corpus" / "original").glob("*/*/*.jsonl")):
        content = path.read_bytes()
        if not path.stem.endswith(digest12(content)):
            tip = "restore it from git, or delete it and import again"
            raise SelfsownError(f"{path}: the content does not match the digest in the name", tip)
        known.update(bytes.fromhex(name[2:]) for _, name in stream_ids(io.BytesIO(content)))
    return known


def read_withdrawn(root: Path) -> frozenset[str]:
    """The ids that were withdrawn from the corpus below `root`."""
    return frozenset(path.stem for path in (root / "corpus" / "withdrawn").glob("*/*.json"))


def all_taken(files: Iterable[tuple[Stream, str]], intake: Intake, form_name: str | None) -> Iterator[Line]:
    """The new records of all files, one after the other."""
    for stream, name in files:
        yield from intake.read(stream, name, form_name)
