"""pip that installs the same files the same way only once: what the real one did then is laid down again.

A workflow installs the project in every job, seconds each time, from a checkout that is the same but for its data. The real
pip runs for whatever was not asked in these very words of this very source before; where it fails, nothing is kept.
"""

from __future__ import annotations

import compileall
import hashlib
import itertools
import json
import os
import runpy
import shutil
import sys
import tomllib
from pathlib import Path

SHIM = str(Path(__file__).resolve().parents[1])
KEPT = Path(os.environ["DOUBLE_INSTALLED"])
CHANGED = ("bin/*", "lib/*/site-packages/*.dist-info/direct_url.json")  # they name folders of the job


def read_source(folder: Path) -> list[Path]:
    """The files that a wheel of the project may be made of, as its own pyproject.toml has them."""
    build = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    named = [folder / name for name in build["targets"]["sdist"]["only-include"]]
    files = [path for place in named for path in (place.rglob("*") if place.is_dir() else [place])]
    return sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)


def digest(words: list[str], files: list[Path]) -> str:
    """One name for what is asked, with which settings, of which files."""
    told = hashlib.sha256(json.dumps([words, sorted(it for it in os.environ.items() if it[0][:4] == "PIP_")]).encode())
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        told.update(f"{os.path.relpath(path)} {path.stat().st_mode & 0o111} {content}\n".encode())
    return told.hexdigest()


def list_files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir()}


def run_pip() -> int:
    """The real pip, in this process, with the words of the command line."""
    sys.path.remove(SHIM)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip"]:
        del sys.modules[name]
    try:
        runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def keep(place: Path, new: set[str], folder: Path) -> None:
    """Copy what is new, compiled; the folder is there whole or not at all."""
    half = folder.with_suffix(f".{os.getpid()}")
    for name in new:
        (half / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place / name, half / "files" / name)
    (half / "files").mkdir(parents=True, exist_ok=True)
    compileall.compile_dir(half / "files", quiet=2)
    (half / "places.json").write_text(json.dumps([str(place), str(Path.cwd())]), encoding="utf-8")
    half.rename(folder)


def lay_down(folder: Path, place: Path) -> None:
    shutil.copytree(folder / "files", place, dirs_exist_ok=True)
    there = json.loads((folder / "places.json").read_text(encoding="utf-8"))
    for path in (path for pattern in CHANGED for path in (folder / "files").glob(pattern)):
        text = path.read_text(encoding="utf-8")
        for old, new in zip(there, (str(place), str(Path.cwd())), strict=True):
            text = text.replace(old, new)
        (place / path.relative_to(folder / "files")).write_text(text, encoding="utf-8")


def main() -> int:
    words, place = sys.argv[1:], Path(sys.prefix)
    constraint = [Path(it) for word, it in itertools.pairwise(words) if word == "--constraint"]
    constraint += [Path(it) for it in os.environ.get("PIP_CONSTRAINT", "").split()]
    is_project = any(word.startswith(".") for word in words)
    folder = KEPT / digest(words, constraint + (read_source(Path.cwd()) if is_project else []))
    if folder.is_dir():
        lay_down(folder, place)
        return 0
    before = list_files(place)
    code = run_pip()
    if code == 0 and words[:1] == ["install"] and not folder.is_dir():
        keep(place, list_files(place) - before, folder)
    return code


sys.exit(main())
