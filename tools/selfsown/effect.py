"""What a round made of the data of one merge, as its contributors are told: once per pull request, in one comment.

The figures were measured at the gate, beside the round that was live then. They show how the round does near somebody's
data, not what that data did alone: everything that was merged since then trained together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selfsown.host import Host, Pull, Unsure
from selfsown.pull.pace import Pace, persist
from selfsown.round import Round, State

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of the conversations that `commit` brought: how many trained and how many are held out.

    `own` and `neighbours` are losses {before, after, difference}, `preferred` a share with its interval; None: not measured.
    """

    commit: str
    trained: int
    held_out: int
    own: Figures | None
    neighbours: Figures | None
    preferred: Figures | None

    def to_json(self) -> dict[str, Any]:
        """As schema/round.schema.json has it."""
        return {
            "commit": self.commit,
            "trained": self.trained,
            "held_out": self.held_out,
            "own": self.own,
            "neighbours": self.neighbours,
            "preferred": self.preferred,
        }


def read_effects(entry: Round) -> list[Effect]:
    """What a round file says of the merges it learned from."""
    return [Effect(**record) for record in entry.effects or ()]


def effect_marker(entry: Round) -> str:
    """What the comment on a round begins with, so that it is found again."""
    return f"<!-- selfsown:round {entry.name} -->"


def render_effect(entry: Round, effect: Effect) -> str:
    """The comment: only words of ours and numbers."""
    gate = entry.gate or {}
    before = f"round {gate['incumbent']:04d}" if gate.get("incumbent") else "the bare base"
    fate = "was refused by the gate: the live round stays" if entry.state is State.REJECTED else "passed the gate"
    lines = [
        effect_marker(entry),
        f"### What became of this data: round {entry.name}",
        "",
        f"{_count(effect.trained)} of this pull request trained round {entry.name}, {effect.held_out} are held out for "
        f"measuring. The round {fate}.",
        "",
        *_table(effect),
        "",
        f"Before is {before}, after is round {entry.name}; the loss is in nats per token of the assistant's words, and lower is "
        "better. The first row was trained on and has to fall; the second shows what carries over. Everything that was merged "
        "since then trained together, so this is how the round does near this data, not what the data did alone.",
    ]
    return "\n".join(lines) + "\n"


def _table(effect: Effect) -> Iterator[str]:
    yield "| | before | after | change (95 % interval) | n |"
    yield "|---|---:|---:|---:|---:|"
    rows = (("loss on these conversations", effect.own), ("loss on held-out ones most like them", effect.neighbours))
    for name, found in rows:
        if found is not None:
            change = found["difference"]
            yield f"| {name} | {found['before']:.3f} | {found['after']:.3f} | {render_change(change)} | {change['n']} |"
    if effect.preferred is not None:
        share = effect.preferred
        interval = f"({share['low']:.0%} … {share['high']:.0%})"
        yield f"| answers to requests like these that the judge prefers | | {share['value']:.0%} | {interval} | {share['n']} |"


def render_change(change: Figures) -> str:
    """A difference of losses with its interval, or why it has none."""
    if change["low"] is None:
        return f"{change['value']:+.3f} (too few for an interval)"
    return f"{change['value']:+.3f} ({change['low']:+.3f} … {change['high']:+.3f})"


def summarise_effects(effects: Sequence[Effect]) -> Iterator[str]:
    """What a round made of all the merges it learned from, in a line or two."""
    if not effects:
        return
    trained, held_out = sum(entry.trained for entry in effects), sum(entry.held_out for entry in effects)
    merges = "1 merge" if len(effects) == 1 else f"{len(effects)} merges"
    yield f"what it learned from: {merges}, {_count(trained)} trained and {held_out} held out"
    kinds = (
        ("on their own", [entry.own for entry in effects]),
        ("on their neighbours", [entry.neighbours for entry in effects]),
    )
    yield "the loss, beyond doubt: " + "; ".join(f"{name} {_tally(found)}" for name, found in kinds)


def _tally(found: Sequence[Figures | None]) -> str:
    changes = [entry["difference"] for entry in found if entry is not None and entry["difference"]["low"] is not None]
    fell, rose = sum(entry["high"] < 0 for entry in changes), sum(entry["low"] > 0 for entry in changes)
    return f"fell for {fell} and rose for {rose} of {len(changes)}" if changes else "was not measured"


def _count(number: int) -> str:
    return "1 conversation" if number == 1 else f"{number} conversations"


def tell(host: Host, pull: Pull, entry: Round, effect: Effect, pace: Pace | None = None) -> bool:
    """Post the comment on a merged pull request unless it is there; whether it was posted now.

    After a lost answer it looks before it repeats. Raises what the host raises.
    """
    pace = pace or Pace()
    return persist(lambda: _attempt(host, pull, entry, effect, pace), pace)


def is_told(host: Host, pull: Pull, entry: Round) -> bool:
    """Whether the comment on a round is on the pull request."""
    me, marker = host.me().id, effect_marker(entry)
    return any(it.author.id == me and it.body.startswith(marker) for it in host.comments(pull.number))


def _attempt(host: Host, pull: Pull, entry: Round, effect: Effect, pace: Pace) -> bool:
    if is_told(host, pull, entry):
        return False
    pace.sleep(pace.settle)
    if is_told(host, pull, entry):
        raise Unsure("GitHub's lists do not agree on which comments there are", "try again later")
    host.add_comment(pull.number, render_effect(entry, effect))
    return True
