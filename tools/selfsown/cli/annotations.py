"""Findings as GitHub workflow commands, which the Actions runner turns into annotations.

The runner reads any line that begins with `::` as a command, so nothing of a contribution may begin a line. Escaping is
that of the actions toolkit (packages/core/src/command.ts): % CR LF in the message, and : , besides in the properties.
"""

from __future__ import annotations

from selfsown.finding import Finding


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
