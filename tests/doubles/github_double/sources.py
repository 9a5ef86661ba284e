"""Where the workflow files of an event come from: GitHub takes those of a merge commit, of what was pushed, or of main."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from github_double.git import git_environment
from github_double.state import Event, Repository
from github_double.triggers import Occasion, is_skipped
from github_double.world import World

FOLDER = ".github/workflows/"
ZERO = "0" * 40


@dataclass(frozen=True, slots=True)
class Source:
    """The commit with the workflow files, the branch a run is on ("" for a pull request), and what it is about."""

    commit: str
    branch: str
    head_sha: str
    head_branch: str
    head_repository: str
    is_foreign: bool = False


def find_source(world: World, home: Repository, event: Event) -> Source | None:
    """None where GitHub runs nothing: a conflict, a branch that went, a message that says so."""
    payload, name = event.payload, home.full_name
    if event.name == "pull_request":
        pull = payload["pull_request"]
        head, other = pull["head"], (pull["head"].get("repo") or {}).get("full_name", "")
        commit = make_merge_commit(world, home, payload["number"], pull["base"]["ref"], head["sha"])
        source = Source(commit, "", head["sha"], head["ref"], other, other != name) if commit else None
    elif event.name == "push":
        branch, after = payload["ref"].removeprefix("refs/heads/"), payload["after"]
        source = Source(after, branch, after, branch, name) if after != ZERO else None
    elif event.name == "merge_group":
        group = payload["merge_group"]
        branch = group["head_ref"].removeprefix("refs/heads/")
        return Source(group["head_sha"], branch, group["head_sha"], branch, name)
    else:
        branch = payload.get("ref", "").removeprefix("refs/heads/") or home.default_branch
        tip = home.branch(branch)
        return Source(tip, branch, tip, branch, name) if tip else None
    if source and is_skipped(world.git(home).text("log", "-1", "--format=%B", source.head_sha)):
        return None
    return source


def find_occasion(world: World, home: Repository, event: Event, source: Source) -> Occasion:
    """What the filters of workflow files look at."""
    payload, git = event.payload, world.git(home)
    if event.name == "pull_request":
        base = payload["pull_request"]["base"]
        paths = git.text("diff", "--name-only", "-z", f"{base['sha']}...{source.head_sha}")
        return Occasion(event.name, event.action, base["ref"], paths.split("\0")[:-1])
    if event.name == "push":
        span = ["--root", source.commit] if payload["before"] == ZERO else [payload["before"], source.commit]
        paths = git.text("diff-tree", "-r", "--no-commit-id", "--name-only", "-z", *span)
        return Occasion(event.name, None, source.branch, paths.split("\0")[:-1])
    if event.name == "workflow_run":
        run = payload["workflow_run"]
        return Occasion(event.name, event.action, run["head_branch"], None, run["name"])
    return Occasion(event.name, event.action, source.branch)


def make_merge_commit(world: World, home: Repository, number: int, base: str, head: str) -> str:
    """The test merge of a pull request, kept as refs/pull/N/merge; "" where it conflicts."""
    with world.lock:
        git, tip = world.git(home), home.branch(base)
        tree = git.merged_tree(tip, head) if tip else None
        if tip is None or tree is None:
            return ""
        person = ("GitHub", "noreply@github.example")
        commit = git.add_commit(tree, [tip, head], f"Merge {head} into {tip}", person, f"{world.state.clock} +0000")
        world.set_refs(home, {f"refs/pull/{number}/merge": commit})
    return commit


def read_workflows(world: World, home: Repository, commit: str) -> dict[str, str]:
    """Path to text of the workflow files of a commit."""
    git = world.git(home)
    entries = git.tree(commit, deep=True)
    found = {path: sha for _, kind, sha, _, path in entries if kind == "blob" and path.startswith(FOLDER)}
    return {path: git.blob(sha).decode() for path, sha in sorted(found.items()) if path.endswith((".yml", ".yaml"))}


def make_checkout(world: World, home: Repository, source: Source, place: Path) -> Path:
    """A work tree of the commit, on the branch that the run says it is on."""
    on = ["-B", source.branch] if source.branch else []
    for command in (
        ["clone", "--quiet", "--shared", "--no-checkout", str(world.folder(home)), str(place)],
        ["-C", str(place), "fetch", "--quiet", "origin", source.commit],
        ["-C", str(place), "checkout", "--quiet", "--force", *on, source.commit],
    ):
        subprocess.run(["git", *command], check=True, env=git_environment(), capture_output=True)
    return place
