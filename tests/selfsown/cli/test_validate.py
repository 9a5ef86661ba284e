"""`selfsown validate`: exit codes, the three formats, and what never reaches a terminal or a runner."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from selfsown.canonical import canonical_line
from selfsown.cli import validate_
from selfsown.cli.annotations import escape_data, escape_property, render_annotation
from selfsown.cli.main import build_parser
from selfsown.conversation import Conversation, Turn
from selfsown.errors import UsageError
from selfsown.finding import Finding, Level, Location
from selfsown.repo import Repository
from selfsown.shard import Shard, shard_path

SOURCE = b'id="chats"\ntitle="Chats"\nlicense="MIT"\norigin="typed"\ncontact="us"\nconsent="given"\n'


def run(*arguments: str) -> int:
    return validate_.run(build_parser(("validate",)).parse_args(["validate", *arguments]))


def shard(answer: str, source: str = "chats") -> Shard:
    turns = (Turn("user", "What is the capital of France?"), Turn("assistant", answer))
    content = canonical_line(Conversation(turns, source, "MIT", "2026-05-04").to_json())
    return Shard(shard_path("original", "2026-05", source, content), content)


@pytest.fixture
def project(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the project's rules and one source; the current folder."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "someone@example.org")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=tmp_path, check=True)
    shutil.copytree(checkout / "schema", tmp_path / "schema")
    (tmp_path / "corpus" / "sources").mkdir(parents=True)
    (tmp_path / "corpus" / "sources" / "chats.toml").write_bytes(SOURCE)
    with Repository(tmp_path) as repository:
        repository.write_commit(["schema", "corpus"], "first")
        repository.write_submission("main", "good", [shard("It is Paris, on the Seine.")], "good")
        repository.write_submission("main", "bad", [shard("It is Pa\u200bris.\u202e")], "bad")
        hostile = [Shard("corpus/\n::error::\x1b[31m,:%\u202e", b"x"), shard("It is Lyon, maybe.")]
        repository.write_submission("main", "hostile", hostile, "hostile")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_good_branch(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run("--base", "main", "--head", "good") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "Fine: 1 record in 1 file, nothing to mend.\n"


def test_a_bad_branch(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run("--base", "main", "--head", "bad") == 1
    said = capsys.readouterr()
    place = shard("It is Pa\u200bris.\u202e").path + ":1: messages[1].content"
    assert said.out.splitlines()[:3] == [
        f"error S305 hidden-characters  {place}",
        "  1 hidden character, first U+200B ZERO WIDTH SPACE at character 9",
        "  tip: remove them: what a reader cannot see must not reach the training data",
    ]
    assert said.err == "To mend: 2 problems and 0 warnings (1 record in 1 file).\n"


def test_json_is_one_object(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run("--base", "main", "--head", "bad", "--format", "json") == 1
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert said.err == ""
    assert told["counts"] == {"files": 1, "records": 1, "errors": 2, "warnings": 0}
    assert [finding["number"] for finding in told["findings"]] == ["S305", "S306"]
    assert set(told["findings"][0]) == {"number", "name", "level", "location", "message", "tip"}


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_nothing_hostile_is_printed_raw(project: Path, capsys: pytest.CaptureFixture[str], form: str):
    assert run("--base", "main", "--head", "hostile", "--format", form) == 1
    said = capsys.readouterr()
    for line in (said.out + said.err).splitlines():
        assert line.isprintable()
        assert not line.startswith("::") or line.startswith("::error file=")


def test_annotations(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run("--base", "main", "--head", "hostile", "--format", "github") == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "::error file=corpus/\\u{000A}%3A%3Aerror%3A%3A\\u{001B}[31m%2C%3A%25\\u{202E},title=S502 unknown-file::"
    )
    assert ",title=S506 plain-path::" in second


def test_github_shows_ten_annotations_so_the_rest_stands_in_the_log_and_on_the_page(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    names = [f"corpus/{number}::error::##[error]\n::error::x" for number in range(15)]
    with Repository(project) as repository:
        repository.write_submission("main", "many", [Shard(name, name.encode()) for name in names], "many")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "page.md"))
    assert run("--base", "main", "--head", "many", "--format", "github") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines if line.lstrip().startswith("::")] == ["::error"] * 10 + [
        "::notice"
    ]
    assert "more errors and 0 more warnings" in lines[-1]
    assert not any("##[" in line for line in lines if not line.startswith("::"))
    page = (project / "page.md").read_text()
    assert page.startswith("To mend: ")
    assert "\n::error" not in page


def test_a_head_without_a_common_history_is_a_problem_and_no_failure(project: Path, capsys: pytest.CaptureFixture[str]):
    run_git = ["git", "commit-tree", "main^{tree}", "-m", "x"]
    head = subprocess.run(run_git, cwd=project, check=True, capture_output=True, text=True).stdout.strip()
    assert run("--base", "main", "--head", head) == 1
    assert "S519 bad-history" in capsys.readouterr().out


def test_annotations_are_escaped_as_the_toolkit_does():
    assert escape_data("100%\r\na: b, c") == "100%25%0D%0Aa: b, c"
    assert escape_property("100%\r\na: b, c") == "100%25%0D%0Aa%3A b%2C c"
    finding = Finding("S305", "hidden-characters", Level.WARNING, Location("a,b", 3, "x"), "1\n::stop::", "do, it")
    assert render_annotation(finding) == (
        "::warning file=a%2Cb,line=3,title=S305 hidden-characters::x: 1%0A::stop::. Tip: do, it."
    )


def test_the_corpus_is_the_default(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run() == 0
    assert "Fine" in capsys.readouterr().err


def test_warnings_alone_are_fine(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "corpus" / "sources" / "zoo.toml").write_bytes(SOURCE.replace(b"chats", b"zoo", 1))
    with Repository(project) as repository:
        repository.write_submission(
            "main", "zoo", [Shard("corpus/sources/zoo.toml", SOURCE.replace(b"chats", b"zoo", 1))], "z"
        )
    assert run("--base", "main", "--head", "zoo") == 0
    assert "Fine, with warnings: 0 problems and 1 warning" in capsys.readouterr().err


def test_the_rules_are_the_base_s(project: Path, capsys: pytest.CaptureFixture[str]):
    policy = (project / "schema" / "policy.toml").read_text()
    lax = policy.replace("combining_marks = 30", "combining_marks = 30000").encode()
    with Repository(project) as repository:
        changes = [Shard("schema/policy.toml", lax), shard("It is Pa" + "\u0316" * 40 + "ris.")]
        repository.write_submission("main", "lax", changes, "lax")
    assert run("--base", "main", "--head", "lax") == 1
    assert "S309 combining-marks" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [("--base", "main"), ("--head", "good"), ("--base", "main", "--head", "good", "corpus"), ("nothing.jsonl",)],
)
def test_usage(project: Path, arguments: tuple[str, ...]):
    with pytest.raises(UsageError) as refused:
        run(*arguments)
    assert refused.value.exit_code == 2


def test_no_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no corpus/"):
        run()


def test_another_repository_without_rules_or_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    made = shard("It is Paris, on the Seine.")
    file = tmp_path / made.path
    file.parent.mkdir(parents=True)
    file.write_bytes(made.content)
    monkeypatch.chdir(tmp_path)
    assert run(made.path) == 0
    assert "warning S403 source-known" in capsys.readouterr().out


def test_the_rules_are_listed_with_their_numbers(capsys: pytest.CaptureFixture[str]):
    assert run("--rules") == 0
    numbers = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert numbers == sorted(set(numbers))
    assert {"S101", "S305", "S601"} <= set(numbers)
