"""One way to fine-tune the same model on the same rows, in a process of its own that goes on only when it is told to.

Started by bench_training.py. A line with a number on stdin is how many steps to go; a line of JSON on stdout tells
what they took. The first number is for warming up: loading and encoding are part of it, or come before.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars
from peft import get_peft_model
from transformers import TrainerCallback
from transformers.utils.logging import disable_progress_bar
from trl import SFTConfig, SFTTrainer

from selfsown.conversation import Turn
from selfsown_train.head_loss import ends_with_head
from selfsown_train.model import Base, ChatModel, load_base, make_deterministic
from selfsown_train.recipe import LoraRecipe, Schedule
from selfsown_train.rows import Row
from selfsown_train.sft import Run, finetune, make_lora
from selfsown_train.tokens import IGNORED, encode
from selfsown_train.trainer import HeadTrainer

SEED, RATE = 7, 1e-4
MOST_SECONDS = 20  # of the processor: then a slow lane tells how far it has come
LORA = LoraRecipe(rank=16, alpha=32, dropout=0.0)


@dataclass(frozen=True, slots=True)
class Task:
    """What every lane is given: folder of the base, file of the rows, window in tokens, rows of a step, passes, threads."""

    base: str
    rows: str
    window: int
    batch: int
    epochs: int
    threads: int


@dataclass(slots=True)
class Pace:
    """Counts what goes through the model, and holds the training until the next number of steps is asked for."""

    left: int = 0
    real: int = 0
    padded: int = 0
    begun: tuple[float, float] = field(default=(0.0, 0.0))

    def watch(self, model: torch.nn.Module) -> None:
        """Count the tokens of every forward pass of the model inside all wrappers."""
        model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, *called: Any) -> None:
        inputs: dict[str, Any] = called[-1]
        mask, ids = inputs.get("attention_mask"), inputs["input_ids"]
        self.padded += ids.numel()
        self.real += ids.numel() if mask is None else int(mask.sum())

    def begin(self) -> None:
        """Wait for the number of steps that warm up."""
        self._wait()

    def step(self) -> None:
        """One step is behind us."""
        self.left -= 1
        busy = time.process_time() - self.begun[1]
        if self.left == 0 or busy > MOST_SECONDS:
            seconds = time.perf_counter() - self.begun[0]
            told = {"seconds": seconds, "busy": busy, "real": self.real, "padded": self.padded, "peak": read_peak()}
            print(json.dumps(told), flush=True)
            self._wait()

    def _wait(self) -> None:
        line = sys.stdin.readline()
        if not line:
            raise SystemExit(0)
        self.left, self.real, self.padded = int(line), 0, 0
        self.begun = time.perf_counter(), time.process_time()


class Steps(TrainerCallback):  # type: ignore[misc]
    """Tells a Pace of a trainer's steps."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Everything is ready."""
        self._pace.begin()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """One step."""
        self._pace.step()


class PackedTrainer(HeadTrainer):
    """Our loss over rows that TRL packs, in the order it chooses."""

    def _get_train_sampler(self, *_: Any) -> Any:
        return torch.utils.data.RandomSampler(self.train_dataset)


