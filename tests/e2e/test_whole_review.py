"""From the push of a fork to the next round: the shipped workflows under act, against the double, as days go by.

The tests of this file are one story and run in order: each finds what the one before left.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import orjson
import pytest
from tests.e2e.scene import (
    AUTHOR,
    GOOD,
    MAINTAINER,
    NAME,
    OWNER,
    POOR,
    READER,
    Posted,
    Scene,
    check_fine,
    git,
    set_up,
    told,
)

from selfsown.cli.main import main
from selfsown.commands.ledger import read_ledger
from selfsown.conversation import Conversation, Turn
from selfsown.host import Account, PostedComment
from selfsown.round import State, read_rounds
from selfsown.rulebook import Rulebook
from selfsown.shard import shard_path

pytestmark = pytest.mark.slow

FIRST, SECOND = 1, 2
HOSTILE = "Ask @octo/team \u202e![x](http://evil.example/x.png) </details>\n::error::owned\n# APPROVED `${IFS}` "
BOT = "github-actions[bot]"


def bad_shard(place: Path) -> tuple[str, list[bytes]]:
    """A shard with a key too many, a conversation that the corpus has, and characters that hide: one line each."""
    shard = next(place.glob("corpus/original/*/*/starter-*.jsonl"))
    known = json.loads(shard.read_text().splitlines()[0])["messages"]
    turns = tuple(Turn(one["role"], one["content"]) for one in known)
    hidden = (Turn("user", "What does this say?"), Turn("assistant", f"It says: {HOSTILE} and no more than that."))
    told_twice = Conversation(turns, "ann", "CC0-1.0", "2026-11-20").to_json()
    strange = Conversation(hidden, "ann", "CC0-1.0", "2026-11-20").to_json()
    extra = Conversation((Turn("user", "One?"), Turn("assistant", "One indeed.")), "ann", "CC0-1.0", "2026-11-20")
    records = [told_twice, strange, extra.to_json() | {"approved": True}]
    lines = [orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in records]
    return shard_path("original", "2026-11", "ann", b"".join(lines)), lines


def comments_at(posted: Posted, path: str) -> dict[int, str]:
    """The bodies of our visible line comments on a file."""
    return {one.line: one.body for one in posted.lines if one.path == path and one.line is not None}


def test_the_repository_is_set_up(story: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    set_up(story, monkeypatch)
    assert main(["setup-github", "--check"]) == 0
    assert f"{NAME} is set up." in capsys.readouterr().out
    story.do(OWNER, "POST", "/actions/variables", {"name": "SELFSOWN_RECIPE", "value": "seconds"})
    story.do(OWNER, "POST", "/actions/variables", {"name": "SELFSOWN_JUDGE_RECIPE", "value": "judge-seconds"})


def test_a_bad_pull_request_of_a_fork_is_told_what_is_wrong_where(story: Scene):
    place, branch = story.submit([*GOOD, POOR])
    path, lines = bad_shard(place)
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_bytes(b"".join(lines))
    story.push(place)
    assert story.open_pull(branch) == FIRST
    runs = story.runner.deliver_new()
    assert told(runs) == [("validate", "pull_request", "failure"), ("review", "workflow_run", "success")], runs[-1].log

    for line, number in ((1, "S601"), (2, "S306"), (3, "S201")):
        assert re.search(rf"::error file={path},line={line},title={number} ", runs[0].log)
    posted = story.posted(FIRST)
    sticky, review, status, label = posted.only()
    assert (status.state, label) == ("failure", "waiting:author")
    assert review.state == "COMMENTED"
    assert review.body.startswith("<!-- selfsown:verdict changes ")
    assert "9.3 / 10" in sticky.body
    said = comments_at(posted, path)
    assert ["S601" in said[1], "S306" in said[2], "S201" in said[3]] == [True] * 3
    assert {one.commit for one in posted.lines} == {story.head(FIRST)}


def test_a_line_comment_speaks_of_the_conversation_on_its_line(story: Scene):
    posted = story.posted(FIRST)
    shard = next(one.path for one in posted.lines if POOR[1] in one.body)
    (line,) = comments_at(posted, shard)
    assert POOR[1] in story.line_of(FIRST, shard, line)
    changed = [one["filename"] for one in story.do(READER, "GET", f"/pulls/{FIRST}/files")]
    assert {one.path for one in posted.lines} <= set(changed)


def test_a_second_push_edits_in_place_and_a_verdict_that_flips_is_told_once(story: Scene):
    """However often the events of it come."""
    before = story.posted(FIRST)
    place = next(place for place in story.clones if place.name.startswith(AUTHOR))
    shard = next(one.path for one in before.lines if "S601" in one.body)
    (place / shard).unlink()
    story.push(place, "Take them out")
    assert story.runner.lose_new()
    pushed = story.last_event("pull_request")
    assert pushed.action == "synchronize"
    check_fine(story.runner.deliver(pushed))

    after = story.posted(FIRST)
    sticky, review, status, label = after.only()
    assert (status.state, label) == ("success", "waiting:reviewer")
    assert sticky.id == before.stickies[0].id
    assert review.id != before.reviews[0].id
    assert all(story.world.state.reviews[one.id].minimized for one in before.reviews)
    assert all(story.world.state.line_comments[one.id].minimized for one in before.lines)
    assert {one.path for one in after.lines}.isdisjoint({shard})
    assert sum(POOR[1] in one.body for one in after.lines) == 1

    writes = len(story.world.writes)
    runs = story.runner.deliver(
        next(one for one in story.runner.endings[::-1] if one.payload["workflow"]["name"] == "validate"), times=2
    )
    assert told(runs) == [("review", "workflow_run", "success")] * 2, runs[-1].log
    assert story.posted(FIRST) == after
    assert story.world.writes[writes:] == []


def test_the_sweeper_finds_what_no_event_told(story: Scene):
    before = story.posted(FIRST)
    place, branch = story.submit([("What is a fjord?", "A long, deep inlet that a glacier carved, filled by the sea.")])
    git(place, "push", "--quiet", "origin", branch)
    assert story.open_pull(branch) == SECOND
    assert story.runner.lose_new()
    check_fine(story.runner.deliver(story.last_event("pull_request"), only="validate.yml", follow=False))
    (run,) = story.runner.schedule("review.yml")
    check_fine([run])
    assert [leg.matrix["item"]["pull"] for leg in run.act.legs if leg.job == "post"] == [SECOND]
    _, _, status, _ = story.posted(SECOND).only()
    assert status.state == "success"
    assert story.posted(FIRST) == before
    (again,) = story.runner.schedule("review.yml")
    assert {job for job, result in again.act.jobs.items() if result != "skipped"} == {"find"}


def test_people_rate_and_ask_in_comments(story: Scene):
    sticky = story.posted(SECOND).stickies[0].body
    found = re.search(r"\bc-[0-9a-f]{32}\b", sticky)
    assert found, sticky
    asked = [
        story.comment(MAINTAINER, SECOND, f"Nice.\n\n/rate 8 {found[0]} says what it is and how it came to be"),
        story.comment(READER, SECOND, f"> /drop {found[0]}\n\n/rate 3 {found[0]} I miss a picture\n/help"),
    ]
    runs = story.runner.deliver_new()
    check_fine(runs)
    assert told(runs) == [("commands", "issue_comment", "success")] * 2
    for comment in asked:
        assert [one.content for one in story.world.state.comments[comment].reactions] == ["eyes", "+1"]
    ledger, *replies = sorted(story.posted(SECOND).others, key=lambda one: "selfsown:commands" not in one.body)
    assert "`/rate N [id] [reason]`" in "".join(one.body for one in replies)
    assert ledger.body.count(MAINTAINER) == 1
    bot = Account(ledger.author, BOT, True)
    comment = PostedComment(ledger.id, "", SECOND, bot, ledger.body, ledger.created, ledger.updated)
    entries = read_ledger(SECOND, [comment], bot)[1]
    assert [(entry.login, entry.verb, entry.score, entry.code) for entry in entries] == [
        (MAINTAINER, "rate", 8, "accepted"),
        (READER, "rate", 3, "accepted"),
        (READER, "help", None, "accepted"),
    ]


def approve(story: Scene, number: int) -> None:
    """MAINTAINER approves what stands there now."""
    story.do(MAINTAINER, "POST", f"/pulls/{number}/reviews", {"event": "APPROVE", "body": "Read it."})


def test_a_merge_needs_an_approval_and_the_head_that_was_read(story: Scene):
    assert story.merge(OWNER, SECOND)[0] == 405
    approve(story, SECOND)
    assert story.merge(OWNER, SECOND, sha=story.head(FIRST))[0] == 409
    status, answer = story.merge(OWNER, SECOND)
    assert status == 200, answer


def test_a_merge_records_the_ratings(story: Scene):
    runs = story.runner.deliver(story.last_event("push"), only="commands.yml")
    check_fine(runs)
    assert runs[0].act.jobs == {"answer": "skipped", "record": "success"}
    ((number, branch),) = [(number, branch) for number, branch in story.pulls() if number > SECOND]
    files = story.do(READER, "GET", f"/pulls/{number}/files")
    assert [one["status"] for one in files] == ["added"] * len(files)
    (path,) = [one["filename"] for one in files if one["filename"].startswith("corpus/ratings/")]
    text = git(story.world.folder(story.home), "show", f"{branch}:{path}")
    ratings = [orjson.loads(line) for line in text.splitlines()]
    assert sorted((one["score"], one["role"]) for one in ratings) == [(3, "reader"), (8, "maintainer")]
    place = story.clone(OWNER, NAME)
    story.selfsown(place, "validate", "--base", "origin/main", "--head", f"origin/{branch}")


def test_a_merge_trains_the_next_round_and_proposes_it(story: Scene, rulebook: Rulebook):
    count = len(story.pulls())
    (run,) = story.runner.deliver(story.last_event("push"), only="train.yml")
    check_fine([run])
    assert run.act.jobs == {"due": "success", "train": "success", "launch": "skipped", "propose": "success"}
    assert len(story.pulls()) == count + 1
    number, branch = story.pulls()[-1]
    assert branch.startswith("round/0001-")
    (file,) = story.do(READER, "GET", f"/pulls/{number}/files")
    assert file["filename"] == "training/rounds/0001.json"
    place = story.clone(OWNER, NAME)
    git(place, "checkout", "--quiet", branch)
    (entry,) = read_rounds(place, rulebook.schemas["round"])
    assert entry.state in {State.GATED, State.REJECTED}
    assert entry.judge_adapter
    assert entry.judge_adapter["recipe"]["name"] == "judge-seconds"
    assert entry.plan["corpus"]["commit"] == story.home.branch("main")
    kept = story.root / "kept" / str(run.id) / "adapter-0001" / "kept" / "round-0001"
    assert {path.name for path in kept.iterdir()} >= {"adapter_model.safetensors", "judge", "README.md", "round.json"}


def test_a_merge_that_starts_nothing_is_found_by_the_clock(story: Scene):
    """What a workflow's own token merges fires no `push`."""
    found = re.search(r"\bc-[0-9a-f]{32}\b", story.posted(FIRST).stickies[0].body)
    assert found
    story.comment(MAINTAINER, FIRST, f"/rate 2 {found[0]} it stops in the middle")
    story.runner.lose_new()
    check_fine(story.runner.schedule("commands.yml"))  # the comment's event was lost, too
    approve(story, FIRST)
    rights = {"contents": "write", "pull_requests": "write", "metadata": "read"}
    token = story.world.token(BOT, "actions", rights, NAME)
    data = {"sha": story.head(FIRST)}
    status, answer = story.world.ask(token, "PUT", f"/repos/{NAME}/pulls/{FIRST}/merge", data)
    assert status == 200, answer
    assert story.runner.deliver_new() == []
    known = story.pulls()
    check_fine(story.runner.schedule("commands.yml"))
    (waiting,) = story.runner.schedule("train.yml")
    assert waiting.act.jobs["train"] == "skipped", "a round waits: two at a time would carry the same number"
    (proposed,) = [number for number, branch in known if branch.startswith("round/")]
    story.do(OWNER, "PATCH", f"/pulls/{proposed}", {"state": "closed"})
    check_fine(story.runner.schedule("train.yml"))
    ratings, round_ = [branch for number, branch in story.pulls() if (number, branch) not in known]
    assert ratings.startswith(f"ratings/pull-{FIRST}-"), ratings
    assert round_.startswith("round/0001-")


def test_what_is_run_again_changes_nothing(story: Scene):
    before = story.pulls(), len(story.world.writes)
    (recorded,), (trained,) = story.runner.schedule("commands.yml"), story.runner.schedule("train.yml")
    check_fine([recorded, trained])
    assert recorded.act.jobs == {"answer": "success", "record": "success"}
    assert trained.act.jobs == {"due": "success", "train": "skipped", "launch": "skipped", "propose": "skipped"}
    assert (story.pulls(), len(story.world.writes)) == before


def test_nobody_else_was_heard(story: Scene):
    """All that was written on pull requests by the workflows was written by the one account they have."""
    state = story.world.state
    ours = {one.author for kept in (state.comments, state.reviews) for one in kept.values() if "selfsown:" in one.body}
    assert [state.accounts[one].login for one in ours] == [BOT]
