"""Copy files to the folder of an artifact as actions/upload-artifact does: the folders above all of them are left out."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import zlib
from pathlib import Path

FORBIDDEN = re.compile(r'[\\/":<>|*?\r\n]')


def find_files(patterns: list[str], *, hidden: bool) -> dict[Path, Path]:
    """Each file and the folder it is relative to."""
    found: dict[Path, Path] = {}
    roots: list[Path] = []
    for pattern in (line for line in patterns if not line.startswith("!")):
        for name in glob.glob(pattern, recursive=True, include_hidden=hidden):  # noqa: PTH207 - the pattern may be absolute
            place = Path(name).resolve()
            files = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
            roots.append(place if place.is_dir() and not glob.has_magic(pattern) else place.parent)
            found |= dict.fromkeys(path for path in files if hidden or not is_hidden(path, place))
    for pattern in (line[1:] for line in patterns if line.startswith("!")):
        for name in glob.glob(pattern, recursive=True, include_hidden=True):  # noqa: PTH207
            found = {path: root for path, root in found.items() if not path.is_relative_to(Path(name).resolve())}
    top = Path(os.path.commonpath(roots)) if roots else Path()
    return dict.fromkeys(found, top)


def is_hidden(path: Path, place: Path) -> bool:
    """Whether a name below the folder asked for, or the file's own, begins with a dot."""
    names = path.relative_to(place).parts if place.is_dir() else (path.name,)
    return any(name.startswith(".") for name in names)


def main() -> None:
    inputs = json.loads(os.environ["INPUTS"])
    name = inputs["name"]
    if not name or FORBIDDEN.search(name):
        raise SystemExit(f"::error::the artifact name is not valid: {name!r}")
    retention = inputs["retention-days"] or "0"
    if not retention.isdigit() or int(retention) > 90:
        raise SystemExit(f"::error::invalid retention-days: {retention!r}")
    patterns = [line.strip() for line in inputs["path"].splitlines() if line.strip()]
    files = find_files(patterns, hidden=inputs["include-hidden-files"] == "true")
    if not files:
        sentence = f"No files were found with the provided path: {inputs['path']}. No artifacts will be uploaded."
        if inputs["if-no-files-found"] == "error":
            raise SystemExit(f"::error::{sentence}")
        print(f"::warning::{sentence}" if inputs["if-no-files-found"] == "warn" else sentence)
        return
    target = Path(os.environ["DOUBLE_ARTIFACTS"]) / os.environ["DOUBLE_RUN"] / name
    if target.exists():
        if inputs["overwrite"] != "true":
            raise SystemExit("::error::Conflict: an artifact with this name already exists on the workflow run")
        shutil.rmtree(target)
    for path, top in sorted(files.items()):
        place = target / path.relative_to(top)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as out:
        out.write(f"artifact-id={zlib.crc32(name.encode())}\n")
    print(f"Artifact {name} has been successfully uploaded: {len(files)} files")


main()
