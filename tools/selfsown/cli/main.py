"""The door: argv in, exit code out.

Exit codes: 0 fine, 1 the contribution has problems, 2 usage, 3 the tool failed, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from selfsown import __version__
from selfsown.cli.console import show_error, show_trace
from selfsown.cli.judge import PARTS as JUDGE_PARTS
from selfsown.cli.round import PARTS as ROUND_PARTS
from selfsown.cli.train import PARTS as TRAIN_PARTS
from selfsown.cli.verb import Verb
from selfsown.errors import SelfsownError

# In the loop's order; this is also the order of --help.
VERBS = (
    "chat",
    "serve",
    "submit",
    "import",
    "validate",
    "judge",
    "review",
    "ci",
    "train",
    "gate",
    "promote",
    "rollback",
    "withdraw",
    "round",
    "export",
    "status",
    "demo",
    "setup-github",
)

# Verbs of two words: `selfsown judge evaluate`. The first word alone goes on taking paths, or nothing.
PARTS = {"judge": JUDGE_PARTS, "train": TRAIN_PARTS, "round": ROUND_PARTS}

EPILOG = "exit codes: 0 fine, 1 the contribution has problems, 2 usage, 3 the tool failed"


def load_verb(name: str) -> Verb:
    """The module of a verb (`import` is a keyword, hence the underscore at the end of the modules' names)."""
    return cast(Verb, import_module(f"selfsown.cli.{name.replace('-', '_')}_"))


def load_part(name: str, part: str) -> Verb:
    """The module of the second word of a verb."""
    return cast(Verb, import_module(f"selfsown.cli.{name}.{part}"))


class _Parser(argparse.ArgumentParser):
    """Takes a verb of two words as one, before its arguments are looked at."""

    def parse_args(  # type: ignore[override]  # the overloads differ in the namespace alone
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        """As `ArgumentParser.parse_args`."""
        words = list(sys.argv[1:] if args is None else args)
        if len(words) > 1 and words[1] in PARTS.get(words[0], ()):
            words[:2] = [f"{words[0]} {words[1]}"]
        return super().parse_args(words, namespace)


def build_parser(verbs: Sequence[str] = VERBS) -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(prog="selfsown", description="A git repository that grows its own training data.", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"selfsown {__version__}")
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=argparse.ArgumentParser)
    for name in verbs:
        verb = load_verb(name)
        command = commands.add_parser(name, help=verb.HELP, description=verb.HELP, epilog=EPILOG)
        verb.configure(command)
        command.set_defaults(run=verb.run)
        parts = {part: load_part(name, part) for part in PARTS.get(name, ())}
        if parts:
            command.formatter_class = argparse.RawDescriptionHelpFormatter
            command.description = f"{verb.HELP}\n\n{_render_parts(name, parts)}"
        for part, module in parts.items():
            command = commands.add_parser(f"{name} {part}", description=module.HELP, epilog=EPILOG)
            module.configure(command)
            command.set_defaults(run=module.run)
    return parser


def _render_parts(name: str, parts: Mapping[str, Verb]) -> str:
    width = max(map(len, parts))
    lines = [f"  selfsown {name} {part:{width}}  {module.HELP}" for part, module in parts.items()]
    return "\n".join(["more of it (each has --help; a folder of such a name is ./NAME):", *lines])


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
