"""What has to change in a repository's settings. Nothing is ever deleted: what is not ours is left, or named for a person."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from selfsown.setup.ruleset import decide_ruleset, weaknesses
from selfsown.setup.settings import READ, Change, Label, Present, Wanted


def decide_drift(wanted: Wanted, present: Present) -> list[Change]:
    """Everything that differs, in the order in which it is done; empty where nothing does."""
    return [
        *_branch(wanted, present),
        *_labels(wanted, present),
        *_environments(wanted, present),
        *_variables(wanted, present),
        *_secrets(wanted, present),
        *_workflows(wanted, present),
        *_ruleset(wanted, present),  # last: from here on nothing is merged without a review
    ]


def _branch(wanted: Wanted, present: Present) -> Iterator[Change]:
    if present.default_branch != wanted.default_branch:
        yield Change(
            f"rename the default branch {present.default_branch!r} to {wanted.default_branch!r}: the workflows name it",
            page="settings",
        )


def _labels(wanted: Wanted, present: Present) -> Iterator[Change]:
    there = {name.casefold(): label for name, label in present.labels.items()}  # GitHub's names know no case
    for label in wanted.labels:
        found = there.get(label.name.casefold())
        if found is None:
            body = {"name": label.name, "color": label.color, "description": label.description}
            yield Change(f"add the label {label.name}", "POST", "/labels", body)
        elif not _is_same(found, label):
            body = {"new_name": label.name, "color": label.color, "description": label.description}
            yield Change(f"mend the label {label.name}", "PATCH", f"/labels/{quote(found.name, safe='')}", body)


def _is_same(found: Label, label: Label) -> bool:
    return (found.name, found.color.casefold(), found.description) == (label.name, label.color, label.description)


def _environments(wanted: Wanted, present: Present) -> Iterator[Change]:
    policy = {"deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
    for name in wanted.environments:
        found = present.environments.get(name)
        branches = found.branches if found else None
        if branches is None:
            what = "mend" if found else "add"
            sentence = f"{what} the environment {name}: only named branches may use it"
            kept = found.protection if found else {}
            yield Change(sentence, "PUT", f"/environments/{name}", {**kept, **policy})
        if wanted.default_branch not in (branches or ()):
            yield Change(
                f"let {wanted.default_branch} use the environment {name}",
                "POST",
                f"/environments/{name}/deployment-branch-policies",
                {"name": wanted.default_branch, "type": "branch"},
            )
        for branch in branches or ():
            if branch != wanted.default_branch:
                yield Change(
                    f"take the branch pattern {branch!r} off the environment {name}: workflows of it see its secrets",
                    page="settings/environments",
                )


def _variables(wanted: Wanted, present: Present) -> Iterator[Change]:
    defaults = {name: value for name, value in wanted.defaults.items() if name not in wanted.variables}
    for name, value in {**wanted.variables, **defaults}.items():
        found = present.variables.get(name)
        if not found and not value:
            yield Change(f"set the variable {name}: this judge needs it", page="settings/variables/actions")
        elif found is None:
            yield Change(f"set the variable {name} to {value!r}", "POST", "/actions/variables", _named(name, value))
        elif name in wanted.variables and found != value:
            sentence = f"change the variable {name} from {found!r} to {value!r}"
            yield Change(sentence, "PATCH", f"/actions/variables/{name}", _named(name, value))


def _named(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _secrets(wanted: Wanted, present: Present) -> Iterator[Change]:
    for environment, name in wanted.secrets:
        found = present.environments.get(environment)
        if found is None or name not in found.secrets:
            sentence = f"put the secret {name} into the environment {environment} (not among the repository's secrets)"
            yield Change(sentence, page="settings/environments")


def _workflows(wanted: Wanted, present: Present) -> Iterator[Change]:
    if (present.workflow_permissions, present.may_approve) != (READ, wanted.may_approve):
        pulls = "may open pull requests" if wanted.may_approve else "cannot open or approve pull requests"
        body = {"default_workflow_permissions": READ, "can_approve_pull_request_reviews": wanted.may_approve}
        sentence = f"let workflows read only where they ask for no more; GITHUB_TOKEN {pulls}"
        yield Change(sentence, "PUT", "/actions/permissions/workflow", body)
    if present.fork_approval is None:
        return  # this server has no such setting, or does not show it
    if present.fork_approval.strictness < wanted.fork_approval.strictness:
        yield Change(
            "let workflows of first-time contributors wait for a maintainer",
            "PUT",
            "/actions/permissions/fork-pr-contributor-approval",
            {"approval_policy": str(wanted.fork_approval)},
        )


def _ruleset(wanted: Wanted, present: Present) -> Iterator[Change]:
    name = wanted.ruleset["name"]
    if present.ruleset is None:
        yield Change(f"add the ruleset {name!r}", "POST", "/rulesets", wanted.ruleset)
        return
    body = decide_ruleset(wanted.ruleset, present.ruleset)
    if body is not None:
        lacks = "; ".join(weaknesses(wanted.ruleset, present.ruleset)) or "it differs"
        yield Change(f"mend the ruleset {name!r}: {lacks}", "PUT", f"/rulesets/{int(present.ruleset['id'])}", body)
