"""Tasks of lm-evaluation-harness (Gao et al., the extra `harness`) as further guards: one value of 0 to 1 per question.

A task is a name that the harness knows, or a YAML file relative to the checkout; what such a file names (its data) is
found from the checkout's root. A YAML file of the harness can run code: it comes from the recipe, as the base model does,
and never from a contribution. Of a long task the first questions count, of several metrics the first that is a share.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from selfsown.errors import SelfsownError, UsageError
from selfsown.extras import need
from selfsown_train.model import ChatModel
from selfsown_train.report import Report

MOST = 500  # questions of one task

_BATCH = 16


def measure_tasks(chat: ChatModel, tasks: Sequence[str], root: Path, report: Report) -> dict[str, tuple[float, ...]]:
    """Per task of a recipe a value for each of its questions, always in the same order.

    Raises MissingExtra without the harness, UsageError where a task is not there, SelfsownError where it gives no shares.
    """
    if not tasks:
        return {}
    evaluator, manager = need("lm_eval.evaluator", "harness"), need("lm_eval.tasks", "harness")
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    # The harness reads thousands of files to know its own tasks: only where one of them is wanted.
    known = manager.TaskManager(include_defaults=not all(map(_is_file, tasks)))
    model = need("lm_eval.models.huggingface", "harness").HFLM(
        pretrained=chat.model, tokenizer=chat.tokenizer, max_length=chat.context, batch_size=_BATCH
    )
    found = {}
    with contextlib.chdir(root):
        for done, name in enumerate(tasks):
            report("harness", done, len(tasks))
            if not _is_file(name) and name not in known.task_index:
                raise UsageError(f"the harness has no task {name}", "`lm_eval ls tasks` lists them")
            found[name] = _evaluate(evaluator, model, known, name)
    report("harness", len(tasks), len(tasks))
    return found


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _evaluate(evaluator: Any, model: Any, known: Any, name: str) -> tuple[float, ...]:
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # bars of its own
            results = evaluator.simple_evaluate(
                model=model,
                tasks=[name],
                task_manager=known,
                limit=MOST,
                bootstrap_iters=0,
                log_samples=True,
                apply_chat_template=True,
            )
    except (OSError, KeyError, ValueError, ConnectionError) as error:
        raise SelfsownError(
            f"the task {name} of the harness cannot be run: {error}",
            "look at its file and its data, or take it out of [gate] harness in the recipe",
        ) from error
    samples = results["samples"]
    return tuple(value for task in sorted(samples) for value in read_shares(samples[task], name))


def read_shares(samples: Iterable[Mapping[str, Any]], task: str) -> list[float]:
    """One value per question, in the order of the questions: of its first filter, the first metric that is a share.

    Raises SelfsownError where there is none.
    """
    first: dict[int, Mapping[str, Any]] = {}
    for sample in samples:
        first.setdefault(int(sample["doc_id"]), sample)
    ordered = [first[place] for place in sorted(first)]
    for metric in ordered[0]["metrics"] if ordered else ():
        values = [_as_share(sample.get(metric)) for sample in ordered]
        if all(map(math.isfinite, values)):
            return values
    raise SelfsownError(
        f"the task {task} of the harness gives no value from 0 to 1 for each question",
        "name a task with a metric like acc or exact_match in [gate] harness of the recipe",
    )


def _as_share(value: Any) -> float:
    is_share = isinstance(value, bool | int | float) and 0 <= value <= 1
    return float(value) if is_share else math.nan
