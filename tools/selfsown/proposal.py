"""A round made by a workflow, proposed as a pull request with its round file.

The file comes from the job that trains, which runs much code of others; the job that proposes may write. So the file is
hostile: it is read alone and small, held against its schema, and everything in it that can be known without training
(number, commit, conversations, recipe, rubric) has to be what was computed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.canonical import canonical_bytes
from selfsown.due import BRANCHES
from selfsown.errors import SelfsownError
from selfsown.host import Host, StatusState
from selfsown.parcel import BadParcel, read_parcel
from selfsown.pull.once import Wanted, open_once
from selfsown.pull.pace import Pace
from selfsown.render.inert import visible
from selfsown.render.markdown import fence
from selfsown.round import ROUNDS, Round, State, render_round
from selfsown.schemas import Schema

_MOST_BYTES = 256 * 1024
_MOST_STATUS = 140  # characters that GitHub takes
_TIP = "start the workflow `train` again; if it happens again, look at its job `train`"


class BadProposal(SelfsownError):
    """The round file of the training job is not what it has to be."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the round file is refused: {visible(why, 300)}", _TIP)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A round that could be trained: its number, and its plan but for the versions of the libraries."""

    number: int
    plan: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The number as files have it: 0007."""
        return f"{self.number:04d}"

    @property
    def branch(self) -> str:
        """The branch it is proposed on; the same conversations and recipe give the same name."""
        return f"{BRANCHES}{self.name}-{plan_digest(self.plan)}"


def plan_digest(plan: Mapping[str, Any]) -> str:
    """Twelve hex digits over which conversations, ratings and pairs, which recipe and which rubric; not the commit or machine."""
    corpus = plan["corpus"]
    names = ("conversations_digest", "held_out_digest", "ratings_digest", "pairs_digest")
    facts = {**{name: corpus[name] for name in names}, "recipe": plan["recipe"]["digest"], "rubric": plan["rubric"]}
    return hashlib.sha256(canonical_bytes(facts)).hexdigest()[:12]


def decide_candidate(rounds: Sequence[Round], plan: Mapping[str, Any]) -> Candidate | None:
    """The round that this plan makes, or None where a round with the same conversations and recipe was trained already.

    A round that was planned and never trained gives its number to the next.
    """
    digest = plan_digest(plan)
    if any(entry.state is not State.PLANNED and plan_digest(entry.plan) == digest for entry in rounds):
        return None
    newest = rounds[-1] if rounds else None
    number = 1 if newest is None else newest.number + (newest.state is not State.PLANNED)
    return Candidate(number, plan)


def read_proposed(folder: Path, candidate: Candidate, schema: Schema) -> Round:
    """The trained round in a folder that holds its file alone. Raises BadProposal."""
    try:
        record = read_parcel(folder, f"{candidate.name}.json", _MOST_BYTES, schema)
    except BadParcel as refused:
        raise BadProposal(str(refused)) from refused
    entry = Round(state=State(record.pop("state")), **{key: value for key, value in record.items() if key != "format"})
    _check(entry, candidate)
    return entry


def _check(entry: Round, candidate: Candidate) -> None:
    if entry.number != candidate.number:
        raise BadProposal(f"it is round {entry.number}, not {candidate.number}")
    if entry.state not in (State.GATED, State.REJECTED):
        raise BadProposal(f"it is {entry.state}: a round is proposed once the gate has decided")
    if entry.gate is None or entry.adapter is None or entry.base is None or entry.training is None:
        raise BadProposal("it does not say how it was trained and measured")
    if (entry.gate["decision"] == "pass") != (entry.state is State.GATED):
        raise BadProposal(f"it is {entry.state}, and its gate says {entry.gate['decision']}")
    for part, wanted in candidate.plan.items():
        if entry.plan[part] != wanted:
            raise BadProposal(f"its {part} is not what the corpus and the recipe at this commit make")


def render_proposal(entry: Round) -> tuple[str, str]:
    """Title and body of the pull request. What the training job wrote stands in a fence."""
    has_passed = entry.state is State.GATED
    title = f"Round {entry.name}: {'passed the gate' if has_passed else 'refused by the gate'}"
    gate, corpus = entry.gate or {}, entry.plan["corpus"]
    beside = f"round {gate['incumbent']:04d}" if gate["incumbent"] else "the bare base"
    checks = [
        f"{'passed' if check['passed'] else 'failed'}  {visible(check['name'], 60)}  "
        f"{check['incumbent']:.3f} -> {check['candidate']:.3f}  "
        f"({check['difference']:+.3f}, {check['low']:+.3f} to {check['high']:+.3f}, n {check['n']})"
        for check in gate["checks"]
    ]
    after = (
        f"Merge this to keep its record. Then, in a clone: `selfsown promote {entry.number}`, and commit what it changes."
        if has_passed
        else "Merge this to keep its record: the same conversations are not trained again. The live round stays."
    )
    body = [
        f"Trained on {corpus['conversations']} conversations of {corpus['commit'][:12]} "
        f"and measured on {corpus['held_out']} held out, beside {beside}.",
        fence("\n".join([visible(gate["reason"], 400), *checks[:20]])),
        f"{after} The adapter is the artifact `adapter-{entry.name}` of the workflow run.",
    ]
    return title, "\n\n".join(body) + "\n"


def render_outcome(entry: Round) -> tuple[StatusState, str]:
    """The commit status of a round: how it came out, in at most 140 characters. A refusal is no fault of the commit."""
    came_out = "passed" if entry.state is State.GATED else "refused"
    words = f"round {entry.name} {came_out}: {visible((entry.gate or {})['reason'], 400)}"
    return StatusState.SUCCESS, words if len(words) <= _MOST_STATUS else words[: _MOST_STATUS - 1] + "…"


def propose(host: Host, candidate: Candidate, entry: Round, pace: Pace | None = None) -> int:
    """Open the pull request of a round, or find it open; return its number. After a lost answer it looks before it repeats.

    Raises Refused where the host says no, Unsure or Busy where it gave no answer in `pace.tries` tries.
    """
    title, body = render_proposal(entry)
    files = {f"{ROUNDS.as_posix()}/{entry.name}.json": render_round(entry)}
    parent = candidate.plan["corpus"]["commit"]
    return open_once(host, Wanted(candidate.branch, parent, files, f"Add round {entry.name}", title, body), pace)
