"""Commands answered on a pull request: who may what, what is said, and each thing once."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from tests.selfsown.commands.fake_host import AUTHOR, HEAD, MAINTAINER, ME, READER, STRANGER, Scene

from selfsown.commands.answer import HeadMoved, answer_pull, find_commanded
from selfsown.commands.ledger import MARKER, BrokenLedger, Entry, read_ledger, render_ledger
from selfsown.host import Account, Permission, PostedComment, Refused, StatusState, Unsure


def ledger(scene: Scene) -> tuple[Entry, ...]:
    return read_ledger(7, scene.host.posted, ME)[1]


def answer(scene: Scene) -> tuple[Entry, ...]:
    return answer_pull(scene.desk, 7)


def reply_to(scene: Scene, comment: PostedComment) -> str | None:
    bodies = scene.host.bodies(f"<!-- selfsown:answer {comment.id} -->")
    assert len(bodies) < 2
    return bodies[0] if bodies else None


def codes(scene: Scene) -> list[str]:
    return [entry.code for entry in ledger(scene)]


def test_a_rating_is_written_down_and_needs_no_words(scene):
    name = scene.chats[0].id
    comment = scene.host.say(READER, f"Nice.\n\n/rate 7.5 {name} Right, and short.")
    answer(scene)
    (entry,) = ledger(scene)
    assert entry == Entry(
        comment.id, 0, 3, "rhea", "rate", name, 7.5, "Right, and short.", "reader", "accepted", HEAD, comment.created
    )
    assert scene.host.on(comment) == {"eyes", "+1"}
    assert reply_to(scene, comment) is None
    assert scene.host.reacted[0] == (comment.id, "eyes"), "at once"


@pytest.mark.parametrize(
    ("account", "role"), [(AUTHOR, "author"), (MAINTAINER, "maintainer"), (READER, "reader")], ids=["a", "m", "r"]
)
def test_the_role_is_what_the_host_says(scene, account, role):
    scene.host.say(account, f"/rate 3 {scene.chats[0].id}")
    answer(scene)
    assert [entry.role for entry in ledger(scene)] == [role]


def test_an_author_with_a_role_stays_an_author(scene):
    scene.host.permissions[AUTHOR.login] = Permission.ADMIN
    scene.host.say(AUTHOR, f"/rate 10 {scene.chats[0].id}")
    answer(scene)
    assert [entry.role for entry in ledger(scene)] == ["author"]


@pytest.mark.parametrize(
    ("account", "body", "code"),
    [
        (STRANGER, "/rate 1 ID", "young"),
        (Account(6, "ghost", False), "/rate 1 ID", "young"),
        (READER, "/drop ID", "not-allowed"),
        (READER, "/rejudge", "not-allowed"),
        (AUTHOR, "/rejudge", "not-allowed"),
        (READER, "/rate 1", "no-id"),
        (READER, "/rate 1 c-00000000", "unknown-id"),
        (READER, "/explain c-00000000", "unknown-id"),
        (MAINTAINER, "/drop w-00000000", "unknown-id"),
        (READER, "/rate fine ID", "score"),
        (READER, "/rejuge", "misspelt"),
    ],
)
def test_a_refusal_says_why_and_is_written_down(scene, account, body, code):
    comment = scene.host.say(account, body.replace("ID", scene.chats[0].id))
    answer(scene)
    assert codes(scene) == [code]
    assert [entry.account for entry in ledger(scene)] == [account.id]
    assert scene.host.on(comment) == {"eyes", "confused"}
    assert "😕" in (reply_to(scene, comment) or "")
    assert scene.host.dispatched == []
    assert scene.host.status == []


@pytest.mark.parametrize("level", [Permission.READ, Permission.NONE])
def test_less_than_triage_is_no_role(scene, level):
    scene.host.permissions[READER.login] = level
    scene.host.say(READER, "/rejudge")
    answer(scene)
    assert codes(scene) == ["not-allowed"]


@pytest.mark.parametrize(
    ("account", "body", "changes"),
    [
        (Account(8, "other[bot]", True), "/help", {}),
        (MAINTAINER, "/help", {"updated": "2026-11-21T09:30:00Z"}),
        (ME, "<!-- selfsown:answer 1 -->\n\n/help", {}),
        (replace(ME, is_bot=False), "<!-- selfsown:review -->\n\n/help", {}),
        (MAINTAINER, "> /help", {}),
        (MAINTAINER, "> /rejudge\n\nWhy?", {}),
        (MAINTAINER, "Thanks!", {}),
    ],
)
def test_bots_edited_comments_quotes_and_ours_do_nothing(scene, account, body, changes):
    scene.host.say(account, body, **changes)
    assert answer(scene) == ()
    assert (scene.host.reacted, scene.host.dispatched, len(scene.host.posted)) == ([], [], 1)


@pytest.mark.parametrize("change", [{"is_open": False}, {"base": "other"}])
def test_a_pull_request_that_is_closed_or_goes_elsewhere_is_left_alone(scene, change):
    scene.host.say(MAINTAINER, "/rejudge\n/help")
    scene.host.state = replace(scene.host.state, **change)
    assert answer(scene) == ()
    assert scene.host.reacted == []


def test_a_renamed_account_is_the_same_and_has_the_rights_of_now(scene):
    name = scene.chats[0].id
    scene.host.say(MAINTAINER, f"/rate 2 {name}")
    answer(scene)
    renamed = replace(MAINTAINER, login="maxine")
    scene.host.say(renamed, f"/rate 9 {name}\n/rejudge")
    scene.host.say(Account(99, "max", False), f"/rate 0 {name}")  # somebody took the free name, and what goes with it
    answer(scene)
    assert [(entry.account, entry.login, entry.code) for entry in ledger(scene)] == [
        (2, "max", "accepted"),
        (2, "maxine", "accepted"),
        (2, "maxine", "not-allowed"),
        (99, "max", "accepted"),
    ]


def test_rejudging_sets_the_status_and_starts_the_review_of_this_head_once(scene):
    comment = scene.host.say(MAINTAINER, "/rejudge\n/rejudge")
    answer(scene)
    assert scene.host.dispatched == [("review.yml", {"pull": "7", "head": HEAD})]
    assert [(it.context, it.state) for it in scene.host.status] == [("selfsown/review", StatusState.PENDING)]
    assert scene.host.on(comment) == {"eyes", "+1"}
    answer(scene)
    answer(scene)
    assert len(scene.host.dispatched) == len(scene.host.status) == 1


@pytest.mark.parametrize("error", [Refused("no workflow", code=404), Unsure("no answer")])
def test_a_review_that_cannot_be_started_is_left_to_the_sweeper(scene, error, monkeypatch):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(scene.host, "dispatch", fail)
    scene.host.say(MAINTAINER, "/rejudge")
    answer(scene)
    assert scene.host.status[-1].state is StatusState.PENDING
    assert codes(scene) == ["accepted"]


def test_where_no_status_may_be_set_a_start_that_fails_is_heard(scene, monkeypatch):
    def refuse(*_: object) -> None:
        raise Refused("Resource not accessible by integration", code=403)

    comment = scene.host.say(MAINTAINER, "/rejudge")
    monkeypatch.setattr(scene.host, "set_status", refuse)
    answer(scene)
    assert (len(scene.host.dispatched), scene.host.on(comment)) == (1, {"eyes", "+1"})
    monkeypatch.setattr(scene.host, "dispatch", refuse)
    scene.host.say(MAINTAINER, "/rejudge")
    with pytest.raises(Refused, match="not accessible"):
        answer(scene)


def test_one_conversation_needs_no_id_and_a_short_one_is_enough(make_scene):
    alone = make_scene("tea")
    alone.host.say(READER, "/rate 4")
    answer(alone)
    assert [(entry.code, entry.conversation) for entry in ledger(alone)] == [("accepted", alone.chats[0].id)]
    short = make_scene("tea", "coffee")
    name = short.chats[1].id
    short.host.say(READER, f"/rate 4 {name[:10]}\n/rate 5 {name[2:12]}")
    answer(short)
    assert [(entry.code, entry.conversation) for entry in ledger(short)] == [("accepted", name)] * 2


def test_what_is_explained_is_the_row_of_the_review_inert(make_scene):
    evil = "```\n@max [a](https://x.example) ![b](https://x.example/y.png) <img src=x> # big\n/drop c-00000000"
    scene = make_scene("tea", evil)
    scene.host.say(STRANGER, f"/explain {scene.chats[1].id}")
    answer(scene)
    body = scene.host.bodies("<!-- selfsown:answer")[0]
    assert "features" in body
    assert "Many people say" in body
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"link_open", "image", "heading_open"}
    html = [child.content for token in tokens for child in token.children or () if child.type == "html_inline"]
    assert html == ["<sub>", "</sub>"], "the foot, which is ours"
    outside = [child.content for token in tokens for child in token.children or () if child.type == "text"]
    assert not any("@" in text for text in outside)
    assert sum(token.type == "fence" for token in tokens) == 1


def test_help_names_every_command_and_what_becomes_of_a_rating(scene):
    comment = scene.host.say(STRANGER, "/help")
    answer(scene)
    body = reply_to(scene, comment) or ""
    assert all(f"`/{name}" in body for name in ("rate", "drop", "rejudge", "explain", "help"))
    assert "CC0-1.0" in body


def test_many_commands_get_one_reply_with_each_thing_once(scene):
    name = scene.chats[0].id
    comment = scene.host.say(MAINTAINER, f"/help\n/explain {name}\n/explain {name}\n/drop {name}\n/rate 99")
    answer(scene)
    body = reply_to(scene, comment) or ""
    assert body.count("takes 1 record out") == body.count("| command | what it does") == 1
    assert body.count("Many people say") == 1
    assert codes(scene) == ["accepted"] * 4 + ["score"]
    assert scene.host.on(comment) == {"eyes", "confused"}


def test_an_answer_that_would_be_too_long_says_so(make_scene, monkeypatch):
    scene = make_scene(*(f"thing {number} " + "x" * 1_400 for number in range(5)))
    monkeypatch.setattr("selfsown.commands.reply.MOST_BYTES", 4_000)
    scene.host.say(READER, "\n".join(f"/explain {chat.id}" for chat in scene.chats))
    answer(scene)
    (body,) = scene.host.bodies("<!-- selfsown:answer")
    assert len(body.encode()) <= 4_000
    assert "would not fit" in body
    assert body.count("x" * 500) >= 1


def test_a_misspelt_command_is_helped_once(scene):
    comments = [scene.host.say(READER, "/hepl"), scene.host.say(READER, "/explian x")]
    answer(scene)
    assert "| command | what it does" in (reply_to(scene, comments[0]) or "")
    assert reply_to(scene, comments[1]) is None
    assert scene.host.on(comments[1]) == {"eyes", "confused"}


def test_one_account_gets_so_many_answers_and_no_more(scene):
    most = scene.desk.policy.commands.answers
    comments = [scene.host.say(STRANGER, "/help") for _ in range(most + 3)]
    other = scene.host.say(READER, "/help")
    answer(scene)
    assert [reply_to(scene, comment) is not None for comment in comments] == [True] * most + [False] * 3
    assert scene.host.on(comments[-1]) == {"eyes", "confused"}
    assert reply_to(scene, other)


def test_people_with_a_role_are_answered_always(scene):
    comments = [scene.host.say(MAINTAINER, "/help") for _ in range(scene.desk.policy.commands.answers + 1)]
    answer(scene)
    assert all(reply_to(scene, comment) for comment in comments)


def test_a_flood_of_ratings_is_bounded_and_leaves_room(scene):
    policy = scene.desk.policy.commands
    name = scene.chats[0].id
    flood = "\n".join([f"/rate 0 {name} " + "bad " * 70] * 5)
    for _ in range(policy.account_commands // 5 + 4):
        last = scene.host.say(READER, flood)
    answer(scene)
    assert len(ledger(scene)) == policy.account_commands
    assert scene.host.on(last) == {"eyes", "confused"}
    assert reply_to(scene, last) is None
    reads = scene.host.reads
    assert answer(scene) == ()
    assert scene.host.reads - reads < 40, "settled comments cost little"
    comment = scene.host.say(MAINTAINER, f"/rate 9 {name}")
    answer(scene)
    assert scene.host.on(comment) == {"eyes", "+1"}


def test_a_crowd_fills_the_ledger_and_is_told_so_and_maintainers_have_room_left(scene):
    name = scene.chats[0].id
    chance = random.Random(1)
    last = None
    for number in range(30):
        reasons = ["".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(300)) for _ in range(5)]
        body = "\n".join(f"/rate 0 {name} {reason}" for reason in reasons)
        last = scene.host.say(Account(100 + number, f"crowd{number}", False), body)
    answer(scene)
    assert last is not None
    assert "is full" in (reply_to(scene, last) or "")
    assert scene.host.on(last) == {"eyes", "confused"}
    before = len(ledger(scene))
    comment = scene.host.say(MAINTAINER, f"/rate 9 {name} fine")
    answer(scene)
    assert scene.host.on(comment) == {"eyes", "+1"}
    assert len(ledger(scene)) == before + 1
    assert all(len(it.body.encode()) <= 60_000 for it in scene.host.posted if it.author == ME)


def test_nobody_else_can_pose_as_the_ledger_or_as_an_answer(scene):
    name = scene.chats[0].id
    forged = Entry(1, 0, 2, "max", "rate", name, 10.0, "", "maintainer", "accepted", HEAD, "2026-11-21T09:00:00Z")
    scene.host.say(STRANGER, render_ledger(7, [forged]))
    comment = scene.host.say(READER, f"/explain {name}")
    scene.host.say(STRANGER, f"<!-- selfsown:answer {comment.id} -->\nAll is well.")
    answer(scene)
    assert [entry.comment for entry in ledger(scene)] == [comment.id]
    assert reply_to(scene, comment)


def test_a_broken_ledger_stops_everything_and_stays(scene):
    scene.host.say(ME, f"{MARKER}\n<!-- selfsown:entries AAAA -->")
    scene.host.say(READER, "/help")
    with pytest.raises(BrokenLedger):
        answer(scene)
    assert len(scene.host.posted) == 2


def test_two_ledgers_become_one(scene):
    name = scene.chats[0].id
    scene.host.say(READER, f"/rate 3 {name}")
    answer(scene)
    other = Entry(1, 0, 2, "max", "rate", name, 10.0, "", "maintainer", "accepted", HEAD, "2026-11-21T09:00:00Z")
    scene.host.say(ME, render_ledger(7, [other]))
    scene.host.say(READER, f"/rate 4 {name}")
    answer(scene)
    (body,) = scene.host.bodies(MARKER)
    assert len(read_ledger(7, [replace(scene.host.posted[0], author=ME, body=body)], ME)[1]) == 3


def test_an_entry_lost_to_a_run_beside_this_one_is_written_again(scene):
    comment = scene.host.say(READER, f"/rate 3 {scene.chats[0].id}")
    answer(scene)
    place = next(index for index, it in enumerate(scene.host.posted) if it.body.startswith(MARKER))
    scene.host.posted[place] = replace(scene.host.posted[place], body=render_ledger(7, []))
    answer(scene)
    assert [entry.comment for entry in ledger(scene)] == [comment.id]
    assert scene.host.reacted.count((comment.id, "+1")) == 1


def test_a_head_that_moves_while_it_is_read_is_read_again(scene):
    real, calls = scene.desk.look, []

    def look(pull):
        calls.append(pull.head)
        if len(calls) == 1:
            scene.host.state = replace(scene.host.state, head="e" * 40)
            raise HeadMoved("moved")
        return real(pull)

    scene.host.say(READER, f"/rate 3 {scene.chats[0].id}")
    answer_pull(replace(scene.desk, look=look), 7)
    assert calls == [HEAD, "e" * 40]
    assert [entry.head for entry in ledger(scene)] == ["e" * 40]


def test_lost_events_are_found_among_the_recent_comments(scene):
    scene.host.say(READER, "Thanks!")
    scene.host.say(READER, "/help", pull=9)
    scene.host.say(READER, "/help", pull=8)
    scene.host.say(STRANGER, "/help", pull=9)
    scene.host.say(READER, "/help", pull=5, updated="2026-11-21T10:00:00Z")
    assert find_commanded(scene.host.recent_comments(""), ME) == (9, 8)
