"""The exact command that installs what is missing, for every way this may be installed."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest

from selfsown import extras
from selfsown.errors import MissingExtra
from selfsown.extras import TORCH, install_command, need


def installed(monkeypatch, record: object) -> None:
    text = None if record is None else json.dumps(record)
    monkeypatch.setattr(extras, "distribution", lambda _: SimpleNamespace(read_text=lambda _: text))


def pip_arguments() -> list[str]:
    """What pip is asked for after torch."""
    first, _, second = install_command("train").partition(" && ")
    assert shlex.split(first) == [sys.executable, "-m", "pip", "install", TORCH]
    pip, arguments = shlex.split(second)[:4], shlex.split(second)[4:]
    assert pip == [sys.executable, "-m", "pip", "install"]
    return arguments


@pytest.mark.parametrize(
    ("record", "arguments"),
    [
        ({"url": "file:///some/check%20out", "dir_info": {"editable": True}}, ["-e", "/some/check out[train]"]),
        ({"url": "file:///some/checkout", "dir_info": {}}, ["/some/checkout[train]"]),
        ({"url": "file:///w/selfsown-0.1.0-py3-none-any.whl", "archive_info": {}}, ["/w/selfsown-0.1.0-py3-none-any.whl[train]"]),
        ({"url": "https://example.org/selfsown.git", "vcs_info": {"vcs": "git", "commit_id": "1"}}, ["selfsown[train] @ git+https://example.org/selfsown.git@1"]),
        ({"url": "https://example.org/s.whl", "archive_info": {}}, ["selfsown[train] @ https://example.org/s.whl"]),
        (None, ["selfsown[train]"]),
    ],
)  # fmt: skip
def test_the_command_names_this_installation(monkeypatch, record, arguments):
    installed(monkeypatch, record)
    assert pip_arguments() == arguments


@pytest.mark.parametrize("extra", ["github", "api", "evaluate"])
def test_torch_is_named_only_where_it_is_needed(monkeypatch, extra):
    installed(monkeypatch, None)
    assert shlex.split(install_command(extra)) == [sys.executable, "-m", "pip", "install", f"selfsown[{extra}]"]


def test_the_extras_that_need_no_torch_are_those_that_bring_none(checkout):
    extras_of = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    light = {
        name for name, needs in extras_of.items() if not any(it.startswith(("torch", "selfsown[")) for it in needs)
    }
    assert {name for name in extras_of if TORCH not in install_command(name)} == light


def test_without_any_record_the_name_is_enough(monkeypatch):
    def missing(_):
        raise PackageNotFoundError

    monkeypatch.setattr(extras, "distribution", missing)
    assert pip_arguments() == ["selfsown[train]"]


def test_what_is_there_is_imported():
    assert need("json", "train") is json


def test_what_is_missing_is_named_with_the_command():
    with pytest.raises(MissingExtra, match=r"'train' extra \(no_such_library is not installed\)") as caught:
        need("no_such_library.part", "train")
    assert caught.value.tip == install_command("train")
    assert caught.value.exit_code == 3


def test_without_pygithub_the_door_names_its_extra_and_no_torch(without_extras):
    blocked = without_extras.replace("BLOCKED = {", 'BLOCKED = {"github", ')
    program = f"{blocked}\nfrom selfsown.extras import need\ntry:\n    need('selfsown.github', 'github')\n"
    program += "except Exception as error:\n    print(type(error).__name__, error, error.tip)\n"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith("MissingExtra this needs the 'github' extra (github is not installed)")
    assert "[github]" in said
    assert "torch" not in said


def test_a_defect_of_our_own_is_not_taken_for_a_missing_extra():
    with pytest.raises(ModuleNotFoundError, match=r"selfsown\.no_such_module"):
        need("selfsown.no_such_module", "train")
