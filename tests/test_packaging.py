"""What is installed: two packages and the rules, nothing loose; and a base installation that works without extras."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import selfsown

ROOT = Path(__file__).resolve().parents[1]
SOURCE = 'id = "zoo"\ntitle = "t"\nlicense = "CC0-1.0"\norigin = "o"\ncontact = "c"\nconsent = "s"\n'
CHAT = '{"messages":[{"role":"user","content":"Name a large animal."},{"role":"assistant","content":"An elephant."}]}\n'


def tracked(folder: str) -> set[str]:
    found = subprocess.run(
        ["git", "ls-files", "-z", "--", folder], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {name for name in found.stdout.split("\0") if name}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A wheel and a source distribution, built from the tracked files without isolation and without a network."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    tree = tmp_path_factory.mktemp("tree")
    for name in sorted(tracked(".")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    folder = tmp_path_factory.mktemp("dist")
    code = "from hatchling.build import build_wheel, build_sdist\nimport sys\nbuild_wheel(sys.argv[1])\nbuild_sdist(sys.argv[1])"
    offline = os.environ | {"PIP_NO_INDEX": "1"}
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=tree, check=True, capture_output=True, env=offline)
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_exactly_the_two_packages_and_the_rules(wheel):
    packages = {name.removeprefix("tools/") for name in tracked("tools")}
    packages |= {name.removeprefix("training/") for name in tracked("training/selfsown_train")}
    packages |= {f"selfsown/{name}" for name in tracked("schema")}
    info = f"selfsown-{selfsown.__version__}.dist-info/"
    found = {name for name in wheel.namelist() if not name.startswith(info)}
    assert found == packages
    assert {name.partition("/")[0] for name in found} == {"selfsown", "selfsown_train"}


@pytest.mark.parametrize(
    "name",
    [
        "selfsown/cli/demo_conversations.json",
        "selfsown/schema/policy.toml",
        "selfsown/schema/rubric.toml",
        "selfsown/schema/conversation.schema.json",
        "selfsown/py.typed",
        "selfsown_train/py.typed",
    ],
)
def test_what_the_code_reads_is_in_the_wheel(wheel, name):
    assert name in wheel.namelist()


def test_every_template_is_in_the_wheel(wheel):
    templates = {name.removeprefix("tools/") for name in tracked("tools") if not name.endswith(".py")}
    assert any("html" in name for name in templates)
    assert templates <= set(wheel.namelist())


def test_the_wheel_has_metadata_licence_and_command(wheel):
    info = f"selfsown-{selfsown.__version__}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {selfsown.__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert "selfsown = selfsown.cli.main:main" in wheel.read(f"{info}/entry_points.txt").decode()


def test_the_source_distribution_has_no_data_and_no_tests(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "schema/policy.toml"} <= names
    top = {name.partition("/")[0] for name in names}
    assert top <= {
        "tools",
        "training",
        "schema",
        "LICENSES",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "PKG-INFO",
        ".gitignore",
    }
    assert {name.split("/")[1] for name in names if name.startswith("training/")} == {"selfsown_train"}


def test_nothing_loose_lies_beside_the_packages():
    assert sorted(path.name for path in (ROOT / "tools").iterdir() if path.name != "__pycache__") == ["selfsown"]
    assert [path.name for path in (ROOT / "training").glob("*.py")] == []
    folders = {path.parent.name for path in (ROOT / "training").glob("*/__init__.py")}
    assert folders == {"selfsown_train"}


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in project
    assert "version" in project["dynamic"]
    assignments = [
        path.relative_to(ROOT).as_posix()
        for folder in ("tools", "training")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__version__" for t in node.targets)
    ]
    assert assignments == ["tools/selfsown/__init__.py"]


def test_constraints_pin_what_the_install_command_names():
    from selfsown.extras import TORCH

    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert TORCH in pinned


@pytest.fixture
def run(without_extras: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command of the unpacked wheel, with every optional library absent."""

    def run(*arguments: object, at: Path, path: Path) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(path), "NO_COLOR": "1", "PYTHONSAFEPATH": "1"}
        for kind in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{kind}_NAME": "a", f"GIT_{kind}_EMAIL": "a@example.org"}
        code = (
            without_extras + f"import selfsown\nassert selfsown.__file__.startswith({str(path)!r}), selfsown.__file__\n"
        )
        code += "from selfsown.cli.main import main\nraise SystemExit(main())\n"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, cwd=at, env=environment, check=False, capture_output=True, text=True, timeout=60)

    return run


def test_a_base_installation_submits_validates_and_reviews(wheel, tmp_path, run):
    installed, root = tmp_path / "installed", tmp_path / "repository"
    wheel.extractall(installed)  # noqa: S202 - our own, built a moment ago
    for name in sorted(tracked("schema")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    for arguments in (["init", "-q", "-b", "main"], ["add", "--all"], ["commit", "-q", "-m", "base"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)
    (root / "corpus/sources").mkdir(parents=True)
    (root / "corpus/sources/zoo.toml").write_text(SOURCE)
    (tmp_path / "chats.jsonl").write_text(CHAT)

    submitted = run(
        "submit", tmp_path / "chats.jsonl", "--source", "zoo", "--license", "CC0-1.0", at=root, path=installed
    )
    assert submitted.returncode == 0, submitted.stderr
    branch = submitted.stdout.strip()
    assert re.fullmatch(r"submit/zoo-[0-9a-f]{12}", branch)
    validated = run("validate", "--base", "main", "--head", branch, at=root, path=installed)
    assert validated.returncode == 0, validated.stdout + validated.stderr
    reviewed = run("review", "--base", "main", "--head", branch, "--html", tmp_path / "r.html", at=root, path=installed)
    assert reviewed.returncode == 0, reviewed.stderr
    assert "Name a large animal." in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert run("judge", tmp_path / "chats.jsonl", at=tmp_path, path=installed).returncode in (0, 1)
    assert run("status", "--format", "json", at=root, path=installed).returncode == 0
