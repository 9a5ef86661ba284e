"""The workflows, read as YAML: what DESIGN.md calls trust, point by point. act runs them elsewhere; it checks no permission."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from selfsown.cli.main import build_parser

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".github/workflows"
FILES = sorted(FOLDER.glob("*.yml"))
NAMES = [path.name for path in FILES]
BIN = Path(sys.executable).parent

PINS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/setup-python": ("a309ff8b426b58ec0e2a45f0f869d46889d02405", "v6.2.0"),
    "actions/upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
}
EVENTS = {
    "validate.yml": {"pull_request", "merge_group"},
    "review.yml": {"workflow_run", "schedule", "workflow_dispatch"},
    "commands.yml": {"issue_comment", "push", "schedule"},
    "train.yml": {"push", "schedule", "workflow_dispatch"},
    "tell.yml": {"push", "schedule"},
    "publish.yml": {"push", "workflow_dispatch"},
    "submit.yml": {"schedule", "workflow_dispatch"},
    "test.yml": {"pull_request", "push"},
}
# Everything a job may do. A job that is not here, or may do more, fails.
GRANTS = {
    ("validate.yml", "validate"): {"contents": "read"},
    ("review.yml", "find"): {"contents": "read", "pull-requests": "read", "statuses": "read"},
    ("review.yml", "collect"): {"contents": "read"},
    ("review.yml", "judge"): {"contents": "read"},
    ("review.yml", "post"): {"contents": "read", "pull-requests": "write", "statuses": "write"},
    ("review.yml", "queue"): {"contents": "read", "statuses": "write"},
    ("commands.yml", "answer"): {"actions": "write", "contents": "read", "pull-requests": "write", "statuses": "write"},
    ("commands.yml", "record"): {"contents": "write", "pull-requests": "write"},
    ("train.yml", "due"): {"actions": "read", "contents": "read", "pull-requests": "read", "statuses": "read"},
    ("train.yml", "train"): {"actions": "read", "contents": "read"},
    ("train.yml", "launch"): {"contents": "read", "statuses": "write"},
    ("train.yml", "propose"): {"contents": "write", "pull-requests": "write", "statuses": "write"},
    ("publish.yml", "publish"): {"actions": "read", "contents": "read"},
    ("submit.yml", "send"): {"contents": "write", "pull-requests": "write"},
    ("tell.yml", "tell"): {"contents": "read", "pull-requests": "write"},
    ("test.yml", "test"): {"contents": "read"},
}
ENVIRONMENTS = {
    ("review.yml", "judge"): "judge",
    ("review.yml", "post"): "post",
    ("review.yml", "queue"): "post",
    ("commands.yml", "answer"): "post",
    ("commands.yml", "record"): "post",
    ("train.yml", "launch"): "train",
    ("train.yml", "propose"): "post",
    ("submit.yml", "send"): "post",
    ("tell.yml", "tell"): "post",
    ("publish.yml", "publish"): "publish",
}
SECRETS = {
    "judge": {"SELFSOWN_API_KEY"},
    "post": {"SELFSOWN_APP_KEY"},
    "publish": {"SELFSOWN_HUB_TOKEN"},
    "train": {"SELFSOWN_JOB_KEY"},
}
# What an event may bring into an environment variable: numbers, commit ids, names of GitHub's own, our own settings.
EXPRESSIONS = re.compile(
    r"github\.token|github\.event\.(issue|pull_request)\.number|inputs\.(pull|head|now)"
    r"|github\.event\.(workflow_run\.head_sha|pull_request\.(head|base)\.sha|merge_group\.(head_sha|base_sha|head_ref))"
    r"|matrix\.item\.(pull|head)|steps\.\w+\.outcome|needs\.\w+\.outputs\.[\w-]+|vars\.SELFSOWN_\w+|secrets\.SELFSOWN_\w+"
    r"|fromJSON|steps\.live\.outputs\.facts|\.live\b|format|'[^'$]*'|\|\||[\s(),]"
)
SAMPLES = {
    "BASE_SHA": "a" * 40,
    "COMMIT": "a" * 40,
    "HEAD_SHA": "b" * 40,
    "JOB": "slurm",
    "LIVE": "1",
    "NOW": "true",
    "PULL": "7",
    "HUB": "octo/model",
    "RECIPE": "tiny",
    "ROUND": "1",
    "RUNNER_TEMP": "runner",
    "SELFSOWN_JUDGE": "features",
}


def load(name: str) -> dict[str, Any]:
    found = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    found["on"] = found.pop(True)  # YAML 1.1 reads `on` so
    return found


WORKFLOWS = {name: load(name) for name in NAMES}
JOBS = {(name, job): body for name, workflow in WORKFLOWS.items() for job, body in workflow["jobs"].items()}
STEPS = [(key, step) for key, job in JOBS.items() for step in job["steps"]]
ACTION = yaml.safe_load((ROOT / ".github/actions/install/action.yml").read_text(encoding="utf-8"))
JOB_IDS = [f"{name}:{job}" for name, job in JOBS]
each_job = pytest.mark.parametrize("key", list(JOBS), ids=JOB_IDS)
each_file = pytest.mark.parametrize("name", NAMES)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    else:
        yield str(value)


def expressions(value: Any) -> list[str]:
    return [found for text in strings(value) for found in re.findall(r"\$\{\{(.*?)\}\}", text, re.DOTALL)]


# -- every file ---------------------------------------------------------------------------------------------------------


def test_there_is_one_file_per_verb_with_its_events():
    assert {name: set(workflow["on"]) for name, workflow in WORKFLOWS.items()} == EVENTS


@each_file
def test_a_workflow_is_called_like_its_file_and_may_do_nothing_by_itself(name):
    assert WORKFLOWS[name]["name"] == name.removesuffix(".yml")
    assert WORKFLOWS[name]["permissions"] == {}


@each_file
def test_a_workflow_says_what_becomes_of_two_runs(name):
    group = WORKFLOWS[name]["concurrency"]
    assert group["group"].startswith(name.removesuffix(".yml"))
    assert group["cancel-in-progress"] is (name in ("validate.yml", "test.yml"))
    # Names of fork branches collide, and are chosen by strangers.
    assert not {"ref", "head_ref", "head_branch"} & set(re.findall(r"\w+", group["group"]))


@each_file
def test_what_no_workflow_does(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    for never in (
        "pull_request_target",
        "allow-unsafe-pr-checkout",
        "actions/cache",
        "cache:",
        "GITHUB_ENV",
        "GITHUB_PATH",
        "write-all",
        "id-token",
        "secrets: inherit",
        "github.head_ref",
        "toJSON",
    ):
        assert never not in text, never


def test_every_name_of_a_file_or_workflow_exists():
    assert WORKFLOWS["review.yml"]["on"]["workflow_run"]["workflows"] == ["validate"]
    assert {step["uses"] for _, step in STEPS if step.get("uses", "").startswith(".")} == {"./.github/actions/install"}
    ruleset = json.loads((ROOT / ".github/rulesets/main.json").read_text(encoding="utf-8"))
    checks = next(rule for rule in ruleset["rules"] if rule["type"] == "required_status_checks")
    contexts = {check["context"] for check in checks["parameters"]["required_status_checks"]}
    assert contexts == {"selfsown/review", WORKFLOWS["validate.yml"]["jobs"]["validate"]["name"]}


def test_no_job_is_called_like_our_status():
    assert not [job for job in JOBS.values() if "selfsown/review" in job["name"]]


def test_the_required_check_always_reports():
    on = WORKFLOWS["validate.yml"]["on"]
    assert on == {"pull_request": None, "merge_group": {"types": ["checks_requested"]}}
    job = JOBS["validate.yml", "validate"]
    assert not {"if", "needs"} & set(job)


def test_what_starts_a_workflow_is_what_its_jobs_wait_for():
    """An event type that no job handles, or a condition on an event that never comes, is dead automation."""
    for name, workflow in WORKFLOWS.items():
        named = set(re.findall(r"github\.event_name [!=]= '(\w+)'", json.dumps(workflow["jobs"])))
        assert named <= set(workflow["on"]), name
    assert WORKFLOWS["commands.yml"]["on"]["issue_comment"] == {"types": ["created"]}
    assert "action ==" not in json.dumps(WORKFLOWS)
    assert WORKFLOWS["train.yml"]["on"]["push"] == {"branches": ["main"], "paths": ["corpus/**"]}
    assert WORKFLOWS["review.yml"]["on"]["workflow_run"]["types"] == ["completed"]


def test_only_one_training_at_a_time_and_none_is_cut_off():
    assert WORKFLOWS["train.yml"]["concurrency"] == {"group": "train", "cancel-in-progress": False}
    assert JOBS["review.yml", "post"]["concurrency"] == {
        "group": "post-${{ matrix.item.pull }}",
        "cancel-in-progress": False,
    }


# -- every job ----------------------------------------------------------------------------------------------------------


def test_every_job_is_granted_exactly_this():
    assert {key: job["permissions"] for key, job in JOBS.items()} == GRANTS


@each_file
def test_every_grant_says_what_for(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    grants = re.findall(
        r"^      (?:actions|contents|pull-requests|statuses|issues): (?:read|write)(.*)$", text, re.MULTILINE
    )
    assert grants
    assert [reason for reason in grants if not re.fullmatch(r" # .{15,}", reason)] == []


@each_job
def test_a_job_runs_on_a_fresh_machine_and_ends(key):
    # A person may have rounds trained, or an outbox sent, on a machine of their own: never what a pull request brings.
    own = {("train.yml", "train"): "SELFSOWN_RUNNER", ("submit.yml", "send"): "SELFSOWN_OUTBOX_RUNNER"}
    where = f"${{{{ vars.{own[key]} || 'ubuntu-latest' }}}}" if key in own else "ubuntu-latest"
    assert JOBS[key]["runs-on"] == where
    assert 0 < JOBS[key]["timeout-minutes"] < 360
    assert not {"secrets", "env", "container", "uses"} & set(JOBS[key])


def test_environments_stand_where_secrets_are_used_and_nowhere_else():
    assert {key: job["environment"] for key, job in JOBS.items() if "environment" in job} == ENVIRONMENTS


@each_job
def test_a_job_sees_the_secrets_of_its_environment_alone(key):
    used = set(re.findall(r"secrets\.(\w+)", json.dumps(JOBS[key])))
    assert used == SECRETS.get(ENVIRONMENTS.get(key, ""), set())


@each_job
def test_who_may_write_has_no_model_key_and_who_has_it_may_not_write(key):
    may_write = "write" in JOBS[key]["permissions"].values()
    text = json.dumps(JOBS[key])
    assert not (may_write and ("API_KEY" in text or "API_URL" in text))
    if key == ("review.yml", "judge"):
        assert not may_write
        assert not re.search("github.token|APP_KEY", text)


@pytest.mark.parametrize("job", ["find", "collect"])
def test_who_reads_the_pull_request_has_no_secret_and_cannot_write(job):
    assert "environment" not in JOBS["review.yml", job]
    assert "secrets." not in json.dumps(JOBS["review.yml", job])
    assert set(JOBS["review.yml", job]["permissions"].values()) == {"read"}


def test_only_the_step_that_needs_a_secret_gets_it():
    holders = {(key, step["name"]) for key, step in STEPS if "secrets." in json.dumps(step)}
    assert holders == {
        (("review.yml", "judge"), "Judge"),
        (("review.yml", "post"), "Post the review"),
        (("review.yml", "queue"), "Report the review"),
        (("commands.yml", "answer"), "Answer"),
        (("commands.yml", "record"), "Record the ratings of merged pull requests"),
        (("train.yml", "launch"), "Hand the training over"),
        (("train.yml", "propose"), "Propose the round"),
        (("submit.yml", "send"), "Send the outbox"),
        (("tell.yml", "tell"), "Tell what a round made of the data"),
        (("publish.yml", "publish"), "Push it to the hub"),
    }


def test_a_failure_of_one_pull_request_stops_no_other():
    for job in ("collect", "judge", "post"):
        body = JOBS["review.yml", job]
        assert body["strategy"]["fail-fast"] is False
        assert body["strategy"]["matrix"] == {"item": "${{ fromJSON(needs.find.outputs.work) }}"}
    for job in ("judge", "post"):
        condition = JOBS["review.yml", job]["if"]
        assert "!cancelled()" in condition
        assert re.findall(r"needs\.(\w+)\.result", condition) == ["find"]


def test_nothing_is_taken_from_the_run_that_triggered_the_review_but_its_commit_event_and_end():
    text = (FOLDER / "review.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"github\.event\.workflow_run\.(\w+)", text)) == {"head_sha", "event", "conclusion"}
    assert "run-id" not in text


def test_the_review_says_so_where_the_judge_gave_nothing():
    step = next(step for step in JOBS["review.yml", "post"]["steps"] if step["name"] == "Post the review")
    assert [("--judged" in command, "--unjudged" in command) for command in commands(step["run"])] == [
        (True, False),
        (False, True),
    ]
    take = next(step for step in JOBS["review.yml", "post"]["steps"] if step.get("id") == "take")
    assert take["continue-on-error"] is True


# -- every step ---------------------------------------------------------------------------------------------------------


@each_file
def test_every_action_is_one_of_four_pinned_by_its_commit_with_its_version_beside(name):
    lines = re.findall(r"^ +(?:- )?uses: (\S+)(.*)$", (FOLDER / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert lines
    for used, comment in lines:
        if not used.startswith("./"):
            action, _, sha = used.partition("@")
            assert (sha, comment.strip(" #")) == PINS[action]


def test_the_action_of_our_own_is_pinned_and_takes_its_input_through_the_environment():
    setup, install = ACTION["runs"]["steps"]
    assert setup["uses"].partition("@")[2] == PINS["actions/setup-python"][0]
    assert "${{" not in install["run"]
    assert install["env"]["EXTRAS"] == "${{ inputs.extras }}"
    assert install["env"]["PIP_CONSTRAINT"] == "constraints.txt"
    assert install["env"]["PIP_ONLY_BINARY"] == ":all:"
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert install["run"].index("torch==") < install["run"].index('".${EXTRAS')


def test_no_checkout_keeps_a_token_or_takes_what_a_pull_request_brings():
    trusted = (
        "${{ github.event.repository.default_branch }}",
        "${{ needs.find.outputs.base }}",
        "${{ needs.due.outputs.commit }}",
        "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}",
    )
    checkouts = [(key, step["with"]) for key, step in STEPS if "checkout@" in step.get("uses", "")]
    assert len(checkouts) == len(JOBS)
    for key, options in checkouts:
        assert options["persist-credentials"] is False
        assert set(options) <= {"ref", "fetch-depth", "persist-credentials"}
        # The tests of the code run what the pull request brings: they can read only, and hold no secret.
        assert options.get("ref") in trusted or key == ("test.yml", "test")


def test_a_trusted_commit_is_the_one_that_was_checked_out():
    assert JOBS["review.yml", "find"]["outputs"]["base"] == "${{ steps.find.outputs.base }}"
    step = next(step for step in JOBS["review.yml", "find"]["steps"] if step.get("id") == "find")
    assert 'echo "base=$(git rev-parse HEAD)"' in step["run"]


def test_no_expression_stands_in_a_script():
    assert [(key, step["name"]) for key, step in STEPS if "${{" in step.get("run", "")] == []
    assert not any("${{" in step.get("run", "") for step in ACTION["runs"]["steps"])


def test_only_numbers_commits_and_settings_reach_a_script():
    for key, step in STEPS:
        for name, value in step.get("env", {}).items():
            for expression in expressions(value):
                assert EXPRESSIONS.sub("", expression) == "", (key, name, expression)


def test_nothing_a_person_wrote_is_named_anywhere():
    hostile = re.compile(
        r"\.(title|body|label|labels|login|name|email|message|head_branch|display_title|default_branch)\b"
    )
    allowed = {"github.event.repository.default_branch"}
    for name, workflow in WORKFLOWS.items():
        conditions = [job.get("if", "") for job in workflow["jobs"].values()]
        for expression in [*expressions(workflow), *conditions]:
            rest = expression
            for fine in allowed:
                rest = rest.replace(fine, "")
            assert not hostile.search(rest), (name, expression)


def unquoted(script: str) -> str:
    """A script without what stands in quotes: single ones first, then whole variables, then the rest."""
    for pattern in (r"'[^']*'", r'"\$\{\w+\}"', r'"[^"]*"'):
        script = re.sub(pattern, "", script)
    return script


def test_every_variable_in_a_script_is_quoted():
    bare = [(key, step["name"]) for key, step in STEPS if "$" in unquoted(step.get("run", ""))]
    assert bare == []
    assert "$" in unquoted('selfsown ci post --pull ${PULL} --head "${HEAD_SHA}"')


def commands(script: str) -> list[list[str]]:
    """Every `selfsown …` of a script with sample values, as the shell would split it."""
    text = script.replace("\\\n", " ")
    text = re.sub(r"\$\{(\w+)\}", lambda match: SAMPLES.get(match[1], "sample"), text)
    found = re.findall(r"(?:^|\$\(|\s)(selfsown [^\n|&;)]*)", text)
    return [
        shlex.split(command if command.count('"') % 2 == 0 else command.rstrip().removesuffix('"'))[1:]
        for command in found
    ]


def test_every_command_in_a_script_parses(capsys):
    parser, seen = build_parser(), set()
    for key, step in STEPS:
        for command in commands(step.get("run", "")):
            try:
                parser.parse_args(command)
            except SystemExit as stop:
                raise AssertionError((key, command, capsys.readouterr().err)) from stop
            seen.add(" ".join(command[:2]) if command[0] == "ci" else command[0])
    steps = {
        "find",
        "collect",
        "judge",
        "post",
        "answer",
        "record",
        "due",
        "launch",
        "propose",
        "tell",
        "live",
        "queue",
    }
    assert seen == {"validate", "submit", "train", "gate", "round", *(f"ci {step}" for step in steps)}


def test_every_step_that_writes_is_told_to():
    writing = {
        "ci post",
        "ci queue",
        "ci answer",
        "ci record",
        "ci launch",
        "ci propose",
        "ci tell",
        "submit --publish",
    }
    for _, step in STEPS:
        for command in commands(step.get("run", "")):
            assert ("--publish" in command) is (" ".join(command[:2]) in writing), command


def test_annotations_are_asked_for():
    command = commands(
        next(step["run"] for key, step in STEPS if key[0] == "validate.yml" and "selfsown" in step.get("run", ""))
    )
    assert command == [["validate", "--base", "a" * 40, "--head", "b" * 40, "--format", "github"]]


# -- other tools --------------------------------------------------------------------------------------------------------

SCHEMAS = {
    "vendor.github-workflows": [f".github/workflows/{name}" for name in NAMES],
    "vendor.github-actions": [".github/actions/install/action.yml"],
    "vendor.dependabot": [".github/dependabot.yml"],
    "vendor.github-issue-forms": [
        f".github/ISSUE_TEMPLATE/{name}.yml" for name in ("takedown", "bad-record", "new-source")
    ],
    "vendor.github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
}


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / arguments[0]), *arguments[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_github_reads_has_githubs_form(schema):
    done = run_tool("check-jsonschema", "--builtin-schema", schema, *SCHEMAS[schema])
    assert done.returncode == 0, done.stdout + done.stderr


def zizmor(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = run_tool("zizmor", "--persona", "auditor", "--offline", "--format", "json", *arguments)
    return done.returncode, json.loads(done.stdout or "[]")


def test_the_auditor_finds_nothing():
    code, findings = zizmor(".github")
    assert (code, findings) == (0, [])


def test_every_ignore_says_why():
    """Two triggers are dangerous where they run what a stranger brings; ours do not, and say so. One rule is turned off."""
    lines = [line for path in FILES for line in path.read_text(encoding="utf-8").splitlines() if "zizmor:" in line]
    assert len(lines) == 2
    assert all(re.search(r"# zizmor: ignore\[dangerous-triggers\] \w.{30,}", line) for line in lines)
    text = (ROOT / ".github/zizmor.yml").read_text(encoding="utf-8")
    rules = yaml.safe_load(text)["rules"]
    assert rules == {"self-repository": {"disable": True}}
    assert re.search(r"^    # .{30,}", text, re.MULTILINE)
    _, findings = zizmor("--no-ignores", "--no-config", ".github")
    assert {finding["ident"] for finding in findings} == {"dangerous-triggers", "self-repository"}
    assert sum(finding["ident"] == "dangerous-triggers" for finding in findings) == 2


def test_the_auditor_still_finds_what_is_bad():
    code, findings = zizmor("tests/workflows/canary.yml")
    assert code != 0
    assert {finding["ident"] for finding in findings} >= {
        "dangerous-triggers",
        "excessive-permissions",
        "template-injection",
        "unpinned-uses",
        "artipacked",
        "github-env",
        "secrets-outside-env",
    }


# -- the other files ----------------------------------------------------------------------------------------------------


def test_new_versions_wait_a_week():
    for update in yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))["updates"]:
        assert update["cooldown"]["default-days"] >= 7


def test_the_template_asks_at_most_four_things():
    text = (ROOT / ".github/pull_request_template.md").read_text(encoding="utf-8")
    assert 1 <= text.count("- [ ]") <= 4


def test_what_decides_has_an_owner_and_conversations_have_none():
    lines = (ROOT / ".github/CODEOWNERS").read_text(encoding="utf-8").splitlines()
    entries = [line.split() for line in lines if line and not line.startswith("#")]
    assert entries[0] == ["*", "@OWNER"]
    assert [entry for entry in entries[1:] if len(entry) > 1] == []
    assert {entry[0] for entry in entries[1:]} == {"/corpus/original/", "/corpus/rework/", "/corpus/ratings/"}


@each_file
def test_the_readme_names_every_workflow_and_job(name):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"`{name}`" in text
    assert all(f"`{job}`" in text for job in WORKFLOWS[name]["jobs"])
