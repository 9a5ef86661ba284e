"""Workflow files run with act as on GitHub: checkouts, artifacts, tokens and secrets, and hostile text stays text."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from github_double.act import ActRun, Annotation, run_workflow
from github_double.narrow import narrow, read_workflow

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
PYTHON = "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405"
UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"
MATRIX = "    strategy: {fail-fast: false, matrix: {n: [1, 2, 3]}}\n"
EVENT = {
    "number": 7,
    "pull_request": {"number": 7, "title": "", "head": {"ref": "mine", "sha": "a" * 40}, "base": {"ref": "main"}},
    "repository": {"full_name": "octo/corpus", "name": "corpus", "owner": {"login": "octo"}, "default_branch": "main"},
}


class Place:
    """A repository with one workflow file, and the bare repository that its checkouts come from."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.checkout = root / "checkout"
        self.bare = root / "octo" / "corpus.git"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), cwd=root)
        self.git("--git-dir", str(self.bare), "config", "uploadpack.allowAnySHA1InWant", "true", cwd=root)
        self.git("init", "--quiet", "--initial-branch=main", str(self.checkout), cwd=root)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        identity = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@selfsown.example"}
        committer = {"GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@selfsown.example"}
        environment = os.environ | identity | committer | {"GIT_CONFIG_GLOBAL": os.devnull}
        place = cwd or self.checkout
        return subprocess.check_output(["git", *arguments], cwd=place, env=environment, text=True).strip()

    def commit(self, files: dict[str, str], branch: str = "main") -> str:
        for name, text in files.items():
            (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            (self.checkout / name).write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")
        self.git("push", "--quiet", str(self.bare), f"HEAD:refs/heads/{branch}")
        return self.git("rev-parse", "HEAD")

    def run(self, workflow: str, event: str = "push", payload: Any = None, **more: Any) -> ActRun:
        self.commit({".github/workflows/it.yml": workflow})
        options = {"api_url": "http://localhost:9", "git_url": f"file://{self.root}", "token": "token-of-test"} | more
        return run_workflow(
            self.checkout,
            event,
            EVENT if payload is None else payload,
            workflow_file=".github/workflows/it.yml",
            repository="octo/corpus",
            **options,
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def job(*steps: str, name: str = "it", more: str = "") -> str:
    """One job in a workflow's words; each step is YAML of one line."""
    return "".join(
        [f"  {name}:\n    runs-on: ubuntu-latest\n{more}    steps:\n", *(f"      - {step}\n" for step in steps)]
    )


def workflow(*jobs: str, on: str = "push") -> str:
    return f"name: it\non: {on}\npermissions: {{}}\njobs:\n" + "".join(jobs)


def test_hostile_text_of_an_event_reaches_a_step_only_as_text(place: Place):
    title = 'x"; touch pwned; echo "${{ github.token }} $(touch pwned) `touch pwned`'
    payload = EVENT | {"pull_request": EVENT["pull_request"] | {"title": title}}
    step = '{env: {TITLE: "${{ github.event.pull_request.title }}"}, run: "printf %s \\"${TITLE}\\"; echo; ls -a"}'
    run = place.run(workflow(job(step), on="pull_request"), "pull_request", payload)
    assert run.ok, run.log
    assert title in run.output("it")
    assert "pwned\n" not in run.output("it").split(title)[1]
    assert not list(place.root.rglob("pwned"))


def test_text_put_into_a_script_is_run_so_the_test_above_can_fail(place: Place):
    payload = EVENT | {"pull_request": EVENT["pull_request"] | {"title": 'x"; echo pwned-$((40+2)); "'}}
    step = '{run: "echo \\"${{ github.event.pull_request.title }}\\""}'
    run = place.run(workflow(job(step), on="pull_request"), "pull_request", payload)
    assert "pwned-42" in run.output("it")


def test_jobs_that_fail_or_are_skipped_are_told(place: Place):
    bad = job('{run: "exit 3"}', name="bad")
    after = job('{run: "echo never"}', name="after", more="    needs: bad\n")
    never = job('{run: "echo never"}', name="never", more="    if: github.event_name == 'release'\n")
    legs = job('{run: "echo leg ${{ matrix.n }}; test ${{ matrix.n }} -lt 3"}', name="legs", more=MATRIX)
    run = place.run(workflow(job('{run: "echo fine"}', name="good"), bad, after, never, legs))
    assert not run.ok
    expected = {"good": "success", "bad": "failure", "after": "skipped", "never": "skipped", "legs": "failure"}
    assert run.jobs == expected
    assert sorted((leg.matrix["n"], leg.output) for leg in run.legs if leg.job == "legs") == [
        (1, "leg 1\n"),
        (2, "leg 2\n"),
        (3, "leg 3\n"),
    ]


def test_a_checkout_has_only_what_was_asked_for(place: Place):
    first = place.commit({"a.txt": "one"})
    place.commit({"a.txt": "two"})
    shallow = f'{{uses: {CHECKOUT}, with: {{ref: "{first}", persist-credentials: false}}}}'
    whole = f"{{uses: {CHECKOUT}, with: {{fetch-depth: 0}}}}"
    look = '{run: "cat a.txt; echo; git rev-list --count HEAD; git config --get-regexp http || echo no-credentials"}'
    run = place.run(workflow(job('{run: "ls -a | wc -l"}', shallow, look, whole, look)))
    assert run.ok, run.log
    lines = run.output("it").split()
    assert lines[0] == "2"
    assert lines[1:6] == ["checked", "out", first, "one", "1"]
    assert lines[6] == "no-credentials"
    assert lines[10:12] == ["two", "3"]
    assert "extraheader" in run.output("it")


def test_a_checkout_of_foreign_code_is_refused_where_secrets_may_be(place: Place):
    sha = place.commit({"a.txt": "one"})
    step = f'{{uses: {CHECKOUT}, with: {{ref: "${{{{ github.event.workflow_run.head_sha }}}}"}}}}'
    payload = EVENT | {"workflow_run": {"head_sha": sha}}
    run = place.run(workflow(job(step), on="{workflow_run: {workflows: [x]}}"), "workflow_run", payload)
    assert run.jobs == {"it": "failure"}
    assert "refusing to check out" in run.log


def test_artifacts_go_from_job_to_job_and_an_absent_one_fails(place: Place, tmp_path: Path):
    up = f"{{uses: {UPLOAD}, with: {{name: out, path: made, if-no-files-found: error}}}}"
    make = job('{run: "mkdir -p made/deep; echo hello > made/deep/a.txt; echo x > made/.hidden"}', up, name="make")
    down = f"{{uses: {DOWNLOAD}, with: {{name: out, path: got}}}}"
    gone = f"{{uses: {DOWNLOAD}, id: gone, continue-on-error: true, with: {{name: other, path: got}}}}"
    look = '{run: "find got -type f; cat got/deep/a.txt; echo ${{ steps.gone.outcome }}"}'
    take = job(down, gone, look, name="take", more="    needs: make\n")
    empty = job(f"{{uses: {UPLOAD}, with: {{path: nothing, if-no-files-found: error}}}}", name="empty")
    run = place.run(workflow(make, take, empty), artifacts=tmp_path / "kept", run_id=42)
    assert run.jobs == {"make": "success", "take": "success", "empty": "failure"}, run.log
    printed = run.output("take")
    assert printed.index("got/deep/a.txt") < printed.index("hello") < printed.index("failure")
    assert ".hidden" not in printed
    assert "Artifact not found for name: other" in run.log
    assert (tmp_path / "kept" / "42" / "out" / "deep" / "a.txt").read_text() == "hello\n"


def test_each_job_has_its_own_token_and_only_the_secrets_of_its_environment(place: Place):
    env = "{TOKEN: '${{ github.token }}', KEY: '${{ secrets.KEY }}'}"
    show = f'{{env: {env}, run: \'echo "${{TOKEN}}" | rev; echo "[${{KEY}}]" | rev\'}}'
    post = job(show, name="post", more="    environment: post\n    permissions: {contents: read, statuses: write}\n")
    judge = job(show, name="judge", more="    environment: judge\n")
    plain = job(show, name="plain")
    asked: list[dict[str, str]] = []

    def make_token(permissions: Any) -> str:
        asked.append(dict(permissions))
        return "token:" + ",".join(f"{name}={level}" for name, level in sorted(permissions.items()))

    environments = {"judge": {"KEY": 'a"$HOME\\n'}, "post": {"KEY": "-----BEGIN-----\nline\n-----END-----"}}
    run = place.run(workflow(post, judge, plain), token=make_token, environments=environments)
    assert run.ok, run.log
    turned = {name: [line[::-1] for line in run.output(name).splitlines()] for name in run.jobs}
    assert turned["post"] == ["token:contents=read,statuses=write", "[-----BEGIN-----", "line", "-----END-----]"]
    assert turned["judge"] == ["token:", '[a"$HOME\\n]']
    assert turned["plain"] == ["token:", "[]"]
    assert asked[:3] == [{"contents": "read", "statuses": "write"}, {}, {}]


def test_narrowing_changes_nothing_but_tokens_and_secrets(checkout: Path):
    for path in sorted((checkout / ".github" / "workflows").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        narrowed = narrow(text, lambda _: "t", {}, {"post": {"SELFSOWN_APP_KEY": "k"}})
        changed = [
            (old, new) for old, new in zip(text.splitlines(), narrowed.text.splitlines(), strict=True) if old != new
        ]
        assert all("github.token" in old or "secrets." in old for old, _ in changed)
        assert "github.token" not in narrowed.text.partition("jobs:")[2]
        assert read_workflow(narrowed.text).keys() == read_workflow(text).keys()


def test_steps_see_the_double_and_nothing_of_this_machine(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_OF_THIS_MACHINE", "s3cret")
    step = '{env: {JUDGE: "${{ vars.SELFSOWN_JUDGE }}"}, run: "env; pwd; echo ${{ github.actor }}"}'
    run = place.run(workflow(job(step)), variables={"SELFSOWN_JUDGE": "features"}, actor="ann")
    printed = run.output("it").splitlines()
    assert "GITHUB_API_URL=http://localhost:9" in printed
    assert "GITHUB_REPOSITORY=octo/corpus" in printed
    assert "JUDGE=features" in printed
    assert printed[-1] == "ann"
    assert not [line for line in printed if "s3cret" in line or line.startswith(("VIRTUAL_ENV=", "PYTHONPATH="))]
    assert not [line for line in printed if line.startswith("HOME=") and line == f"HOME={Path.home()}"]


def test_inputs_of_a_dispatch_come_from_the_payload(place: Place):
    step = '{env: {PULL: "${{ inputs.pull }}"}, run: "echo got ${PULL}"}'
    on = "{workflow_dispatch: {inputs: {pull: {type: number}}}}"
    run = place.run(workflow(job(step), on=on), "workflow_dispatch", EVENT | {"inputs": {"pull": "7"}})
    assert "got 7" in run.output("it"), run.log


def test_annotations_and_summaries_are_read(place: Place):
    step = '{run: \'echo "::error file=a,line=3,title=S1::bad%0Athing"; echo "### sum" >> ${GITHUB_STEP_SUMMARY}; exit 1\'}'
    run = place.run(workflow(job(step)))
    assert run.annotations[0] == Annotation("error", {"file": "a", "line": "3", "title": "S1"}, "bad\nthing")
    assert run.legs[0].summary == "### sum\n"


def test_a_schedule_says_nothing_of_the_repository(place: Place):
    step = '{run: "echo [${{ github.event.repository.default_branch }}] ${GITHUB_REF} ${{ github.event.schedule }}"}'
    on = '{schedule: [{cron: "1 2 * * *"}]}'
    run = place.run(workflow(job(step), on=on), "schedule", {"schedule": "1 2 3 4 5"})
    assert run.output("it").strip() == "[] refs/heads/main 1 2 3 4 5"


def test_a_run_that_takes_too_long_is_ended(place: Place):
    with pytest.raises(TimeoutError, match="more than 2"):
        place.run(workflow(job('{run: "echo begun; sleep 60"}')), seconds=2)


def test_an_action_that_nothing_stands_in_for_is_named(place: Place):
    with pytest.raises(AssertionError, match=r"it\.yml uses someone/thing"):
        place.run(workflow(job("{uses: someone/thing@v1}")))


def test_the_project_installs_offline_without_touching_the_tests_own_environment(place: Place, checkout: Path):
    place.git("fetch", "--quiet", str(checkout), "HEAD:refs/heads/project")
    place.git("push", "--quiet", str(place.bare), "project")
    code = f"{{uses: {CHECKOUT}, with: {{ref: project}}}}"
    python = f'{{uses: {PYTHON}, with: {{python-version: "3.11"}}}}'
    install = "{run: \"python -m pip install --quiet --constraint constraints.txt '.[github]'\"}"
    look = "{run: \"which selfsown; python -c 'import selfsown; print(selfsown.__file__)'; selfsown --help | head -1\"}"
    found = "find selfsown -name '*.py' | sort | xargs md5sum"
    files = f'{{run: "cd ${{pythonLocation}}/lib/*/site-packages; {found}"}}'
    asked = (code, python, install, look, files)
    # The second time the same files are laid down without asking pip, in a place of their own.
    run = place.run(workflow(job(*asked), job(*asked, name="again", more="    needs: it\n")))
    assert run.ok, run.log
    for printed in (run.output("it"), run.output("again")):
        assert str(checkout) not in printed, printed
        assert "usage: selfsown" in printed
    first, again = (
        re.findall(r"^[0-9a-f]{32}  selfsown.*$", run.output(name), re.MULTILINE) for name in ("it", "again")
    )
    assert len(first) > 100
    assert first == again
    assert set(run.output("it").split()) - set(run.output("again").split()), "both worked in one environment"
    assert json.loads(json.dumps(run.jobs)) == {"it": "success", "again": "success"}
