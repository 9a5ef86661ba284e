"""The outbox's file: made for its owner, brought up to date, and refused where it is not ours or too new."""

from __future__ import annotations

import resource
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.selfsown.outbox.stage import YES, chat

from selfsown.outbox.entry import OutboxError, State
from selfsown.outbox.schema import MIGRATIONS
from selfsown.outbox.store import Outbox, find_outbox, open_outbox

FIRST = Path(__file__).parent / "outbox-1.sql"


def test_it_belongs_to_its_owner(tmp_path, outbox):
    outbox.keep(None, chat("Hi", "Hello."), YES)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"outbox.db", "outbox.db-wal"} <= set(modes)


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "outbox.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(FIRST.read_text(encoding="utf-8"))
    with Outbox(path) as outbox:
        entries = outbox.find()
        assert [entry.state for entry in entries] == [State.SCREENED, State.SUBMITTED, State.WITHDRAWN]
        assert [entry.conversation and entry.conversation.turns[0].content for entry in entries] == ["a", "b", None]
        assert outbox.find_code("AAAAA-BBBBB-CCCCC-DDDDD") == entries[0].key
        outbox.merge(entries[1].key)
        outbox.plan("submit/x", [entries[0].key])
    with closing(sqlite3.connect(path)) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert new.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "outbox.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(FIRST.read_text(encoding="utf-8"))
        before = list(old.iterdump())
    monkeypatch.setattr("selfsown.outbox.schema.MIGRATIONS", (*MIGRATIONS, "CREATE TABLE more (a); CREATE NONSENSE"))
    with pytest.raises(OutboxError, match=r"outbox\.db cannot be used: near"):
        Outbox(path)
    with closing(sqlite3.connect(path)) as old:
        assert list(old.iterdump()) == before
        assert old.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_newer_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "outbox.db"
    Outbox(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version=99")
    with pytest.raises(OutboxError, match="newer Selfsown") as refused:
        Outbox(path)
    assert "update Selfsown" in refused.value.tip


@pytest.mark.parametrize("content", [b"These are my notes.\n" * 400, None])
def test_a_file_that_is_no_outbox_is_left_alone(tmp_path, content):
    path = tmp_path / "mine.db"
    if content is None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE mine (a)")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(OutboxError, match=r"mine\.db"):
        open_outbox(tmp_path, {"SELFSOWN_OUTBOX": str(path)})
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / ".selfsown").write_text("a file")
    with pytest.raises(OutboxError, match=r"outbox\.db cannot be used"):
        open_outbox(tmp_path, {})


def test_looking_makes_no_file(tmp_path):
    assert find_outbox(tmp_path, {}) is None
    assert list(tmp_path.iterdir()) == []
    open_outbox(tmp_path, {}).close()
    found = find_outbox(tmp_path, {})
    assert found is not None
    found.close()


FULL = """
import resource, signal, sys
from pathlib import Path
from selfsown.outbox.entry import OutboxError
from selfsown.outbox.store import Outbox
from tests.selfsown.outbox.stage import YES, chat, screened
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Outbox(Path(sys.argv[1])) as outbox:
    kept = [screened(outbox, f"{number} " + "x" * 9000, "Hello.") for number in range(3)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
    try:
        for number in range(100):
            kept.append(screened(outbox, f"more {number} " + "x" * 9000, "Hello."))
    except OutboxError as error:
        print(error.message, "|", error.tip)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    found = outbox.find()
    assert [entry.key for entry in found][: len(kept)] == kept, "nothing is lost"
    assert len(found) - len(kept) <= 1
    outbox.withdraw(kept[0])
    kept.append(screened(outbox, "and on it goes", "Hello."))
print(len(kept))
"""


def test_a_full_disk_is_said_and_loses_nothing(tmp_path, checkout):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", FULL, str(tmp_path / "outbox.db")]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    said, count = done.stdout.splitlines()
    assert "outbox.db failed: " in said
    assert said.endswith("| see that its disk has room and can be written")
    assert int(count) > 4
