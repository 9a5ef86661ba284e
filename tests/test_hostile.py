"""Hostile input costs little: every refusal comes fast and in little memory, whatever the input was made for."""

from __future__ import annotations

import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from selfsown.canonical import canonical_line
from selfsown.corpus import Corpus
from selfsown.entries import read_entries
from selfsown.rulebook import Rulebook
from selfsown.submission import Change, Submission
from selfsown.validate import MOST_FINDINGS_PER_FILE, Validation, validate_files, validate_submission

TODAY = "2026-05-06"
SHARD = "corpus/original/2026-05/00/chats-000000000000.jsonl"
SECONDS = 5.0
MEBIBYTE = 1 << 20

PROBE = """
import re, sys
from pathlib import Path
from selfsown.rulebook import load_folder_rulebook
from selfsown.validate import validate_files
rulebook = load_folder_rulebook(Path(sys.argv[1]))
def most_memory():  # not getrusage: its maximum is inherited from the process that started this one
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = most_memory()
validation = validate_files([Path(sys.argv[2])], Path(sys.argv[3]), rulebook, "2026-05-06")
after = most_memory()
print(after, after - before, [finding.number for finding in validation.findings])
"""


def draft(folder: Path, content: bytes, rulebook: Rulebook) -> tuple[Validation, float]:
    """Validate a draft of this content; the seconds it took."""
    file = folder / "draft.jsonl"
    file.write_bytes(content)
    started = time.perf_counter()
    validation = validate_files([file], folder, rulebook, TODAY)
    return validation, time.perf_counter() - started


def submitted(content: bytes, rulebook: Rulebook) -> tuple[Validation, float]:
    """Validate a submission with one shard of this content; the seconds it took."""
    change = Change(SHARD, "A", 0o100644, len(content), content)
    started = time.perf_counter()
    validation = validate_submission(Submission("0", "1", "a", "t", (change,)), rulebook, Corpus(), TODAY)
    return validation, time.perf_counter() - started


def raw_chat(text: str) -> bytes:
    """A canonical line with a text that no rule has seen yet."""
    messages = [{"content": "Hi", "role": "user"}, {"content": text, "role": "assistant"}]
    record = {"id": "c-" + "0" * 32, "messages": messages, "source": "chats", "license": "MIT", "created": "2026-05-04"}
    return canonical_line(record)


