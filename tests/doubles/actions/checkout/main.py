"""Check out as actions/checkout does: nothing but the commit asked for, from the double's git address."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

COMMIT = re.compile(r"[0-9a-f]{40}")


def git(*arguments: str) -> str:
    """Ask git; what it says of an error goes to the log, the arguments with the token do not."""
    done = subprocess.run(["git", *arguments], check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"::error::git failed with exit code {done.returncode}")
    return done.stdout.strip()


def refuse_foreign_code(inputs: dict[str, str]) -> None:
    """The real one checks out no fork's code where secrets may be."""
    if os.environ["GITHUB_EVENT_NAME"] not in {"pull_request_target", "workflow_run"}:
        return
    if inputs["allow-unsafe-pr-checkout"] == "true":
        return
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    run, pull = event.get("workflow_run") or {}, event.get("pull_request") or {}
    heads = {run.get("head_sha"), (pull.get("head") or {}).get("sha")}
    is_other = inputs["repository"] != os.environ["GITHUB_REPOSITORY"]
    if is_other or inputs["ref"] in heads or inputs["ref"].startswith("refs/pull/"):
        raise SystemExit("::error::refusing to check out the code of a pull request from a fork in a privileged event")


def what_to_fetch(inputs: dict[str, str]) -> tuple[str, str, str]:
    """What to ask the server for, where to keep it, and the branch to be on ("" for none)."""
    ref = inputs["ref"]
    if not ref and inputs["repository"] == os.environ["GITHUB_REPOSITORY"]:
        ref, commit = os.environ["GITHUB_REF"], os.environ["GITHUB_SHA"]
    else:
        commit = ""
    if COMMIT.fullmatch(ref):
        return ref, "refs/remotes/origin/asked", ""
    if ref.startswith("refs/pull/"):
        return commit or ref, ref.replace("refs/", "refs/remotes/", 1), ""
    if ref.startswith("refs/tags/"):
        return ref, ref, ""
    branch = ref.removeprefix("refs/heads/")
    return commit or (f"refs/heads/{branch}" if branch else "HEAD"), f"refs/remotes/origin/{branch or 'HEAD'}", branch


def main() -> None:
    inputs = json.loads(os.environ["INPUTS"])
    refuse_foreign_code(inputs)
    folder = Path(inputs["path"] or ".").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    os.chdir(folder)
    address = f"{os.environ['DOUBLE_GIT_URL']}/{inputs['repository']}.git"
    login = base64.b64encode(f"x-access-token:{inputs['token']}".encode()).decode()
    secret = f"http.{os.environ['DOUBLE_GIT_URL']}/.extraheader=AUTHORIZATION: basic {login}"
    git("init", "--quiet", "--initial-branch=main")
    git("remote", "add", "origin", address)
    wanted, kept, branch = what_to_fetch(inputs)
    fetch = ["-c", secret, "-c", "protocol.version=2", "fetch", "--quiet", "--no-recurse-submodules"]
    if inputs["fetch-depth"] == "0":
        git(*fetch, "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        git(*fetch, "--no-tags", "origin", f"+{wanted}:{kept}")
    else:
        git(*fetch, "--no-tags", f"--depth={inputs['fetch-depth']}", "origin", f"+{wanted}:{kept}")
    git("checkout", "--quiet", "--force", *(["-B", branch, kept] if branch else ["--detach", kept]))
    if inputs["persist-credentials"] == "true":
        name, _, value = secret.partition("=")
        git("config", "--local", name, value)
    commit = git("rev-parse", "HEAD")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as out:
        out.write(f"commit={commit}\n")
    print(f"checked out {commit}")


main()
