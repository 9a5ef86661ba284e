"""What the tests are checked against comes from where it was pinned, or not at all; and only once."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def fetch() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_of_tools", FOLDER / "fetch.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def npm(tmp_path: Path) -> list[Path]:
    """An `npm pack` that gives an archive of one file, and another where it is told so."""
    archive = tmp_path / "made" / "thing-1.0.0.tgz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo("package/a.txt")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    script = tmp_path / "npm"
    script.write_text(f'#!/bin/sh\ncp {archive} "$4"/\n')
    script.chmod(0o755)
    return [script]


def test_only_what_is_pinned_is_used(fetch: ModuleType, npm: list[Path], tmp_path: Path):
    (tmp_path / "down").mkdir()
    wrong = fetch.Package("thing", "1.0.0", "bm90IHRoaXM=")
    with pytest.raises(fetch.FetchError, match="not the pinned one"):
        fetch.download(wrong, npm, tmp_path / "down")


def test_nothing_is_written_outside_the_folder(fetch: ModuleType, tmp_path: Path):
    archive = tmp_path / "bad.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("package/../../../escaped.txt"))
    tools = tmp_path / "tools"
    tools.mkdir()
    with pytest.raises(tarfile.FilterError):
        fetch.unpack(fetch.Package("thing", "1.0.0", ""), archive, tools)
    assert not list(tmp_path.rglob("escaped.txt"))


def test_a_failing_npm_is_said_in_a_sentence(fetch: ModuleType, tmp_path: Path):
    script = tmp_path / "npm"
    script.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(fetch.FetchError, match=r"npm could not fetch thing@1\.0\.0 \(no network\)"):
        fetch.download(fetch.Package("thing", "1.0.0", ""), [script], tmp_path)


def test_a_second_run_does_nothing_and_needs_nothing(tmp_path: Path):
    tools = Path(sys.prefix) / "tools"
    before = {path: path.stat().st_mtime_ns for path in tools.rglob("*.json")}
    assert before, "run `make tools`"
    command = [sys.executable, str(FOLDER / "fetch.py"), str(tools)]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert {path: path.stat().st_mtime_ns for path in tools.rglob("*.json")} == before


def test_no_registry_is_named(fetch: ModuleType):
    for name in ("fetch.py", "openapi.py"):
        assert "://" not in (FOLDER / name).read_text(encoding="utf-8")
    assert all(package.sha512.endswith("==") for package in fetch.PACKAGES)


def test_prose_goes_and_names_that_look_like_prose_stay(fetch: ModuleType, tmp_path: Path):
    text = {"type": "string", "description": "prose"}
    schema: dict[str, Any] = {
        "type": "object",
        "description": "prose",
        "properties": {"description": text, "tags": text},
    }
    answer = {"description": "prose", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/a"}}}}
    full = {
        "paths": {"/user": {"get": {"summary": "prose", "responses": {"200": answer}}}, "/gists": {"get": {}}},
        "components": {"schemas": {"a": schema, "b": schema}},
    }
    (tmp_path / "full.json").write_text(json.dumps(full))
    fetch.cut_openapi(tmp_path / "full.json", tmp_path / "cut.json")
    cut = json.loads((tmp_path / "cut.json").read_text())
    assert cut["paths"].keys() == {"/user"}
    kept = {"type": "object", "properties": {"description": {"type": "string"}, "tags": {"type": "string"}}}
    assert cut["components"] == {"schemas": {"a": kept}}
    assert "prose" not in json.dumps(cut)
