"""How long import and validate take beside a bare parse of the same file.

    python tests/benchmarks/bench_import_validate.py [--records N] [--rounds N] [--write docs/benchmarks.md]

Every round runs the three one after the other, so that what else the machine does hits them alike; the table has the
medians of CPU seconds and of the ratios of the same round. The conversations are made here from a fixed seed.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
from section import write_section

from selfsown.intake import Defaults, Intake, Tally, all_taken
from selfsown.intake_check import record_check
from selfsown.rulebook import Rulebook, load_folder_rulebook
from selfsown.shard import pack_lines, write_shards
from selfsown.validate import validate_files

SOURCE = 'id = "bench"\nlicense = "MIT"\ntitle = "x"\norigin = "x"\ncontact = "x"\nconsent = "x"\n'
TODAY = date(2026, 11, 21)


def write_input(path: Path, records: int) -> None:
    """ShareGPT conversations of two to six turns of made-up words, one in ten with letters beyond ASCII."""
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(2_000)]
    with path.open("wb") as stream:
        for number in range(records):
            accent = "\u00e9t\u00e9 caf\u00e9 " if number % 10 == 0 else ""
            said = [
                {"from": speaker, "value": accent + write_text(chance, words, length)}
                for _ in range(chance.randint(1, 3))
                for speaker, length in (("human", chance.randint(5, 40)), ("gpt", chance.randint(20, 160)))
            ]
            stream.write(orjson.dumps({"id": str(number), "conversations": said}) + b"\n")


def write_text(chance: random.Random, words: list[str], length: int) -> str:
    """Sentences of made-up words with commas, quotes and line breaks, about as often as real answers have them."""
    marks = [""] * 16 + [",", ",", ".", ".", ".\n", ".\n\n- ", '"', "'"]
    return " ".join(word + chance.choice(marks) for word in chance.choices(words, k=length)).strip() + "."


def parse_bare(path: Path) -> None:
    """orjson over every line."""
    with path.open("rb") as stream:
        for line in stream:
            orjson.loads(line)


def import_file(path: Path, root: Path, rulebook: Rulebook) -> Tally:
    """All of `selfsown import` but the command line: parse, normalise, rules, ids, shards on the disk."""
    known: set[bytes] = set()
    check = record_check(rulebook, known, TODAY)
    intake = Intake(Defaults("bench", "MIT", "2026-11-20"), rulebook.policy.limits, check, lambda _: None, known)
    with path.open("rb") as stream:
        shards = pack_lines("original", all_taken([(stream, path.name)], intake, None), rulebook.policy.limits)
        for _ in write_shards(root, shards):
            pass
    return intake.tally


def cpu_seconds(action: Callable[[], object]) -> float:
    """CPU time of one call, user and system."""
    start = time.process_time()
    action()
    return time.process_time() - start


def measure(records: int, rounds: int) -> str:
    """The table, as Markdown."""
    times: dict[str, list[float]] = {"orjson": [], "import": [], "validate": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "input.jsonl"
        write_input(path, records)
        for number in range(rounds + 1):
            root = folder / str(number)
            (root / "corpus" / "sources").mkdir(parents=True)
            (root / "corpus" / "sources" / "bench.toml").write_text(SOURCE, encoding="utf-8")
            rulebook = load_folder_rulebook(root)
            found = {
                "orjson": cpu_seconds(lambda: parse_bare(path)),
                "import": cpu_seconds(lambda root=root, rulebook=rulebook: import_file(path, root, rulebook)),
                "validate": cpu_seconds(lambda root=root, rulebook=rulebook: validate(root, rulebook)),
            }
            if number:  # the first round warms up
                for what, seconds in found.items():
                    times[what].append(seconds)
        return render_table(times, path.stat().st_size, records)


def validate(root: Path, rulebook: Rulebook) -> None:
    """`selfsown validate` over the shards that were just written. Raises SystemExit if they are not fine."""
    validation = validate_files([root / "corpus"], root, rulebook, TODAY.isoformat(), keep_entries=False)
    if not validation.is_fine:
        sys.exit(f"the imported shards are not valid: {validation.findings[0]}")


def render_table(times: dict[str, list[float]], size: int, records: int) -> str:
    """Rates from medians; ratios are medians of the ratios within a round."""
    what = {
        "orjson": "bare `orjson.loads` per line",
        "import": "`import` (ShareGPT to shards)",
        "validate": "`validate`",
    }
    rows = []
    for name, seconds in times.items():
        ratios = [one / bare for one, bare in zip(seconds, times["orjson"], strict=True)]
        middle = statistics.median(seconds)
        ratio = f"{statistics.median(ratios):.1f}x ({min(ratios):.1f}-{max(ratios):.1f})"
        rows.append(f"| {what[name]} | {middle:.2f} | {records / middle:,.0f} | {size / middle / 1e6:,.0f} | {ratio} |")
    head = (
        f"{records:,} made-up conversations, {size / 1e6:.1f} MB, {len(times['orjson'])} rounds in turn, one core, "
        f"Python {platform.python_version()} on {platform.machine()}, {datetime.now(UTC).date()}."
    )
    table = ["| | CPU s | conversations/s | MB/s | x bare parse (range) |", "|---|---|---|---|---|", *rows]
    return "\n".join([head, "", *table])


def main() -> None:
    """Measure and print; with --write also put it into the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    table = measure(arguments.records, arguments.rounds)
    print(table)
    if arguments.write:
        write_section(arguments.write, "bench_import_validate", "Import and validate", table)


if __name__ == "__main__":
    main()
