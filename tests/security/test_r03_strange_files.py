"""Requirement 3: whatever git can carry besides plain files of the right name is refused by number, and never checked out.

Every attack is pushed to a fork over git's own protocol, reviewed by the steps of the workflow, and read back from the one
comment on the pull request.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from tests.security.scene import LINK, PLAIN, PROGRAM, SUBMODULE, Entries, Scene, git

MONTH = "corpus/original/2026-09/00"
SHARD = f"{MONTH}/chat-000000000000.jsonl"
SPY = b"open('pwned', 'w').close()\n"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"

FILES: dict[str, tuple[Entries, tuple[str, ...]]] = {
    "a symbolic link": ({SHARD: (LINK, b"/etc/passwd")}, (f"S504 file-mode {SHARD}", "a symbolic link (mode 120000)")),
    "a link out of the repository": ({"corpus/original/out": (LINK, b"../../..")}, ("S504 file-mode corpus/original/out",)),
    "a submodule": ({"corpus/sub": (SUBMODULE, b"1" * 40)}, ("S504 file-mode corpus/sub", "a submodule (mode 160000)")),
    "a program": ({SHARD: (PROGRAM, SPY)}, (f"S504 file-mode {SHARD}", "an executable file (mode 100755)")),
    "attributes": (
        {"corpus/.gitattributes": (PLAIN, b"*.jsonl filter=evil diff=evil -diff\n")},
        ("S503 git-file corpus/.gitattributes",),
    ),
    "attributes at the root": ({".gitattributes": (PLAIN, b"* filter=evil\n")}, ("S501 outside-corpus .gitattributes",)),
    "a conftest": ({"corpus/conftest.py": (PLAIN, SPY)}, ("S502 unknown-file corpus/conftest.py",)),
    "a conftest at the root": ({"conftest.py": (PLAIN, SPY)}, ("S501 outside-corpus conftest.py",)),
    "a module that shadows": ({"json.py": (PLAIN, SPY), "selfsown.py": (PLAIN, SPY)}, ("S501 outside-corpus json.py",)),
    "a link beside the tool": ({".git-x/hooks": (LINK, b".git/hooks")}, ("S501 outside-corpus .git-x/hooks",)),
    "twins by case": (
        {"corpus/sources/CHAT.toml": (PLAIN, b"x = 1\n")},
        ("source corpus/sources/CHAT.toml", "S507 unique-path", "differs from corpus/sources/chat.toml only in case"),
    ),
    "twins by normal form": (
        {"corpus/caf\u00e9.txt": (PLAIN, b"1\n"), "corpus/cafe\u0301.txt": (PLAIN, b"2\n")},
        ("S507 unique-path corpus/caf", "S506 plain-path corpus/caf", "in case or accents"),
    ),
    "control characters": (
        {"corpus/a\x1b[31m\x07\nb.jsonl": (PLAIN, b"{}\n")},
        (r"S506 plain-path corpus/a\u{001B}[31m\u{0007}\u{000A}b.jsonl",),
    ),
    "bidi characters": (
        {"corpus/\u202elnosj.\u2066x.jsonl": (PLAIN, b"{}\n")},
        (r"S506 plain-path corpus/\u{202E}lnosj.\u{2066}x.jsonl",),
    ),
    "bytes that are no text": (
        {"corpus/\udcff\udc80.jsonl": (PLAIN, b"{}\n")},
        (r"S506 plain-path corpus/\u{DCFF}\u{DC80}.jsonl",),
    ),
    "a pointer to another store": ({SHARD: (PLAIN, POINTER)}, (f"S515 lfs-pointer {SHARD}",)),
    "a name that escapes code": (
        {"corpus/```\n# @owner <b>x</b>": (PLAIN, b"{}\n")},
        (r"S506 plain-path corpus/```\u{000A}# @owner <b>x</b>",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_by_its_own_number(scene: Scene, name: str):
    entries, said = FILES[name]
    number, head = scene.bring({**entries, **scene.good()})
    before = scene.seen()
    assert scene.review(number, head).told["decision"] == "changes"
    assert scene.statuses(head)[0][0] == "failure"
    (sticky,) = scene.comments(number)
    for words in said:
        assert words in sticky
    assert_nothing_came(scene, before)


def assert_nothing_came(scene: Scene, before: dict[str, bytes]) -> None:
    """The trusted checkout is what it was: no file, no index entry, no setting, no submodule, nothing run."""
    assert scene.seen() == before
    assert git(scene.trusted, "status", "--porcelain", "--ignored") == ""
    assert not (scene.trusted / ".git/modules").exists()
    assert list(scene.trusted.parent.rglob("pwned")) == []


# Objects that no git would make: a tree whose entries are `mode name\0id`.
def entry(mode: str, name: bytes, sha: str) -> bytes:
    return mode.encode() + b" " + name + b"\0" + bytes.fromhex(sha)


def dots(scene: Scene) -> str:
    above = scene.make("tree", entry("100644", b"pwned", scene.blob(SPY)))
    return scene.make("tree", entry("40000", b"..", above))


def slashes(scene: Scene) -> str:
    return scene.make("tree", entry("100644", b"../../pwned", scene.blob(SPY)))


def git_folder(scene: Scene) -> str:
    hooks = scene.make("tree", entry("100755", b"post-checkout", scene.blob(SPY)))
    return scene.make("tree", entry("40000", b".GIT", scene.make("tree", entry("40000", b"hooks", hooks))))


def linked_modules(scene: Scene) -> str:
    return scene.make("tree", entry("120000", b".gitmodules", scene.blob(b"/etc/passwd")))


def evil_modules(scene: Scene) -> str:
    text = b'[submodule "x"]\n\tpath = -x\n\turl = ext::sh -c "touch pwned"\n'
    return scene.make("tree", entry("100644", b".gitmodules", scene.blob(text)))


def twice(scene: Scene) -> str:
    blob = scene.blob(SPY)
    return scene.make("tree", entry("100644", b"a", blob) + entry("100644", b"a", blob))


def odd_mode(scene: Scene) -> str:
    return scene.make("tree", entry("104755", b"pwned", scene.blob(SPY)))


OBJECTS: dict[str, tuple[Callable[[Scene], str], str]] = {
    "a folder called ..": (dots, "hasDotdot"),
    "a name with slashes": (slashes, "fullPathname"),
    "a folder called .GIT": (git_folder, "hasDotgit"),
    "a linked .gitmodules": (linked_modules, "gitmodulesSymlink"),
    "a .gitmodules that runs": (evil_modules, "gitmodules"),
    "an entry twice": (twice, "duplicateEntries"),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_that_git_refuses_are_the_author_s_to_mend(scene: Scene, name: str):
    crafted, why = OBJECTS[name]
    number, head = bring_tree(scene, crafted(scene))
    before = scene.seen()
    assert scene.review(number, head).told["decision"] == "changes"
    assert scene.statuses(head)[0][0] == "failure"
    (sticky,) = scene.comments(number)
    assert "S519 bad-history" in sticky
    assert why in sticky
    assert_nothing_came(scene, before)
    missing = subprocess.run(["git", "cat-file", "-e", head], cwd=scene.trusted, capture_output=True, check=False)
    assert missing.returncode != 0, "the objects themselves were not kept either"


def test_a_mode_that_is_none_is_a_program(scene: Scene):
    """git passes it with a remark and takes it for the nearest mode it knows."""
    number, head = bring_tree(scene, odd_mode(scene))
    before = scene.seen()
    assert scene.review(number, head).told["decision"] == "changes"
    (sticky,) = scene.comments(number)
    assert "S504 file-mode corpus/pwned" in sticky
    assert_nothing_came(scene, before)


def bring_tree(scene: Scene, tree: str) -> tuple[int, str]:
    """A pull request with a crafted tree below corpus/, and everything else as it was, some of it gone."""
    rest = git(scene.author, "ls-tree", "origin/main")
    lines = [line for line in rest.splitlines() if not line.endswith("\tcorpus")]
    made = git(scene.author, "mktree", content="\n".join([*lines, f"040000 tree {tree}\tcorpus", ""]).encode())
    commit = f"tree {made}\nparent {git(scene.author, 'rev-parse', 'origin/main')}\n"
    person = "mira <mira@example.org> 1700000000 +0000"
    head = scene.make("commit", f"{commit}author {person}\ncommitter {person}\n\nAdd\n".encode())
    scene.push(head)
    return scene.open(), head


def test_thousands_of_paths_are_counted_and_not_listed(scene: Scene):
    blob = scene.blob(b"")
    lines = "".join(f"{PLAIN} {blob}\tcorpus/x/{at % 100}/{at}\0" for at in range(4_000)).encode()
    index = {"GIT_INDEX_FILE": str(scene.author.parent / "made.index")}
    git(scene.author, "read-tree", "origin/main", **index)
    git(scene.author, "update-index", "-z", "--index-info", content=lines, **index)
    head = scene.push(scene.commit_tree(git(scene.author, "write-tree", **index)))
    number = scene.open()
    assert scene.review(number, head).told["decision"] == "changes"
    (sticky,) = scene.comments(number)
    assert len(sticky.encode()) < 12_000
    assert "4000 errors" in sticky
    (verdict,) = scene.ask("owner", "GET", f"/pulls/{number}/reviews")
    assert "GitHub lists 3000 of the 4000 changed files" in verdict["body"]
