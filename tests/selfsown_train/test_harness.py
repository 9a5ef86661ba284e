"""Tasks of lm-evaluation-harness. What needs the harness itself runs where its extra is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from selfsown.errors import MissingExtra, SelfsownError, UsageError
from selfsown_train.harness import measure_tasks, read_shares
from selfsown_train.report import silent

TASK = """\
task: sums
dataset_path: json
dataset_kwargs:
  data_files: sums.jsonl
test_split: train
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: ["yes", "no"]
doc_to_target: "{{answer}}"
metric_list:
  - metric: acc
"""


def sample(number: int, **metrics: Any) -> dict[str, Any]:
    return {"doc_id": number, "metrics": list(metrics), **metrics}


def test_no_task_needs_no_harness(tmp_path: Path) -> None:
    assert measure_tasks(None, (), tmp_path, silent) == {}  # type: ignore[arg-type]


def test_the_first_metric_that_is_a_share_counts_in_the_order_of_the_questions() -> None:
    samples = [sample(1, loss=3.5, acc=0), sample(0, loss=0.1, acc=1.0), sample(1, loss=0.2, acc=1)]
    assert read_shares(samples, "sums") == [1.0, 0.0], "the second answer to question 1 is another filter's"


@pytest.mark.parametrize("samples", [[], [sample(0, perplexity=12.5)], [sample(0, acc=(1, 2)), sample(1, acc=1)]])
def test_a_task_without_shares_is_named(samples: list[dict[str, Any]]) -> None:
    with pytest.raises(SelfsownError, match="the task sums of the harness gives no value"):
        read_shares(samples, "sums")


def test_without_the_harness_its_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lm_eval.evaluator", None)
    with pytest.raises(MissingExtra, match="'harness' extra"):
        measure_tasks(None, ("sums",), tmp_path, silent)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_local_task_runs_offline(
    workshop: Any, trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lm_eval", reason="the `harness` extra is not installed")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "sums.yaml").write_text(TASK)
    lines = [
        {"question": f"Is {n} plus {n} equal to {2 * n + n % 2}?", "answer": ("yes", "no")[n % 2]} for n in range(12)
    ]
    (tmp_path / "sums.jsonl").write_bytes(
        b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    )
    chat = workshop.registry.load(trained)
    values = measure_tasks(chat, ("sums.yaml",), tmp_path, silent)["sums.yaml"]
    assert len(values) == 12
    assert set(values) <= {0.0, 1.0}
    assert measure_tasks(chat, ("sums.yaml",), tmp_path, silent) == {"sums.yaml": values}
    with pytest.raises(UsageError, match="no task nothing_of_this_name"):
        measure_tasks(chat, ("nothing_of_this_name",), tmp_path, silent)
    with pytest.raises(SelfsownError, match=r"the task missing\.yaml of the harness cannot be run"):
        measure_tasks(chat, ("missing.yaml",), tmp_path, silent)
