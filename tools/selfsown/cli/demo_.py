"""`selfsown demo`: the whole loop in a temporary clone, step by step, in words a newcomer understands."""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.rule import Rule

from selfsown.cli.console import err, say
from selfsown.cli.main import main as selfsown
from selfsown.cli.place import open_repository
from selfsown.errors import SelfsownError
from selfsown.extras import need
from selfsown.repo import Repository
from selfsown.round import POINTER, ROUNDS

HELP = "Run the whole loop in a temporary clone and show every step."

_CONVERSATIONS = Path(__file__).with_name("demo_conversations.json")
_SOURCE = """\
id = "demo"
title = "Conversations of the demonstration"
license = "CC0-1.0"
origin = "Written by the project for `selfsown demo`."
contact = "the maintainers of this repository"
consent = "Written by the project itself."
"""
_QUESTIONS = "What is 12 times 12?\nAre you sure?\n/end\n"


@dataclass(frozen=True, slots=True)
class Stage:
    """The temporary clone and what the steps have made so far."""

    repository: Repository
    started: float
    recipe: str

    @property
    def root(self) -> Path:
        """The clone."""
        return self.repository.root


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--keep-in", type=Path, metavar="DIR", help="clone into this new folder (default: a temporary one)"
    )
    parser.add_argument(
        "--recipe",
        default="tiny",
        metavar="RECIPE",
        help="train the round with this one: a name, or a file (default: tiny)",
    )


def run(args: argparse.Namespace) -> int:
    """0 the loop went round once."""
    for module, extra in (("trl", "train"), ("phonenumbers", "chat")):
        need(module, extra)
    recipe = str(Path(args.recipe).resolve()) if args.recipe.endswith(".toml") else args.recipe
    folder = args.keep_in.resolve() if args.keep_in else Path(tempfile.mkdtemp(prefix="selfsown-demo-")) / "clone"
    if folder.exists() and any(folder.iterdir()):
        raise SelfsownError(f"{folder} is not empty", "name a folder that is not there yet")
    with open_repository() as here:
        origin = here.root
    say("Selfsown is a git repository that grows its own training data. This shows one turn of the loop.", style="bold")
    say(f"Everything happens in a clone: {folder}")
    with Repository.clone(str(origin), folder) as clone, working_in(clone):
        go_round(Stage(clone, time.monotonic(), recipe))
    return 0


def go_round(stage: Stage) -> None:
    """The steps, in the loop's order."""
    step("1  Conversations become files", "A ShareGPT export is read; what cannot be taken is listed with the reason.")
    import_conversations(stage)
    step(
        "2  The files become a submission",
        "One commit on a branch that only adds files: what a pull request would bring.",
    )
    branch = submit(stage)
    step("3  Rules look at it", "What `validate` prints in GitHub Actions, on this machine.")
    call("validate", "--base", "main", "--head", branch)
    step(
        "4  A judge scores it, and the review is written",
        "Worst first, for a person to read. Nothing merges by itself.",
    )
    files = [str(stage.root.parent / name) for name in ("review.md", "review.html", "review.json")]
    call("review", "--base", "main", "--head", branch, "--markdown", files[0], "--html", files[1], "--json", files[2])
    step("5  A person merges", "Only what the review recommends; the demonstration plays contributor and maintainer.")
    merge_the_good(stage, branch, Path(files[2]))
    train_and_talk(stage)
    step("11 Where everything is", "")
    call("status")
    point_out(stage, files)


def train_and_talk(stage: Stage) -> None:
    """What follows a merge: a round, its gate, its promotion, and a chat with it."""
    step(
        "6  The merge trains a round",
        "The first time a tiny base model is built from nothing; later it is in the cache.",
    )
    call("train", stage.recipe)
    step(
        "7  Its judge is trained",
        "A second adapter on the same base: from people's ratings, conversations broken on purpose, and attacks.",
    )
    call("train", "judge")
    step("8  The gate measures both", "On conversations that never train, beside what is live now.")
    passed = call("gate", expected=(0, 1)) == 0
    if passed:
        step("9  It is promoted", "One pointer moves; moving it back is the rollback.")
        call("promote")
    else:
        step("9  It is not promoted", "The gate refused it, so nothing goes live; you talk to it all the same.")
    commit_round(stage)
    step(
        "10 The new round chats, and rates the conversation",
        "It has a million parameters: the loop works, its words do not.",
    )
    with typed(_QUESTIONS):
        call("chat", "--consent", "--round", "1")


