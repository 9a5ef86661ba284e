"""The offline judge: measurements by small pretrained models, and a head fitted on our own corpus. Nothing is downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from selfsown.canonical import canonical_bytes
from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError, UsageError
from selfsown.judge.features import FeaturesJudge
from selfsown.judge.prompt import OVERALL
from selfsown.judgement import Judgement, Rubric, Unjudged
from selfsown_train.offline import head as head_module
from selfsown_train.offline.head import HEAD, Head, agree, read_head
from selfsown_train.offline.measurements import Gauge, group_version, measure_one, names_of, open_gauges
from selfsown_train.offline.probe import RATER
from selfsown_train.offline.store import MeasurementStore

STORE = ".selfsown/measurements.sqlite"
SPEAKS = "speaks to whoever rates it"


@dataclass(frozen=True, slots=True)
class OfflineJudge:
    """Answers by a head over measurements. `id` names the head, the measuring code, the models and the features."""

    id: str
    head: Head
    gauges: tuple[Gauge, ...]
    store: MeasurementStore | None = None
    features: FeaturesJudge = field(default_factory=FeaturesJudge)

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One judgement per conversation; Unjudged where the rubric asks what the head was not fitted for."""
        known = {entry.name for entry in self.head.questions}
        if unknown := [entry.name for entry in rubric.criteria if entry.name not in known]:
            why = f"the head was not fitted for {', '.join(unknown)}"
            return [Unjudged(entry.id, self.id, why) for entry in conversations]
        return [self._judge(entry, rubric) for entry in conversations]

    def _judge(self, conversation: Conversation, rubric: Rubric) -> Judgement:
        row = measure_one(conversation, self.gauges, self.store)
        names = names_of(self.head.groups)
        # One row at a time: an answer does not depend on its neighbours, not even in the last bit.
        answers = {name: float(values[0]) for name, values in self.head.answer([row], names).items()}
        criteria = agree({entry.name: answers[entry.name] for entry in rubric.criteria}, answers[OVERALL])
        (seen,) = self.features.judge([conversation], rubric)
        flags = list(seen.flags) if isinstance(seen, Judgement) else []
        probe = self.head.probe
        if probe and row[names.index(RATER)] > probe.flag_above and SPEAKS not in flags:
            flags.append(SPEAKS)
        overall = round(10 * answers[OVERALL], 4)
        return Judgement(conversation.id, self.id, rubric.digest, criteria, overall, tuple(flags))


def load_offline_judge(root: Path | None, file: Path | None = None) -> OfflineJudge:
    """The judge of a checkout, or of a head file. Raises UsageError without either, SelfsownError where it does not fit."""
    if file is None and root is None:
        raise UsageError("there is no head here", f"run it in a Selfsown checkout, or name a file: offline:{HEAD}")
    place = file or Path(root or ".") / HEAD
    head = read_head(place)
    check_versions(head, place)
    store = MeasurementStore(root / STORE) if root else None
    return as_judge(head, open_gauges(head.groups, head.probe, store), store)


def as_judge(head: Head, gauges: tuple[Gauge, ...], store: MeasurementStore | None = None) -> OfflineJudge:
    """A head with its gauges as a judge."""
    features = FeaturesJudge()
    code = [hashlib.sha256(Path(str(file)).read_bytes()).hexdigest() for file in (__file__, head_module.__file__)]
    parts = [head.digest, *(gauge.version for gauge in gauges), *code, features.id]
    return OfflineJudge(
        f"offline-{hashlib.sha256(canonical_bytes(parts)).hexdigest()[:12]}", head, gauges, store, features
    )


def check_versions(head: Head, place: Path) -> None:
    """Raises SelfsownError where the head was fitted on other measurements than this code makes."""
    found = {group: group_version(group, head.probe) for group in head.groups}
    changed = [group for group, version in zip(head.groups, head.versions, strict=True) if found[group] != version]
    if changed:
        raise SelfsownError(
            f"{place} was fitted on other measurements of {', '.join(changed)} than are made now",
            "fit it again: `selfsown judge fit`",
        )
