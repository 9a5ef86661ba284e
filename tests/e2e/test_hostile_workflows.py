"""Requirements 1, 2 and 4 of the threat model where only running workflows shows them: the shipped files under act."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from github_double.narrow import split_jobs
from github_double.runner import WorkflowRun
from tests.e2e.scene import CONTEXT, GOOD, MAINTAINER, OWNER, Scene, check_fine, commit, git, open_scene, set_up, told

pytestmark = pytest.mark.slow

TITLE = (
    '"; touch PWNED; " $(touch PWNED) `touch PWNED`\nLD_PRELOAD=/tmp/evil.so\n::set-env name=LD_PRELOAD::/tmp/evil.so'
)
BRANCH = 'x";touch${IFS}PWNED;"$(touch${IFS}PWNED)`touch${IFS}PWNED`&&LD_PRELOAD=evil'
FILES = (
    '"; touch PWNED; ".jsonl',
    "$(touch PWNED)`touch PWNED`.jsonl",
    "a\nLD_PRELOAD=evil.so\n::set-env name=LD_PRELOAD::evil.so\n::add-path::evil\n##[add-path]evil.jsonl",
)
AUTHOR_NAME = '"; touch PWNED; " $(touch PWNED) `touch PWNED` LD_PRELOAD=evil.so'
# In every job before and after the shipped steps: what the environment is, and whether anybody has made PWNED.
CANARY = """\
      - name: canary
        if: always()
        run: |
          env -0 | tr '\\n\\0' '~\\n' | sed 's/^/canary WHEN /'
          find "${GITHUB_WORKSPACE}" "${RUNNER_TEMP}" "${HOME}" -name PWNED | sed 's/^/found /'
"""
OF_ONE_STEP = {"_", "SHLVL", "OLDPWD"}
INSTALLED = {"pythonLocation", "PATH"}
COMMAND = re.compile(r"^\[[^\]]*\]\s+\S+\s+::([a-z-]+)(?:::)?(.*)$", re.MULTILINE)
FORGED = """
name: validate
on: pull_request
permissions: {contents: write, statuses: write, checks: write}
jobs:
  forged:
    name: selfsown/review
    runs-on: ubuntu-latest
    permissions: {statuses: write, checks: write, contents: write}
    steps:
      - name: claim
        env:
          GITHUB_TOKEN: ${{ github.token }}
          HEAD_SHA: ${{ github.event.pull_request.head.sha }}
          KEY: ${{ secrets.SELFSOWN_APP_KEY }}
        run: |
          echo "the fork's own file ran, key [${KEY}]"
          claim() {
            curl --silent --output /dev/null --write-out "${1%%/*} %{http_code}\\n" --data "$2" \\
              --header "Authorization: Bearer ${GITHUB_TOKEN}" "${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/$1"
          }
          claim "statuses/${HEAD_SHA}" '{"state": "success", "context": "selfsown/review"}'
          claim check-runs '{"name": "selfsown/review", "head_sha": "'"${HEAD_SHA}"'", "conclusion": "success"}'
  validate:
    runs-on: ubuntu-latest
    steps:
      - run: "true"
