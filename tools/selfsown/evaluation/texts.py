"""The texts of rated conversations: a rating names its conversation, which stands somewhere in the corpus.

Only places are kept, and only of what is asked for; a text is read again when it is judged. What was withdrawn has none.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

import orjson

from selfsown.conversation import Turn, read_turns
from selfsown.corpus import line_id, withdrawn_ids
from selfsown.evaluation.read import MOST_LINE, FindText


def find_texts(root: Path | None, wanted: Set[str]) -> FindText:
    """A function from a conversation's id to its turns, over the corpus of the checkout at `root`; None: not there."""
    places = _locate(root, wanted) if root is not None and wanted else {}

    def find(name: str) -> tuple[Turn, ...] | None:
        if name not in places:
            return None
        path, offset = places[name]
        with path.open("rb") as stream:
            stream.seek(offset)
            return read_turns(orjson.loads(stream.readline(MOST_LINE))["messages"])

    return find


def _locate(root: Path, wanted: Set[str]) -> dict[str, tuple[Path, int]]:
    tombstones = (path.relative_to(root).as_posix() for path in (root / "corpus/withdrawn").glob("*/*.json"))
    known = set(wanted) - withdrawn_ids(tombstones)
    places: dict[str, tuple[Path, int]] = {}
    for path in sorted((root / "corpus/original").rglob("*.jsonl")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as stream:
            offset = 0
            while line := stream.readline(MOST_LINE):
                name = line_id(line)
                if name in known:
                    places.setdefault(name, (path, offset))
                offset += len(line)
    return places
