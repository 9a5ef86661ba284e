"""`selfsown validate`: say everything that is wrong with files, or with what a branch brings.

What a branch brings is read as git objects and measured by the rules of the base: nothing of it is checked out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from selfsown.cli.annotations import choose_annotated, harmless, render_annotation, render_rest
from selfsown.cli.console import progress, say, write_json, write_machine
from selfsown.cli.job_summary import append_summary, render_findings
from selfsown.cli.place import find_checkout, open_repository, today
from selfsown.errors import UsageError
from selfsown.finding import Finding
from selfsown.pull.reading import read_submission
from selfsown.rulebook import load_folder_rulebook
from selfsown.rules import RULES
from selfsown.strict_json import REFUSALS
from selfsown.validate import Counts, Validation, validate_files

HELP = "Say everything that is wrong with files, or with what a branch brings."


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders (default: corpus/)")
    parser.add_argument(
        "--base", metavar="REF", help="look at what HEAD brings over this ref, by the rules of this ref"
    )
    parser.add_argument("--head", metavar="REF", help="the branch, tag or commit to look at (with --base)")
    parser.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="text for people, json for machines, github for annotations in GitHub Actions",
    )
    parser.add_argument("--rules", action="store_true", help="list the rules instead, one a line")


def run(args: argparse.Namespace) -> int:
    """Validate and print; 0 fine (warnings included), 1 problems."""
    if args.rules:
        for line in render_rules():
            write_machine(line)
        return 0
    validation = _validate(args)
    if args.format == "json":
        write_json(validation.to_json())
        return 0 if validation.is_fine else 1
    summary = render_summary(validation.counts)
    shown, rest = choose_annotated(validation.findings) if args.format == "github" else ([], validation.findings)
    for finding in shown:
        write_machine(render_annotation(finding))
    for finding in rest:
        write_machine(harmless(render_finding(finding)))
    if args.format == "github":
        if rest:
            write_machine(render_rest(rest))
        append_summary(render_findings(summary, validation.findings))
    say(summary, style="green" if validation.is_fine else "bold red")
    return 0 if validation.is_fine else 1


def render_rules() -> Iterator[str]:
    """One line per rule: its number, and what it asks for; first the ways in which a line can be unreadable."""
    for number, name in REFUSALS:
        yield f"{number} {name}: a line that two readers could read differently, or not at all, is refused."
    for rule in RULES:
        yield str(rule.__doc__).partition("\n")[0]


def _validate(args: argparse.Namespace) -> Validation:
    if args.base is None and args.head is None:
        return _validate_paths(args.paths)
    if args.paths or args.base is None or args.head is None:
        raise UsageError(
            "--base and --head go together, and without PATH", "selfsown validate --base main --head BRANCH"
        )
    with open_repository() as repository:
        return read_submission(repository, args.base, args.head, today()).validation


def _validate_paths(paths: list[Path]) -> Validation:
    checkout = find_checkout()
    if not paths:
        if checkout is None or not (checkout / "corpus").is_dir():
            raise UsageError("there is no corpus/ here", "name the files, or change into a Selfsown repository")
        paths = [checkout / "corpus"]
    return validate_files(
        paths,
        checkout or Path.cwd(),
        load_folder_rulebook(checkout),
        today(),
        keep_entries=False,
        watch=lambda materials: progress(materials, "validating", len(materials)),
    )


def render_finding(finding: Finding) -> str:
    """Three lines for people. Nothing of a contribution begins a line, and every part of a finding is inert."""
    return (
        f"{finding.level.value} {finding.number} {finding.name}  {finding.location}\n"
        f"  {finding.message}\n"
        f"  tip: {finding.tip}"
    )


def render_summary(counts: Counts) -> str:
    """One sentence that says how it went."""
    looked = f"{_count(counts.records, 'record')} in {_count(counts.files, 'file')}"
    if not counts.errors and not counts.warnings:
        return f"Fine: {looked}, nothing to mend."
    found = f"{_count(counts.errors, 'problem')} and {_count(counts.warnings, 'warning')}"
    verdict = "To mend" if counts.errors else "Fine, with warnings"
    return f"{verdict}: {found} ({looked})."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
