"""Our ruleset beside the one on GitHub: stricter is fine, weaker is mended, additions stay."""

from __future__ import annotations

import copy

import pytest

from selfsown.errors import BadConfig, UsageError
from selfsown.setup.ruleset import decide_ruleset, weaknesses
from selfsown.setup.wanted import read_ruleset


@pytest.fixture
def wanted(checkout) -> dict:
    return read_ruleset(checkout)


@pytest.fixture
def present(wanted) -> dict:
    """As GitHub gives it back: with what it fills in, and rules in another order."""
    found = copy.deepcopy(wanted) | {"id": 9, "source_type": "Repository", "created_at": "2026-01-01T00:00:00Z"}
    rule(found, "pull_request")["parameters"] |= {"allowed_merge_methods": ["merge"], "required_reviewers": []}
    rule(found, "required_status_checks")["parameters"]["do_not_enforce_on_create"] = False
    found["rules"].reverse()
    return found


def rule(ruleset: dict, kind: str) -> dict:
    return next(entry for entry in ruleset["rules"] if entry["type"] == kind)


def test_the_exported_file_asks_for_what_the_design_does(wanted):
    assert wanted["conditions"]["ref_name"] == {"include": ["~DEFAULT_BRANCH"], "exclude": []}
    assert wanted["enforcement"] == "active"
    assert wanted["bypass_actors"] == []
    assert {entry["type"] for entry in wanted["rules"]} == {
        "deletion",
        "non_fast_forward",
        "pull_request",
        "required_status_checks",
    }
    assert rule(wanted, "pull_request")["parameters"] == {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "required_review_thread_resolution": False,  # else every comment of ours on a line would block
    }


def test_what_github_gives_back_is_no_drift(wanted, present):
    assert decide_ruleset(wanted, present) is None
    assert weaknesses(wanted, present) == []


def test_stricter_rules_and_additions_are_no_drift(wanted, present):
    rule(present, "pull_request")["parameters"]["required_approving_review_count"] = 2
    rule(present, "required_status_checks")["parameters"]["required_status_checks"].append({"context": "test"})
    present["rules"].append({"type": "required_signatures"})
    present["bypass_actors"] = [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}]
    assert decide_ruleset(wanted, present) is None


def weaken_enforcement(present: dict) -> None:
    present["enforcement"] = "disabled"


def weaken_exclude(present: dict) -> None:
    present["conditions"]["ref_name"]["exclude"] = ["refs/heads/main"]


def weaken_include(present: dict) -> None:
    present["conditions"]["ref_name"]["include"] = ["refs/heads/release"]


def weaken_approvals(present: dict) -> None:
    rule(present, "pull_request")["parameters"]["required_approving_review_count"] = 0


def weaken_stale(present: dict) -> None:
    rule(present, "pull_request")["parameters"]["dismiss_stale_reviews_on_push"] = False


def weaken_source(present: dict) -> None:
    rule(present, "required_status_checks")["parameters"]["required_status_checks"][0].pop("integration_id")


def weaken_status(present: dict) -> None:
    del rule(present, "required_status_checks")["parameters"]["required_status_checks"][0]


def weaken_deletion(present: dict) -> None:
    present["rules"].remove(rule(present, "deletion"))


@pytest.mark.parametrize(
    ("weaken", "said"),
    [
        (weaken_enforcement, "enforcement is 'disabled'"),
        (weaken_exclude, "it does not cover the default branch"),
        (weaken_include, "it does not cover the default branch"),
        (weaken_approvals, "pull_request: required_approving_review_count"),
        (weaken_stale, "pull_request: dismiss_stale_reviews_on_push"),
        (weaken_source, "selfsown/review is not required from App 15368"),
        (weaken_status, "selfsown/review is not required from App 15368"),
        (weaken_deletion, "no rule deletion"),
    ],
)
def test_every_weakness_is_named_and_mended_and_additions_are_kept(wanted, present, weaken, said):
    present["rules"].append({"type": "required_signatures"})
    checks = rule(present, "required_status_checks")["parameters"]["required_status_checks"]
    weaken(present)
    checks.append({"context": "test"})
    assert weaknesses(wanted, present) == [said]
    sent = decide_ruleset(wanted, present)
    assert sent is not None
    assert set(sent) <= {"name", "target", "enforcement", "bypass_actors", "conditions", "rules"}
    assert decide_ruleset(wanted, sent) is None, "what is sent holds everything that is wanted"
    assert {"type": "required_signatures"} in sent["rules"]
    contexts = [
        check["context"] for check in rule(sent, "required_status_checks")["parameters"]["required_status_checks"]
    ]
    assert sorted(contexts) == ["selfsown/review", "test", "validate"]


def test_another_app_for_our_status_is_drift_and_replaced(wanted, present):
    rule(wanted, "required_status_checks")["parameters"]["required_status_checks"][0]["integration_id"] = 4711
    assert weaknesses(wanted, present) == ["selfsown/review is not required from App 4711"]
    sent = decide_ruleset(wanted, present)
    assert sent is not None
    assert rule(sent, "required_status_checks")["parameters"]["required_status_checks"] == [
        {"context": "selfsown/review", "integration_id": 4711},
        {"context": "validate", "integration_id": 15368},
    ]


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"rulesets/main\.json"):
        read_ruleset(tmp_path)
    path = tmp_path / ".github/rulesets/main.json"
    path.parent.mkdir(parents=True)
    for text in ("[]", "{", '{"name": "x"}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BadConfig, match=r"rulesets/main\.json"):
            read_ruleset(tmp_path)
