"""How the command line speaks: people read stderr, machines read stdout (or a file given by -o)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from selfsown.cli.annotations import harmless
from selfsown.render.inert import visible

Item = TypeVar("Item")

_MOST_SHOWN = 4000  # characters
_KEPT = "\n\t"

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def show_error(verb: str, message: str, tip: str) -> None:
    """One sentence and what to do, on stderr. What a file or its name brought into the sentence is inert."""
    say(f"selfsown {verb}: {visible(message, _MOST_SHOWN, keep=_KEPT)}", style="bold red")
    if tip:
        say(f"  tip: {visible(tip, _MOST_SHOWN, keep=_KEPT)}")


def show_trace(trace: str) -> None:
    """The end of a traceback, on stderr, inert: the exception may quote a contribution."""
    say(visible(trace[-_MOST_SHOWN:], _MOST_SHOWN, keep=_KEPT))


def say(text: str, style: str = "") -> None:
    """A line for people, on stderr. `text` is printed as it is, never as markup, and makes no workflow command."""
    err.print(Text(harmless(text), style=style))


def write_machine(text: str) -> None:
    """A line for machines, on stdout, exactly as it is."""
    sys.stdout.write(text + "\n")


def write_json(value: Any) -> None:
    """One line of JSON for machines, on stdout, that makes no workflow command."""
    write_machine(json.dumps(value, separators=(",", ":")).replace("##[", "##\\u005b"))


def write_result(text: str) -> None:
    """What a script wants to know, on stdout; a person at a terminal has read it on stderr already."""
    if not sys.stdout.isatty():
        write_machine(text)


def progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """Pass items on under a progress bar on stderr; silent where stderr is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield from bar.track(items, total=total, description=what)
