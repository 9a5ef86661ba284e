"""Findings as GitHub workflow commands, which the Actions runner turns into annotations.

The runner takes a line for a command where it begins with `::`, after white space too, and where `##[` stands anywhere
in it (ActionCommand.cs). So whatever else is printed there passes through `harmless` first. Escaping is that of the
actions toolkit (packages/core/src/command.ts): % CR LF in the message, and : , besides in the properties.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from selfsown.finding import Finding, Level

MOST_OF_A_LEVEL = 10  # GitHub shows no more annotations of a level for one step

_COMMAND = re.compile(r"^(\s*):(?=:)|##\[", re.MULTILINE)


def harmless(text: str) -> str:
    """`text` with what would make a line of it a command shown as `\\u{XXXX}`."""
    return _COMMAND.sub(lambda match: "##\\u{5B}" if match[0] == "##[" else f"{match[1]}\\u{{3A}}", text)


def choose_annotated(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings that GitHub will show as annotations, errors first, and the rest."""
    shown: list[Finding] = []
    rest: list[Finding] = []
    counts: Counter[Level] = Counter()
    for finding in sorted(findings, key=lambda finding: finding.level is not Level.ERROR):
        counts[finding.level] += 1
        (shown if counts[finding.level] <= MOST_OF_A_LEVEL else rest).append(finding)
    return shown, rest


def render_rest(rest: Sequence[Finding]) -> str:
    """The annotation that says how many findings have none."""
    errors = sum(finding.level is Level.ERROR for finding in rest)
    return f"::notice title=more::{errors} more errors and {len(rest) - errors} more warnings stand in the log of this step."


def render_annotation(finding: Finding) -> str:
    """One line such as `::error file=corpus/…,line=3,title=S305 hidden-characters::messages[1].content: …`."""
    place = finding.location
    properties = {"file": place.path, "line": place.line, "title": f"{finding.number} {finding.name}"}
    listed = ",".join(
        f"{name}={escape_property(str(value))}" for name, value in properties.items() if value is not None
    )
    field = "" if place.field is None else f"{place.field}: "
    return f"::{finding.level.value} {listed}::{escape_data(f'{field}{finding.message}. Tip: {finding.tip}.')}"


def escape_data(text: str) -> str:
    """The message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
