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

    `forms` counts the lines of each form; `differences` are those of each asked judge beside every other that was not.
    """

    file: str
    digest: str
    forms: Mapping[str, int]
    evaluations: Mapping[str, Evaluation]
    asked: tuple[str, ...]
    differences: Mapping[str, Sequence[Difference]]

    @property
    def beside(self) -> list[str]:
        """Those that were not asked for."""
        return [name for name in self.evaluations if name not in self.asked]

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
    file: str, files: Sequence[Path], evaluations: Mapping[str, Evaluation], asked: Sequence[str], settings: Settings
) -> Report:
    """Compare the judges that were asked for with the others. `files` are what `file`, perhaps a folder, stands for."""
    first = next(iter(evaluations.values()))
    forms = {form: len(table.truth) for form, table in first.answers.tables.items()}
    beside = {name: found for name, found in evaluations.items() if name not in asked}
    differences = {name: compare(evaluations[name], beside, settings) for name in asked}
    return Report(file, _digest(files), forms, evaluations, tuple(asked), differences)


def shown_name(name: str) -> str:
    """What to call a judge, a group or a family where people read it."""
    return visible(name, _MOST_NAME)


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
