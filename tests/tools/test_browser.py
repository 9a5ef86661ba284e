"""The browser is the one that is here, or Debian's; and who has neither is told what to do."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("browser_of_tools", FOLDER / "browser.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.delenv(module.VARIABLE, raising=False)
    return module


def write_program(path: Path, script: str = "") -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_one_that_is_named_is_taken(browser: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mine = write_program(tmp_path / "mine")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(browser.VARIABLE, str(mine))
    assert browser.find_browser() == mine
    assert browser.main() == 0


def test_one_on_the_path_is_found(browser: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    theirs = write_program(tmp_path / "google-chrome")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_browser() == theirs


@pytest.mark.parametrize("is_root", [True, False])
def test_where_there_is_none_the_error_says_what_to_do(
    browser: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_root: bool,
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0 if is_root else 1000)
    if not is_root:
        write_program(tmp_path / "apt-get", "exit 9")
    assert browser.main() == 1
    assert "apt-get install chromium" in capsys.readouterr().err


def test_root_gets_debians(browser: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calls = tmp_path / "calls"
    target = tmp_path / "chromium"
    write_program(
        tmp_path / "apt-get",
        f'echo $1 >> {calls}\n[ $1 = update ] || {{ echo "#!/bin/sh" > {target}; /bin/chmod 755 {target}; }}',
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    assert browser.main() == 0
    assert calls.read_text().split() == ["update", "install"]
    assert browser.find_browser() == target


def test_what_apt_said_is_told(
    browser: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    write_program(tmp_path / "apt-get", "echo 'E: no such package' >&2\nexit 100")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    assert browser.main() == 1
    assert "no such package" in capsys.readouterr().err