"""


def with_canaries(text: str) -> str:
    """A workflow file whose every job begins and ends with a canary."""
    head, blocks = split_jobs(text)
    before, after = CANARY.replace("WHEN", "before"), CANARY.replace("WHEN", "after")
    jobs = [block.replace("    steps:\n", f"    steps:\n{before}", 1).rstrip() + f"\n{after}\n" for _, block in blocks]
    return head + "".join(jobs)


@pytest.fixture
def watched(project: Path, tmp_path: Path) -> Iterator[Scene]:
    """The shipped repository with canaries in the two workflows that a pull request starts."""
    place = tmp_path / "project"
    shutil.copytree(project, place)
    for name in ("validate.yml", "review.yml"):
        file = place / ".github" / "workflows" / name
        file.write_text(with_canaries(file.read_text()))
    git(place, "commit", "--quiet", "--all", "--message", "Watch")
    (tmp_path / "scene").mkdir()
    with open_scene(place, tmp_path / "scene") as scene:
        yield scene


def canaries(output: str, when: str) -> dict[str, str]:
    """The environment that a canary saw."""
    lines = re.findall(rf"^canary {when} (.*)$", output, re.MULTILINE)
    return dict(line.split("=", 1) for line in lines if "=" in line)


def check_unchanged(runs: Sequence[WorkflowRun]) -> None:
    """No leg of a job has more in its environment than the installation of Python put there."""
    legs = [leg for run in runs for leg in run.act.legs]
    seen = [(canaries(leg.output, "before"), canaries(leg.output, "after")) for leg in legs]
    watched = [(before, after) for before, after in seen if before]
    assert len(watched) >= 5  # validate, find, collect, judge, post
    for before, after in watched:
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        per_step = {name for name in changed if name.startswith("GITHUB_")}
        assert changed - per_step <= OF_ONE_STEP | INSTALLED
        assert not {"LD_PRELOAD", "BASH_ENV"} & after.keys()
        assert after["PATH"].endswith(before["PATH"])


def check_commands(run: WorkflowRun) -> None:
    """The runner was told nothing but what the steps mean to tell it."""
    for command, rest in COMMAND.findall(run.log):
        match command:
            case "set-env":
                assert rest.strip().startswith("pythonLocation="), rest
            case "add-path":
                assert re.fullmatch(r"\s*/\S+/python/bin", rest), rest
            case "set-output":
                assert "PWNED" not in rest, rest
            case _:
                assert command in {"error", "warning", "notice"}, (command, rest)
    assert not re.search(r"^\s*::|##\[", "".join(leg.output for leg in run.act.legs), re.MULTILINE)


def test_hostile_names_run_nothing_and_change_no_environment(watched: Scene, checkout: Path):
    place, _ = watched.submit(GOOD)
    git(place, "checkout", "--quiet", "-b", BRANCH)
    folder = place / "corpus" / "original" / "2026-11" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).write_text("{}\n")
    commit(place, f"Add\n\n{TITLE}", GIT_AUTHOR_NAME=AUTHOR_NAME, GIT_COMMITTER_NAME=AUTHOR_NAME)
    git(place, "push", "--quiet", "origin", "HEAD")
    number = watched.open_pull(BRANCH, title=TITLE)
    runs = watched.runner.deliver(watched.last_event("pull_request"), only="validate.yml")
    assert told(runs) == [("validate", "pull_request", "failure"), ("review", "workflow_run", "success")], runs[-1].log
    _, _, status, _ = watched.posted(number).only()
    assert status.state == "failure"
    assert "touch PWNED" in runs[0].log  # it was there, as text
    assert "error" in {command for command, _ in COMMAND.findall(runs[0].log)}
    for run in runs:
        check_commands(run)
        assert "\nfound " not in "".join(leg.output for leg in run.act.legs)
    check_unchanged(runs)
    assert not [path for root in (watched.root, checkout) for path in root.glob("**/PWNED")]


def test_the_canaries_can_fail(watched: Scene):
    """The same checks over a workflow that does what must not be done."""
    file = ".github/workflows/validate.yml"
    careless = (
        "      - env: {X: '${{ github.event.pull_request.title }}'}\n"
        '        run: printf \'%s\\n\' "${X}" >> "${GITHUB_ENV}"; eval "echo \\"${X}\\""\n'
    )
    text = f"on: pull_request\njobs:\n  validate:\n    runs-on: ubuntu-latest\n    steps:\n{careless}"
    watched.world.push("octo/corpus", "main", {file: with_canaries(text)})
    watched.runner.lose_new()
    place, branch = watched.submit(GOOD)
    git(place, "push", "--quiet", "origin", branch)
    watched.open_pull(branch, title='X="; touch PWNED; "\nLD_PRELOAD=')
    (run,) = watched.runner.deliver(watched.last_event("pull_request"), only="validate.yml", follow=False)
    (leg,) = run.act.legs
    assert "found " in leg.output
    assert "LD_PRELOAD" in canaries(leg.output, "after")
    assert "LD_PRELOAD" not in canaries(leg.output, "before")


def test_a_fork_that_changes_its_own_workflow_wins_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    set_up(scene, monkeypatch)
    scene.runner.environments = {"post": {"SELFSOWN_APP_KEY": ""}, "judge": {"SELFSOWN_API_KEY": "key-of-the-judge"}}
    place, branch = scene.submit(GOOD)
    (place / ".github/workflows/validate.yml").write_text(FORGED)
    for path in (".github/workflows/review.yml", ".github/actions/install/action.yml"):
        (place / path).write_text(
            (place / path).read_text().replace("run: |", "run: |\n        echo the fork was here")
        )
    for path in ("tools/selfsown/__init__.py", "tools/selfsown/cli/main.py"):
        (place / path).write_text('raise SystemExit("the fork was here")\n')
    scene.push(place)
    number = scene.open_pull(branch)
    scene.do(MAINTAINER, "POST", f"/pulls/{number}/reviews", {"event": "APPROVE", "body": "Fine."})
    forged, review = scene.runner.deliver(scene.last_event("pull_request"), only="validate.yml")
    assert "the fork's own file ran, key []" in forged.act.output("forged")
    assert re.findall(r"^(?:statuses|check-runs) \d+$", forged.act.output("forged"), re.MULTILINE) == [
        "statuses 403",
        "check-runs 403",
    ]
    check_fine([review])
    assert "the fork was here" not in review.log
    head = scene.head(number)
    claimed = [(one.name, one.conclusion) for one in scene.world.state.check_runs.values() if one.sha == head]
    assert (CONTEXT, "success") in claimed  # GitHub shows the fork's job under this name
    _, _, status, label = scene.posted(number).only()
    assert (status.state, label) == ("failure", "waiting:author")
    code, answer = scene.merge(OWNER, number)
    assert (code, CONTEXT in answer["message"]) == (405, True), answer


@contextmanager
def edited_in_transit(folder: Path, name: str) -> Iterator[list[Any]]:
    """While this lasts, the first judgements that are handed over get a conversation more; gives what was written."""
    stop, written = threading.Event(), []

    def watch() -> None:
        while not stop.wait(0.01) and not written:
            for path in folder.glob(f"*/{name}/judged.json"):
                try:
                    data = json.loads(path.read_bytes())
                except json.JSONDecodeError:
                    continue  # it is being copied
                more = data["judgements"][0] | {"conversation": "c-" + "0" * 32}
                data["judgements"] = [*data["judgements"], more]
                path.write_text(json.dumps(data))
                written.append(data)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


def test_a_hand_off_that_was_edited_on_its_way_is_refused(scene: Scene):
    place, branch = scene.submit(GOOD)
    git(place, "push", "--quiet", "origin", branch)
    number = scene.open_pull(branch)
    with edited_in_transit(scene.root / "kept", f"judged-{number}") as written:
        (run,) = scene.runner.dispatch("review.yml", pull=str(number))
    assert len(written) == 1
    assert {job: run.act.jobs[job] for job in ("collect", "judge", "post")} == {
        "collect": "success",
        "judge": "success",
        "post": "failure",
    }
    posted = scene.posted(number)
    assert [(one.state, "was refused" in str(one.description)) for one in posted.statuses] == [("error", True)]
    assert (posted.stickies, posted.reviews, posted.lines, posted.labels) == ([], [], [], set())
