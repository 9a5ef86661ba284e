"""Git in memory answers the double as git does, wherever many lives in a row depend on it."""

from __future__ import annotations

import pytest
from tests.selfsown.bot.memory_git import MemoryGit, Store

PERSON = ("someone", "someone@example.org")
DATE = "1770000000 +0000"


@pytest.fixture
def pair(stage):
    real = stage.world.git(stage.repository())
    store = Store()
    store.take(real, stage.main)
    return real, MemoryGit(store), stage.main


def made(git, below, files, *parents):
    entries = [("100644", None if text is None else git.add_blob(text), path) for path, text in files.items()]
    tree = git.add_tree(below, entries)
    return git.add_commit(tree, parents or [below], "change", PERSON, DATE)


def listed(git, commit):
    return {path: git.blob(sha) for _, kind, sha, _, path in git.tree(commit, deep=True) if kind == "blob"}


def changed(git, base, head):
    return sorted((it.path, it.status, it.additions, it.deletions, it.patch) for it in git.changes(base, head))


def test_it_answers_as_git_does(pair):
    answers = []
    for git, start in ((pair[0], pair[2]), (pair[1], pair[2])):
        ours = made(git, start, {"notes/a.md": b"one\ntwo\n", "notes/b.md": b"x\n"})
        theirs = made(git, start, {"notes/c.md": b"three\n"})
        rival = made(git, start, {"notes/a.md": b"other\n"})
        tree = git.merged_tree(ours, theirs)
        both = git.add_commit(tree, [ours, theirs], "merge", PERSON, DATE)
        last = made(git, both, {"notes/b.md": None, "notes/a.md": b"one\ntwo\nthree\n"})
        names = {ours: "ours", theirs: "theirs", both: "both", last: "last", start: "start"}
        answers.append(
            (
                listed(git, last),
                changed(git, start, last),
                changed(git, ours, last),
                git.merged_tree(ours, rival),
                names[git.merge_base(ours, theirs)],
                names[git.merge_base(last, theirs)],
                (git.is_ancestor(theirs, last), git.is_ancestor(last, theirs)),
                {names[sha] for sha in git.between(start, last)},
                (git.kind(last), git.kind(tree), git.kind(git.add_blob(b"x\n")), git.kind("0" * 40)),
                (git.commit(both).parents == (ours, theirs), git.commit(both).message),
            )
        )
    assert answers[0] == answers[1]
