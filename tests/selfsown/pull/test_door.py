"""The door on the double, in process and over HTTP, with every answer held against GitHub's own description of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from github import Auth
from github_double import serve, truth
from tests.selfsown.pull.stage import BOT, NAME, Stage, patient

from selfsown.github import GitHub, open_github
from selfsown.github_wire import HIDDEN, VIEWER, render_hide
from selfsown.host import LineComment, Permission, Refused, StatusState, Unsure
from selfsown.pull.publish import publish

WORKFLOW = "on:\n  workflow_dispatch:\n    inputs:\n      pull: {type: string}\njobs: {}\n"


@pytest.fixture(params=["in process", "over http"])
def door(request, stage: Stage) -> Iterator[GitHub]:
    from github.Requester import Requester

    stage.world.truth = truth
    if request.param == "in process":
        yield stage.door()
    else:
        Requester.resetConnectionClasses()
        with serve(stage.world) as address:
            environment = {"GITHUB_REPOSITORY": NAME, "GITHUB_API_URL": address, "GITHUB_TOKEN": stage.tokens["bot"]}
            yield open_github(environment, write_pause=0)
    stage.world.truth = None


@pytest.mark.parametrize("document", [VIEWER, HIDDEN, render_hide(["id0", "id1"])])
def test_the_documents_fit_githubs_schema(document):
    truth.check_query(document)


def test_facts_of_a_pull_request(door, stage):
    pull = door.pull(stage.number)
    assert (pull.number, pull.head, pull.head_branch, pull.head_repository) == (1, stage.head, "topic", "mira/corpus")
    assert (pull.base, pull.is_open, pull.author.login, pull.changed_files) == ("main", True, "mira", 1)
    assert door.pulls_of(stage.head) == door.pulls() == [type(pull)(**{**fields(pull), "changed_files": 0})]
    assert door.pulls_of(stage.heads["broken"]) == []
    assert door.pulls_from("topic") == []
    [file] = door.files(stage.number)
    assert file.status == "added"
    assert file.patch.startswith("@@ -0,0 +1,4 @@")


def fields(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__slots__}


def test_a_commit_of_a_fork_that_github_does_not_know_is_looked_for(door, stage):
    stage.world.limits.fork_commits_have_pulls = False
    assert [pull.number for pull in door.pulls_of(stage.head)] == [stage.number]


def test_who_we_are_and_who_may_what(door, stage):
    assert (door.me().login, door.me().is_bot, door.me().id) == (BOT, True, stage.bot)
    assert door.default_branch() == "main"
    assert door.permission("maintainer") is Permission.MAINTAIN
    assert door.permission("owner") is Permission.ADMIN
    assert door.permission("mira") is Permission.READ
    assert door.permission("nobody-at-all") is Permission.NONE
    assert door.created("mira") == "2020-01-01T00:00:00Z"


def test_comments_and_reactions(door, stage):
    before = stage.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    identity = door.add_comment(stage.number, "hello")
    door.edit_comment(identity, "hello again")
    found = door.comment(identity)
    assert (found.body, found.is_edited, found.pull, found.author.id) == ("hello again", True, 1, stage.bot)
    assert [it.id for it in door.comments(stage.number)] == [identity]
    assert [it.id for it in door.recent_comments(before)] == [identity]
    assert door.reactions(identity) == frozenset()
    door.react(identity, "eyes")
    door.react(identity, "eyes")
    assert door.reactions(identity) == {"eyes"}
    assert door.hidden([found.node]) == frozenset()
    door.hide([found.node])
    assert door.hidden([found.node, "no-such-node"]) == {found.node}


def test_reviews_and_their_lines(door, stage):
    path = door.files(stage.number)[0].path
    line = LineComment(path, 2, "look here")
    identity = door.add_review(stage.number, stage.head, "a review", [line])
    door.edit_review(stage.number, identity, "a better review")
    [review] = door.reviews(stage.number)
    assert (review.id, review.body, review.commit) == (identity, "a better review", stage.head)
    [comment] = door.line_comments(stage.number)
    assert (comment.path, comment.line, comment.review, comment.reply_to) == (path, 2, identity, None)
    door.edit_line_comment(comment.id, "look there")
    assert door.line_comments(stage.number)[0].body == "look there"
    door.hide([review.node, comment.node])
    assert door.hidden([review.node, comment.node]) == {review.node, comment.node}
    with pytest.raises(Refused) as caught:
        door.add_review(stage.number, stage.head, "a review", [line, LineComment(path, 99, "nowhere")])
    assert caught.value.code == 422
    assert len(door.reviews(stage.number)) == 1


def test_statuses_and_labels(door, stage):
    for state in (StatusState.PENDING, StatusState.SUCCESS):
        door.set_status(stage.head, "selfsown/review", state, state.value, "https://ci.example/1")
    assert [it.state for it in door.statuses(stage.head)] == [StatusState.SUCCESS, StatusState.PENDING]
    door.add_label(stage.number, "waiting:author")
    assert door.pull(stage.number).labels == ("waiting:author",)
    door.remove_label(stage.number, "waiting:author")
    door.remove_label(stage.number, "waiting:author")
    assert door.pull(stage.number).labels == ()


def test_a_branch_with_files_and_its_pull_request(door, stage):
    base = door.branch_sha("main")
    files = {"corpus/ratings/a.jsonl": b"{}\n", "corpus/b\u00e9.bin": bytes(range(256))}
    commit = door.commit_files("selfsown/ratings", base, files, "Record ratings")
    assert door.branch_sha("selfsown/ratings") == commit
    assert door.branch_sha("no-such") is None
    with pytest.raises(Refused) as caught:
        door.commit_files("selfsown/ratings", base, files, "Record ratings")
    assert caught.value.code == 422
    number = door.open_pull("selfsown/ratings", "Ratings", "Collected from comments.")
    [pull] = door.pulls_from("selfsown/ratings")
    assert (pull.number, pull.head) == (number, commit)
    assert {file.path for file in door.files(number)} == set(files)


def test_a_commit_that_takes_files_away(door, stage):
    base = door.branch_sha("main")
    added = door.commit_files("one", base, {"corpus/a.jsonl": b"{}\n", "corpus/b.jsonl": b"[]\n"}, "Add")
    removed = door.commit_files("two", added, {"corpus/a.jsonl": None, "corpus/c.jsonl": b"[]\n"}, "Remove")
    number = door.open_pull("two", "Remove", "")
    assert {file.path for file in door.files(number)} == {"corpus/b.jsonl", "corpus/c.jsonl"}
    with pytest.raises(Refused) as caught:
        door.commit_files("three", removed, {"corpus/a.jsonl": None}, "Remove again")
    assert caught.value.code == 422
    assert door.branch_sha("three") is None


def test_a_workflow_is_started_on_the_default_branch(door, stage):
    stage.world.state.tokens[stage.tokens["bot"]].permissions["actions"] = "write"
    home = stage.world.state.repositories[NAME]
    stage.world.push(home, "main", {".github/workflows/review.yml": WORKFLOW}, login="owner")
    door.dispatch("review.yml", {"pull": "1"})
    event = stage.world.events[-1]
    assert (event.name, event.payload["inputs"], event.payload["ref"]) == (
        "workflow_dispatch",
        {"pull": "1"},
        "refs/heads/main",
    )


def test_what_is_not_there_is_refused(door):
    for ask in (lambda: door.pull(99), lambda: door.comment(99), lambda: door.comments(99)):
        with pytest.raises(Refused) as caught:
            ask()
        assert caught.value.code == 404


@pytest.mark.parametrize("kind", ["lost-answer", "refuse-connection", "500", "502", "html", "html-after", "truncated"])
def test_what_breaks_on_the_way_is_unsure(door, stage, kind):
    from github_double import Fault

    stage.world.faults.append(Fault(r"POST .*/comments$", kind))
    with pytest.raises(Unsure):
        door.add_comment(stage.number, "hello")


def test_a_whole_review_is_posted_and_nothing_again(door, stage):
    head = stage.head
    outcome = publish(door, stage.number, head, stage.decide(head), patient())
    assert [type(write).__name__ for write in outcome.written] == ["AddReview", "AddSticky", "AddLabel", "SetStatus"]
    assert publish(door, stage.number, head, stage.decide(head), patient()).written == ()


@pytest.mark.parametrize("kind", ["user", "app", "actions"])
def test_every_kind_of_token_posts_and_knows_its_own(stage, kind):
    rights = {"contents": "read", "issues": "write", "pull_requests": "write", "statuses": "write"}
    login = {"user": "maintainer", "app": BOT, "actions": BOT}[kind]
    token = stage.world.token(login, kind, None if kind == "user" else rights, NAME)
    head, writes = stage.head, []
    for _ in range(2):
        door = GitHub(NAME, Auth.Token(token), write_pause=0)
        writes.append(len(publish(door, stage.number, head, stage.decide(head), patient()).written))
    assert writes == [4, 0]


def test_a_branch_is_deleted_and_its_pull_request_closed(door, stage):
    base, files = door.branch_sha("main"), {"corpus/a.jsonl": b"{}\n"}
    commit = door.commit_files("submit/a", base, files, "Add")
    assert door.read_file(commit, "corpus/a.jsonl") == b"{}\n"
    assert (door.read_file(base, "corpus/a.jsonl"), door.read_file(commit, "corpus")) == (None, None)
    number = door.open_pull("submit/a", "Add", "one")
    door.close_pull(number)
    door.close_pull(number)
    assert not door.pull(number).is_open
    door.delete_branch("submit/a")
    door.delete_branch("submit/a")
    assert door.branch_sha("submit/a") is None
    door.commit_files("submit/b", base, files, "Add")
    other = door.open_pull("submit/b", "Add", "one")
    door.delete_branch("submit/b")
    assert not door.pull(other).is_open
    with pytest.raises(Refused):
        door.delete_branch("main")


def test_a_person_without_rights_works_in_a_fork(stage):
    stage.world.truth = truth
    stage.world.add_account("zoe")
    door = GitHub(NAME, Auth.Token(stage.world.token("zoe")), write_pause=0)
    assert not door.can_push()
    assert stage.door().can_push()
    assert GitHub(NAME, Auth.Token(stage.tokens["maintainer"]), write_pause=0).can_push()
    name = door.fork()
    assert (name, door.fork()) == ("zoe/corpus", "zoe/corpus")
    there = door.at(name)
    base = door.branch_sha("main")
    stage.world.push(NAME, "main", {"README.md": "newer"})
    newer = door.branch_sha("main")
    there.commit_files("submit/a", newer, {"corpus/a.jsonl": b"{}\n"}, "Add")
    assert (there.branch_sha("main"), there.default_branch()) == (base, "main"), "the fork's own branch is not touched"
    number = door.open_pull("zoe:submit/a", "Add", "one")
    [pull] = door.pulls_from("zoe:submit/a")
    assert (pull.number, pull.head_repository, pull.base_sha) == (number, name, newer)
    assert door.pulls_from("submit/a") == []
    there.delete_branch("submit/a")
    assert not door.pull(number).is_open
    with pytest.raises(Refused):
        stage.door().fork()
    stage.world.truth = None
