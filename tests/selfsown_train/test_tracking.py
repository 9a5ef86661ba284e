"""The tracker: what it is sent, by a double; and what the real one keeps, where it is installed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from selfsown.errors import MissingExtra, UsageError
from selfsown_train.tracking import PROJECT, Tracker, start_tracking, tracked_project
from selfsown_train.training_log import LoggedStep

ROW = LoggedStep("round", 1, 4, 0.25, 3.5, 0.001, None, 100, 0.5)


@dataclass
class Double:
    """As much of trackio as is called; it speaks on standard output, as that does."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def init(self, **settings: Any) -> Double:
        self.opened.append(settings)
        print("* Trackio project initialized")
        return self

    def log(self, values: dict[str, Any], step: int) -> None:
        self.rows.append((step, values))

    def finish(self) -> None:
        print("* Run finished")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (PROJECT, "TRACKIO_DIR", "TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL"):
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    return


@pytest.fixture
def trackio(fresh: None, monkeypatch: pytest.MonkeyPatch) -> Double:
    double = Double()
    monkeypatch.setitem(sys.modules, "trackio", double)  # type: ignore[arg-type]
    return double


def test_rows_go_to_a_folder_here_and_nothing_to_standard_output(
    trackio: Double, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tracked_project() == ""
    assert start_tracking("demo", tmp_path / "tracked") == []
    assert tracked_project() == "demo"
    assert os.environ["TRACKIO_DIR"] == str(tmp_path / "tracked")
    tracker = Tracker("round 0001: round", ())
    tracker.log(ROW)
    tracker.finish()
    assert [(one["project"], one["name"], one["resume"]) for one in trackio.opened] == [
        ("demo", "round 0001: round", "never")
    ]
    assert trackio.rows == [(1, {"epoch": 0.25, "loss": 3.5, "learning_rate": 0.001, "tokens": 100, "seconds": 0.5})]
    assert capsys.readouterr().out == ""


def test_a_resumed_run_goes_on_where_the_tracker_is(trackio: Double, tmp_path: Path) -> None:
    start_tracking("demo", tmp_path)
    tracker = Tracker("run", [replace(ROW, step=step) for step in (1, 2, 3)])
    for step in (2, 3, 4, 5):
        tracker.log(replace(ROW, step=step))
    assert trackio.opened[0]["resume"] == "allow"
    assert [step for step, _ in trackio.rows] == [4, 5]


def test_what_leaves_the_machine_is_said(trackio: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_SPACE_ID", "someone/board")
    assert start_tracking("demo", tmp_path) == ["TRACKIO_SPACE_ID=someone/board"]


@pytest.mark.parametrize("name", ["", "a/b", "../x", "ä", "x" * 65])
def test_a_project_is_a_plain_name(trackio: Double, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a project"):
        start_tracking(name, tmp_path)


def test_without_trackio_the_error_names_the_extra(
    fresh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trackio", None)
    with pytest.raises(MissingExtra, match="'track' extra"):
        start_tracking("demo", tmp_path)


REAL = """
import os, sys
from pathlib import Path
from selfsown_train.tracking import Tracker, start_tracking
from selfsown_train.training_log import LoggedStep
start_tracking("demo", Path(sys.argv[1]))
rows = [LoggedStep("round", step, 6, 0.1, 9.0 - step, 0.1, 1.0, step, step) for step in range(1, 7)]
first = Tracker("run", ())
for row in rows[:4]:
    first.log(row)
first.finish()
again = Tracker("run", rows[:4])
for row in rows[2:]:
    again.log(row)
again.finish()
"""


@pytest.mark.skipif(find_spec("trackio") is None, reason="the `track` extra is not installed")
def test_the_real_one_keeps_each_step_once_in_its_folder(fresh: None, tmp_path: Path) -> None:
    folder = tmp_path / "tracked"
    environment = {**os.environ, "HOME": str(tmp_path)}
    command = [sys.executable, "-c", REAL, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == ""
    with sqlite3.connect(folder / "demo.db") as kept:
        found = kept.execute("select run_name, step from metrics order by step").fetchall()
    assert found == [("run", step) for step in range(1, 7)]
