"""What a repository is to have. The ruleset is a file, so that it is reviewed like everything else."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from selfsown.errors import BadConfig, UsageError
from selfsown.pull.wanted import CONTEXT
from selfsown.pull.wanted import LABELS as WAITING
from selfsown.review import Party
from selfsown.setup.settings import ForkApproval, Label, Wanted

RULESET = Path(".github/rulesets/main.json")
DEFAULT_BRANCH = "main"  # the workflows name it
ENVIRONMENTS = ("judge", "post", "publish", "train")
LABELS = (
    Label(WAITING[Party.AUTHOR], "d93f0b", "The author has something to mend or to answer"),
    Label(WAITING[Party.REVIEWER], "0e8a16", "A person has to read and decide"),
    Label(WAITING[Party.JUDGE], "fbca04", "The judge has not answered yet"),
)
DEFAULT_JUDGE = "features"

_JUDGE = re.compile(r"features|offline|local:\S{1,200}|api(?::\S{1,200})?")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a maintainer chose; None leaves what is there."""

    app: int | None = None
    judge: str | None = None
    api_url: str | None = None
    api_model: str | None = None


def read_ruleset(root: Path) -> dict[str, Any]:
    """The exported ruleset of a checkout. Raises UsageError where there is none and BadConfig where it does not read."""
    path = root / RULESET
    try:
        ruleset = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(f"there is no {RULESET} here", "change into a clone of the repository") from error
    except orjson.JSONDecodeError as error:
        raise BadConfig(f"{RULESET}: {error}", "restore the file from git") from error
    if not isinstance(ruleset, dict) or not isinstance(ruleset.get("rules"), list) or "name" not in ruleset:
        raise BadConfig(f"{RULESET}: not a ruleset", "restore the file from git")
    return ruleset


def decide_wanted(ruleset: Mapping[str, Any], choices: Choices, variables: Mapping[str, str]) -> Wanted:
    """What is wanted, from the file, the choices, and the variables that hold earlier choices.

    Raises UsageError on a judge that the workflows do not know.
    """
    judge = choices.judge or variables.get("SELFSOWN_JUDGE") or DEFAULT_JUDGE
    if not _JUDGE.fullmatch(judge):
        raise UsageError(f"the workflows know no judge {judge!r}", "one of: features, offline, local:NAME, api")
    app = choices.app or _number(variables.get("SELFSOWN_APP_ID", ""))
    exact = {
        "SELFSOWN_APP_ID": str(choices.app) if choices.app else None,
        "SELFSOWN_JUDGE": choices.judge,
        "SELFSOWN_API_URL": choices.api_url,
        "SELFSOWN_API_MODEL": choices.api_model,
    }
    uses_api = judge.startswith("api")
    secrets = [("judge", "SELFSOWN_API_KEY")] if uses_api else []
    secrets += [("post", "SELFSOWN_APP_KEY")] if app else []
    defaults = {"SELFSOWN_JUDGE": DEFAULT_JUDGE}
    if uses_api:  # empty: no value of ours, but there must be one
        defaults |= {"SELFSOWN_API_URL": "", "SELFSOWN_API_MODEL": ""}
    return Wanted(
        default_branch=DEFAULT_BRANCH,
        labels=LABELS,
        ruleset=_bound(ruleset, app) if app else ruleset,
        environments=ENVIRONMENTS,
        variables={name: value for name, value in exact.items() if value is not None},
        defaults=defaults,
        secrets=tuple(secrets),
        may_approve=app is None,
        fork_approval=ForkApproval.FIRST_TIME,
    )


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,11}", text) else None


def _bound(ruleset: Mapping[str, Any], app: int) -> dict[str, Any]:
    """The ruleset with our status taken from this App alone."""
    bound = copy.deepcopy(dict(ruleset))
    for rule in bound["rules"]:
        for check in rule.get("parameters", {}).get("required_status_checks", []):
            if check["context"] == CONTEXT:
                check["integration_id"] = app
    return bound
