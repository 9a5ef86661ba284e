"""`selfsown submit` from the outside: branches on stdout, what happened on stderr."""

from __future__ import annotations

import json
import subprocess

import pytest

from selfsown.cli.main import main
from selfsown.conversation import Conversation, Turn
from selfsown.outbox.entry import State
from selfsown.outbox.store import open_outbox

SOURCE = 'id = "zoo"\ntitle = "t"\nlicense = "CC0-1.0"\norigin = "o"\ncontact = "c"\nconsent = "s"\n'


@pytest.fixture(autouse=True)
def _there(small, monkeypatch):
    monkeypatch.chdir(small)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "someone@example.org")


def git(small, *arguments):
    return subprocess.run(["git", *arguments], cwd=small, check=True, capture_output=True, text=True).stdout


def written(small, count=3, source="starter"):
    path = small / "new.jsonl"
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"Name animal {n}."},
                {"role": "assistant", "content": "A grey elephant."},
            ]
        }
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ["submit", str(path), "--source", source, "--license", "CC0-1.0"]


def test_one_source_without_a_file_holds_up_nothing_else(small, kept, capsys):
    def tell(source: str) -> Conversation:
        turns = (Turn("user", f"What is a {source}?"), Turn("assistant", "A word of two syllables, most often."))
        return Conversation(turns, source, "CC0-1.0", "2026-01-01")

    known, unknown = kept(small, tell("starter")), kept(small, tell("nobody"))
    assert main(["submit"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("submit/starter-")
    assert "1 of the source nobody stay in the outbox" in told.err
    with open_outbox(small) as outbox:
        assert (outbox.read(known).state, outbox.read(unknown).state) == (State.SUBMITTED, State.SCREENED)


def test_no_branch_at_all_cannot_be_asked_for(small, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*written(small), "--batches", "0"])
    assert ended.value.code == 2
    assert "a whole number from 1 on" in capsys.readouterr().err


def test_a_file_becomes_a_branch(small, capsys):
    assert main(written(small)) == 0
    said = capsys.readouterr()
    branch = said.out.strip()
    assert branch in git(small, "branch", "--format=%(refname:short)").split()
    assert "3 conversations, written" in said.err
    assert "selfsown review --base main" in said.err
    assert git(small, "status", "--porcelain").split() == ["??", "new.jsonl"]
    assert main(written(small)) == 0
    again = capsys.readouterr()
    assert again.out.strip() == branch
    assert "nothing changed" in again.err


def test_what_is_merged_is_not_submitted_again(small, capsys):
    main(written(small))
    git(small, "merge", "--quiet", capsys.readouterr().out.strip())
    assert main(written(small)) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "3 are in the corpus already" in said.err
    assert "nothing to submit" in said.err


def test_a_new_source_travels_along(small, capsys):
    (small / "corpus/sources/zoo.toml").write_text(SOURCE)
    assert main(written(small, source="zoo")) == 0
    assert git(small, "show", f"{capsys.readouterr().out.strip()}:corpus/sources/zoo.toml") == SOURCE


@pytest.mark.parametrize("text", [None, SOURCE.replace('"zoo"', '"other"'), "id = 3", "["])
def test_a_source_that_is_not_right_stops_it(small, capsys, text):
    if text is not None:
        (small / "corpus/sources/zoo.toml").write_text(text)
    before = git(small, "show-ref")
    assert main(written(small, source="zoo")) in (2, 3)
    said = capsys.readouterr()
    assert said.out == ""
    assert "corpus/sources/zoo.toml" in said.err
    assert git(small, "show-ref") == before


def test_too_many_for_one_branch_writes_nothing(small, capsys):
    before = git(small, "show-ref")
    assert main(written(small, 150)) == 2
    assert "--batches 2" in capsys.readouterr().err
    assert git(small, "show-ref") == before
    assert main([*written(small, 150), "--batches", "2"]) == 0
    assert len(capsys.readouterr().out.split()) == 2


def test_what_is_refused_is_named_and_the_rest_is_submitted(small, capsys):
    arguments = written(small)
    with (small / "new.jsonl").open("a") as stream:
        stream.write('{"messages": [{"role": "user", "content": "\\u001b[31m"}]}\n')
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out.startswith("submit/starter-")
    assert "refused" in said.err
    assert "\x1b" not in said.err


def test_what_is_screened_is_submitted_once(small, capsys, kept):
    entry = Conversation(
        (Turn("user", "Name a bird."), Turn("assistant", "A blackbird.")), "starter", "CC0-1.0", "2026-01-01"
    )
    key, again = kept(small, entry), kept(small, entry)
    assert main(["submit"]) == 0
    branch = capsys.readouterr().out.strip()
    assert entry.id in git(small, "grep", "-h", entry.id, branch)
    with open_outbox(small) as outbox:
        assert (outbox.read(key).state, outbox.read(key).batch) == (State.SUBMITTED, branch)
        assert (outbox.read(again).state, outbox.read(again).reason) == (State.DECLINED, "it was said twice")
    git(small, "merge", "--quiet", branch)
    assert main(["submit"]) == 0
    assert "nothing to submit" in capsys.readouterr().err
    with open_outbox(small) as outbox:
        assert (outbox.read(key).state, outbox.read(key).conversation) == (State.MERGED, None)


def test_what_the_corpus_has_leaves_the_outbox(small, capsys, kept):
    assert main(written(small, 1)) == 0
    git(small, "merge", "--quiet", capsys.readouterr().out.strip())
    turns = (Turn("user", "Name animal 0."), Turn("assistant", "A grey elephant."))
    key = kept(small, Conversation(turns, "starter", "CC0-1.0", "2026-01-01"))
    assert main(["submit"]) == 0
    with open_outbox(small) as outbox:
        assert (outbox.read(key).state, outbox.read(key).conversation) == (State.DECLINED, None)


@pytest.mark.parametrize(
    ("arguments", "code", "words"), [(["gone.jsonl"], 2, "is not there"), (["--base", "nowhere"], 3, "nowhere")]
)
def test_what_cannot_be_done_is_said(arguments, code, words, capsys):
    assert main(["submit", *arguments]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
