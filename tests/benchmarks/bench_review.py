"""How long the review of a pull request of 100 conversations takes, and what it asks of GitHub.

    python tests/benchmarks/bench_review.py [--rounds N] [--write docs/benchmarks.md]

Every round is a fresh pull request from a fork on the GitHub double: git and API over HTTP, and the steps `ci collect`,
`ci judge` and `ci post --publish` as three processes, with every pause they make for the real GitHub. Needs the
development tools (`make install`). The double runs on the same machine and is part of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/doubles")]

from github_double import World, serve  # noqa: E402
from section import write_section  # noqa: E402
from tests.security.scene import FORK, NAME, furnish, make_start, read_chats, shards  # noqa: E402

from selfsown.rulebook import load_folder_rulebook  # noqa: E402

STEPS = ("collect", "judge", "post")
RECORDS = 100
MOST_SECONDS = 90
# Tells how long the process slept and the most memory it held: a child's rusage would count its parent's memory too.
PROBE = r"""
import json, re, sys, time
from pathlib import Path
really, slept = time.sleep, []
def sleep(seconds):
    slept.append(seconds)
    really(seconds)
time.sleep = sleep
facts = Path(sys.argv.pop(1))
from selfsown.cli.main import main
code = main()
peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
facts.write_text(json.dumps({"slept": slept, "peak": peak / 1024}))
raise SystemExit(code)
"""


@dataclass
class Round:
    """Wall seconds, mebibytes at most, and pauses of each step; requests of all of them."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)
    pauses: dict[str, list[float]] = field(default_factory=dict)
    reads: Counter[str] = field(default_factory=Counter)
    writes: list[tuple[str, str]] = field(default_factory=list)
    comments: int = 0

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def measure(folder: Path) -> Round:
    """One review of a new pull request."""
    folder.mkdir()
    world, found = World(folder / "world"), Round()
    world.now = datetime.now(UTC)
    tokens, _ = furnish(world, make_start(folder / "start", ROOT))
    chats = read_chats(ROOT, RECORDS)
    entries = shards(load_folder_rulebook(ROOT).policy.limits, *chats)
    if len(chats) != RECORDS:
        sys.exit(f"there are {len(chats)} conversations, not {RECORDS}")
    head = world.push(FORK, "topic", {path: content for path, (_, content) in entries.items()}, login="mira")
    number = world.open_pull(NAME, "mira:topic", login="mira")
    with serve(world) as address:
        trusted = folder / "trusted"
        subprocess.run(["git", "clone", "--quiet", f"{address}/{NAME}.git", str(trusted)], check=True)
        told = {"GITHUB_API_URL": address, "GITHUB_SERVER_URL": address, "GITHUB_REPOSITORY": NAME}
        environment = {**os.environ, **told, "GITHUB_TOKEN": tokens["app"]}
        which = ["--pull", str(number), "--head", head]
        handed = {name: str(folder / name) for name in STEPS}
        options = {
            "collect": [*which, "-o", handed["collect"]],
            "judge": [*which, "--collected", handed["collect"], "-o", handed["judge"]],
            "post": [*which, "--judged", handed["judge"], "--publish"],
        }
        count_reads(world, found.reads)
        for name in STEPS:
            run_step(name, options[name], trusted, environment, found)
    found.writes = list(world.writes)
    found.comments = len(world.state.line_comments)
    return found


def count_reads(world: World, reads: Counter[str]) -> None:
    """Count from now on what only looks, by its method."""
    handle = world.handle

    def counting(method: str, path: str, headers: Any = None, body: bytes = b"") -> Any:
        before = len(world.writes)
        response = handle(method, path, headers, body)
        if len(world.writes) == before:
            reads[method] += 1
        return response

    world.handle = counting  # type: ignore[method-assign]


def run_step(name: str, options: Sequence[str], place: Path, environment: dict[str, str], found: Round) -> None:
    """One step as a process of its own."""
    facts = place.parent / f"{name}.facts"
    command = [sys.executable, "-c", PROBE, str(facts), "ci", name, *options]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    found.seconds[name] = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"ci {name} failed:\n{done.stderr}")
    told = json.loads(facts.read_text())
    found.peak[name], found.pauses[name] = told["peak"], told["slept"]


def render(rounds: list[Round]) -> str:
    """The table and what it means, as Markdown."""

    def middle(values: list[float]) -> str:
        return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"

    rows = [
        f"| `ci {name}` | {middle([one.seconds[name] for one in rounds])} | "
        f"{middle([sum(one.pauses[name]) for one in rounds])} | {max(one.peak[name] for one in rounds):.0f} |"
        for name in STEPS
    ]
    pauses = [sum(map(sum, one.pauses.values())) for one in rounds]
    peak = max(max(one.peak.values()) for one in rounds)
    rows.append(f"| in all | {middle([one.total for one in rounds])} | {middle(pauses)} | {peak:.0f} |")
    most, reads = max(len(one.writes) for one in rounds), max(sum(one.reads.values()) for one in rounds)
    head = (
        f"{RECORDS} conversations of the starter corpus and of `tests/poor` from a fork, judged by `features`; median (range) of "
        f"{len(rounds)} rounds, {os.cpu_count()} cores with the double on them, Python {platform.python_version()} on "
        f"{platform.machine()}, {datetime.now(UTC).date()}."
    )
    settle = statistics.median(max(one.pauses["post"], default=0.0) for one in rounds)
    between = statistics.median(pauses) - settle
    rest = statistics.median(one.total - slept for one, slept in zip(rounds, pauses, strict=True))
    foot = (
        f"{most} writes by the API, with {rounds[0].comments} comments on lines, and {reads} reads. The pauses are ours and part "
        f"of the time: {settle:.0f} s lie between the two readings before anything is created, {between:.1f} s "
        "are the second that GitHub asks to leave between writes. "
        f"Without pauses it takes {rest:.1f} s. What GitHub takes to start jobs and to install is not in it."
    )
    table = ["| | wall s | of it pauses s | peak MiB |", "|---|---|---|---|", *rows]
    return "\n".join([head, "", *table, "", foot])


def main() -> None:
    """Measure and print; with --write also put it into the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rounds = [measure(Path(name) / str(number)) for number in range(arguments.rounds)]
    text = render(rounds)
    print(text)
    if any(one.total > MOST_SECONDS for one in rounds):
        sys.exit(f"a review took more than {MOST_SECONDS} s")
    if arguments.write:
        write_section(arguments.write, "bench_review", "Review of a pull request", text)


if __name__ == "__main__":
    main()
