"""Copy artifacts of a run: the one of a name into the path itself, several into a folder each."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
from pathlib import Path


def main() -> None:
    inputs = json.loads(os.environ["INPUTS"])
    run = Path(os.environ["DOUBLE_ARTIFACTS"]) / (inputs["run-id"] or os.environ["DOUBLE_RUN"])
    there = sorted(path.name for path in run.iterdir()) if run.is_dir() else []
    target = Path(inputs["path"] or ".").resolve()
    if inputs["name"]:
        if inputs["name"] not in there:
            raise SystemExit(f"::error::Unable to download artifact(s): Artifact not found for name: {inputs['name']}")
        shutil.copytree(run / inputs["name"], target, dirs_exist_ok=True)
    else:
        for name in fnmatch.filter(there, inputs["pattern"] or "*"):
            place = target if inputs["merge-multiple"] == "true" else target / name
            shutil.copytree(run / name, place, dirs_exist_ok=True)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as out:
        out.write(f"download-path={target}\n")


main()
