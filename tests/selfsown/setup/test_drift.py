"""What has to change in a repository's settings: a pure decision over two records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfsown.errors import UsageError
from selfsown.setup.drift import decide_drift
from selfsown.setup.settings import Change, Environment, ForkApproval, Label, Present, Wanted
from selfsown.setup.wanted import LABELS, Choices, decide_wanted, read_ruleset

APP = 4711


@pytest.fixture(scope="module")
def ruleset(checkout) -> dict:
    return read_ruleset(checkout)


def bare(**changes: object) -> Present:
    """A repository as it was just created on GitHub."""
    present = Present(
        repository="owner/corpus",
        default_branch="main",
        labels={"bug": Label("bug", "d73a4a", "Something isn't working")},
        ruleset=None,
        environments={},
        variables={},
        workflow_permissions="read",
        may_approve=False,
        fork_approval=ForkApproval.FIRST_TIME,
    )
    return replace(present, **changes)


def done(wanted: Wanted, **changes: object) -> Present:
    """A repository that has everything."""
    needed = {name for environment, name in wanted.secrets}
    present = bare(
        labels={label.name: label for label in wanted.labels},
        ruleset={**wanted.ruleset, "id": 9, "node_id": "RRS_1", "source": "owner/corpus"},
        environments={name: Environment(name, ("main",), frozenset(needed)) for name in wanted.environments},
        variables={**{name: value or "something" for name, value in wanted.defaults.items()}, **wanted.variables},
        may_approve=wanted.may_approve,
    )
    return replace(present, **changes)


def sentences(changes: list[Change]) -> list[str]:
    return [change.sentence for change in changes]


def test_a_new_repository_needs_everything_and_the_ruleset_comes_last(ruleset):
    changes = decide_drift(decide_wanted(ruleset, Choices(), {}), bare())
    assert [(change.method, change.path) for change in changes] == [
        ("POST", "/labels"),
        ("POST", "/labels"),
        ("POST", "/labels"),
        ("PUT", "/environments/judge"),
        ("POST", "/environments/judge/deployment-branch-policies"),
        ("PUT", "/environments/post"),
        ("POST", "/environments/post/deployment-branch-policies"),
        ("PUT", "/environments/publish"),
        ("POST", "/environments/publish/deployment-branch-policies"),
        ("PUT", "/environments/train"),
        ("POST", "/environments/train/deployment-branch-policies"),
        ("POST", "/actions/variables"),
        ("PUT", "/actions/permissions/workflow"),
        ("POST", "/rulesets"),
    ]
    assert not any(change.by_hand for change in changes)
    assert changes[3].body == {
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}
    }
    assert changes[11].body == {"name": "SELFSOWN_JUDGE", "value": "features"}


@pytest.mark.parametrize(
    "choices",
    [
        Choices(),
        Choices(app=APP),
        Choices(judge="api", api_url="https://models.example/v1", api_model="m"),
        Choices(judge="api"),
    ],
)
def test_where_everything_is_there_nothing_changes(ruleset, choices):
    wanted = decide_wanted(ruleset, choices, {})
    assert decide_drift(wanted, done(wanted)) == []


def test_labels_are_mended_by_their_name_in_any_case(ruleset):
    wanted = decide_wanted(ruleset, Choices(), {})
    labels = {label.name: label for label in LABELS[1:]} | {
        "Waiting:Author": Label("Waiting:Author", "D93F0B", LABELS[0].description)
    }
    (change,) = decide_drift(wanted, done(wanted, labels=labels))
    assert (change.method, change.path) == ("PATCH", "/labels/Waiting%3AAuthor")
    assert change.body["new_name"] == "waiting:author"


def test_an_environment_that_every_branch_may_use_is_closed(ruleset):
    wanted = decide_wanted(ruleset, Choices(), {})
    environments = {name: Environment(name, ("main",)) for name in wanted.environments}
    environments["judge"] = Environment("judge", None)
    changes = decide_drift(wanted, done(wanted, environments=environments))
    assert [change.path for change in changes] == [
        "/environments/judge",
        "/environments/judge/deployment-branch-policies",
    ]
    assert all(not change.by_hand for change in changes)


def test_what_else_guards_an_environment_is_sent_along(ruleset):
    wanted = decide_wanted(ruleset, Choices(), {})
    guard = {"reviewers": [{"type": "User", "id": 5}], "wait_timer": 10}
    environments = {name: Environment(name, ("main",)) for name in wanted.environments}
    environments["judge"] = Environment("judge", None, protection=guard)
    change = decide_drift(wanted, done(wanted, environments=environments))[0]
    assert change.body == {
        **guard,
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    }


def test_a_branch_pattern_that_is_not_ours_is_named_and_never_deleted(ruleset):
    wanted = decide_wanted(ruleset, Choices(), {})
    environments = {name: Environment(name, ("main", "*")) for name in wanted.environments}
    changes = decide_drift(wanted, done(wanted, environments=environments))
    assert len(changes) == len(wanted.environments)
    assert all(change.by_hand and "'*'" in change.sentence for change in changes)


def test_nothing_is_ever_deleted(ruleset):
    everything = decide_drift(decide_wanted(ruleset, Choices(app=APP, judge="api"), {}), bare(default_branch="trunk"))
    assert {change.method for change in everything} <= {"", "POST", "PUT", "PATCH"}


def test_what_a_maintainer_chose_stays_until_they_choose_again(ruleset):
    variables = {"SELFSOWN_JUDGE": "local:some/model", "UNRELATED": "1"}
    wanted = decide_wanted(ruleset, Choices(), variables)
    assert decide_drift(wanted, done(wanted, variables=variables)) == []
    again = decide_wanted(ruleset, Choices(judge="features"), variables)
    (change,) = decide_drift(again, done(again, variables=variables))
    assert (change.method, change.path) == ("PATCH", "/actions/variables/SELFSOWN_JUDGE")


def test_an_api_judge_needs_its_address_its_model_and_its_key(ruleset):
    wanted = decide_wanted(ruleset, Choices(judge="api"), {})
    present = done(wanted, variables={"SELFSOWN_JUDGE": "api"}, environments={
        name: Environment(name, ("main",)) for name in wanted.environments
    })  # fmt: skip
    changes = decide_drift(wanted, present)
    assert all(change.by_hand for change in changes)
    assert [word for change in changes for word in change.sentence.split() if word.startswith("SELFSOWN_")] == [
        "SELFSOWN_API_URL:",
        "SELFSOWN_API_MODEL:",
        "SELFSOWN_API_KEY",
    ]


def test_an_earlier_choice_of_an_app_holds(ruleset):
    wanted = decide_wanted(ruleset, Choices(), {"SELFSOWN_APP_ID": str(APP)})
    assert not wanted.may_approve
    assert wanted.secrets == (("post", "SELFSOWN_APP_KEY"),)
    assert checks(wanted.ruleset) == {"selfsown/review": APP, "validate": 15368}
    assert checks(ruleset) == {"selfsown/review": 15368, "validate": 15368}, "the file's own record stays as it is"


def checks(ruleset: dict) -> dict[str, int]:
    rule = next(rule for rule in ruleset["rules"] if rule["type"] == "required_status_checks")
    return {check["context"]: check["integration_id"] for check in rule["parameters"]["required_status_checks"]}


def test_workflows_that_may_write_by_default_or_approve_are_drift(ruleset):
    wanted = decide_wanted(ruleset, Choices(app=APP), {})
    for changed in ({"workflow_permissions": "write"}, {"may_approve": True}):
        (change,) = decide_drift(wanted, done(wanted, **changed))
        assert change.body == {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}


@pytest.mark.parametrize(
    ("found", "drifts"),
    [(ForkApproval.NEW_TO_GITHUB, True), (ForkApproval.FIRST_TIME, False), (ForkApproval.ALL, False), (None, False)],
)
def test_a_stricter_approval_of_forks_is_no_drift(ruleset, found, drifts):
    wanted = decide_wanted(ruleset, Choices(), {})
    assert bool(decide_drift(wanted, done(wanted, fork_approval=found))) is drifts


def test_another_default_branch_is_for_a_person(ruleset):
    wanted = decide_wanted(ruleset, Choices(), {})
    changes = decide_drift(wanted, done(wanted, default_branch="master"))
    assert [change.by_hand for change in changes] == [True]


@pytest.mark.parametrize("judge", ["scripted:answers.jsonl", "local:", "features; rm", "local:a b", "apis"])
def test_a_judge_that_no_workflow_knows_is_refused(ruleset, judge):
    with pytest.raises(UsageError, match="know no judge"):
        decide_wanted(ruleset, Choices(judge=judge), {})
