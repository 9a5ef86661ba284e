"""How many tokens a second are trained on, and in how much memory, beside a bare PyTorch loop and TRL.

    python tests/benchmarks/bench_training.py [--model tiny|packaged:smollm2-135m …] [--rounds N] [--threads N]
        [--chats DIR] [--write docs/benchmarks.md]

The same model, rows, batch and number of threads for all, each in a process of its own. Every round is one pass over the
rows by each of them, one after the other, while the others wait; two steps before the first round warm up. Who takes over
20 seconds of CPU time for a pass is measured by the steps done by then.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers
import trl
from section import write_section
from training_lanes import LORA, Task, describe

from selfsown.conversation import read_conversation
from selfsown_train.model import Base
from selfsown_train.offline.packaged import PACKAGED
from selfsown_train.recipe import read_recipe
from selfsown_train.registry import cache_folder, locate
from selfsown_train.tiny_base import build_model, build_tokenizer

ROOT = Path(__file__).resolve().parents[2]
WARM = 2
LANES = {
    "ours": "`selfsown train`",
    "buckets": "bare PyTorch loop, batches of like length",
    "loop": "bare PyTorch loop, random batches",
    "trl": "TRL's SFTTrainer with its defaults",
    "trl tuned": "TRL in fp32, without recomputing, grouped by length",
    "packed": "our loss, rows packed into whole windows",
}
FEW = ("ours", "buckets", "trl tuned")  # where a step of TRL's defaults takes minutes on a processor


@dataclass(frozen=True, slots=True)
class Case:
    """A model and what is trained on it: rows of a pass, rows of a step, tokens of a row at most."""

    name: str
    lanes: Sequence[str]
    rows: int
    batch: int
    window: int


@dataclass
class Lane:
    """A process, and what each round of it took."""

    process: subprocess.Popen[str]
    told: list[dict[str, float]] = field(default_factory=list)

    def go(self, steps: int) -> dict[str, float]:
        """Train so many steps. Raises SystemExit where the process has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith('{"seconds"'):
                return dict(json.loads(line))
        raise SystemExit(f"a lane ended with {self.process.wait()}: {' '.join(self.process.args)}")  # type: ignore[arg-type]


def list_cases(names: Sequence[str]) -> list[Case]:
    """The model of the research that set the goals, and real ones for a few steps."""
    tiny = Case("tiny", tuple(LANES), 96, 8, 512)
    return [tiny if name == "tiny" else Case(name, FEW, 8, 4, 256) for name in names]


def read_texts(chats: Path) -> list[list[dict[str, str]]]:
    """Real conversations where they lie beside the checkout, else those of the corpus, in an order of chance."""
    files = sorted(chats.glob("*.jsonl"))
    if files:
        found = [json.loads(line)["messages"] for path in files for line in path.read_text().splitlines()]
    else:
        shards = sorted((ROOT / "corpus" / "original").rglob("*.jsonl"))
        records = [json.loads(line) for path in shards for line in path.read_text().splitlines()]
        found = [[turn.to_json() for turn in read_conversation(record).turns] for record in records]
    random.Random(1).shuffle(found)
    return found


def make_task(case: Case, texts: Sequence[Any], folder: Path, rounds: int, threads: int) -> Task:
    """Lay out base and rows in a folder."""
    rows = folder / "rows.json"
    rows.write_text(json.dumps(texts[: case.rows]))
    base = str(folder / "base")
    if case.name == "tiny":
        recipe = replace(read_recipe(ROOT / "training/recipes/tiny.toml").base, hidden_size=256, layers=4, heads=8)
        tokenizer = build_tokenizer((turn["content"] for chat in texts for turn in chat), 4096)
        torch.manual_seed(1)
        build_model(recipe, tokenizer).save_pretrained(base)
        tokenizer.save_pretrained(base)
    else:
        name = locate(Base(case.name, "", ""), cache_folder()).name if case.name.startswith(PACKAGED) else case.name
        Path(base).symlink_to(Path(name).resolve())
    return Task(base, str(rows), case.window, case.batch, 2 * rounds + 2, threads)