def read_peak() -> float:
    """The most memory this process has held, in mebibytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def run_ours(task: Task, chat: ChatModel, rows: list[Row], pace: Pace) -> None:
    """What `selfsown train` does, without keeping encoded rows."""
    schedule = Schedule(task.epochs, RATE, task.batch, 0.0)
    folder = Path(task.base).parent / "ours"

    def report(stage: str, done: int, total: int, note: str = "") -> None:
        if stage == "bench":
            pace.step()

    pace.begin()
    finetune(chat, Run("bench", rows, schedule, LORA, True, SEED, folder), report)


def run_loop(task: Task, chat: ChatModel, rows: list[Row], pace: Pace, *, bucketed: bool) -> None:
    """A bare PyTorch loop: the model's own loss, AdamW, clipped gradients, a cosine."""
    model = get_peft_model(chat.model, make_lora(chat, LORA)).train()
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.0)
    encoded = [encode(chat, row, task.window) for row in rows]
    total = task.epochs * -(-len(rows) // task.batch)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, total)
    pace.begin()
    for epoch in range(task.epochs):
        for chosen in list_batches([len(one.ids) for one in encoded], task.batch, epoch, bucketed=bucketed):
            longest = max(len(encoded[at].ids) for at in chosen)
            gaps = [longest - len(encoded[at].ids) for at in chosen]
            padding = int(chat.tokenizer.pad_token_id)
            ids = [[*encoded[at].ids, *[padding] * gap] for at, gap in zip(chosen, gaps, strict=True)]
            labels = [[*encoded[at].labels, *[IGNORED] * gap] for at, gap in zip(chosen, gaps, strict=True)]
            mask = [[1] * (longest - gap) + [0] * gap for gap in gaps]
            batch = {"input_ids": ids, "attention_mask": mask, "labels": labels}
            model(**{name: torch.tensor(value) for name, value in batch.items()}, use_cache=False).loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            cosine.step()
            optimiser.zero_grad()
            pace.step()


def list_batches(lengths: list[int], size: int, epoch: int, *, bucketed: bool) -> Iterator[list[int]]:
    """Random batches, or batches of the nearest lengths in random order."""
    chance = random.Random(SEED * 1000 + epoch)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    if bucketed:
        order.sort(key=lambda at: lengths[at])
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    if bucketed:
        chance.shuffle(batches)
    yield from batches


def run_trl(task: Task, chat: ChatModel, rows: list[Row], pace: Pace, **settings: Any) -> None:
    """TRL's trainer on rows that are encoded already; what is not named is its default. It asks to be told of a CPU."""
    encoded = [encode(chat, row, task.window) for row in rows]
    kind = PackedTrainer if settings.get("packing") and ends_with_head(chat.model) else SFTTrainer
    given = {"per_device_train_batch_size": task.batch, "save_strategy": "no", "report_to": [], "disable_tqdm": True}
    given["use_cpu"] = not torch.cuda.is_available()
    trainer = kind(
        model=chat.model,
        args=SFTConfig(str(Path(task.base).parent / "trl"), num_train_epochs=task.epochs, **{**given, **settings}),
        train_dataset=Dataset.from_list([{"input_ids": one.ids, "labels": one.labels} for one in encoded]),
        processing_class=chat.tokenizer,
        peft_config=make_lora(chat, LORA),
        callbacks=[Steps(pace)],
    )
    trainer.train()


def packed_batch(task: Task, chat: ChatModel, rows: list[Row]) -> int:
    """How many packed rows of a whole window hold as many tokens as a batch."""
    mean = sum(len(encode(chat, row, task.window).ids) for row in rows) / len(rows)
    return max(1, round(task.batch * mean / task.window))


def run_lane(name: str, task: Task) -> None:
    """Train until stdin ends."""
    disable_progress_bar()
    disable_progress_bars()
    make_deterministic(SEED, task.threads)
    chat = load_base(Base(task.base, "", ""), task.window)
    rows: list[Row] = [
        tuple(Turn(turn["role"], turn["content"]) for turn in row) for row in json.loads(Path(task.rows).read_text())
    ]
    pace = Pace()
    pace.watch(chat.model)
    plain = {"bf16": False, "gradient_checkpointing": False}
    if name == "ours":
        run_ours(task, chat, rows, pace)
    elif name in ("buckets", "loop"):
        run_loop(task, chat, rows, pace, bucketed=name == "buckets")
    elif name == "packed":
        size = packed_batch(task, chat, rows)
        run_trl(task, chat, rows, pace, packing=True, max_length=task.window, per_device_train_batch_size=size, **plain)
    else:
        tuned = {"train_sampling_strategy": "group_by_length", **plain} if name == "trl tuned" else {}
        run_trl(task, chat, rows, pace, **tuned)


def describe(task: Task) -> str:
    """A task as a word on the command line."""
    return json.dumps(asdict(task))


if __name__ == "__main__":
    run_lane(sys.argv[1], Task(**json.loads(sys.argv[2])))
