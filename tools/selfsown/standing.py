"""Where the loop stands: what is in the corpus, what waits, which round is live, and what the loop waits for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.outbox import entry as outbox_entry
from selfsown.outbox.store import find_outbox
from selfsown.repo import Repository
from selfsown.round import Round, State, read_promoted, read_rounds
from selfsown.schemas import Schema
from selfsown.submit import PREFIX
from selfsown.vote import Vote, decide_vote


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many conversations of the outbox are in each state, and when the oldest with a text began ("" none has)."""

    counts: dict[outbox_entry.State, int]
    oldest: str = ""

    @property
    def ready(self) -> int:
        """How many may be submitted."""
        return self.counts[outbox_entry.State.SCREENED]

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {**{str(state): count for state, count in self.counts.items()}, "oldest": self.oldest or None}


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of the corpus at HEAD by kind, branches not merged yet, outbox, rounds, the live one, and the next step."""

    branch: str
    corpus: dict[str, int]
    submissions: tuple[str, ...]
    outbox: Waiting
    rounds: tuple[Round, ...]
    live: Round | None
    waits_for: str

    @property
    def vote(self) -> Vote | None:
        """Whether the judge of the live round has a say; None where no round is live."""
        return decide_vote(self.live) if self.live else None

    def to_json(self) -> dict[str, Any]:
        """For machines. `drift` is Kendall's tau of the live judge and the frozen one, by round, where it was measured."""
        pages = {entry.name: entry.judging["drift"]["frozen"] for entry in self.rounds if entry.judging}
        return {
            "format": 1,
            "branch": self.branch,
            "corpus": self.corpus,
            "submissions": list(self.submissions),
            "outbox": self.outbox.to_json(),
            "rounds": {entry.name: str(entry.state) for entry in self.rounds},
            "live": self.live.name if self.live else None,
            "vote": self.vote.to_json() if self.vote else None,
            "drift": {name: found and found["value"] for name, found in pages.items()},
            "waits_for": self.waits_for,
        }


def read_standing(repository: Repository, schema: Schema) -> Standing:
    """Read where the loop stands in a checkout. `schema` is that of rounds."""
    branch = repository.current_branch()
    counts: Counter[str] = Counter()
    for shard in repository.read_corpus("HEAD", "corpus"):
        counts[shard.path.split("/")[1]] += shard.records
    open_branches = tuple(name for name in repository.branches(PREFIX) if not repository.is_merged(name, "HEAD"))
    rounds = tuple(read_rounds(repository.root, schema))
    live = read_promoted(repository.root, schema)
    outbox = read_waiting(repository.root)
    return Standing(
        branch,
        dict(sorted(counts.items())),
        open_branches,
        outbox,
        rounds,
        live,
        decide_next(rounds, open_branches, outbox.ready),
    )


def read_waiting(root: Path) -> Waiting:
    """What the outbox of a checkout holds. Looking makes none."""
    outbox = find_outbox(root)
    if outbox is None:
        return Waiting(dict.fromkeys(outbox_entry.State, 0))
    with outbox:
        return Waiting(outbox.counts(), outbox.oldest())


def decide_next(rounds: tuple[Round, ...], submissions: tuple[str, ...], ready: int) -> str:
    """The one thing the loop waits for most."""
    newest = rounds[-1] if rounds else None
    name, number, state = (newest.name, newest.number, newest.state) if newest else ("", 0, None)
    waits = (
        (state is State.PLANNED, f"round {name} to be trained: `selfsown train`"),
        (state is State.TRAINED, f"the gate of round {name}: `selfsown gate {number}`"),
        (state is State.GATED, f"round {name} to be promoted: `selfsown promote {number}`"),
        (submissions, "a person to review a submission: `selfsown review --base main --head BRANCH`"),
        (ready, f"{ready} conversation{'' if ready == 1 else 's'} of the outbox to be submitted: `selfsown submit`"),
        (newest is None, "the first round: `selfsown train`"),
    )
    return next((words for holds, words in waits if holds), "new conversations: `selfsown chat`, or `selfsown import`")
