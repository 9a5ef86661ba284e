"""The vote: whether the judge of a round has a say. It keeps it only while it beats every judge that understands nothing.

The gate compares, on the same held-out ratings, how often each of two judges ranks a pair of conversations as people do.
The vote is had where the whole interval of that difference lies above zero beside each trivial judge; what was not
measured is not beaten. A judge without a vote is asked and shown all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from selfsown.errors import BadConfig
from selfsown.judge import Judge
from selfsown.judge.features import FeaturesJudge
from selfsown.judge.trivial import SHARES, TrivialJudge
from selfsown.repo import Repository
from selfsown.round import POINTER, ROUNDS, Round, parse_pointer, parse_round
from selfsown.schemas import Schema

TRIVIAL = ("features", *SHARES)


@dataclass(frozen=True, slots=True)
class Vote:
    """Whether the judge of a round has a say, and what decided it.

    `against` is the trivial judge it is least clearly better than, `difference` by how much (pair accuracy, -1 to 1) and
    `low` how much that is at least; None where the gate could not measure it. `n` is on how many ratings it rests.
    """

    round: int
    judge: str
    has_vote: bool
    against: str | None = None
    difference: float | None = None
    low: float | None = None
    n: int = 0

    def counts(self, judge: str) -> bool:
        """Whether what this judge says may decide anything: only of the round's own judge does the vote speak."""
        return self.has_vote or judge != self.judge

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def trivial_judges() -> Mapping[str, Judge]:
    """The judges that have to be beaten, by the names the checks have them by."""
    return {"features": FeaturesJudge(), **{name: TrivialJudge(name) for name in SHARES}}


def check_name(trivial: str) -> str:
    """How the gate calls the comparison with a trivial judge."""
    return f"judge against {trivial}"


def decide_vote(entry: Round) -> Vote | None:
    """The vote of a round's judge, from what its gate measured; None where the gate has not decided yet."""
    if entry.gate is None:
        return None
    checks = {check["name"]: check for check in entry.gate["checks"]}
    found = {name: checks[check_name(name)] for name in TRIVIAL if check_name(name) in checks}
    judge = str(entry.gate["judge"])
    if found.keys() != set(TRIVIAL):
        return Vote(entry.number, judge, has_vote=False)
    hardest = min(found, key=lambda name: float(found[name]["low"]))
    check = found[hardest]
    return Vote(
        entry.number,
        judge,
        all(bool(entry["passed"]) for entry in found.values()),
        hardest,
        float(check["difference"]),
        float(check["low"]),
        int(check["n"]),
    )


def without_vote(gate: Mapping[str, Any]) -> dict[str, Any]:
    """What a gate found out, but for what decides the vote: for a round that has got another judge since."""
    names = {check_name(name) for name in TRIVIAL}
    return {**gate, "checks": [check for check in gate["checks"] if check["name"] not in names]}


def read_vote(repository: Repository, ref: str, schema: Schema) -> Vote | None:
    """The vote of the judge that is live at a ref; None where no round is. Raises BadConfig on files that do not read."""
    pointer = repository.read_file(ref, POINTER.as_posix())
    number = None if pointer is None else parse_pointer(pointer)
    if number is None:
        return None
    path = (ROUNDS / f"{number:04d}.json").as_posix()
    content = repository.read_file(ref, path)
    if content is None:
        raise BadConfig(f"{POINTER} points at round {number:04d}, and there is no {path}", "restore the file from git")
    return decide_vote(parse_round(content, path, schema))


def render_vote(vote: Vote) -> str:
    """The vote in one sentence."""
    judge = f"The judge of round {vote.round:04d}"
    if vote.difference is None or vote.low is None:
        return f"{judge} has no vote: it is not measured beside judges that understand nothing, or too little is rated."
    figures = f"by {vote.difference:+.3f}, at least {vote.low:+.3f}, on {vote.n} ratings"
    if vote.has_vote:
        return f"{judge} has a vote: it ranks as people do more often than every trivial judge (`{vote.against}`: {figures})."
    return f"{judge} has no vote: it is not better than the trivial judge `{vote.against}` beyond doubt ({figures})."
