"""`selfsown setup-github`: what a repository on GitHub needs beside its files; printed, applied, or checked for drift."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from selfsown.cli import hosting
from selfsown.cli.console import say, write_machine
from selfsown.cli.place import open_repository
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.host import HostError
from selfsown.render.inert import visible
from selfsown.setup.drift import decide_drift
from selfsown.setup.settings import Change, Present, Wanted
from selfsown.setup.wanted import ENVIRONMENTS, Choices, decide_wanted, read_ruleset

HELP = "Print, apply or check what a repository on GitHub needs: labels, ruleset, environments, variables."

_CODE_OWNERS = Path(".github/CODEOWNERS")
_PLACEHOLDER = "@OWNER"
_MOST_SHOWN = 600  # characters of a sentence
_DEFAULT_SERVER = "https://github.com"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--repository", metavar="OWNER/NAME", help="which one (default: $GITHUB_REPOSITORY, or origin)")
    parser.add_argument(
        "--judge", metavar="SPEC", help="features, offline, local:NAME or api (default: what is set, or features)"
    )
    parser.add_argument("--api-url", metavar="URL", help="address of the judge's API, up to /v1 (with --judge api)")
    parser.add_argument("--api-model", metavar="NAME", help="name of the judge's model there (with --judge api)")
    parser.add_argument(
        "--app-id", metavar="N", type=read_app_id, help="the App that reviews, whose status alone counts"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--publish", action="store_true", help="make the changes (default: print them)")
    mode.add_argument("--check", action="store_true", help="list what has drifted; exit code 1 where something has")


def read_app_id(text: str) -> int:
    """The id of an App. Raises ArgumentTypeError on anything but a number."""
    if not re.fullmatch(r"[1-9][0-9]{0,11}", text):
        raise argparse.ArgumentTypeError("an App's id is a number; its page shows it")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0 as it should be, or printed or applied; 1 with --check where something has drifted."""
    with open_repository() as repository:
        root = repository.root
        name = args.repository or hosting.read_repository_name(repository)
    ruleset = read_ruleset(root)
    settings = need("selfsown.github_settings", "github").open_settings({**os.environ, "GITHUB_REPOSITORY": name})
    choices = Choices(args.app_id, args.judge, args.api_url, args.api_model)
    present = _read(settings, ruleset)
    wanted = decide_wanted(ruleset, choices, present.variables)
    drift = [*decide_drift(wanted, present), *_code_owners(root)]
    if args.publish:
        drift = _publish(settings, wanted, ruleset, drift, root)
    for line in render(drift, present.repository, is_done=args.publish):
        write_machine(line)
    if not args.check:
        for line in advise(wanted, present):
            say(line)
    return 1 if drift and args.check else 0


def _read(settings: Any, ruleset: dict[str, Any]) -> Present:
    found: Present = settings.read(str(ruleset["name"]), ENVIRONMENTS)
    return found


def _publish(settings: Any, wanted: Wanted, ruleset: dict[str, Any], drift: list[Change], root: Path) -> list[Change]:
    """Make every change, look again, and return what is still to do."""
    for change in drift:
        if not change.by_hand:
            try:
                settings.apply(change)
            except HostError as error:
                raise type(error)(
                    f"{change.sentence}: {error.message}", f"{error.tip}; then run this again: what is done is kept"
                ) from error
            say(f"done: {visible(change.sentence, _MOST_SHOWN)}")
    left = [*decide_drift(wanted, _read(settings, ruleset)), *_code_owners(root)]
    again = [change.sentence for change in left if not change.by_hand]
    if again:
        raise UsageError(
            f"GitHub did not keep: {'; '.join(again)}", "run it again; a policy of the organisation may forbid it"
        )
    return left


def _code_owners(root: Path) -> Iterator[Change]:
    path = root / _CODE_OWNERS
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else [_PLACEHOLDER]
    if any(_PLACEHOLDER in line for line in lines if not line.startswith("#")):
        sentence = (
            f"write your own account or team into {_CODE_OWNERS} instead of {_PLACEHOLDER}: until then nobody owns code"
        )
        yield Change(sentence, page=f"blob/main/{_CODE_OWNERS.as_posix()}")


def render(changes: Sequence[Change], repository: str, *, is_done: bool) -> Iterator[str]:
    """The plan in words: what the command does, then what a person has to do, and where."""
    ours = [change for change in changes if not change.by_hand]
    yours = [change for change in changes if change.by_hand]
    server = os.environ.get("GITHUB_SERVER_URL") or _DEFAULT_SERVER
    if not changes:
        yield f"{repository} is set up."
    if ours:
        yield f"{repository} needs {len(ours)} changes (`selfsown setup-github --publish` makes them):"
        yield from (f"  - {visible(change.sentence, _MOST_SHOWN)}" for change in ours)
    if yours:
        yield f"{'Left' if is_done else 'To do'} by hand:"
        for change in yours:
            yield f"  - {visible(change.sentence, _MOST_SHOWN)}"
            yield f"    {server}/{repository}/{change.page}"


def advise(wanted: Wanted, present: Present) -> Iterator[str]:
    """What is worth knowing, although nothing has to be done."""
    settings = f"{os.environ.get('GITHUB_SERVER_URL') or _DEFAULT_SERVER}/{present.repository}/settings"
    if wanted.may_approve:
        yield (
            "Without an App of your own, the reviews come from GitHub Actions: any workflow that runs with this repository's "
            "token can set the same status, a job in a fork's workflow file can carry its name, and GitHub lets "
            "GITHUB_TOKEN approve pull requests where it lets it open them. An App closes all three: --app-id N."
        )
    yield (
        f"Stricter, if you like: let the workflows of every outside contributor wait for you ({settings}/actions). "
        "Reviews come all the same, from the sweeper."
    )