def measure(case: Case, task: Task, rounds: int) -> dict[str, Lane]:
    """Every lane, in turn. Raises SystemExit where one fails."""
    setting = {"OMP_NUM_THREADS": str(task.threads), "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    program = str(Path(__file__).with_name("training_lanes.py"))
    lanes = {}
    for name in case.lanes:
        command = [sys.executable, "-W", "ignore", program, name, describe(task)]
        lanes[name] = Lane(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **setting}
            )
        )
        lanes[name].go(WARM)
    for _ in range(rounds):
        for lane in lanes.values():
            lane.told.append(lane.go(-(-case.rows // case.batch)))
    for lane in lanes.values():
        assert lane.process.stdin is not None
        lane.process.stdin.close()
        lane.process.wait()
    return lanes


def render(case: Case, lanes: dict[str, Lane]) -> str:
    """One model's table, as Markdown: medians over rounds; ratios are medians of the ratios within a round."""
    ours = lanes["ours"].told
    table = [
        "| | tokens/s | tokens/CPU-s | ours is (range) | by CPU time (range) | of the columns padding | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, lane in lanes.items():
        rates = [statistics.median(read_rate(one, kind) for one in lane.told) for kind in ("seconds", "busy")]
        ratios = [
            render_ratios(
                [read_rate(mine, kind) / read_rate(one, kind) for mine, one in zip(ours, lane.told, strict=True)]
            )
            for kind in ("seconds", "busy")
        ]
        padding = 1 - sum(one["real"] for one in lane.told) / sum(one["padded"] for one in lane.told)
        peak = max(one["peak"] for one in lane.told)
        figures = f"{rates[0]:,.0f} | {rates[1]:,.0f} | {ratios[0]} | {ratios[1]} | {padding:.0%} | {peak:,.0f}"
        table.append(f"| {LANES[name]} | {figures} |")
    return "\n".join(table)


def read_rate(told: dict[str, float], kind: str) -> float:
    """Real tokens a second."""
    return told["real"] / told[kind]


def render_ratios(ratios: list[float]) -> str:
    """The median and the range."""
    return f"{statistics.median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"


def report_case(case: Case, texts: Sequence[Any], rounds: int, threads: int) -> str:
    """Measure a case and say it."""
    with tempfile.TemporaryDirectory() as scratch:
        task = make_task(case, texts, Path(scratch), rounds, threads)
        lanes = measure(case, task, rounds)
        size = sum(path.stat().st_size for path in Path(task.base).glob("*.safetensors")) / 4e6
    tokens = statistics.median(one["real"] for one in lanes["ours"].told)
    head = (
        f"**{'A Llama built from config' if case.name == 'tiny' else case.name}** ({size:.1f} M parameters): passes of "
        f"{case.rows} conversations, {tokens / case.rows:.0f} tokens each on average and {case.window} at most, "
        f"{case.batch} a step, LoRA of rank {LORA.rank} on all linear layers."
    )
    return f"{head}\n\n{render(case, lanes)}"


def main() -> None:
    """Measure and print; with --write also put it into the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="tiny, packaged:NAME or a folder; may be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--chats", type=Path, default=ROOT.parent / "shared" / "data" / "chats", metavar="DIR")
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    texts = read_texts(arguments.chats)
    head = (
        f"{arguments.rounds} rounds, {arguments.threads} thread(s), {platform.machine()}, torch {torch.__version__}, "
        f"transformers {transformers.__version__}, TRL {trl.__version__}, {datetime.now(UTC).date()}. Tokens are those that "
        f"are no padding. CPU time is what counts on a machine that others use, too."
    )
    cases = list_cases(arguments.model or ["tiny", "packaged:smollm2-135m"])
    tables = [head]
    print(head, flush=True)
    for case in cases:
        tables.append(report_case(case, texts, arguments.rounds, arguments.threads))
        print(f"\n{tables[-1]}", flush=True)
    if arguments.write:
        write_section(arguments.write, "bench_training", "Training", "\n\n".join(tables))


if __name__ == "__main__":
    main()