HOSTILE_LINES = {
    "nesting of 10^5": (b"[" * 100_000 + b"\n", "S101"),
    "nesting of 20,000 in an object": (b'{"ext":' + b"[" * 20_000 + b"\n", "S112"),
    "nesting of 300, closed": (b'{"ext":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}\n", "S112"),
    "a mebibyte of lists": (b'{"a":[' + b"[]," * (MEBIBYTE // 3) + b"[]]}\n", "S101"),
    "60 kB of lists": (b'{"a":[' + b"[]," * 20_000 + b"[]]}\n", "S201"),
    "60 kB of numbers for messages": (b'{"messages":[' + b"1," * 30_000 + b"1]}\n", "S201"),
    "an integer of 5,000 digits": (b'{"a":' + b"9" * 5_000 + b"}\n", "S113"),
    "a fraction of 60,000 digits": (b'{"a":0.' + b"3" * 60_000 + b"}\n", "S115"),
    "an exponent of 60,000 digits": (b'{"a":1e' + b"9" * 60_000 + b"}\n", "S110"),
    "60 kB of quotes": (b'{"a":' + b'"' * 60_000 + b"}\n", "S108"),
    "60 kB of backslashes": (b'{"a":["' + b"\\" * 60_000 + b'", [[[[[[[[[[[[[[[\n', "S112"),
    "20,000 equal keys": (b"{" + b'"a":1,' * 10_000 + b'"a":1}\n', "S109"),
}


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_lines_are_refused_in_time(name: str, tmp_path: Path, rulebook: Rulebook):
    line, number = HOSTILE_LINES[name]
    for validation, seconds in (draft(tmp_path, line, rulebook), submitted(line, rulebook)):
        assert number in {finding.number for finding in validation.findings}
        assert not validation.entries
        assert seconds < SECONDS


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_line_of_300_megabytes_costs_no_memory(tmp_path: Path, checkout: Path):
    file = tmp_path / "draft.jsonl"
    with file.open("wb") as stream:
        for _ in range(300):
            stream.write(b"[" * MEBIBYTE)
    started = time.perf_counter()
    command = [sys.executable, "-c", PROBE, str(checkout), str(file), str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split(" ", 2)
    assert time.perf_counter() - started < SECONDS
    assert said[2].strip() == "['S101']"
    assert int(said[1]) < 16 * 1024, "kilobytes above what the rules alone take"
    assert int(said[0]) < 64 * 1024, "kilobytes in all"


def test_combining_marks_never_reach_normalisation(tmp_path: Path, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch):
    longest = [0]
    is_normalized = unicodedata.is_normalized

    def watch(form: str, text: str) -> bool:
        longest.append(len(text))
        return is_normalized(form, text[:100])

    monkeypatch.setattr(unicodedata, "is_normalized", watch)
    marks = "a" + "\u0301\u0316" * 100_000
    validation, seconds = draft(tmp_path, raw_chat(marks), rulebook)
    assert [finding.number for finding in validation.findings] == ["S101"]
    assert seconds < SECONDS
    validation, seconds = draft(tmp_path, raw_chat(marks[:30_000]), rulebook)
    assert "S309" in {finding.number for finding in validation.findings}
    assert seconds < SECONDS
    assert max(longest) < 100


@pytest.mark.parametrize(
    "text",
    ["`" * 30_000, "<" * 60_000, "<s" * 30_000, "\u200b" * 20_000, "\u00ad" * 30_000, "~~~\n" * 15_000, "\n" * 30_000],
    ids=["backticks", "angles", "half tokens", "zero width", "soft hyphens", "fences", "line feeds"],
)
def test_texts_made_for_the_patterns(text: str, tmp_path: Path, rulebook: Rulebook):
    _, seconds = draft(tmp_path, raw_chat("<s>" + text), rulebook)
    assert seconds < SECONDS


def test_a_shard_of_blank_lines_is_not_read_to_the_end(rulebook: Rulebook):
    validation, seconds = submitted(b"\n" * 250_000, rulebook)
    assert len(validation.findings) < 100
    assert seconds < SECONDS


def test_a_draft_of_bad_lines_is_given_up(tmp_path: Path, rulebook: Rulebook):
    validation, seconds = draft(tmp_path, b"{\n" * 500_000, rulebook)
    assert len(validation.findings) == MOST_FINDINGS_PER_FILE + 1
    assert validation.findings[-1].number == "S199"
    assert seconds < SECONDS


def test_a_source_file_nested_10_000_deep(rulebook: Rulebook):
    content = b"a = " + b"[" * 8_000
    change = Change("corpus/sources/chats.toml", "A", 0o100644, len(content), content)
    validation = validate_submission(Submission("0", "1", "a", "t", (change,)), rulebook, Corpus(), TODAY)
    assert [finding.number for finding in validation.findings] == ["S202"]


def test_every_part_of_a_finding_is_inert(rulebook: Rulebook):
    content = b'{"a\\u001b[31m\\n::error::":1}\n'
    path = "corpus/original/\n::error::\x1b[31m\u202e\udc80.jsonl"
    change = Change(path, "A", 0o120000, len(content), content)
    validation = validate_submission(Submission("0", "1", "a", "t", (change,)), rulebook, Corpus(), TODAY)
    assert len(validation.findings) >= 4
    for finding in validation.findings:
        place = finding.location
        assert f"{place.path}{place.field}{finding.message}{finding.tip}".isprintable()


def test_reading_is_lazy(rulebook: Rulebook):
    """A reader that stops early has not paid for the rest."""

    class Counting:
        lines = 0

        def readline(self, _: int) -> bytes:
            self.lines += 1
            return b"{}\n"

    stream = Counting()
    next(read_entries(stream, SHARD, "original", rulebook))  # type: ignore[arg-type]
    assert stream.lines == 1
