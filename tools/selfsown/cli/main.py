"""The door: argv in, exit code out.

Exit codes: 0 fine, 1 the contribution has problems, 2 usage, 3 the tool failed, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import cast

from selfsown import __version__
from selfsown.cli.console import show_error, show_trace
from selfsown.cli.verb import Verb
from selfsown.errors import SelfsownError

# In the loop's order; this is also the order of --help.
VERBS = (
    "chat",
    "submit",
    "import",
    "validate",
    "judge",
    "review",
    "ci",
    "train",
    "gate",
    "promote",
    "export",
    "status",
    "demo",
    "setup-github",
)

EPILOG = "exit codes: 0 fine, 1 the contribution has problems, 2 usage, 3 the tool failed"


def load_verb(name: str) -> Verb:
    """The module of a verb (`import` is a keyword, hence the underscore at the end of the modules' names)."""
    return cast(Verb, import_module(f"selfsown.cli.{name.replace('-', '_')}_"))


def build_parser(verbs: Sequence[str] = VERBS) -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="selfsown", description="A git repository that grows its own training data.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"selfsown {__version__}")
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in verbs:
        verb = load_verb(name)
        command = commands.add_parser(name, help=verb.HELP, description=verb.HELP, epilog=EPILOG)
        verb.configure(command)
        command.set_defaults(run=verb.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except SelfsownError as error:
        show_error(arguments.verb, error.message, error.tip)
        return error.exit_code
    except KeyboardInterrupt:
        show_error(arguments.verb, "interrupted", "run the same command again: finished steps are kept")
        return 130
    except BrokenPipeError:
        # `selfsown judge | head`: whoever reads has enough. What is still to be written at the exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the one broad except: everything unexpected is the tool's failure
        show_trace(traceback.format_exc())
        what = f"unexpected {type(error).__name__}: {error}"
        show_error(arguments.verb, what, "this is a defect: please report it with the lines above")
        return 3
    return code
