"""The page that GitHub shows for a workflow run: Markdown appended to the file that $GITHUB_STEP_SUMMARY names.

It is as public as a comment, so it holds only what a rendering made inert.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from selfsown.cli.console import say
from selfsown.finding import Finding
from selfsown.render.inert import visible
from selfsown.render.markdown import fence

_MOST_BYTES = 1024 * 1024
_MOST_FINDINGS = 200


def append_summary(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Append Markdown to the job's page; nothing where there is none. A page that cannot be written stops no step."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    content = f"{text}\n".encode("utf-8", "replace")
    try:
        with Path(path).open("ab") as stream:
            stream.write(content if len(content) <= _MOST_BYTES else b"The review is too long for this page.\n")
    except OSError as error:
        say(f"the job's summary was not written: {error.strerror}")


def render_findings(headline: str, findings: Sequence[Finding]) -> str:
    """The headline and the first findings in one code block."""
    if not findings:
        return f"{headline}\n"
    lines = [
        f"{finding.number} {finding.name}  {visible(str(finding.location), 200)}\n  {visible(finding.message, 400)}"
        for finding in findings[:_MOST_FINDINGS]
    ]
    left = len(findings) - len(lines)
    return "\n\n".join([headline, fence("\n".join([*lines, *([f"({left} more)"] if left else [])]))]) + "\n"
