"""What GitHub Actions is to a repository of the double: events in, runs of the real workflow files, and what follows.

A pull request runs the workflow files of its merge commit with a token that only reads where it comes from a fork;
everything else runs those of the default branch, or of the commit pushed. What an Actions token does starts nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from github_double import shapes
from github_double.act import ActRun, run_workflow
from github_double.narrow import read_workflow
from github_double.payloads import complete
from github_double.sources import (
    FOLDER,
    Source,
    find_occasion,
    find_source,
    make_checkout,
    make_merge_commit,
    read_workflows,
)
from github_double.state import ACTIONS_APP_ID, Account, CheckRun, Event, Repository
from github_double.triggers import starts
from github_double.world import World

MOST_IN_A_CHAIN = 3  # GitHub follows workflow_run no further


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A finished run of one workflow file. `head_*` are the pull request's where it ran for one."""

    id: int
    name: str
    path: str
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    conclusion: str
    act: ActRun = field(repr=False)

    @property
    def log(self) -> str:
        """Everything that was printed."""
        return self.act.log


class Runner:
    """Runs the workflows of one repository. `server` is the address that `serve(world)` gave.

    Artifacts of all runs are kept below `folder`. `secrets` are the repository's, `environments` those of environments.
    `variables` come on top of those that the repository has. `runs` are all that ran, oldest first, and `endings` the
    `workflow_run` events of those that ended.
    """

    def __init__(
        self,
        world: World,
        server: str,
        repository: str,
        folder: Path,
        *,
        secrets: Mapping[str, str] | None = None,
        environments: Mapping[str, Mapping[str, str]] | None = None,
        variables: Mapping[str, str] | None = None,
        seconds: float = 300.0,
    ) -> None:
        self.world = world
        self.server = server
        self.name = repository
        self.folder = folder
        self.secrets = dict(secrets or {})
        self.environments = {name: dict(value) for name, value in (environments or {}).items()}
        self.variables = dict(variables or {})
        self.seconds = seconds
        self.runs: list[WorkflowRun] = []
        self.endings: list[Event] = []
        self._seen = len(world.events)

    @property
    def home(self) -> Repository:
        return self.world.state.repositories[self.name.lower()]

    # -- what starts runs -------------------------------------------------------------------------------------------
    def lose_new(self) -> int:
        """Forget what happened since the last time, as webhooks get lost; how many events that were."""
        lost, self._seen = len(self.world.events) - self._seen, len(self.world.events)
        return lost

    def deliver_new(self) -> list[WorkflowRun]:
        """Deliver what happened since the last time, also what the runs themselves cause."""
        before = len(self.runs)
        while self._seen < len(self.world.events):
            event = self.world.events[self._seen]
            self._seen += 1
            if self._is_ours(event):
                self.deliver(event)
        return self.runs[before:]

    def deliver(self, event: Event, times: int = 1, *, only: str = "", follow: bool = True) -> list[WorkflowRun]:
        """Run every workflow file that an event starts, and what follows by `workflow_run`; `times` as webhooks repeat.

        `only` is the name of the one file that may run. Without `follow` every `workflow_run` gets lost.
        """
        before = len(self.runs)
        for _ in range(times):
            self._deliver(event, only, 0 if follow else MOST_IN_A_CHAIN)
        return self.runs[before:]

    def schedule(self, file: str) -> list[WorkflowRun]:
        """Run a workflow file because its time has come."""
        workflow = read_workflow(read_workflows(self.world, self.home, self._tip())[FOLDER + file])
        cron = workflow["on"]["schedule"][0]["cron"]
        return self.deliver(Event("schedule", None, self._owner().id, {"schedule": cron}), only=file)

    def dispatch(self, file: str, **inputs: str) -> list[WorkflowRun]:
        """Run a workflow file because a person asked for it."""
        branch = self.home.default_branch
        payload = {"inputs": inputs, "ref": f"refs/heads/{branch}", "workflow": FOLDER + file} | self._about(
            self._owner()
        )
        return self.deliver(Event("workflow_dispatch", None, self._owner().id, payload), only=file)

    def merge_group(self, number: int) -> list[WorkflowRun]:
        """Run what a merge queue asks for before it merges a pull request."""
        issue = self.world.state.issues[self.home.key, number]
        assert issue.pull is not None
        base = self._tip()
        commit = make_merge_commit(self.world, self.home, number, self.home.default_branch, issue.pull.head)
        ref = f"refs/heads/gh-readonly-queue/{self.home.default_branch}/pr-{number}-{base}"
        with self.world.lock:
            self.world.set_refs(self.home, {ref: commit})
        group = {
            "head_sha": commit,
            "head_ref": ref,
            "base_sha": base,
            "base_ref": f"refs/heads/{self.home.default_branch}",
        }
        group["head_commit"] = {"id": commit, "message": f"Merge pull request #{number}"}
        payload = {"action": "checks_requested", "merge_group": group} | self._about(self._owner())
        return self.deliver(Event("merge_group", "checks_requested", self._owner().id, payload))

    # -- one event --------------------------------------------------------------------------------------------------
    def _is_ours(self, event: Event) -> bool:
        return event.payload.get("repository", {}).get("full_name", "").lower() == self.home.key

    def _deliver(self, event: Event, only: str, depth: int) -> None:
        source = find_source(self.world, self.home, event)
        if source is None:
            return
        wanted = str(event.payload.get("workflow", "")) if event.name == "workflow_dispatch" else only and FOLDER + only
        occasion = find_occasion(self.world, self.home, event, source)
        for path, text in read_workflows(self.world, self.home, source.commit).items():
            if (not wanted or path == wanted) and starts(read_workflow(text), occasion):
                run = self._run(path, text, event, source)
                self.runs.append(run)
                if depth < MOST_IN_A_CHAIN:
                    self.endings.append(self._finished(run, event))
                    self._deliver(self.endings[-1], "", depth + 1)

    # -- one run ----------------------------------------------------------------------------------------------------
    def _run(self, path: str, text: str, event: Event, source: Source) -> WorkflowRun:
        with self.world.lock:
            identity = self.world.state.next_id()
        actor = self.world.state.accounts[event.account]
        with tempfile.TemporaryDirectory(prefix="checkout-") as scratch:
            act = run_workflow(
                make_checkout(self.world, self.home, source, Path(scratch) / "checkout"),
                event.name,
                complete(event.name, event.action, event.payload),
                workflow_file=path,
                repository=self.home.full_name,
                api_url=self.server,
                git_url=self.server,
                token=self._token_maker(is_foreign=source.is_foreign),
                secrets={} if source.is_foreign else self.secrets,
                environments={} if source.is_foreign else self.environments,
                variables={name: one["value"] for name, one in self.home.variables.items()} | self.variables,
                actor=actor.login,
                artifacts=self.folder,
                run_id=identity,
                seconds=self.seconds,
            )
        self._keep_artifacts(identity, source)
        self._note_checks(read_workflow(text)["jobs"], act, source)
        is_skipped = act.ok and set(act.jobs.values()) == {"skipped"}
        conclusion = "skipped" if is_skipped else "success" if act.ok else "failure"
        name = read_workflow(text).get("name", path)
        where = source.head_sha, source.head_branch, source.head_repository
        return WorkflowRun(identity, name, path, event.name, *where, conclusion, act)

    def _token_maker(self, *, is_foreign: bool) -> Any:
        def make(permissions: Mapping[str, str]) -> str:
            held = {name.replace("-", "_"): "read" if is_foreign else level for name, level in permissions.items()}
            with self.world.lock:
                return self.world.token("github-actions[bot]", "actions", {"metadata": "read"} | held, self.name)

        return make

    def _keep_artifacts(self, identity: int, source: Source) -> None:
        """Let the API know the artifacts of a run."""
        folder = self.folder / str(identity)
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            with self.world.lock:
                self.world.add_artifact(self.home, path.name)
                about = {"id": identity, "head_branch": source.head_branch, "head_sha": source.head_sha}
                self.home.artifacts[-1]["workflow_run"] |= about

    def _note_checks(self, jobs: Mapping[str, Any], act: ActRun, source: Source) -> None:
        """Each job is a check run of GitHub Actions, under the name it gives itself. (Those of a matrix are left out.)"""
        world = self.world
        for job, result in act.jobs.items():
            name = str((jobs[job] or {}).get("name") or job)
            if "${{" in name:
                continue
            with world.lock:
                now, identity = world.state.now, world.state.next_id()
                run = CheckRun(
                    identity,
                    self.home.key,
                    source.head_sha,
                    name,
                    ACTIONS_APP_ID,
                    "completed",
                    result,
                    now,
                    now,
                    None,
                    "",
                    {},
                )
                world.state.check_runs[identity] = run

    def _finished(self, run: WorkflowRun, cause: Event) -> Event:
        """The `workflow_run` event of a run that ended."""
        world, home = self.world, self.home
        actor = shapes.account(world, cause.account)
        head = world.state.repositories.get(run.head_repository.lower())
        own = {"id": run.id, "name": run.name, "path": run.path, "event": run.event, "status": "completed"}
        own |= {"head_sha": run.head_sha, "head_branch": run.head_branch, "conclusion": run.conclusion}
        own |= {
            "run_attempt": 1,
            "actor": actor,
            "triggering_actor": actor,
            "repository": shapes.repository(world, home),
        }
        own |= {"head_repository": shapes.repository(world, head) if head else None, "pull_requests": []}
        own["url"] = f"{world.api}/repos/{home.full_name}/actions/runs/{run.id}"
        payload = {"action": "completed", "workflow_run": own, "workflow": {"name": run.name, "path": run.path}}
        about = self._about(world.state.accounts[cause.account])
        return Event("workflow_run", "completed", cause.account, payload | about)

    # -- questions --------------------------------------------------------------------------------------------------
    def _about(self, account: Account) -> dict[str, Any]:
        sender = shapes.account(self.world, account.id)
        return {"repository": shapes.repository(self.world, self.home), "sender": sender}

    def _owner(self) -> Account:
        found = self.world.state.account(self.home.owner)
        assert found is not None
        return found

    def _tip(self) -> str:
        tip = self.home.branch(self.home.default_branch)
        assert tip is not None, "an empty repository has no workflows"
        return tip