def import_conversations(stage: Stage) -> None:
    """The demonstration's own file, with one entry that must be refused, into a folder beside the clone."""
    arguments = ("--source", "demo", "--license", "CC0-1.0", "--refused", str(stage.root.parent / "refused.jsonl"))
    call("import", str(_CONVERSATIONS), *arguments, "--to", str(stage.root.parent / "imported"), expected=(1,))


def submit(stage: Stage, only: frozenset[str] | None = None) -> str:
    """Put the imported conversations (or only those ids) on a branch, with their source; return its name."""
    source = stage.root / "corpus" / "sources" / "demo.toml"
    source.write_text(_SOURCE, encoding="utf-8")
    before = set(stage.repository.branches("submit/"))
    chosen = stage.root.parent / "chosen.jsonl"
    shards = sorted((stage.root.parent / "imported").rglob("*.jsonl"))
    lines = [line for shard in shards for line in shard.read_bytes().splitlines(keepends=True)]
    kept = [line for line in lines if only is None or any(name.encode() in line for name in only)]
    chosen.write_bytes(b"".join(kept))
    call("submit", str(chosen), "--format", "messages")
    source.unlink()
    return (set(stage.repository.branches("submit/")) - before).pop()


def merge_the_good(stage: Stage, branch: str, review: Path) -> None:
    """Merge what the review does not advise against."""
    import orjson

    rows = orjson.loads(review.read_bytes())["rows"]
    good = frozenset(row["id"] for row in rows if row["recommendation"] == "recommend")
    say(f"{len(good)} of {len(rows)} conversations are recommended; the contributor submits those")
    better = submit(stage, good) if len(good) < len(rows) else branch
    stage.repository.merge(better, f"Merge {better}")
    if better != branch:
        stage.repository.delete_branch(branch)
    say(f"merged {better} into main", style="bold green")


def commit_round(stage: Stage) -> None:
    """What a bot pull request would bring: the round file and the pointer."""
    files = sorted(path.relative_to(stage.root).as_posix() for path in (stage.root / ROUNDS).glob("[0-9]*.json"))
    stage.repository.write_commit([*files, POINTER.as_posix()], "Promote a round")


def point_out(stage: Stage, files: list[str]) -> None:
    """Where to look, and how long it took."""
    say("")
    say(f"the clone             {stage.root}")
    say(f"the review, to read   {files[1]}")
    say(f"the review, to post   {files[0]}")
    say(f"what was refused      {stage.root.parent / 'refused.jsonl'}")
    say(f"the round             {stage.root / ROUNDS}")
    say(f"one turn of the loop took {time.monotonic() - stage.started:.0f} s", style="bold")
    say(f"go on there: cd {stage.root} && {Path(sys.executable).with_name('selfsown')} chat")


def step(title: str, words: str) -> None:
    """The heading of a step."""
    err.print()
    err.print(Rule(title, align="left", style="bold"))
    if words:
        say(words, style="italic")


def call(*arguments: str, expected: tuple[int, ...] = (0,)) -> int:
    """Run a verb as a person would and return its exit code. Raises SelfsownError on one that is not expected."""
    say(f"$ selfsown {' '.join(arguments)}", style="dim")
    code = selfsown(arguments)
    sys.stdout.flush()
    if code not in expected:
        raise SelfsownError(f"`selfsown {arguments[0]}` ended with {code}", "the lines above say why")
    return code


@contextmanager
def working_in(clone: Repository) -> Iterator[None]:
    """Work in the clone, with an author for its commits."""
    before = Path.cwd()
    names = {"GIT_AUTHOR_NAME": "Selfsown demo", "GIT_AUTHOR_EMAIL": "demo@selfsown.example"}
    names |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in names.items()}
    os.environ.update(names)
    os.chdir(clone.root)
    try:
        yield
    finally:
        os.chdir(before)
        for name in names:
            os.environ.pop(name, None)


@contextmanager
def typed(text: str) -> Iterator[None]:
    """Let a verb read `text` as if a person typed it."""
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before
