"""Kill a whole round with SIGKILL at random moments, go on, and compare the end with the undisturbed one bit for bit.

    python tests/crash/harness.py --kills 200 [--seed 1] [--judge]

A process that has imported everything and started no thread is forked for every run, so that a kill costs about a second. Half
of the kills fall at a random time; the others fall right before a random change of a file (open for writing, rename,
remove, mkdir), which is where a half-written state would show. Each run is killed several times before it may end.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the other one has a thread of its own
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(Path(__file__).parent))

from crash_trial import ROOT, Trial, compare_ends, find_faults, make_pristine, run_verbs  # noqa: E402

from selfsown.rulebook import load_folder_rulebook  # noqa: E402

MOST_SECONDS = 600.0  # before a run is taken to hang; the machine may be busy
MOST_KILLS = 6  # of one run
_WARM = (
    "selfsown.cli.train.judge", "selfsown_train.round_training", "selfsown_train.round_gate", "selfsown_train.judge_round",
    "selfsown_train.corpus", "transformers.models.llama.modeling_llama", "trl.trainer.sft_trainer", "peft", "filelock",
)  # fmt: skip
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate", "shutil.rmtree")


@dataclass(slots=True)
class Tally:
    """What was done: kills by kind and by how far the round was, runs, and faults."""

    kills: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reference:
    """The undisturbed run: its end, how long it took, and how many changes of files it made."""

    trial: Trial
    files: dict[str, str]
    seconds: float
    changes: int


def start(work: Callable[[], int], log: Path, die_at: int = 0, counter: Path | None = None) -> int:
    """Fork a process that does `work`; it kills itself before its change of a file number `die_at`."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(out, stream)
        count = watch_changes(die_at)
        code = work()
        if counter is not None:
            counter.write_text(json.dumps([count[0], sorted(sys.modules)]), encoding="utf-8")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def watch_changes(die_at: int) -> list[int]:
    """Count the changes of files from now on, and die before the one that is asked for."""
    count = [0]

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in _CHANGES:
            count[0] += 1
            if count[0] == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)
    return count


def wait(child: int, seconds: float) -> int | None:
    """The exit status of a child, or None where it is still at work after that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    return None


def run_undisturbed(pristine: Trial, folder: Path, *, judge: bool) -> Reference:
    """One run from beginning to end. Raises SystemExit where it fails."""
    trial, counter = copy(pristine, folder), folder / "changes"
    started = time.monotonic()
    log = folder / "log"
    child = start(lambda: run_verbs(trial, judge=judge), log, counter=counter)
    status = wait(child, MOST_SECONDS)
    if status != 0:
        raise SystemExit(f"the undisturbed run failed ({status}):\n{log.read_text(errors='replace')[-3000:]}")
    seconds = time.monotonic() - started
    changes, modules = json.loads(counter.read_text(encoding="utf-8"))
    warm_up(modules)
    return Reference(trial, trial.files(), seconds, changes)


def warm_up(modules: Sequence[str]) -> None:
    """Import here what a run needs, so that those that are killed do not spend their time on it."""
    for name in modules:
        if name not in sys.modules:
            with suppress(ImportError):
                import_module(name)
    gc.collect()
    gc.freeze()


def copy(pristine: Trial, folder: Path) -> Trial:
    """A fresh checkout."""
    shutil.copytree(pristine.folder, folder)
    return Trial(folder)


def disturb(trial: Trial, reference: Reference, luck: random.Random, tally: Tally, most: int, *, judge: bool) -> None:
    """One run, killed again and again, at most `most` times, and then left to end."""
    schema = load_folder_rulebook(ROOT).schemas["round"]
    log, before, kills = trial.folder / "log", "", 0
    tally.runs += 1
    while True:
        by_time = luck.random() < 0.5
        delay = luck.uniform(0.0, reference.seconds) if by_time else MOST_SECONDS
        die_at = 0 if by_time else luck.randint(1, reference.changes)
        if kills >= most:
            delay, die_at = MOST_SECONDS, 0
        child = start(lambda: run_verbs(trial, judge=judge), log, die_at)
        status = wait(child, delay)
        if status is None:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if delay == MOST_SECONDS:
                tally.faults.append(f"{trial.folder.name}: no end after {MOST_SECONDS:.0f} s")
                return
        if not os.WIFSIGNALED(status):
            break
        kills += 1
        moment = trial.moment(schema) if not tally.faults else "?"
        tally.kills["at a random time" if by_time else "before a change of a file"] += 1
        tally.moments[moment or "nothing planned"] += 1
        faults = find_faults(trial, reference.trial, reference.files, before)
        tally.faults += [f"{trial.folder.name}, kill {kills}: {fault}" for fault in faults]
        if faults:
            return
        before = moment
    if status != 0:
        said = log.read_text(errors="replace")[-1500:]
        tally.faults.append(
            f"{trial.folder.name}: after {kills} kills it ended with {os.waitstatus_to_exitcode(status)}\n{said}"
        )
        return
    ends = compare_ends(trial, reference.trial, reference.files)
    tally.faults += [f"{trial.folder.name}, after {kills} kills: {fault}" for fault in ends]


def main() -> int:
    """0 every disturbed run ended as the undisturbed one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="how many kills in all")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--judge", action="store_true", help="with a judge's adapter in the round")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work there, and leave everything")
    args = parser.parse_args()
    warm_up(_WARM)
    folder = args.keep or Path(tempfile.mkdtemp(prefix="selfsown-crash-"))
    try:
        return kill_many(folder, args)
    finally:
        if args.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def kill_many(folder: Path, args: argparse.Namespace) -> int:
    """Disturb one run after another until there were enough kills, and say what came out."""
    started = time.monotonic()
    pristine = make_pristine(folder / "pristine", judge=args.judge)
    reference = run_undisturbed(pristine, folder / "undisturbed", judge=args.judge)
    moment = reference.trial.moment(load_folder_rulebook(ROOT).schemas["round"])
    print(
        f"undisturbed: {moment} after {reference.seconds:.1f} s and {reference.changes} changes of files",
        file=sys.stderr,
    )
    luck, tally = random.Random(args.seed), Tally()
    while tally.kills.total() < args.kills and not tally.faults:
        trial = copy(pristine, folder / f"run-{tally.runs + 1}")
        most = min(luck.randint(1, MOST_KILLS), args.kills - tally.kills.total())
        disturb(trial, reference, luck, tally, most, judge=args.judge)
        if args.keep is None:
            shutil.rmtree(trial.folder)
        done = f"{tally.kills.total()} kills in {tally.runs} runs, {time.monotonic() - started:.0f} s"
        print(f"\r{done}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    facts = {
        "seed": args.seed,
        "end": moment,
        "runs": tally.runs,
        "kills": dict(tally.kills),
        "moments": dict(tally.moments),
    }
    print(json.dumps({**facts, "seconds": round(time.monotonic() - started), "faults": tally.faults}, indent=2))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
