"""Every verb is documented, every command in the documents parses, every link leads somewhere, no path of a machine."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from selfsown.cli.main import PARTS, VERBS, build_parser, load_part, load_verb

ROOT = Path(__file__).resolve().parents[1]
# Pieces, so that this file does not hold what it looks for.
HOMES = [
    "/" + "/".join(parts) for parts in (("home", ""), ("Users", ""), ("root", ""), ("work", ""), ("tmp", "starter"))
]
REGISTRIES = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("crates", "io"))
]
NEEDLES = re.compile("|".join([*(rf"(?<![\w.>)}}-]){re.escape(home)}" for home in HOMES), *map(re.escape, REGISTRIES)]))
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
WORDS = {"BRANCH": "branch", "FILE": "file", "NNNN": "1", "N": "1", "REF": "main", "ID": "id", "…": "x", "...": "x"}


def tracked() -> list[str]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()]


MARKDOWN = [name for name in tracked() if name.endswith(".md") and not name.startswith("tests/")]
FOR_PEOPLE = [name for name in MARKDOWN if name in ("README.md", "CONTRIBUTING.md") or name.startswith("docs/")]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_help_and_is_documented(verb):
    assert load_verb(verb).HELP
    assert any(re.search(rf"\bselfsown {verb}\b", read(name)) for name in FOR_PEOPLE), (
        f"no document names selfsown {verb}"
    )


@pytest.mark.parametrize(("verb", "part"), [(verb, part) for verb, parts in PARTS.items() for part in parts])
def test_a_verb_of_two_words_is_documented_and_explained(verb, part):
    assert load_part(verb, part).HELP.endswith(".")
    assert any(re.search(rf"\bselfsown {verb} {part}\b", read(name)) for name in FOR_PEOPLE)
    choices = next(action for action in build_parser([verb])._actions if action.dest == "verb").choices
    assert [action.dest for action in choices[f"{verb} {part}"]._actions if not action.help] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_argument_of_a_verb_is_explained(verb):
    parser = build_parser([verb])
    command = next(action for action in parser._actions if action.dest == "verb").choices[verb]
    assert [action.dest for action in command._actions if not action.help] == []


def commands(text: str) -> list[str]:
    """Every command line `selfsown …` of a document: in backticks, or at the beginning of a line of a block."""
    text = text.replace("\\\n", " ")
    blocks = "\n".join(match[0] for match in FENCE.finditer(text))
    inline = re.findall(r"`(selfsown [^`\n]+)`", FENCE.sub("", text))
    return [*inline, *re.findall(r"^\s*(?:\$ )?(selfsown .*)$", blocks, re.MULTILINE)]


def as_typed(command: str) -> list[str]:
    """The arguments as a person would type them: without comment, redirection, brackets of a synopsis, placeholders."""
    command = (
        re.split(r"\s#|[|>;]|&&", command)[0].replace("[", " ").replace("]", " ").replace("<", "").replace(">", "")
    )
    return [WORDS.get(word, word.rstrip("…") or "x") for word in shlex.split(command)][1:]


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_every_command_in_a_document_parses(name, capsys):
    parser, failed = build_parser(), []
    for command in commands(read(name)):
        arguments = as_typed(command)
        if arguments == [] or arguments[0].isupper():
            continue
        if len(arguments) == 1 and f"`{command}`" in read(name):
            assert arguments[0] in (*VERBS, "--help", "--version"), (
                command
            )  # in a sentence the verb is named, not called
            continue
        try:
            parser.parse_args(arguments)
        except SystemExit as stop:
            if stop.code:
                failed.append((command, capsys.readouterr().err.splitlines()[-1]))
    assert failed == []


def test_the_commands_of_a_document_are_found_and_held_against_the_parser(capsys):
    text = "Run `selfsown status` or\n```\n$ selfsown judge FILE --format json  # all\nselfsown frobnicate\n```\n"
    assert [as_typed(command) for command in commands(text)] == [
        ["status"],
        ["judge", "file", "--format", "json"],
        ["frobnicate"],
    ]
    with pytest.raises(SystemExit):
        build_parser().parse_args(["frobnicate"])


@pytest.mark.parametrize("name", MARKDOWN)
def test_a_relative_link_leads_somewhere(name):
    broken = []
    for match in LINK.finditer(FENCE.sub("", read(name))):
        target = unquote((match[1] or match[2]).partition("#")[0])
        if target and not re.match(r"[a-z][a-z0-9+.-]*:", target):
            place = (ROOT / target.lstrip("/")) if target.startswith("/") else (ROOT / name).parent / target
            if not place.exists():
                broken.append(target)
    assert broken == []


def test_the_first_two_commands_are_demo_and_test():
    blocks = "\n".join(match[0] for match in FENCE.finditer(read("README.md")))
    made = [
        line.strip().removeprefix("$ ")
        for line in blocks.splitlines()
        if re.match(r"\s*(?:\$ )?(?:make|selfsown)\b", line)
    ]
    assert [line.split("#")[0].strip() for line in made[:2]] == ["make demo", "make test"]


def test_the_makefile_has_what_the_documents_name():
    makefile = read("Makefile")
    for name in FOR_PEOPLE:
        for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)(?:`|\s|$)", read(name), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{name} names make {target}"


def test_no_file_holds_a_path_of_a_machine_or_the_host_of_a_registry():
    found = []
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content[:8000]:
            text = content.decode("utf-8", errors="replace")
            found += [(name, text[max(match.start() - 30, 0) : match.end() + 20]) for match in NEEDLES.finditer(text)]
    assert found == []
