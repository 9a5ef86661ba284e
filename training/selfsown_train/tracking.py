"""A tracker beside the log, where it is asked for: trackio, which keeps everything in a folder of this machine.

It is fed from the rows of the log rather than by the callback of transformers: that one writes every setting with its paths,
speaks on standard output (as trackio itself does), and after a resume logs steps again that the run has already.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown_train.training_log import LoggedStep

PROJECT = "SELFSOWN_TRACK"
_FOLDER = "TRACKIO_DIR"  # trackio's own: read when it is imported
_SWITCHES = ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL")  # its own, too: with either of them rows leave this machine
_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def start_tracking(project: str, folder: Path) -> list[str]:
    """Track every training of this process, in `folder` unless $TRACKIO_DIR names another; where rows go beside it.

    Raises UsageError for a project whose name cannot be a file's, MissingExtra where trackio is absent.
    """
    if not project or len(project) > 64 or not set(project) <= _NAMES:
        raise UsageError(f"{project!r} cannot name a project", "use letters, digits, - and _, at most 64")
    os.environ[PROJECT] = project
    os.environ.setdefault(_FOLDER, str(folder))
    need("trackio", "track")
    return [f"{name}={os.environ[name]}" for name in _SWITCHES if os.environ.get(name)]


def tracked_project() -> str:
    """The project of this process's trainings, or nothing."""
    return os.environ.get(PROJECT, "")


class Tracker:
    """One run in the tracker. `known` are the rows that it has from before a resume: they are not sent again."""

    def __init__(self, name: str, known: Sequence[LoggedStep]) -> None:
        self._last = max((row.step for row in known), default=0)
        self._trackio = need("trackio", "track")
        with redirect_stdout(io.StringIO()):
            self._trackio.init(
                project=tracked_project(),
                name=name,
                resume="allow" if known else "never",
                embed=False,
                auto_log_cpu=False,
                auto_log_gpu=False,
            )

    def log(self, row: LoggedStep) -> None:
        """Send a row, unless the run has that step."""
        if row.step > self._last:
            values = {name: value for name, value in asdict(row).items() if name not in ("stage", "step", "steps")}
            self._trackio.log({name: value for name, value in values.items() if value is not None}, step=row.step)

    def finish(self) -> None:
        """Wait until every row has arrived."""
        with redirect_stdout(io.StringIO()):
            self._trackio.finish()
