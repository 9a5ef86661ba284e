"""`selfsown gate`: is the trained round better than the live one?"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from selfsown.cli.console import err, say
from selfsown.cli.judges import open_judge
from selfsown.cli.place import open_repository
from selfsown.cli.training import alone, choose_round, reopen_workshop, reporting
from selfsown.extras import need
from selfsown.render.inert import visible
from selfsown.repo import Repository
from selfsown.round import Round, State
from selfsown.vote import decide_vote, render_vote

HELP = "Compare a trained round with the live one on held-out conversations, and pass or refuse it."

_MOST = 400  # characters of what a round file says
_PROVEN = frozenset({"primary", "told"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("round", nargs="?", type=int, metavar="NNNN", help="the round (default: the newest)")
    parser.add_argument("--again", action="store_true", help="measure again, although the gate has decided")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the checks: .svg, .png or .pdf")


def run(args: argparse.Namespace) -> int:
    """0 passed, 1 refused. A round that was promoted stays so, whatever is found now."""
    if args.picture is not None:
        need("selfsown.evaluation.picture", "evaluate").check_picture(args.picture)
    with open_repository() as repository:
        entry = choose_round(repository, args.round)
        if entry.gate is None or args.again:
            with alone(repository.root):
                entry = _measure(repository, choose_round(repository, entry.number))
    show(entry)
    if args.picture is not None:
        draw = need("selfsown.evaluation.gate_picture", "evaluate").draw_gate
        args.picture.write_bytes(draw(entry, args.picture.suffix))
        say(f"drawn: {args.picture}")
    return 0 if entry.gate and entry.gate["decision"] == "pass" else 1


def _measure(repository: Repository, entry: Round) -> Round:
    workshop = reopen_workshop(repository, entry)
    frozen = open_judge(workshop.rulebook.policy.judge.frozen, workshop.rulebook)
    with reporting() as report:
        found: Round = need("selfsown_train.round_gate", "train").gate_round(workshop, entry, report, frozen)
    return found


def show(entry: Round) -> None:
    """The table of checks, what they rest on, and the verdict."""
    gate = entry.gate or {}
    beside = f"round {gate['incumbent']:04d}" if gate["incumbent"] else "the bare base"
    err.print(_render_table(f"round {entry.name} beside {beside}", gate["checks"]))
    for line in _render_notes(gate):
        say(line, style="dim")
    reason = visible(gate["reason"], _MOST)
    if gate["decision"] == "pass":
        say(f"passed: {reason}", style="bold green")
        say(f"next: `selfsown promote {entry.number}`" if entry.state is State.GATED else "it is live")
    elif entry.state is State.PROMOTED:
        say(f"it was promoted, and would be refused now: {reason}", style="bold red")
        say("it stays as it is; `selfsown rollback` goes back to the round before")
    else:
        say(f"refused: {reason}", style="bold red")
        say("the live round stays; the data is kept and the next round trains on it too")
    vote = decide_vote(entry)
    if vote:
        say(visible(render_vote(vote), _MOST))


def _render_table(title: str, checks: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("check", min_width=len("preferred"))
    for heading in ("old", "new", "change", "interval", "passes if", "n"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=len("passed"))
    for _, group in groupby(checks, _role):
        for check in group:
            table.add_row(*_render_row(check))
        table.add_section()
    return table


def _render_row(check: Mapping[str, Any]) -> tuple[Text | str, ...]:
    return (
        Text(visible(check["name"], 60)),
        f"{check['incumbent']:.3f}",
        f"{check['candidate']:.3f}",
        f"{check['difference']:+.3f}",
        f"{check['low']:+.3f}…{check['high']:+.3f}",
        _render_rule(check),
        str(check["n"]),
        _render_outcome(check),
    )


def _role(check: Mapping[str, Any]) -> str:
    return str(check.get("role", "primary" if check["decides"] else "told"))


def _render_rule(check: Mapping[str, Any]) -> str:
    """What the interval has to be for the check to pass: proof of the better, or no proof of harm."""
    is_proven = _role(check) in _PROVEN
    is_less = check.get("better", "less" if check["threshold"] < 0 and is_proven else "more") == "less"
    end, sign = ("high" if is_less == is_proven else "low"), ("<" if is_less else ">")
    return f"{end} {sign} {check['threshold']:+.3f}"


def _render_outcome(check: Mapping[str, Any]) -> Text:
    if not check["decides"]:
        return Text("yes" if check["passed"] else "no", style="dim")
    return Text("passed", style="green") if check["passed"] else Text("FAILED", style="bold red")


def _render_notes(gate: Mapping[str, Any]) -> Iterable[str]:
    """How to read the table, where the round file says it."""
    checks = gate["checks"]
    guards = sum(_role(check) == "guard" for check in checks)
    if guards and "chance" in gate:
        yield (
            f"The first check has to be proven. The {guards} guards refuse where harm is proven; together they do so by "
            f"chance in at most {gate['chance']:.0%} of the rounds that harm nothing."
        )
    if any(check["name"] == "memorised held-out" for check in checks):
        yield (
            "memorised held-out: how far the loss moved from the bare base, on training conversations (old) and on held-out "
            "ones (new). Who gains more on what is held out has seen it."
        )
    if "asked" in gate:
        yield _render_asked(gate["asked"], visible(gate.get("compared_by", "no judge"), 80))


def _render_asked(asked: Mapping[str, int], judge: str) -> str:
    repeats = asked["near_repeats"]
    left_out = f" ({repeats} more nearly repeat a training one and were left out)" if repeats else ""
    return (
        f"Measured on {asked['held_out']} held-out conversations{left_out}, {asked['fresh']} of them new since the old "
        f"round, {asked['answers']} answers that {judge} compared, and {asked['ratings']} ratings."
    )
