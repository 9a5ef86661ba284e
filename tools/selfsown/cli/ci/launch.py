"""`selfsown ci launch`: start a training elsewhere, by a job of training/jobs, and mark its commit as being trained.

The job brings its round back itself: `selfsown ci propose` there, which sets the same status to how it came out.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
from pathlib import Path

from selfsown.cli import hosting
from selfsown.cli.ci.arguments import add_publish, read_sha
from selfsown.cli.ci.due import add_recipe
from selfsown.cli.console import say, write_json
from selfsown.cli.place import open_repository
from selfsown.due import CONTEXT
from selfsown.errors import SelfsownError, UsageError
from selfsown.host import StatusState

HELP = "Start a training elsewhere, by a job of training/jobs."

JOBS = Path("training/jobs")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}", re.ASCII)
_OURS = ("GITHUB_TOKEN", "SELFSOWN_APP_KEY")
_LONGEST = 1800  # seconds; a job is handed over, not waited for


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the step."""
    parser.add_argument("job", help="the name of a script in training/jobs, without .sh")
    add_recipe(parser)
    parser.add_argument("--commit", metavar="SHA", type=read_sha, required=True, help="the commit to train on")
    add_publish(parser)


def run(args: argparse.Namespace) -> int:
    """0 the job has been handed over (or would be, without --publish); 3 where its script fails."""
    with open_repository() as repository:
        script = find_job(repository.root, args.job)
    if not args.publish:
        say(f"would mark {args.commit[:12]} as being trained and run {JOBS}/{script.name}")
        write_json({"outcome": "planned", "job": args.job})
        return 0
    host = hosting.open_host()
    host.set_status(args.commit, CONTEXT, StatusState.PENDING, f"a round is being trained: {args.job}", None)
    try:
        start(script, args.commit, args.recipe)
    except SelfsownError:
        host.set_status(args.commit, CONTEXT, StatusState.ERROR, f"the job {args.job} did not start", None)
        raise
    say(f"{args.job} has the job: its round comes as a pull request", style="bold green")
    write_json({"outcome": "launched", "job": args.job})
    return 0


def find_job(root: Path, name: str) -> Path:
    """The script of a job. Raises UsageError where there is none of this name."""
    path = root / JOBS / f"{name}.sh"
    if not _NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        known = ", ".join(sorted(entry.stem for entry in (root / JOBS).glob("*.sh"))) or "none"
        raise UsageError(f"there is no job {name!r} in {JOBS}", f"jobs there: {known}")
    return path


def start(script: Path, commit: str, recipe: str) -> None:
    """Hand a job over: its script gets COMMIT, RECIPE and our environment, but no token. Raises SelfsownError where it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    environment |= {"COMMIT": commit, "RECIPE": recipe}
    try:
        # Its output is for people: stdout is ours to print one line of JSON.
        done = subprocess.run(["bash", str(script)], env=environment, stdout=2, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise SelfsownError(
            f"{JOBS}/{script.name} did not end in {_LONGEST} seconds", "a job is handed over"
        ) from error
    if done.returncode != 0:
        raise SelfsownError(f"{JOBS}/{script.name} ended with {done.returncode}", "what it said stands above")
