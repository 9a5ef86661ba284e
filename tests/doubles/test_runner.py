"""From an event of the double to the runs of its workflow files and back: the whole circle, with workflows of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from github_double import World, payloads, serve, triggers
from github_double.narrow import read_workflow
from github_double.runner import Runner
from github_double.state import Event

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a"
SAY = """
import json, os, sys, urllib.request
url = os.environ["GITHUB_API_URL"] + "/repos/" + os.environ["GITHUB_REPOSITORY"] + sys.argv[1]
headers = {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"}
request = urllib.request.Request(url, sys.argv[2].encode(), headers)
try:
    print("answer", urllib.request.urlopen(request).status)
except urllib.error.HTTPError as error:
    print("answer", error.code)
"""
VALIDATE = f"""
name: validate
on:
  pull_request:
  merge_group: {{types: [checks_requested]}}
permissions: {{}}
jobs:
  validate:
    runs-on: ubuntu-latest
    permissions: {{contents: read, statuses: write}}
    steps:
      - uses: {CHECKOUT}
      - name: look
        env:
          TITLE: ${{{{ github.event.pull_request.title }}}}
          TOKEN: ${{{{ github.token }}}}
          KEY: ${{{{ secrets.KEY }}}}
        run: |
          echo "title: ${{TITLE}}"
          echo "key: [${{KEY}}]"
          ls
          python3 say.py "/statuses/${{GITHUB_SHA}}" '{{"state": "success"}}'
"""
FOLLOW = f"""
name: follow
on:
  workflow_run: {{workflows: [validate], types: [completed]}}
  workflow_dispatch: {{inputs: {{head: {{type: string}}}}}}
  schedule: [{{cron: "1 2 * * *"}}]
permissions: {{}}
jobs:
  post:
    if: github.event_name != 'workflow_run' || github.event.workflow_run.conclusion == 'success'
    runs-on: ubuntu-latest
    environment: post
    permissions: {{contents: read, statuses: write}}
    steps:
      - uses: {CHECKOUT}
        with: {{ref: "${{{{ github.event.repository.default_branch }}}}"}}
      - name: say
        env:
          HEAD: ${{{{ github.event.workflow_run.head_sha || inputs.head }}}}
          TOKEN: ${{{{ github.token }}}}
          KEY: ${{{{ secrets.KEY }}}}
        run: |
          echo "event ${{GITHUB_EVENT_NAME}} ref ${{GITHUB_REF}} key ${{KEY}}" > said.txt
          cat said.txt | rev
          if [ -n "${{HEAD}}" ]; then
            python3 say.py "/statuses/${{HEAD}}" '{{"state": "success", "context": "selfsown/review"}}'
          fi
      - uses: {UPLOAD}
        with: {{name: said, path: said.txt}}
"""
NOTES = """
name: notes
on: {issue_comment: {types: [created]}, push: {branches: [main], paths: ["corpus/**"]}}
permissions: {}
jobs:
  note:
    if: github.event_name == 'push' || github.event.issue.pull_request
    runs-on: ubuntu-latest
    steps: [{env: {BODY: "${{ github.event.comment.body }}"}, run: 'echo "note ${GITHUB_EVENT_NAME}: ${BODY}"'}]
"""


@dataclass
class Circle:
    """A served world with a fork, and the runner of its workflows."""

    world: World
    runner: Runner
    owner: str
    artifacts: Path

    def submit(self, title: str, branch: str = "mine", message: str = "Add") -> int:
        """A pull request of a stranger."""
        self.world.push("ann/corpus", branch, {f"corpus/{branch}.jsonl": "{}\n"}, login="ann", message=message)
        return self.world.open_pull("octo/corpus", f"ann:{branch}", login="ann", title=title)

    def names(self) -> list[tuple[str, str, str]]:
        return [(run.name, run.event, run.conclusion) for run in self.runner.deliver_new()]


@pytest.fixture
def circle(tmp_path: Path) -> Iterator[Circle]:
    world = World(tmp_path / "world")
    world.add_account("octo")
    world.add_account("ann")
    home = world.add_repository("octo", "corpus")
    files = {"validate": VALIDATE, "follow": FOLLOW, "notes": NOTES}
    shipped = {f".github/workflows/{name}.yml": text for name, text in files.items()}
    world.push(home, "main", {"README.md": "# corpus\n", "say.py": SAY, **shipped})
    world.fork(home, "ann")
    with serve(world) as server:
        environments = {"post": {"KEY": "for-post"}}
        runner = Runner(world, server, "octo/corpus", tmp_path / "kept", environments=environments)
        yield Circle(world, runner, world.token("octo"), tmp_path / "kept")


def test_a_strangers_pull_request_is_run_without_rights_and_followed_with_them(circle: Circle):
    number = circle.submit('x"; touch pwned; "$(touch pwned)')
    assert circle.names() == [("validate", "pull_request", "success"), ("follow", "workflow_run", "success")]
    validate, follow = circle.runner.runs
    assert 'title: x"; touch pwned; "$(touch pwned)' in validate.log
    assert "key: []" in validate.log
    assert "answer 403" in validate.log  # it asks for statuses: write and comes from a fork
    assert "corpus" in validate.act.output("validate").split()  # the merge commit has the new folder
    assert "pwned" not in validate.act.output("validate").replace("touch pwned", "")
    assert "answer 201" in follow.log
    assert "event workflow_run ref refs/heads/main key for-post"[::-1] in follow.log
    head = circle.world.ask(circle.owner, "GET", f"/repos/octo/corpus/pulls/{number}")[1]["head"]["sha"]
    assert follow.head_sha != head
    assert validate.head_sha == head
    (status,) = circle.world.ask(circle.owner, "GET", f"/repos/octo/corpus/commits/{head}/statuses")[1]
    assert (status["context"], status["state"], status["creator"]["login"]) == (
        "selfsown/review",
        "success",
        "github-actions[bot]",
    )
    assert circle.names() == []


def test_an_event_may_be_delivered_twice(circle: Circle):
    circle.submit("one")
    (event,) = [event for event in circle.world.events if event.name == "pull_request"]
    runs = circle.runner.deliver(event, times=2)
    assert [run.name for run in runs] == ["validate", "follow", "validate", "follow"]
    assert len({run.id for run in runs}) == 4


def test_a_conflict_and_a_message_that_says_so_start_nothing(circle: Circle):
    circle.submit("skipped", "skipped", message="Add\n\n[skip ci]")
    circle.world.push("ann/corpus", "clash", {"README.md": "# mine\n"}, login="ann")
    circle.world.push("octo/corpus", "main", {"README.md": "# ours\n"})
    circle.world.open_pull("octo/corpus", "ann:clash", login="ann")
    assert circle.names() == []


def test_what_is_asked_by_hand_by_the_clock_and_by_a_merge_queue(circle: Circle):
    number = circle.submit("one")
    head = circle.world.state.repositories["ann/corpus"].branch("mine")
    assert head
    assert [run.event for run in circle.runner.dispatch("follow.yml", head=head)] == ["workflow_dispatch"]
    assert "answer 201" in circle.runner.runs[-1].log
    (timed,) = circle.runner.schedule("follow.yml")
    assert (timed.event, timed.conclusion) == ("schedule", "success"), timed.log
    assert "event schedule ref refs/heads/main key for-post"[::-1] in timed.log
    queued = circle.runner.merge_group(number)
    assert [run.name for run in queued] == ["validate", "follow"]
    assert queued[0].head_branch.startswith("gh-readonly-queue/main/pr-")


def test_comments_and_pushes_are_filtered_as_github_does(circle: Circle):
    number = circle.submit("one", message="Add [skip ci]")
    comment = {"body": "/rate 7 $(touch pwned)"}
    circle.world.ask(circle.owner, "POST", f"/repos/octo/corpus/issues/{number}/comments", comment)
    _, issue = circle.world.ask(circle.owner, "POST", "/repos/octo/corpus/issues", {"title": "a question"})
    circle.world.ask(circle.owner, "POST", f"/repos/octo/corpus/issues/{issue['number']}/comments", comment)
    circle.world.push("octo/corpus", "main", {"README.md": "# other\n"})
    circle.world.push("octo/corpus", "side", {"corpus/a.jsonl": "{}\n"})
    circle.world.push("octo/corpus", "main", {"corpus/a.jsonl": "{}\n"})
    assert circle.names() == [
        ("notes", "issue_comment", "success"),
        ("notes", "issue_comment", "skipped"),
        ("notes", "push", "success"),
    ]
    assert "note issue_comment: /rate 7 $(touch pwned)" in circle.runner.runs[0].log


def test_artifacts_are_kept_and_known_to_the_api(circle: Circle):
    (run,) = circle.runner.schedule("follow.yml")
    assert (circle.artifacts / str(run.id) / "said" / "said.txt").read_text().startswith("event schedule")
    _, listed = circle.world.ask(circle.owner, "GET", "/repos/octo/corpus/actions/artifacts?name=said")
    assert [one["workflow_run"]["id"] for one in listed["artifacts"]] == [run.id]


@pytest.mark.parametrize(
    ("on", "occasion", "expected"),
    [
        ("push", {"name": "push"}, True),
        ("[push, pull_request]", {"name": "pull_request", "action": "opened"}, True),
        ("[push, pull_request]", {"name": "pull_request", "action": "labeled"}, False),
        ("{pull_request: {types: [labeled]}}", {"name": "pull_request", "action": "labeled"}, True),
        ("{pull_request: {branches: [main]}}", {"name": "pull_request", "action": "opened", "branch": "dev"}, False),
        ("{push: {branches: ['release/**']}}", {"name": "push", "branch": "release/1/x"}, True),
        ("{push: {branches: ['release/*']}}", {"name": "push", "branch": "release/1/x"}, False),
        ("{push: {paths: ['corpus/**']}}", {"name": "push", "paths": ["README.md"]}, False),
        ("{push: {paths: ['**/*.md']}}", {"name": "push", "paths": ["README.md"]}, True),
        ("{push: {paths: ['corpus/**', '!corpus/x/**']}}", {"name": "push", "paths": ["corpus/x/a"]}, False),
        ("{push: {paths-ignore: ['corpus/**']}}", {"name": "push", "paths": ["corpus/a"]}, False),
        ("{push: {paths-ignore: ['corpus/**']}}", {"name": "push", "paths": ["corpus/a", "b"]}, True),
        ("{push: {paths-ignore: ['corpus/**']}}", {"name": "push", "paths": ["corpus/a\nb"]}, False),
        ("{workflow_run: {workflows: [validate]}}", {"name": "workflow_run", "workflow": "other"}, False),
        ("{issue_comment: {types: created}}", {"name": "issue_comment", "action": "edited"}, False),
    ],
)
def test_triggers_are_read_as_github_reads_them(on: str, occasion: dict[str, Any], expected: bool):
    assert triggers.starts(read_workflow(f"on: {on}\n"), triggers.Occasion(**occasion)) is expected


def test_payloads_are_githubs_with_our_facts():
    facts = {
        "number": 7,
        "pull_request": {"number": 7, "head": {"sha": "a" * 40, "repo": None}},
        "repository": {"id": 5},
    }
    made = payloads.complete("pull_request", "synchronize", facts)
    assert (made["action"], made["number"], made["repository"]["id"]) == ("synchronize", 7, 5)
    assert made["pull_request"]["head"]["repo"] is None
    assert made["pull_request"]["head"]["sha"] == "a" * 40
    assert made["pull_request"]["user"]["login"]
    assert not {"organization", "installation"} & made.keys()
    assert payloads.complete("schedule", None, {"schedule": "1 2 * * *"}) == {"schedule": "1 2 * * *"}


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("pull_request", "opened"),
        ("workflow_run", "completed"),
        ("issue_comment", "created"),
        ("push", None),
        ("workflow_dispatch", None),
        ("merge_group", "checks_requested"),
    ],
)
def test_every_event_of_our_workflows_has_an_example(event: str, action: str | None):
    made = payloads.complete(event, action, {"repository": {"full_name": "octo/corpus"}})
    assert made["repository"]["full_name"] == "octo/corpus"
    assert made["repository"]["default_branch"]
    assert made.get("action") == action
    assert json.dumps(made) == json.dumps(
        payloads.complete(event, action, {"repository": {"full_name": "octo/corpus"}})
    )


def test_events_of_other_repositories_are_left_alone(circle: Circle):
    circle.world.events.append(
        Event("push", None, 1, {"repository": {"full_name": "ann/corpus"}, "ref": "refs/heads/x"})
    )
    assert circle.names() == []
