"""`selfsown gate`: is the trained round better than the live one?"""

from __future__ import annotations

import argparse

from rich.box import SIMPLE_HEAD
from rich.table import Table

from selfsown.cli.console import err, say
from selfsown.cli.judges import open_judge
from selfsown.cli.place import open_repository
from selfsown.cli.training import choose_round, reopen_workshop, reporting
from selfsown.extras import need
from selfsown.round import Round, State
from selfsown.vote import decide_vote, render_vote

HELP = "Compare a trained round with the live one on held-out conversations, and pass or refuse it."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    parser.add_argument("--again", action="store_true", help="measure again, although the gate has decided")


def run(args: argparse.Namespace) -> int:
    """0 passed, 1 refused."""
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        if entry.gate is None or args.again:
            workshop = reopen_workshop(repository, entry)
            frozen = open_judge(workshop.rulebook.policy.judge.frozen, workshop.rulebook)
            with reporting() as report:
                entry = need("selfsown_train.round_gate", "train").gate_round(workshop, entry, report, frozen)
    show(entry)
    return 1 if entry.state is State.REJECTED else 0


def show(entry: Round) -> None:
    """The table of checks and the verdict."""
    gate = entry.gate or {}
    beside = f"round {gate['incumbent']:04d}" if gate["incumbent"] else "the bare base"
    table = Table(title=f"round {entry.name} beside {beside}", box=SIMPLE_HEAD)
    for heading in ("check", "new", "old", "change", "interval", "needs", "n", ""):
        table.add_column(
            heading, justify="left" if heading in ("check", "") else "right", no_wrap=heading == "interval"
        )
    for check in gate["checks"]:
        verdict = (
            ("passed" if check["passed"] else "failed") if check["decides"] else ("yes" if check["passed"] else "no")
        )
        table.add_row(
            check["name"],
            f"{check['candidate']:.3f}",
            f"{check['incumbent']:.3f}",
            f"{check['difference']:+.3f}",
            f"{check['low']:+.3f} … {check['high']:+.3f}",
            f"{check['threshold']:+.3f}",
            str(check["n"]),
            verdict,
        )
    err.print(table)
    if entry.state is State.REJECTED:
        say(f"refused: {gate['reason']}", style="bold red")
        say("the live round stays; the data is kept and the next round trains on it too")
    else:
        say(f"passed: {gate['reason']}", style="bold green")
        say(f"next: `selfsown promote {entry.number}`" if entry.state is State.GATED else "it is live")
    vote = decide_vote(entry)
    if vote:
        say(render_vote(vote))
