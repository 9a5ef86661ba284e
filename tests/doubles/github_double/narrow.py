"""Give each job of a workflow what GitHub would: a token with its own permissions, and the secrets of its environment.

act has one token and one set of secrets for all jobs. So the expressions that name them are changed, job by job, to
names of their own; nothing else of the file is touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

TokenMaker = Callable[[Mapping[str, str]], str]
JOB = re.compile(r"^  ([A-Za-z_][\w-]*):\s*(?:#.*)?$")
TOKEN = re.compile(r"\b(?:github\.token|secrets\.GITHUB_TOKEN)\b")
ALL = ("actions", "attestations", "checks", "contents", "issues", "packages", "pull-requests", "statuses")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A workflow file and the secrets that its text now names."""

    text: str
    secrets: dict[str, str]


def narrow(
    text: str, token: TokenMaker, secrets: Mapping[str, str], environments: Mapping[str, Mapping[str, str]]
) -> Narrowed:
    """The same workflow with names of its own for the token and the secrets of each job."""
    workflow = read_workflow(text)
    given = dict(secrets)
    head, blocks = split_jobs(text)
    assert [name for name, _ in blocks] == list(workflow["jobs"]), "jobs must stand two spaces in, one to a line"
    parts = [head]
    for name, block in blocks:
        job = workflow["jobs"][name]
        label = re.sub(r"\W", "_", name).upper()
        given[f"DOUBLE_TOKEN_{label}"] = token(read_permissions(job.get("permissions", workflow.get("permissions"))))
        environment = job.get("environment") or ""
        environment = environment["name"] if isinstance(environment, dict) else environment
        own = environments.get(environment, {})
        given |= {own_name(environment, secret): value for secret, value in own.items()}
        mine = TOKEN.sub(f"secrets.DOUBLE_TOKEN_{label}", block)
        for secret in own:
            mine = re.sub(rf"\bsecrets\.{re.escape(secret)}\b", f"secrets.{own_name(environment, secret)}", mine)
        parts.append(mine)
    return Narrowed("".join(parts), given)


def own_name(environment: str, secret: str) -> str:
    """What the secret of an environment is called for act."""
    return f"DOUBLE_{re.sub(r'[^A-Za-z0-9]', '_', environment).upper()}_{secret}"


def read_workflow(text: str) -> Any:
    """A workflow file as data; its triggers are under "on"."""
    data = yaml.safe_load(text)
    if True in data:  # YAML 1.1 takes a bare `on` for a truth value
        data["on"] = data.pop(True)
    return data


def read_permissions(value: Any) -> dict[str, str]:
    """What a `permissions:` grants. Where nothing is said, the contents may be read (the restricted default)."""
    if value is None:
        return {"contents": "read"}
    if isinstance(value, str):
        return dict.fromkeys(ALL, value.removesuffix("-all"))
    return {name: level for name, level in value.items() if level != "none"}


def split_jobs(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text before the first job, and each job's name and text."""
    head: list[str] = []
    blocks: list[tuple[str, list[str]]] = []
    inside = False
    for line in text.splitlines(keepends=True):
        inside = line.rstrip().startswith("jobs:") or (inside and (line[0] in " #\n\r"))
        match = JOB.match(line.rstrip()) if inside else None
        if match:
            blocks.append((match[1], [line]))
        elif blocks:
            blocks[-1][1].append(line)
        else:
            head.append(line)
    return "".join(head), [(name, "".join(lines)) for name, lines in blocks]
