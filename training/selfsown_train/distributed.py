"""Several processes that train one round together, as torchrun starts them: each takes its share of every batch.

The first one plans, writes and speaks; the others only compute. What the first decides reaches them by `from_first`, so
that no two of them can come to see the files differently. Without torchrun there is one process, and nothing here waits.
"""

from __future__ import annotations

import atexit
import datetime
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import distributed

from selfsown.errors import SelfsownError, UsageError

Value = TypeVar("Value")

# The others wait while the first measures. One that dies is noticed by torchrun at once, so nothing is gained by less.
_PATIENCE = datetime.timedelta(hours=24)
_FULLY_SHARDED = "SELFSOWN_FSDP"  # our own mark for the processes' environment, where the trainer's settings are made


def start(*, sharded: bool = False) -> None:
    """Join the other processes that torchrun has started; once per process. `sharded` spreads the weights over them (FSDP).

    Raises UsageError where weights are to be spread over one process.
    """
    if sharded and _started() == 1:
        raise UsageError(
            "--fsdp spreads the weights over processes, and this is the only one", "start it with torchrun"
        )
    os.environ[_FULLY_SHARDED] = "1" if sharded else ""
    if _started() == 1 or _has_joined():
        return
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    distributed.init_process_group(backend, timeout=_PATIENCE)
    atexit.register(_leave)


def processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if _has_joined() else 1


def processes_here() -> int:
    """How many of them share this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if _has_joined() else 1


def rank() -> int:
    """Which one this is, from 0."""
    return distributed.get_rank() if _has_joined() else 0


def is_first() -> bool:
    """Whether this is the one that plans, writes and speaks."""
    return rank() == 0


def is_sharded() -> bool:
    """Whether the weights are spread over the processes."""
    return os.environ.get(_FULLY_SHARDED) == "1"


def wait() -> None:
    """Go on once every process is here."""
    if processes() > 1:
        distributed.barrier()


def from_first(make: Callable[[], Value]) -> Value:
    """What `make` gives in the first process, in all of them; the others do not call it.

    A SelfsownError of the first is raised there; the others end with its exit code and say nothing: it has said why.
    """
    if processes() == 1:
        return make()
    if is_first():
        try:
            value = make()
        except SelfsownError as error:
            distributed.broadcast_object_list([None, error.exit_code], src=0)
            raise
        distributed.broadcast_object_list([value, None], src=0)
        return value
    told: list[Any] = [None, None]
    distributed.broadcast_object_list(told, src=0)
    if told[1] is not None:
        raise SystemExit(told[1])
    return cast(Value, told[0])


def check_alike(facts: Mapping[str, str]) -> None:
    """Raise SelfsownError where a process would train on something else than the first: another commit, another library."""
    told: list[Any] = [None] * processes()
    if processes() > 1:
        distributed.all_gather_object(told, dict(facts))
        for number, other in enumerate(told[1:], 1):
            different = sorted(name for name in other if other[name] != told[0][name])
            if different:
                raise SelfsownError(
                    f"process {number} has another {different[0]} than process 0: {other[different[0]]}, "
                    f"not {told[0][different[0]]}",
                    "check out the same commit and install the same constraints on every machine",
                )


def check_shared(folder: Path) -> None:
    """Raise SelfsownError where a process does not see what the first writes into `folder`."""
    if processes() == processes_here():
        return
    mark = from_first(lambda: _leave_mark(folder))
    seen: list[Any] = [None] * processes()
    distributed.all_gather_object(seen, mark.is_file())
    if is_first():
        mark.unlink()
    if not all(seen):
        raise SelfsownError(
            f"process {seen.index(False)} does not see {folder} as process 0 sees it",
            "put the checkout and $SELFSOWN_CACHE on a file system that every machine mounts at the same place",
        )


def average(values: torch.Tensor) -> torch.Tensor:
    """The mean of a tensor over the processes."""
    if processes() > 1:
        distributed.all_reduce(values)
    return values / processes()


def share_of(batch_size: int) -> int:
    """How many rows of each step one process takes. Raises UsageError where the batch cannot be divided."""
    share, rest = divmod(batch_size, processes())
    if rest:
        raise UsageError(
            f"a batch of {batch_size} rows cannot be divided among {processes()} processes",
            "start a number of processes that divides every batch_size of the recipe",
        )
    return share


def _started() -> int:
    """How many processes torchrun has started; 1 without it."""
    is_launched = distributed.is_available() and distributed.is_torchelastic_launched()
    return int(os.environ.get("WORLD_SIZE", "1")) if is_launched else 1


def _has_joined() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def _leave_mark(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.resolve() / f".seen-{secrets.token_hex(8)}"
    path.touch()
    return path


def _leave() -> None:
    if _has_joined():
        distributed.destroy_process_group()
