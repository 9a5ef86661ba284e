"""All judges on one file, side by side: what the tables, the JSON and the picture are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.evaluation.compare import Difference, compare
from selfsown.evaluation.evaluate import Evaluation, Settings
from selfsown.render.inert import visible

FORMAT = 1
_MOST_NAME = 32


@dataclass(frozen=True, slots=True)
class Report:
    """Evaluations by what the command called their judge; `asked` are those it named, the others stand beside them.

    `forms` counts the lines of each form; `trivial` are the judges that none may fall behind; `differences` are those of
    each asked judge beside every other.
    """

    file: str
    digest: str
    forms: Mapping[str, int]
    evaluations: Mapping[str, Evaluation]
    asked: tuple[str, ...]
    trivial: frozenset[str]
    differences: Mapping[str, Sequence[Difference]]

    def to_json(self) -> dict[str, Any]:
        """As docs/evaluation.md has it."""
        judges = [
            {"spec": name, "is_asked": name in self.asked, **found.to_json(), "differences": self._differences(name)}
            for name, found in self.evaluations.items()
        ]
        return {"file": self.file, "sha256": self.digest, "forms": dict(self.forms), "judges": judges}

    def _differences(self, name: str) -> list[dict[str, Any]]:
        return [found.to_json() for found in self.differences.get(name, ())]


def make_report(
    place: tuple[str, Sequence[Path]],
    evaluations: Mapping[str, Evaluation],
    asked: Sequence[str],
    trivial: Sequence[str],
    settings: Settings,
) -> Report:
    """Compare the judges that were asked for with all others. `place` is a name and the files it stands for."""
    first = next(iter(evaluations.values()))
    forms = {form: len(table.truth) for form, table in first.answers.tables.items()}
    differences = {}
    for name in asked:
        others = {other: found for other, found in evaluations.items() if other != name}
        differences[name] = compare(evaluations[name], others, settings)
    name, files = place
    return Report(name, _digest(files), forms, evaluations, tuple(asked), frozenset(trivial), differences)


def shown_name(name: str) -> str:
    """What to call a judge, a group or a family where people read it."""
    return visible(name, _MOST_NAME)


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
