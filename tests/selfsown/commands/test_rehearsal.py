"""A dry run reads, tells every write, and does none."""

from __future__ import annotations

from tests.selfsown.commands.fake_host import FakeHost

from selfsown.commands.rehearsal import rehearse


def test_what_would_be_written_is_told_and_not_done():
    told: list[str] = []
    host = FakeHost()
    dry = rehearse(host, told.append)
    assert dry.fork() == host.repository
    dry.commit_files("submit/a", "b" * 40, {"corpus/a.jsonl": b"{}\n"}, "Add")
    dry.open_pull("submit/a", "Add", "one")
    dry.add_comment(7, "closed")
    dry.close_pull(7)
    dry.delete_branch("submit/a")
    words = (
        "a fork of owner/name",
        "the branch submit/a",
        "pull request from submit/a",
        "comment on",
        "close",
        "delete",
    )
    assert [word in line for word, line in zip(words, told, strict=True)] == [True] * len(words)
    assert (host.opened, host.posted, host.branches, host.pull(7).is_open) == ([], [], {"main": "b" * 40}, True)
