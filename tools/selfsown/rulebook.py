"""The rulebook: policy, rubric, schemas and sources, read together from one place.

For a pull request that place is the base ref, never the pull request: what is good is not for a contribution to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from selfsown.errors import SelfsownError
from selfsown.judgement import Rubric, load_rubric
from selfsown.policy import Policy, load_policy
from selfsown.schemas import NAMES, Schema, load_schema
from selfsown.source import Source, load_source

ReadFile = Callable[[str], bytes | None]
ListFolder = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What governs a contribution."""

    policy: Policy
    rubric: Rubric
    schemas: Mapping[str, Schema]
    sources: Mapping[str, Source]


def load_rulebook(read_file: ReadFile, list_folder: ListFolder) -> Rulebook:
    """Read a rulebook through two functions over repository paths (a folder's, or a git ref's).

    Raises SelfsownError where schema/ is missing and BadConfig where a file of it does not read.
    """

    def need(path: str) -> bytes:
        content = read_file(path)
        if content is None:
            raise SelfsownError(
                f"{path} is missing", "run this in a Selfsown repository, or merge its schema/ folder first"
            )
        return content

    sources = {}
    for path in list_folder("corpus/sources"):
        if path.endswith(".toml"):
            source = load_source(need(path).decode("utf-8"), path)
            sources[source.id] = source
    paths = {name: f"schema/{name}.schema.json" for name in NAMES}
    return Rulebook(
        policy=load_policy(need("schema/policy.toml").decode("utf-8")),
        rubric=load_rubric(need("schema/rubric.toml").decode("utf-8")),
        schemas={name: load_schema(name, need(path), path) for name, path in paths.items()},
        sources=sources,
    )


def folder_reader(root: Path) -> tuple[ReadFile, ListFolder]:
    """The two functions of `load_rulebook` over the folder `root`."""

    def read_file(path: str) -> bytes | None:
        file = root / path
        return file.read_bytes() if file.is_file() else None

    def list_folder(path: str) -> list[str]:
        folder = root / path
        return sorted(f"{path}/{file.name}" for file in folder.iterdir()) if folder.is_dir() else []

    return read_file, list_folder


def load_folder_rulebook(root: Path | None) -> Rulebook:
    """The rulebook of the checkout at `root`. Where it has no schema/, or there is no checkout, the packaged rules hold.

    Sources are those of the checkout alone: another repository's sources say nothing here.
    """
    read_packaged, _ = folder_reader(_packaged())
    if root is None:
        return load_rulebook(read_packaged, lambda _: [])
    read_file, list_folder = folder_reader(root)
    if (root / "schema").is_dir():
        return load_rulebook(read_file, list_folder)
    return load_rulebook(
        lambda path: read_packaged(path) if path.startswith("schema/") else read_file(path), list_folder
    )


def _packaged() -> Path:
    """The folder that holds `schema/`: this package in a wheel, the checkout in an editable installation."""
    package = Path(__file__).resolve().parent
    return package if (package / "schema").is_dir() else package.parents[1]
