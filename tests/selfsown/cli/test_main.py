"""The door: exit codes, what goes where, how fast it opens, and what is said when an extra is missing."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from selfsown import __version__
from selfsown.cli import main as door
from selfsown.cli.main import VERBS, build_parser, load_verb, main
from selfsown.errors import BadConfig, MissingExtra, RepoError, SelfsownError, UsageError
from selfsown.extras import install_command

HEAVY = ("torch", "transformers", "datasets", "peft", "trl", "pyarrow", "phonenumbers", "selfsown_train")
HEAVY += ("numpy", "scipy", "sklearn", "matplotlib")


@pytest.fixture
def verb(monkeypatch):
    """Replace what every verb does."""

    def replace(run):
        module = SimpleNamespace(HELP="Do it.", configure=lambda _: None, run=run)
        monkeypatch.setattr(door, "load_verb", lambda _: module)

    return replace


def raising(error):
    def run(_):
        raise error

    return run


@pytest.mark.parametrize("code", [0, 1])
def test_the_verb_decides_between_fine_and_problems(verb, code, capsys):
    verb(lambda _: code)
    assert main(["status"]) == code
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code"),
    [(SelfsownError, 3), (BadConfig, 3), (RepoError, 3), (MissingExtra, 3), (UsageError, 2)],
)
def test_an_error_is_a_sentence_and_a_tip_on_stderr(verb, capsys, error, code):
    verb(raising(error("the file is [bold]gone[/bold]", "bring it back")))
    assert main(["status"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "selfsown status: the file is [bold]gone[/bold]\n  tip: bring it back\n"


def test_a_traceback_cannot_act_either(verb, capsys):
    verb(raising(ZeroDivisionError("\x1b[31m\n::error::x ##[error]y")))
    main(["status"])
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in said.splitlines())


def test_a_verb_with_a_hyphen_is_a_module_with_an_underscore(monkeypatch):
    monkeypatch.setattr(door, "import_module", lambda name: name)
    assert load_verb("setup-github") == "selfsown.cli.setup_github_"


def test_ctrl_c_is_130_and_no_traceback(verb, capsys):
    verb(raising(KeyboardInterrupt()))
    assert main(["status"]) == 130
    said = capsys.readouterr()
    assert "interrupted" in said.err
    assert "Traceback" not in said.err


def test_what_nobody_expected_is_the_tools_failure(verb, capsys):
    verb(raising(ZeroDivisionError("by \x1b[31mzero")))
    assert main(["status"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "unexpected ZeroDivisionError" in said.err
    assert "please report it" in said.err
    assert "Traceback (most recent call last)" in said.err


def test_an_error_cannot_act_on_the_terminal(verb, capsys):
    verb(raising(SelfsownError("\x1b]0;title\x07\u202egnp.exe", "\x1b[2J")))
    main(["status"])
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\u{202E}" in said


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-verb"], ["status", "--no-such-option"], ["judge", "--format", "x"]]
)
def test_what_makes_no_sense_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: selfsown" in said.err


@pytest.fixture
def part(monkeypatch):
    """`selfsown judge count` as a verb of two words, which says what it was given."""

    def configure(parser):
        parser.add_argument("paths", nargs="*")
        parser.add_argument("--deep", action="store_true")

    given = []
    module = SimpleNamespace(HELP="Count it.", configure=configure, run=lambda args: given.append(args) or 1)
    monkeypatch.setattr(door, "load_part", lambda *_: module)
    monkeypatch.setattr(door, "PARTS", {"judge": ("count",)})
    return given


def test_a_verb_of_two_words_has_arguments_of_its_own(part):
    assert main(["judge", "count", "a", "b", "--deep"]) == 1
    assert (part[0].verb, part[0].paths, part[0].deep) == ("judge count", ["a", "b"], True)


@pytest.mark.parametrize("arguments", [["./count"], ["--format", "text", "count"]])
def test_only_the_second_word_makes_it_another_verb(part, capsys, arguments):
    assert main(["judge", *arguments]) == 2
    assert "count is not there" in capsys.readouterr().err
    assert part == []


def test_the_help_of_a_verb_names_its_second_words(part, capsys):
    for arguments in (["judge", "--help"], ["judge", "count", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
    first, second = capsys.readouterr().out.split("usage: selfsown judge ")[1:]
    assert "  selfsown judge count  Count it.\n" in first
    assert second.startswith("count [-h] [--deep]")


def test_a_second_word_stands_alone_no_first(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["count"])
    assert caught.value.code == 2
    assert "invalid choice: 'count'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in VERBS)])
def test_help_goes_to_stdout_and_names_the_exit_codes(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert "3 the tool failed" in " ".join(capsys.readouterr().out.split())


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"selfsown {__version__}\n"


def test_every_verb_is_a_sentence_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name in VERBS:
        assert " ".join(load_verb(name).HELP.split()) in shown
        assert load_verb(name).HELP.endswith(".")


def test_the_parser_is_built_without_anything_heavy(selfsown, tmp_path):
    code = "from selfsown.cli.main import build_parser\nbuild_parser()\nimport sys\n"
    code += f"print([name for name in {HEAVY} if name in sys.modules])"
    found = selfsown(at=tmp_path, code=code)
    assert found.stdout.strip() == "[]", found.stderr


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_configures_a_parser(name):
    assert build_parser([name]).prog == "selfsown"


@pytest.mark.parametrize("verb_name", ["status", "submit", "promote", "gate", "train", "chat"])
def test_outside_a_repository_the_tip_says_where_to_go(selfsown, tmp_path, verb_name):
    found = selfsown(verb_name, at=tmp_path)
    assert found.returncode == 3
    assert found.stdout == ""
    assert "is not in a git repository" in found.stderr
    assert "tip: change into your clone" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["judge", "--judge", "local:somewhere"], "judge"),
        (["train"], "train"),
        (["demo"], "train"),
    ],
)
def test_a_missing_extra_names_the_exact_command(selfsown, small, arguments, extra):
    found = selfsown(*arguments, at=small, bare=True)
    assert found.returncode == 3, found.stderr
    assert f"this needs the '{extra}' extra" in found.stderr
    assert f"tip: {install_command(extra)}\n" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_reader_that_has_enough_is_no_failure(small):
    code = "from selfsown.cli.main import main\nraise SystemExit(main(['judge', '--format', 'json']))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=small, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert "BrokenPipe" not in said
    assert "Traceback" not in said


def test_python_dash_m_is_the_same_command(tmp_path):
    command = [sys.executable, "-m", "selfsown", "--version"]
    found = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert found.stdout == f"selfsown {__version__}\n"
