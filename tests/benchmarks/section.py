"""A section of docs/benchmarks.md, written by the benchmark that it names."""

from __future__ import annotations

import re
from pathlib import Path


def write_section(path: Path, name: str, title: str, text: str) -> None:
    """Put what the benchmark `name` measured between its marks, or at the end of the file where there are none yet."""
    begin, end = (f"<!-- {name}: {word} -->" for word in ("begin", "end"))
    section = f"{begin}\n{text}\n{end}"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(old):
        new = pattern.sub(lambda _: section, old)
    else:
        command = f"python tests/benchmarks/{name}.py --write docs/benchmarks.md"
        new = f"{old.rstrip()}\n\n## {title}\n\nMade by `{command}`.\n\n{section}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new, encoding="utf-8")
