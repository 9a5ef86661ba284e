"""Where the loop stands: what is in the corpus, what waits, which round is live, and what the loop waits for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.outbox.draft_files import list_drafts
from selfsown.repo import Repository
from selfsown.round import Round, State, read_promoted, read_rounds
from selfsown.schemas import Schema
from selfsown.submit import PREFIX
from selfsown.vote import Vote, decide_vote


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of the corpus at HEAD by kind, branches not merged yet, drafts, rounds, the live one, and the next step."""

    branch: str
    corpus: dict[str, int]
    submissions: tuple[str, ...]
    drafts: tuple[Path, ...]
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
            "drafts": [path.stem for path in self.drafts],
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
    drafts = tuple(list_drafts(repository.root))
    return Standing(
        branch,
        dict(sorted(counts.items())),
        open_branches,
        drafts,
        rounds,
        live,
        decide_next(rounds, open_branches, drafts),
    )


def decide_next(rounds: tuple[Round, ...], submissions: tuple[str, ...], drafts: tuple[Path, ...]) -> str:
    """The one thing the loop waits for most."""
    newest = rounds[-1] if rounds else None
    name, number, state = (newest.name, newest.number, newest.state) if newest else ("", 0, None)
    waits = (
        (state is State.PLANNED, f"round {name} to be trained: `selfsown train`"),
        (state is State.TRAINED, f"the gate of round {name}: `selfsown gate {number}`"),
        (state is State.GATED, f"round {name} to be promoted: `selfsown promote {number}`"),
        (submissions, "a person to review a submission: `selfsown review --base main --head BRANCH`"),
        (drafts, f"{len(drafts)} drafts to be submitted: `selfsown submit`"),
        (newest is None, "the first round: `selfsown train`"),
    )
    return next((words for holds, words in waits if holds), "new conversations: `selfsown chat`, or `selfsown import`")
