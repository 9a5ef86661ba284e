"""Run real workflow files with act, without Docker and without the network.

Steps run on this machine as whoever runs the tests, so only workflows of our own checkout may be given. Not enforced by
act, so of no meaning here: `paths` filters, `concurrency`, time limits of environments, rules of who must approve.
`permissions` and the secrets of environments are enforced (see `narrow`), the first by the double that made the token.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from github_double.narrow import TokenMaker, narrow, read_workflow
from github_double.stand_ins import find_uses, make_stand_ins

ACT = Path(sys.prefix) / "bin" / "act"
ORDER = ("skipped", "success", "cancelled", "failure")
# act forgets what a failing step printed last where nobody has read it by then: so such a step ends a little later.
SHELL = """#!/bin/sh
/bin/bash "$@"
code=$?
[ "${code}" -eq 0 ] || sleep 0.3
exit "${code}"
"""
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A workflow command `::error`, `::warning` or `::notice` that a step printed."""

    level: str
    properties: Mapping[str, str]
    message: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One job, or one of its matrix: what its steps printed, and their summaries.

    act has one result for a whole matrix.
    """

    job: str
    matrix: Mapping[str, Any]
    output: str
    annotations: tuple[Annotation, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class ActRun:
    """A finished run. `jobs` maps each job id to "success", "failure" or "skipped" (the worst of its legs)."""

    ok: bool
    jobs: Mapping[str, str]
    legs: tuple[Leg, ...]
    log: str = field(repr=False)

    @property
    def annotations(self) -> list[Annotation]:
        """Of all jobs."""
        return [annotation for leg in self.legs for annotation in leg.annotations]

    def output(self, job: str) -> str:
        """What the steps of a job printed."""
        return "".join(leg.output for leg in self.legs if leg.job == job)


def run_workflow(
    checkout: Path,
    event: str,
    payload: Mapping[str, Any],
    *,
    workflow_file: str,
    repository: str,
    api_url: str,
    git_url: str,
    token: str | TokenMaker,
    secrets: Mapping[str, str] | None = None,
    environments: Mapping[str, Mapping[str, str]] | None = None,
    variables: Mapping[str, str] | None = None,
    actor: str = "octocat",
    artifacts: Path | None = None,
    run_id: int = 1,
    seconds: float = 300.0,
) -> ActRun:
    """Run one workflow file of `checkout`, a git work tree at the commit and branch that GitHub would run it at.

    `workflow_file` is relative to the checkout. `token` may be a function from the permissions of a job to its token;
    `environments` maps the names of environments to their secrets. `git_url` is what `/OWNER/NAME.git` follows.
    With `artifacts` those of all run ids are kept in that folder. Raises TimeoutError after `seconds`.
    """
    make_token: TokenMaker = token if callable(token) else lambda _: token
    text = (checkout / workflow_file).read_text(encoding="utf-8")
    narrowed = narrow(text, make_token, secrets or {}, environments or {})
    with tempfile.TemporaryDirectory(prefix="act-") as scratch:
        folder = Path(scratch)
        # Of a schedule GitHub tells nothing about the repository, where act would make up a default branch.
        told = {"repository": {"default_branch": ""}, **payload}
        (folder / "event.json").write_text(json.dumps(told), encoding="utf-8")
        copy = folder / Path(workflow_file).name
        copy.write_text(narrowed.text, encoding="utf-8")
        command = [str(ACT), event, "-C", str(checkout), "-W", str(copy), "-e", str(folder / "event.json")]
        command += [
            "-P",
            "ubuntu-latest=-self-hosted",
            "--no-skip-checkout",
            "--no-cache-server",
            "--json",
            "-a",
            actor,
        ]
        for use, name in find_uses(checkout).items():
            command += ["--local-repository", f"{use}={make_stand_ins() / name}"]
        facts = {"GITHUB_API_URL": api_url, "GITHUB_GRAPHQL_URL": f"{api_url}/graphql", "GITHUB_REPOSITORY": repository}
        for name, value in facts.items():
            command += ["--env", f"{name}={value}"]
        for name, value in (variables or {}).items():
            command += ["--var", f"{name}={value}"]
        whole = narrowed.secrets | {"GITHUB_TOKEN": make_token({"contents": "read"})}
        command += ["--secret-file", str(write_secrets(folder / "secrets", whole))]
        surroundings = make_environment(folder / "home") | {
            "DOUBLE_GIT_URL": git_url,
            "DOUBLE_ARTIFACTS": str(artifacts or folder / "artifacts"),
            "DOUBLE_RUN": str(run_id),
        }
        code, out, complaints = run_group(command, surroundings, seconds)
    return read_run(code, out, complaints, list(read_workflow(text)["jobs"]))


def make_environment(home: Path) -> dict[str, str]:
    """All that a step sees of this machine: programs, an empty home, and a pip that asks nobody."""
    shell = home / "bin" / "bash"
    shell.parent.mkdir(parents=True)
    shell.write_text(SHELL, encoding="utf-8")
    shell.chmod(0o755)
    return {
        "PATH": f"{shell.parent}:{SYSTEM_PATH}:{Path(shutil.which('git') or '/usr/bin/git').parent}",
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",  # act gives steps a terminal, GitHub does not
        "PAGER": "cat",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_BUILD_ISOLATION": "false",  # pip reads this one the other way round: no isolation
        "PIP_NO_COMPILE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "DOUBLE_PYTHON": sys.executable,
        "DOUBLE_SITE": site.getsitepackages()[0],
        "DOUBLE_INSTALLED": str(make_stand_ins() / "installed"),
    }


def write_secrets(path: Path, secrets: Mapping[str, str]) -> Path:
    """Secrets in the file format of act, where the process list does not show them."""
    lines = [f"{name}={json.dumps(value).replace('$', chr(92) + '$')}\n" for name, value in secrets.items()]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def run_group(command: list[str], environment: Mapping[str, str], seconds: float) -> tuple[int, str, str]:
    """Run a program and end all it started when the time is over. Raises TimeoutError."""
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, _ = process.communicate()
            raise TimeoutError(f"act took more than {seconds} seconds; its log ends with:\n{out[-3000:]}") from None
    return process.returncode, out, complaints


def read_run(code: int, out: str, complaints: str, jobs: list[str]) -> ActRun:
    """What the JSON lines of act say."""
    entries = list(read_entries(out))
    legs, results = [], dict.fromkeys(jobs, "skipped")
    for name, first in {entry["job"]: entry for entry in entries if "job" in entry}.items():
        own = [entry for entry in entries if entry.get("job") == name]
        result = next((entry["jobResult"] for entry in reversed(own) if "jobResult" in entry), "failure")
        results[first["jobID"]] = max(results[first["jobID"]], result, key=ORDER.index)
        legs.append(read_leg(first["jobID"], first.get("matrix") or {}, own))
    lines = [f"[{entry.get('job', 'act').strip()}] {entry['msg'].rstrip()}" for entry in entries]
    return ActRun(code == 0, results, tuple(legs), "\n".join([*lines, complaints]))


def read_leg(job: str, matrix: Mapping[str, Any], entries: list[dict[str, Any]]) -> Leg:
    """What the entries of one job say."""
    output = "".join(entry["msg"] for entry in entries if entry.get("raw_output"))
    annotations = tuple(
        Annotation(entry["command"], entry["kvPairs"], entry["arg"])
        for entry in entries
        if entry.get("command") in {"error", "warning", "notice"}
    )
    summary = "".join(entry["content"] for entry in entries if entry.get("command") == "summary")
    return Leg(job, matrix, output, annotations, summary)


def read_entries(out: str) -> Iterator[dict[str, Any]]:
    """The lines that are objects; act prints a few that are not."""
    for line in out.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
        elif line.strip():
            yield {"msg": line}
